"""Upper envelopes: every point lies in the winner's region, pieces cover each sheet once, and nearer is drawn later."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scenes.parts.envelope import (
    area,
    back_to_front,
    box_corners,
    corners_inside,
    inner_edges,
    kept,
    pieces,
    raised,
    regions,
    stretches,
)

GROUND = box_corners(-3, 3, -2, 2)
numbers = st.floats(-3, 3, width=32).map(lambda v: round(v, 2))
sheets_of = st.integers(1, 6).flatmap(lambda n: arrays(float, (n, 3), elements=numbers))


def inside(polygon, point, margin=0.0):
    """Whether a point is in a convex counter-clockwise polygon, farther than `margin` from its rim."""
    if len(polygon) < 3:
        return False
    edges = np.roll(polygon, -1, axis=0)[:, :2] - polygon[:, :2]
    away = point - polygon[:, :2]
    turn = (edges[:, 0] * away[:, 1] - edges[:, 1] * away[:, 0]) / np.maximum(np.linalg.norm(edges, axis=1), 1e-12)
    return bool((turn > margin).all() or (turn < -margin).all())


def test_a_half_of_a_square_is_kept():
    half = kept(GROUND, GROUND[:, 0])
    assert area(half) == pytest.approx(12.0)
    assert half[:, 0].min() == 0.0
    assert len(kept(GROUND, np.full(4, -1.0))) == 0
    assert kept(GROUND, np.ones(4)) is GROUND


@given(sheets_of)
def test_regions_cover_the_ground_once_and_hold_their_winner(sheets):
    won = regions(sheets, GROUND)
    if len(sheets) > 1 and not np.ptp(sheets, axis=0).any():
        assert all(len(polygon) == 0 for polygon in won)
        return
    assert sum(area(polygon) for polygon in won) == pytest.approx(24.0, rel=1e-6)
    rng = np.random.default_rng(1)
    for x, y in rng.uniform((-3, -2), (3, 2), (40, 2)):
        heights = sheets @ [x, y, 1]
        for i, polygon in enumerate(won):
            if inside(polygon, np.array([x, y]), 1e-6):
                assert heights[i] >= heights.max() - 1e-9


@given(arrays(float, st.integers(1, 6), elements=numbers).flatmap(lambda m: st.tuples(
    st.just(m), arrays(float, len(m), elements=numbers))))  # fmt: skip
@example((np.array([1.2, 2.74, 1.4, 0]), np.array([1.32, 0, 1.4, 2.6])))  # three lines meet, but for rounding
def test_stretches_name_the_highest_line_and_their_slopes_rise(lines):
    slopes, starts = lines
    won = stretches(slopes, starts, -4.0, 5.0)
    if len(slopes) > 1 and not np.ptp(slopes) and not np.ptp(starts):
        assert won == []
        return
    assert won[0][1] == -4.0
    assert won[-1][2] == 5.0
    assert all(a[2] == b[1] and a[0] != b[0] for a, b in pairwise(won))
    for i, a, b in won:
        x = (a + b) / 2
        assert slopes[i] * x + starts[i] == pytest.approx((slopes * x + starts).max())
    assert (np.diff([slopes[i] for i, _, _ in won]) > 0).all()


@given(sheets_of)
@example(np.array([[0, 0.77, -2.02], [0, 0, 0], [-2, 0, 0], [0, 1, 0], [0, -1, 0]]))  # a cut a hair beside a corner
def test_pieces_cover_every_sheet_once(sheets):
    parts = pieces(sheets, GROUND, -1e3, 1e3)
    for i in range(len(sheets)):
        own = [part for part in parts if part.sheet == i]
        assert sum(area(part.corners) for part in own) == pytest.approx(24.0, rel=1e-6)
        for part in own:
            np.testing.assert_allclose(part.corners, raised(part.corners[:, :2], sheets[i]), atol=1e-6)


def test_pieces_end_where_they_are_cut_off():
    parts = pieces(np.array([[1.0, 0, 0]]), GROUND, -1.0, 2.0)
    assert min(part.corners[:, 2].min() for part in parts) == pytest.approx(-1.0)
    assert max(part.corners[:, 2].max() for part in parts) == pytest.approx(2.0)


@given(sheets_of, st.tuples(st.floats(-9, 9), st.floats(-9, 9), st.floats(-12, 12)))
def test_what_is_nearer_to_the_eye_is_drawn_later(sheets, eye):
    eye = np.array(eye)
    drawn = back_to_front(pieces(sheets, GROUND, -20, 20), sheets, eye)
    rng = np.random.default_rng(2)
    for _ in range(12):
        aim = np.array([*rng.uniform((-3, -2), (3, 2)), rng.uniform(-8, 8)])
        way = aim - eye
        met = []
        for part in drawn:
            a, b, c = sheets[part.sheet]
            steep = way[2] - a * way[0] - b * way[1]
            if abs(steep) < 1e-6:
                continue
            t = (a * eye[0] + b * eye[1] + c - eye[2]) / steep
            if t > 1e-6 and inside(part.corners, (eye + t * way)[:2], 1e-4):
                met.append(t)
        gaps = np.diff(met)
        assert (gaps <= 1e-4 * np.abs(np.array(met[1:]) if met else 0) + 1e-6).all(), met


def test_edges_along_the_ground_are_not_inner_ones():
    left = box_corners(-3, 1, -2, 2)
    assert [edge.tolist() for edge in inner_edges(left, GROUND)] == [[[1.0, -2.0], [1.0, 2.0]]]
    assert inner_edges(GROUND, GROUND) == []


def test_three_planes_may_meet_inside_or_not_at_all():
    assert corners_inside(np.array([[1.0, 0, 0], [-1, 1, 0], [-1, -1, 0]]), GROUND)
    assert not corners_inside(np.array([[1.0, 0, 0], [-1, 0, 0]]), GROUND)
    assert not corners_inside(np.array([[1.0, 0, 0], [-1, 0, 0], [0, 0, 0.5]]), GROUND)
