"""Projection: places to scene points and back, frames fitted and filled, straight lines kept straight."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_ins import Box

from scenes.parts.projection import Projection, squeeze

EUROPE = (-9.8, 17.2, 36.15, 54.7)


frames = st.builds(
    lambda lon, lat, wide, high: (lon, lon + wide, lat, lat + high),
    st.floats(-200, 200),
    st.floats(-80, 60),
    st.floats(0.01, 120),
    st.floats(0.01, 25),
)
boxes = st.builds(
    lambda x, y, wide, high: Box(x, x + wide, y, y + high),
    st.floats(-7, 6),
    st.floats(-4, 3),
    st.floats(0.5, 12),
    st.floats(0.5, 8),
)


@given(frames, boxes, st.floats(0, 1), st.floats(0, 1))
def test_there_and_back(frame, box, across, up):
    projection = Projection.fit(frame, box)
    lon, lat = frame[0] + across * (frame[1] - frame[0]), frame[2] + up * (frame[3] - frame[2])
    point = projection.to_scene(lon, lat)
    assert point.shape == (3,) and point[2] == 0
    np.testing.assert_allclose(projection.to_lonlat(point), [lon, lat], atol=1e-9)


@given(frames, boxes)
def test_a_fitted_map_shows_the_frame_inside_the_box_and_touches_two_sides(frame, box):
    projection = Projection.fit(frame, box)
    assert projection.frame == frame
    slack = 1e-9 * (1 + box.right - box.left + box.top - box.bottom)
    assert projection.left >= box.left - slack and projection.right <= box.right + slack
    assert projection.bottom >= box.bottom - slack and projection.top <= box.top + slack
    wide = projection.width == pytest.approx(box.right - box.left)
    assert wide or projection.height == pytest.approx(box.top - box.bottom)
    assert projection.units_per_lon / projection.units_per_lat == pytest.approx(squeeze(frame))


@given(frames, boxes)
def test_a_filling_map_still_holds_the_frame_at_the_same_scale(frame, box):
    fitted, filled = Projection.fit(frame, box), Projection.fill(frame, box)
    west, east, south, north = filled.frame
    assert west <= frame[0] + 1e-9 and east >= frame[1] - 1e-9
    assert south <= frame[2] + 1e-9 and north >= frame[3] - 1e-9
    assert filled.units_per_lat == pytest.approx(fitted.units_per_lat)
    assert filled.units_per_lon == pytest.approx(fitted.units_per_lon)
    assert east - west <= 360 + 1e-9 and south > -90 and north < 90


def test_a_filling_map_leaves_nothing_of_the_box_empty():
    box = Box(-0.7, 7.1, -4, 4)
    filled = Projection.fill(EUROPE, box)
    assert (filled.left, filled.right, filled.bottom, filled.top) == pytest.approx(tuple(box))


def test_near_the_pole_a_filling_map_is_pushed_back_and_keeps_its_frame():
    filled = Projection.fill((0, 90, 60, 80), Box(0, 2, 0, 6))
    assert filled.frame[3] == pytest.approx(85) and filled.frame[2] < 60
    beyond = Projection.fill((0, 10, 80, 88), Box(0, 2, 0, 6))
    assert beyond.frame[3] == pytest.approx(88)


def test_a_degree_eastwards_is_as_wide_as_the_earth_makes_it():
    # The mean cosine from the equator to 60°: sin 60° / (π / 3).
    assert squeeze((0, 1, 0, 60)) == pytest.approx(0.8269933, abs=1e-7)
    projection = Projection.fit((0, 10, 45, 46), Box(0, 10, 0, 10))
    assert projection.units_per_lon / projection.units_per_lat == pytest.approx(np.cos(np.radians(45.5)), rel=1e-4)


def test_straight_lines_over_lon_and_lat_stay_straight():
    lon = np.linspace(-5, 15, 9)
    points = Projection.fit(EUROPE, Box(-3, 3, -3, 3)).to_scene(lon, 40 + 0.6 * lon)
    assert points.shape == (9, 3)
    np.testing.assert_allclose(np.diff(points, axis=0), np.diff(points, axis=0)[:1].repeat(8, axis=0), atol=1e-12)


def test_across_the_date_line():
    projection = Projection.fit((165, 190, -48, -10), Box(-3, 3, -3, 3))
    assert projection.wrap(-175.2) == pytest.approx(184.8)
    assert projection.wrap(174.76) == pytest.approx(174.76)
    assert projection.wrap(174.76 + 720) == pytest.approx(174.76)
    np.testing.assert_array_equal(projection.holds([-175.2, 174.76, 150.0, -160.0], [-21, -37, -30, -30]), [1, 1, 0, 0])


def test_grid_cells_are_the_middles_of_pixels_with_the_north_above():
    projection = Projection.fit((0, 8, 40, 44), Box(-4, 4, -4, 4))
    cells = projection.grid(4, 8)
    assert cells.shape == (4, 8, 2)
    np.testing.assert_allclose(cells[0, 0], [0.5, 43.5])
    np.testing.assert_allclose(cells[-1, -1], [7.5, 40.5])


def test_shifted_maps_keep_their_frame():
    moved = Projection.fit(EUROPE, Box(-3, 3, -3, 3)).shifted(1, -2)
    np.testing.assert_allclose(moved.center, [1, -2, 0])
    assert moved.frame == EUROPE


@pytest.mark.parametrize("frame", [(1, 1, 0, 1), (0, 361, 0, 1), (0, 1, -90, 1), (0, 1, 2, 1), (np.nan, 1, 0, 1)])
def test_an_impossible_frame_is_refused(frame):
    with pytest.raises(ValueError, match="map frame"):
        Projection.fit(frame, Box(0, 1, 0, 1))
