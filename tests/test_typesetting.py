"""Words and formulas: what is shown is what was written, on one baseline, with names that select the right ink."""

import os
import subprocess
import sys
import time
from itertools import pairwise

import numpy as np
import pytest
from manim import LEFT, RIGHT, UP

from scenes import style
from scenes.parts.outlines import MissingGlyphError, leaves_of
from scenes.parts.typesetting import Formula, Text, align_baselines, row
from studio.project import ROOT


def ink(mobject):
    return [m.points.copy() for m in mobject.family_members_with_points()]


def same(a, b):
    return len(a) == len(b) and all(np.allclose(p, q) for p, q in zip(a, b, strict=True))


@pytest.mark.parametrize(
    "string", ["C#", "*b*", "_x_", "$y$", "[a]", "@b", "`c`", "\\", '"q"', "#x", "<a>", "= h", "//", "~"]
)
def test_markup_is_shown_and_not_obeyed(string):
    glyphs = Text(string, by="glyphs")
    assert len(glyphs) == len(string.replace(" ", ""))


@pytest.mark.parametrize("string", ["Zürich", "Łódź", "Αθήνα", "Москва", "São Tomé", "Reykjavík", "Ōsaka"])
def test_city_names_of_other_alphabets_have_glyphs(string):
    assert Text(string).width > 0


@pytest.mark.parametrize(
    ("string", "char"), [("Tōkyō 東京", "東"), ("go 🙂", "🙂"), ("a\x07", "\\x07"), ("\udc80", "\\udc80")]
)
def test_a_character_without_a_glyph_is_named(string, char):
    with pytest.raises(MissingGlyphError) as caught:
        Text(string)
    assert f"no font of the film has '{char}'" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_composed_and_decomposed_spelling_look_alike():
    assert same(ink(Text("Zu\u0308rich")), ink(Text("Zürich")))


def test_words_are_submobjects_and_glyphs_on_request():
    assert len(Text("the loss falls")) == 3
    assert len(Text("the loss falls", by="glyphs")) == 12


def test_size_is_manims_own_scale():
    assert Text("H", size=48).height == pytest.approx(0.683 * 0.5, rel=1e-3)
    assert min(Text(d, style.SMALL_SIZE).height * 135 for d in "0123456789") > 20


def test_width_wraps_and_alignment_moves_the_short_line():
    long = "one two three four five six seven"
    wrapped = Text(long, width=2.5)
    assert wrapped.width <= 2.5
    assert wrapped.height > 2 * Text(long).height
    left, right = Text("aaaaaaaa\nb"), Text("aaaaaaaa\nb", align="right")
    assert left[-1].get_left()[0] == pytest.approx(left.get_left()[0], abs=0.05)
    assert right[-1].get_right()[0] == pytest.approx(right.get_right()[0], abs=0.05)


def test_words_in_a_row_share_their_baseline_whatever_hangs_below_it():
    words = [Text("ace"), Text("gap"), Formula("y_1"), Text("“b", style.LABEL_SIZE), Text("-")]
    row(*words, gap=0.2)
    assert [w.baseline for w in words] == pytest.approx([words[0].baseline] * 5)
    assert words[0].get_bottom()[1] == pytest.approx(words[0].baseline, abs=0.01)  # nothing hangs
    assert words[1].get_bottom()[1] < words[1].baseline - 0.05
    gaps = [b.get_left()[0] - a.get_right()[0] for a, b in pairwise(words)]
    assert gaps == pytest.approx([0.2] * 4)


def test_baseline_follows_moves_and_scaling():
    text = Text("gap")
    before = text.baseline
    text.shift(UP)
    assert text.baseline == pytest.approx(before + 1)
    em = text.em
    text.scale(2)
    assert text.em == pytest.approx(2 * em)
    other = Text("ace").move_to(RIGHT * 3)
    align_baselines(text, other)
    assert other.get_bottom()[1] == pytest.approx(text.baseline, abs=0.01)


