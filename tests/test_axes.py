"""Axes: numbers lie where they should, and titles and tick numbers keep to the box and apart."""

from itertools import combinations

import numpy as np
import pytest
from manim import LEFT, UP

from scenes.parts.axes import Axes
from scenes.parts.typesetting import Formula

RANGES = [((-3, 3), (-1, 1)), ((0, 400), (0, 18.4)), ((-9.8, 17.2), (-12, 12)), ((2.4506, 2.46), (-1e-6, 3e-6))]


def box(mobject):
    return np.array([mobject.get_critical_point([-1, -1, 0])[:2], mobject.get_critical_point([1, 1, 0])[:2]])


@pytest.mark.parametrize(("x_range", "y_range"), RANGES)
@pytest.mark.parametrize("inside", [False, True])
def test_everything_fits_the_box_and_nothing_overlaps(x_range, y_range, inside):
    axes = Axes(x_range, y_range, 6, 4, x_title="step", y_title=Formula("f(x)"), inside=inside)
    assert axes.width <= 6.02
    assert axes.height <= 4.02
    boxes = [box(m) for m in (*axes.x_numbers, *axes.y_numbers, axes.x_title, axes.y_title)]
    for a, b in combinations(boxes, 2):
        assert (np.maximum(a[0], b[0]) >= np.minimum(a[1], b[1])).any()


def test_places_are_linear_in_the_numbers():
    axes = Axes((-2, 6), (0, 10), 6, 4).shift(UP + LEFT).scale(0.7)
    assert np.allclose(axes.point(2, 5), (axes.point(-2, 0) + axes.point(6, 10)) / 2)
    assert np.allclose(axes.places([0, 1], [3, 4])[1], axes.point(1, 4))
    assert axes.point(0, 0)[1] == pytest.approx(axes.lines.get_bottom()[1])


def test_tick_numbers_stand_at_their_ticks():
    axes = Axes((0, 10), (0, 1), 6, 4)
    for value, label in zip((0, 2.5, 5, 7.5, 10), axes.x_numbers, strict=True):
        assert label.get_center()[0] == pytest.approx(axes.point(value, 0)[0], abs=0.02)
    assert len({round(label.baseline, 6) for label in axes.x_numbers}) == 1


def test_axes_cross_at_zero_or_in_the_corner():
    assert Axes((-1, 1), (-2, 2)).crossing == (0, 0)
    assert Axes((1, 2), (-2, 2)).crossing == (1, 0)
    assert Axes((-1, 1), (-2, 2), corner=True).crossing == (-1, -2)


def test_given_ticks_and_no_ticks():
    axes = Axes((0, 1), (0, 1), x_ticks=[0.1, 0.9], y_ticks=[])
    assert len(axes.x_numbers) == 2
    assert len(axes.y_numbers) == 0


@pytest.mark.parametrize("pair", [(1, 1), (2, 1), (0, np.nan), (0, np.inf)])
def test_impossible_ranges_are_refused(pair):
    with pytest.raises(ValueError, match="axis"):
        Axes(pair, (0, 1))


def test_a_box_without_room_is_refused():
    with pytest.raises(ValueError, match="room"):
        Axes((0, 1), (0, 1), 0.5, 0.4, x_title="a long title")
