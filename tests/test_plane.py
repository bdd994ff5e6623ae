"""Neighbours, islands and regions of labelled points in a plane."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.plane import (
    CELLS,
    accuracy,
    beyond_chance,
    dominant,
    frame,
    grid,
    islands,
    neighbours,
    regions,
)


def blobs(sizes=(30, 30, 20), spread=0.3, seed=0):
    """Groups around (0, 0), (10, 0) and (0, 8), and the number of the group of every point."""
    rng = np.random.default_rng(seed)
    middles = np.array([(0.0, 0.0), (10.0, 0.0), (0.0, 8.0)])[: len(sizes)]
    groups = np.repeat(np.arange(len(sizes)), sizes)
    return middles[groups] + rng.normal(0, spread, (len(groups), 2)), groups


@given(st.integers(2, 40), st.sampled_from(["euclidean", "cosine"]), st.integers(0, 2**31))
@settings(max_examples=30, deadline=None)
def test_neighbours_are_the_nearest_others(n, metric, seed):
    x = np.random.default_rng(seed).normal(size=(n, 3))
    unit = x / np.linalg.norm(x, axis=1, keepdims=True) if metric == "cosine" else x
    distance = np.linalg.norm(unit[:, None] - unit[None], axis=-1)
    np.fill_diagonal(distance, np.inf)
    near = neighbours(x, metric)
    assert near.shape == (n, min(10, n - 1))
    found = np.take_along_axis(distance, near, 1)
    np.testing.assert_allclose(found, np.sort(distance, 1)[:, : near.shape[1]], atol=1e-7)


def test_dominant_labels_and_accuracy():
    near = np.array([[1, 2], [0, 2], [0, 1], [0, 1]])
    labels = np.array([0, 0, 1, 1])
    value, share = dominant(near, labels)
    assert value.tolist() == [0, 0, 0, 0] and share.tolist() == [0.5, 0.5, 1.0, 1.0]
    assert accuracy(near, labels) == 0.5
    assert beyond_chance(0.5, labels) == 0 and beyond_chance(1.0, labels) == 1
    assert beyond_chance(0.6, np.array([0, 0, 0, 0, 1])) == pytest.approx(-1.0)


def test_islands_are_called_after_what_dominates_in_them():
    points, groups = blobs()
    labels = np.array([2, 0, 1])[groups]
    labels[:6] = 1  # strangers among the first thirty
    found = islands(points, neighbours(points), labels)
    assert found.size.tolist() == [30, 30, 20] and found.value.tolist() == [2, 0, 1]
    of_first = found.value.tolist().index(2)
    assert found.share[of_first] == pytest.approx(24 / 30)
    np.testing.assert_allclose(found.centre[of_first], points[:30].mean(0))
    assert (found.member[:30] == of_first).all()


def test_labels_without_order_make_no_island():
    points = np.random.default_rng(0).uniform(size=(200, 2))
    labels = np.random.default_rng(1).integers(0, 10, 200)
    assert len(islands(points, neighbours(points), labels).size) == 0


def test_regions_are_shares_that_sum_to_one_and_follow_the_points():
    points, groups = blobs()
    box = frame(points)
    places = grid(box)
    shares, distance = regions(points, groups, 3, places)
    assert shares.shape == (*places.shape[:2], 3) and max(places.shape[:2]) == CELLS
    np.testing.assert_allclose(shares.sum(-1), 1)
    for number, middle in enumerate([(0, 0), (10, 0), (0, 8)]):
        nearest = np.unravel_index(np.square(places - middle).sum(-1).argmin(), places.shape[:2])
        assert shares[nearest][number] == 1 and distance[nearest] < 0.5
    assert places[0, 0, 1] > places[-1, 0, 1] and places[0, 0, 0] < places[0, -1, 0]


def test_the_frame_leaves_a_margin_around_all_slices():
    points = np.array([[[0.0, 0.0], [1.0, 1.0]], [[2.0, 0.0], [4.0, 2.0]]])
    np.testing.assert_allclose(frame(points), [-0.32, 4.32, -0.32, 2.32])
    assert np.isfinite(frame(np.zeros((1, 3, 2)))).all()


def test_cells_are_squares_and_stay_inside():
    box = np.array([0.0, 4.0, 0.0, 1.0])
    places = grid(box)
    assert places.shape == (24, 96, 2)
    assert places[..., 0].min() > 0 and places[..., 0].max() < 4
    steps = places[0, 1, 0] - places[0, 0, 0], places[0, 0, 1] - places[1, 0, 1]
    assert steps[0] == pytest.approx(steps[1])