def test_centre_on_ignores_descenders():
    a, b = Text("Lap").centre_on(LEFT), Text("Lab").centre_on(RIGHT)
    assert a.baseline == pytest.approx(b.baseline)
    assert a.get_center()[0] == pytest.approx(-1)


def test_formula_names_select_the_formulas_own_glyphs():
    formula = Formula("{{ (partial C)/(partial w) : lhs }} = {{ a^{{ 2 : power }} : rhs }} + {{ b }}")
    assert formula.names == ("lhs", "rhs", "power", "_grp-0")
    assert len(formula.select("lhs")) == 5  # two partials, C, w and the bar
    assert len(formula.select("rhs")) == 2
    assert len(formula.select(0)) == 1
    assert all(any(part is m for m in formula.submobjects) for part in formula.select("rhs"))
    formula.select("power").set_fill(style.GRADIENT)
    assert formula.select("rhs")[1].get_fill_color().to_hex() == style.GRADIENT


def test_naming_parts_does_not_move_them():
    assert same(ink(Formula("{{ x : a }}^2 + {{ (y+1)/2 : b }} {{ z : c}}")), ink(Formula("x^2 + (y+1)/2 z")))


def test_names_survive_a_copy():
    copy = Formula("{{ a : x }} + b").copy()
    assert copy.select("x")[0] is copy.submobjects[0]


def test_twice_the_same_name_and_braces_in_strings():
    formula = Formula('{{ x : v }} + {{ x : v }} + "{{ no : v }}"')
    assert len(formula.select("v")) == 2


@pytest.mark.parametrize("source", ["{{ a", "#unknown", '"東"', "frac(", "a } b {{"])
def test_a_bad_formula_is_one_line_with_its_source(source):
    with pytest.raises(ValueError) as caught:
        Formula(source)
    assert "\n" not in str(caught.value)


def test_an_unknown_part_lists_the_known_ones():
    with pytest.raises(KeyError, match="lhs"):
        Formula("{{ a : lhs }}").select("rhs")


def test_strokes_become_fills():
    bar = Formula("a/b")
    assert all(m.get_stroke_width() == 0 for m in bar.family_members_with_points())
    assert min(m.height for m in bar) > 0.01  # the bar has thickness of its own


def test_the_same_string_again_costs_under_a_millisecond():
    Text("the loss is falling now")
    best = min(_seconds(lambda: Text("the loss is falling now")) for _ in range(20))
    assert best < 1e-3


def test_changing_one_text_leaves_its_equals_alone():
    Text("loss").scale(5).set_fill(style.GRADIENT)
    assert Text("loss").height < 1
    assert Text("loss")[0].get_fill_color().to_hex() == style.TEXT
    assert not leaves_of.__wrapped__('#"a"')[0].points.flags.writeable


def test_words_look_the_same_where_no_font_is_installed(tmp_path):
    ask = "\n".join([
        "import hashlib",
        "from scenes.parts.typesetting import Formula, Text",
        "made = [Text('Blame flows back: 0.52'), Text('bold', weight='bold'), Formula('sum_i (a_i - y_i)^2 / hat(y)')]",
        "points = [m.points.round(9).tobytes() for one in made for m in one.family_members_with_points()]",
        "print(len(points), hashlib.sha256(b''.join(points)).hexdigest())",
    ])  # fmt: skip
    (tmp_path / "fonts.conf").write_text("<fontconfig></fontconfig>")
    bare = {"FONTCONFIG_FILE": str(tmp_path / "fonts.conf"), "HOME": str(tmp_path), "XDG_DATA_DIRS": str(tmp_path)}
    said = [
        subprocess.run(
            [sys.executable, "-c", ask], cwd=ROOT, env={**os.environ, **more}, capture_output=True, text=True
        )
        for more in ({}, bare)
    ]
    assert int(said[0].stdout.split()[0]) > 10 and said[0].stdout == said[1].stdout, said[1].stderr


def test_nothing_to_show_is_allowed():
    assert len(Text("")) == 0
    assert len(Text("  ")) == 0


def _seconds(function):
    start = time.process_time()
    function()
    return time.process_time() - start
