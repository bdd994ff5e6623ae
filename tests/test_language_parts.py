"""The parts of chapter 4 show their numbers: strokes, fading pictures, strips, patterns, discs, guesses, lines."""

import numpy as np
import pytest

from engine.trace import Reading, Source
from scenes import style
from scenes.parts.attention_grid import AttentionGrid
from scenes.parts.between import Between
from scenes.parts.class_lines import ClassLines
from scenes.parts.discs import Discs
from scenes.parts.guesses import Guesses
from scenes.parts.state_strip import MOST, StateStrip, stride
from scenes.parts.strands import Strands, across, levels
from studio.recorder import sources


def ink(raster):
    return raster.pixels.array[..., :3].sum(axis=2).astype(int)


# -- strands -----------------------------------------------------------------------------------------
def test_strands_leave_where_they_start_and_end_where_they_lead():
    ends = across(-2.0, levels(2, 2.0), 2.0, levels(3, 3.0))
    assert ends.shape == (6, 2, 2)
    assert ends[1 * 2 + 0].tolist() == [[-2.0, 0.5], [2.0, 0.0]]  # out 1, in 0
    one = Strands(ends, 4.0, 3.0, most=0.1).show([0, 0, 1.0, 0, 0, 0], 1.0)
    lit = ink(one)
    rows = len(lit)
    left, right = lit[:, 2].argmax() / rows, lit[:, -3].argmax() / rows
    assert left == pytest.approx((1.5 - 0.5) / 3, abs=0.03) and right == pytest.approx(0.5, abs=0.03)


def test_a_greater_value_makes_a_thicker_stroke_and_zero_none():
    ends = np.array([[[-1.0, 0.0], [1.0, 0.0]]])
    thick = [(ink(Strands(ends, 2.0, 1.0, most=0.2).show([v], 4.0))[:, 20] > 100).sum() for v in (0.0, 1.0, 4.0, 99.0)]
    assert thick[0] == 0 and 0 < thick[1] < thick[2] == thick[3]


def test_strands_are_painted_again_only_for_other_values():
    one = Strands(np.array([[[-1.0, 0.0], [1.0, 0.0]]]), 2.0, 1.0).show([0.5], 1.0)
    first = one.pixels
    assert one.show([0.5], 1.0).pixels is first and one.show([0.6], 1.0).pixels is not first
    with pytest.raises(ValueError, match="1 strokes cannot show 2 values"):
        one.show([0.5, 0.5], 1.0)


def test_every_matrix_behind_the_strokes_is_in_the_table_of_what_is_shown():
    whole = Reading(np.array([[0.5], [0.7]]), Source("run", "shown.flow", 3)).through("the tenth", np.asarray)
    one = Strands(np.array([[[-1.0, 0.0], [1.0, 0.0]]]), 2.0, 1.0).show([0.5], 1.0, whole[0], whole[1])
    assert "reading" in vars(one)  # what `reel where` asks for
    found = [(source.array, index, source.transform) for source, index, _ in sources(one)]
    assert found == [("shown.flow", (0,), "the tenth"), ("shown.flow", (1,), "the tenth")]


# -- between ------------------------------------------------------------------------------------------
def drawing(log):
    return lambda raster, moment: (log.append(moment), raster.show([1.0], 1.0 + moment))


def test_between_two_moments_both_are_seen_and_at_a_moment_only_that():
    made = Between(lambda: Strands(np.array([[[-1.0, 0.0], [1.0, 0.0]]]), 2.0, 1.0))
    log = []
    assert [one.opacity for one in made.show(2.0, drawing(log)).pair] == [1.0, 0.0]
    assert [one.opacity for one in made.show(2.75, drawing(log)).pair] == [0.5, 1.0]
    assert [one.opacity for one in made.show(3.0, drawing(log), 0.4).pair] == [0.0, 0.4]
    assert log == [2, 3]  # each moment is drawn once while it is held
    made.show(2.0, drawing(log))
    made.show(9.0, drawing(log))
    assert log[-1] == 9


def test_opaque_pictures_mix_in_the_ratio_of_time():
    for at, wanted in ((2.0, [1, 0]), (2.25, [1, 0.25]), (2.75, [1, 0.75]), (3.0, [0, 1]), (3.25, [1, 0.75])):
        made = Between(lambda: Strands(np.array([[[-1.0, 0.0], [1.0, 0.0]]]), 2.0, 1.0), opaque=True)
        assert [one.opacity for one in made.show(at, drawing([])).pair] == pytest.approx(wanted)


