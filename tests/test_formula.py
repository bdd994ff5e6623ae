"""Derivations: terms keep their identity, roles their colours, diagrams their glyphs."""

from itertools import pairwise

import numpy as np
import pytest
from manim import RIGHT, UP, Scene

from scenes import style
from scenes.parts.formula import Rewrite, glyphs_of, go_back, grow_from, lit, painted, spotlight, stack
from scenes.parts.readout import Readout
from scenes.parts.typesetting import Formula, Text

BEFORE = "{{ a : a }} {{ = : eq }} ({{ b : b }} + {{ c : c }}) {{ x_1 : x }}"
AFTER = "{{ a : a }} {{ = : eq }} {{ x_1 : x }} {{ b : b }} + {{ c : c }}"


def play(scene, animation, alphas=(0.3, 0.7)):
    animation._setup_scene(scene)
    animation.begin()
    for alpha in alphas:
        animation.interpolate(alpha)
    animation.finish()
    animation.clean_up_from_scene(scene)


def family(scene):
    return [m for mobject in scene.mobjects for m in mobject.family_members_with_points()]


def test_a_term_that_moves_is_the_same_object():
    before, after, scene = Formula(BEFORE), Formula(AFTER).shift(RIGHT + UP), Scene()
    expected, measures = [m.points.copy() for m in after.submobjects], (after.em, after.baseline)
    travelling = {name: list(before.select(name)) for name in ("a", "eq", "b", "c", "x")}
    scene.add(before)
    play(scene, Rewrite(before, after))
    for name, glyphs in travelling.items():
        assert [id(g) for g in after.select(name)] == [id(g) for g in glyphs]
        assert all(any(g is m for m in after.submobjects) for g in glyphs)
    assert all(np.allclose(m.points, p) for m, p in zip(after.submobjects, expected, strict=True))
    assert scene.mobjects == [after]
    assert (after.em, after.baseline) == pytest.approx(measures)
    assert len(family(scene)) == len(after.submobjects)


def test_several_lines_in_a_row_keep_the_very_first_glyph():
    lines, scene = [Formula(source) for source in (BEFORE, AFTER, BEFORE)], Scene()
    first = lines[0].select("x")[0]
    scene.add(lines[0])
    for a, b in pairwise(lines):
        play(scene, Rewrite(a, b))
    assert lines[-1].select("x")[0] is first
    assert scene.mobjects == [lines[-1]]


def test_renamed_parts_travel_too_and_keep_their_colour():
    before, after, scene = Formula("{{ p : p }} + 1"), Formula("1 + {{ p : q }}"), Scene()
    painted(before, {"p": style.PARIS})
    glyph = before.select("p")[0]
    play(scene, Rewrite(before, after, {"p": "q"}))
    assert after.select("q")[0] is glyph
    assert glyph.get_fill_color().to_hex() == style.PARIS


def test_unequal_parts_cannot_travel():
    with pytest.raises(ValueError, match="2 glyphs"):
        Rewrite(Formula("{{ x_1 : x }}"), Formula("{{ x : x }}"))


def test_a_glyph_cannot_travel_to_two_places():
    before, after = Formula("{{ {{ x : in }} : out }}"), Formula("{{ x : y }} {{ x : z }}")
    with pytest.raises(ValueError, match="two places"):
        Rewrite(before, after, {"in": "y", "out": "z"})
    assert len(before) == 1  # a refused rewrite takes nothing apart


def test_nested_parts_travel_once():
    before, after, scene = Formula("{{ {{ a : in }} b : out }} c"), Formula("c {{ {{ a : in }} b : out }}"), Scene()
    glyphs = list(before.select("out"))
    play(scene, Rewrite(before, after))
    assert all(a is b for a, b in zip(after.select("out"), glyphs, strict=True))
    assert after.select("in")[0] is glyphs[0]


def test_lighting_is_the_same_whatever_was_lit_before():
    worn, fresh = Formula(BEFORE), Formula(BEFORE)
    for names in (("a",), (), ("b", "c")):
        lit(worn, *names)
    lit(fresh, "b", "c")
    assert [m.get_fill_opacity() for m in worn] == [m.get_fill_opacity() for m in fresh]
    assert worn.select("b")[0].get_fill_opacity() == 1
    assert worn.select("a")[0].get_fill_opacity() == style.DIM


def test_the_spotlight_ends_where_lit_would():
    formula, scene = painted(Formula(BEFORE), {"x": style.FORWARD}), Scene()
    places = [m.points.copy() for m in formula]
    play(scene, spotlight(formula, "x"))
    assert formula.select("x")[0].get_fill_opacity() == pytest.approx(1)
    assert formula.select("a")[0].get_fill_opacity() == pytest.approx(style.DIM)
    assert formula.select("x")[0].get_fill_color().to_hex() == style.FORWARD
    assert all(np.allclose(m.points, p) for m, p in zip(formula, places, strict=True))


def test_lines_stack_on_their_equals_signs_without_touching():
    lines = [Formula(s) for s in (BEFORE, "(partial L)/(partial m) {{ = : eq }} sum_k k^2", "y {{ = : eq }} 1/2")]
    stack(lines, on="eq")
    edges = [line.select("eq").get_left()[0] for line in lines]
    assert edges == pytest.approx([edges[0]] * 3)
    for above, below in pairwise(lines):
        assert above.get_bottom()[1] > below.get_top()[1] + 0.05


def test_a_number_grows_out_of_the_diagram_digit_by_digit():
    number, scene = Readout(-2.1486, "+.4f").shift(UP), Scene()
    formula = Formula("= {{ -2.1486 : v }}")
    part, points = formula.select("v"), number.points.copy()
    scene.add(number)
    flight = grow_from(number, part)
    assert len(flight.mobject) == len(part) == 7
    play(scene, flight)
    assert scene.mobjects == [number, part]
    assert all(any(g is m for m in formula.submobjects) for g in part)
    assert np.array_equal(number.points, points)


def test_a_part_goes_home_and_leaves_nothing_behind():
    label, formula, scene = Text("x", by="glyphs").shift(RIGHT), Formula("{{ x : x }} + 1"), Scene()
    scene.add(label, formula)
    before = [m.points.copy() for m in (*label, *formula)]
    play(scene, go_back(formula.select("x"), label))
    assert scene.mobjects == [label, formula]
    assert all(np.array_equal(m.points, p) for m, p in zip((*label, *formula), before, strict=True))


def test_a_readouts_glyphs_stand_where_its_digits_do():
    number = Readout(12.5, ".1f", whole=3).shift(UP).scale(2)
    glyphs = glyphs_of(number)
    assert len(glyphs) == 4
    assert np.allclose(np.concatenate([g.points for g in glyphs]), number.points)
