"""View: where points appear, that nothing jumps on the way between two views, and that fitting fills the box."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.parts.view import View

angles = st.floats(-180, 180)
views = st.builds(View, azimuth=angles, elevation=st.floats(-80, 90), distance=st.floats(12, 500), lift=st.floats(0, 4))
POINTS = np.random.default_rng(0).uniform(-3, 3, (40, 3))


def test_from_above_the_ground_is_as_it_is():
    flat = POINTS * [1, 1, 0]
    np.testing.assert_allclose(View().project(flat), flat, atol=1e-12)


def test_from_the_south_up_is_up_and_what_is_nearer_is_larger():
    view = View(elevation=0, distance=10)
    np.testing.assert_allclose(view.project(np.array([1.0, 0, 2])), [1, 2, 0])
    assert view.project(np.array([1.0, -5, 0]))[0] == pytest.approx(2.0)
    assert view.eye == pytest.approx([0, -10, 0])


def test_a_lifted_eye_sees_the_ground_and_keeps_uprights_upright():
    view = View(elevation=0, distance=10, lift=3)
    seen = view.project(np.array([[1.0, -5, z] for z in (0, 1, 2)]))
    assert np.ptp(seen[:, 0]) == pytest.approx(0)
    assert seen[0, 1] == pytest.approx(-3)  # nearer ground lies lower in the picture
    assert view.eye == pytest.approx([0, -10, 3])


@given(views)
def test_points_on_a_ray_from_the_eye_appear_in_one_place(view):
    near = view.eye + 0.6 * (POINTS - view.eye)
    depth = 1 - ((POINTS - view.target) @ view.turn.T)[:, 2] / view.distance
    clear = depth > 0.4  # well before the eye
    np.testing.assert_allclose(view.project(near)[clear], view.project(POINTS)[clear], atol=1e-6)


@given(views, views)
def test_the_way_between_two_views_begins_and_ends_with_them(a, b):
    assert a.between(b, 0.0) == a
    assert a.between(b, 1.0) == b
    middle = a.between(b, 0.5)
    assert middle.distance == pytest.approx(np.sqrt(a.distance * b.distance))
    assert middle.azimuth == pytest.approx((a.azimuth + b.azimuth) / 2)


@given(views)
def test_fitted_fills_its_box(view):
    seen = view.fitted(POINTS, (-2.0, 4.0, -1.0, 3.0)).project(POINTS)[:, :2]
    low, high = seen.min(axis=0), seen.max(axis=0)
    assert (low >= [-2 - 1e-9, -1 - 1e-9]).all()
    assert (high <= [4 + 1e-9, 3 + 1e-9]).all()
    assert np.isclose(high - low, [6, 4]).any()
    np.testing.assert_allclose((low + high) / 2, [1, 1], atol=1e-9)


def test_a_parallel_projection_does_not_care_about_distance():
    view = View(distance=np.inf, elevation=90)
    np.testing.assert_allclose(view.project(POINTS)[:, :2], POINTS[:, :2])