# -- strip ---------------------------------------------------------------------------------------------
def test_a_strip_shows_signs_from_the_top_down_and_thins_long_vectors():
    cells = StateStrip(0.5, 4.0, 2.0).show(np.array([2.0, -2.0, 0.0, 9.0])).pixels.array
    rows = len(cells)
    red, blue = (cells[int(rows * (k + 0.4) / 4), 5] for k in (1, 0))
    assert red[0] > red[2] and blue[2] > blue[0]
    assert cells[int(rows * 0.6), 5, :3].max() < 30 and (cells[int(rows * 0.85), 5] == blue).all()
    assert stride(64) == stride(MOST) == 1 and stride(MOST + 1) == 2 and stride(2048) == 16


# -- pattern -------------------------------------------------------------------------------------------
def test_a_pattern_is_brightest_where_its_share_is_and_nothing_looks_ahead():
    pattern = np.array([[1.0, 0, 0], [0.1, 0.9, 0], [0.2, 0.7, 0.1]])
    grid = AttentionGrid(3, 3.0).show(pattern)
    lit = ink(grid)
    size = len(lit) / 3

    def cell(i, j):
        return lit[int((i + 0.5) * size), int((j + 0.5) * size)]

    assert cell(0, 1) == cell(0, 2) == cell(1, 2) == 0
    assert cell(2, 1) > cell(2, 0) > cell(2, 2) > 0
    np.testing.assert_allclose(grid.cell(2, 0), [-1.0, -1.0, 0.0])
    half = ink(grid.show(pattern, 1.5))
    assert half[int(2.5 * size)].max() == 0 and 0 < half[int(1.5 * size)].max() < lit[int(1.5 * size)].max()
    picked = AttentionGrid(2, 2.0, words=[0, 2]).show(pattern)
    assert ink(picked)[-20, 20] == pytest.approx(cell(2, 0), abs=3)


# -- discs ---------------------------------------------------------------------------------------------
def test_discs_have_areas_in_proportion():
    discs = Discs(np.array([[0.0, 0.0], [3.0, 0.0], [6.0, 0.0]]), 1.0, 4.0).show([4.0, 9.0, 1.0, 0.0], [0, 2, 3])
    rings = discs.points.reshape(2, -1, 3)  # nothing is drawn for zero
    radii = np.abs(rings[:, :, 1]).max(axis=1)
    assert radii[1] == pytest.approx(radii[0] / 2) and rings[1][:, 0].mean() == pytest.approx(3.0, abs=1e-6)


# -- guesses -------------------------------------------------------------------------------------------
def test_guesses_name_their_words_and_draw_their_probabilities():
    names = ["Paris", "the", "Berlin"]
    colours = [style.PARIS, style.TEXT, style.BERLIN]
    part = Guesses(2, 5.0, 2.0, lambda token: (names[token], colours[token]))
    part.show([2, 0, 1], [0.6, 0.3, 0.1])
    assert [word.submobjects[0].string for word in part.words] == ["Berlin", "Paris"]
    assert part.bars[0].width == pytest.approx(2 * part.bars[1].width, rel=1e-3)
    assert part.bars[1].get_fill_color().to_hex().upper() == style.PARIS
    moved = part.copy().shift([1, 2, 0]).show([1, 0], [0.5, 0.2])
    assert moved.words[0].submobjects[0].get_left()[0] == pytest.approx(part.frame.get_left()[0] + 1, abs=0.02)


# -- class lines ---------------------------------------------------------------------------------------
def test_class_lines_stand_at_their_values_and_end_where_they_are_told():
    values = np.array([[0.0, 1.0], [9.0, 9.0], [0.5, 1.0], [1.0, 0.0]])
    lines = ClassLines(np.array([0.0, 1.0, 2.0]), 2.0, 0.0, 1.0, [0, 1], [style.PARIS, style.BERLIN])
    lines.show(values, [0, 2, 3])
    np.testing.assert_allclose(lines.lines[0].points[[0, 3, -1], 1], [-1, 0, 1])
    lines.show(values, [0, 2, 3], 1.5)
    assert lines.lines[0].points[-1].tolist() == [1.5, 0.5, 0.0]
    assert len(lines.dots[0].points) == 2 * len(lines.show(values, [0, 2, 3], 0.0).dots[0].points)
    lines.show(values, [0, 2, 3], towards=1 - values, share=0.5)
    np.testing.assert_allclose(lines.lines[0].points[:, 1], 0, atol=1e-12)
