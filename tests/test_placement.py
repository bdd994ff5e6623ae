"""Placement: labels stay inside, and cover neither each other nor the dots, when there is any room."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenes.parts.placement import place

REGION = (-3.5, 3.5, -3.5, 3.5)
DOT, GAP = 0.075, 0.14


def boxes(points, sizes):
    placed = place(np.array(points), np.array(sizes), REGION, DOT, GAP)
    centers, half = np.array([one.center for one in placed]), np.array(sizes) / 2
    return centers - half, centers + half, placed


def covered(low, high, other_low, other_high):
    return np.maximum(0, np.minimum(high, other_high) - np.maximum(low, other_low)).prod()


def test_alone_a_label_stands_on_the_right():
    low, _, placed = boxes([[0, 0]], [[1, 0.25]])
    assert low[0] == pytest.approx([DOT + GAP, -0.125]) and not placed[0].far


def test_at_the_right_edge_it_stands_on_the_left():
    _, high, _ = boxes([[3.2, 0]], [[1, 0.25]])
    assert high[0, 0] == pytest.approx(3.2 - DOT - GAP)


def test_nothing_to_place():
    assert place(np.empty((0, 2)), np.empty((0, 2)), REGION, DOT, GAP) == []


@given(
    st.lists(st.tuples(st.integers(-6, 6), st.integers(-6, 6)), min_size=2, max_size=8, unique=True),
    st.lists(st.floats(0.5, 2.4), min_size=8, max_size=8),
)
@settings(max_examples=60, deadline=None)
def test_up_to_eight_long_names_on_a_coarse_grid_never_cover_anything(spots, widths):
    points = np.array(spots) / 2.0
    sizes = np.column_stack([widths[: len(points)], np.full(len(points), 0.25)])
    low, high, _ = boxes(points, sizes)
    assert (low >= -3.5 - 1e-9).all() and (high <= 3.5 + 1e-9).all()
    for i in range(len(points)):
        for j in range(len(points)):
            if i != j:
                assert covered(low[i], high[i], low[j], high[j]) == 0
                assert covered(low[i], high[i], points[j] - DOT, points[j] + DOT) == 0


def test_two_towns_in_one_place_get_names_apart():
    low, high, _ = boxes([[0, 0], [0.01, 0]], [[2, 0.25], [2, 0.25]])
    assert covered(low[0], high[0], low[1], high[1]) == 0


def test_the_same_towns_get_the_same_places():
    points = np.random.default_rng(3).uniform(-3, 3, (8, 2))
    sizes = np.tile([1.3, 0.25], (8, 1))
    first, second = (np.array([one.center for one in boxes(points, sizes)[2]]) for _ in range(2))
    np.testing.assert_array_equal(first, second)
