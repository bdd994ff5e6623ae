"""The landscape of `surface` hides what a ray would hide, keeps what was recorded, and draws true isolines."""

import numpy as np
import pytest
from manim import tempconfig

from scenes.layout import Region
from scenes.parts.on_surface import SurfaceAxes, SurfaceWalk
from scenes.parts.surface import FINE, Surface, _Sight
from scenes.parts.typesetting import Text
from scenes.parts.view import View

BOX = Region(-5.0, 3.0, -3.0, 3.0)
XS, YS = np.linspace(-2, 2, 41), np.linspace(-1, 2, 31)


@pytest.fixture(autouse=True)
def small_frames():
    with tempconfig({"pixel_width": 854, "pixel_height": 480, "frame_width": 128 / 9, "frame_height": 8}):
        yield


def hills(height=0.5, first=None):
    x, y = np.meshgrid(XS, YS)
    return Surface(XS, YS, 1.3 + np.sin(2.6 * x) * np.cos(2.2 * y) + 0.1 * x, BOX, height=height, first=first)


def seen_from(surface, azimuth, elevation):
    return View(azimuth=azimuth, elevation=elevation, distance=np.inf).fitted(surface.outline(), (-4.6, 2.6, -2.6, 2.6))


def sight_of(surface, view):
    columns, rows = 480, 360
    sight = _Sight(surface, view, rows, columns)
    row, column = rows - 1 - sight.pixels // columns, sight.pixels % columns
    across = BOX.left + (column + 0.5) * (BOX.right - BOX.left) / columns
    up = BOX.bottom + (row + 0.5) * (BOX.top - BOX.bottom) / rows
    x = XS[0] + sight._x / FINE * np.ptp(XS)
    y = YS[0] + sight._y / FINE * np.ptp(YS)
    return sight, across, up, x, y


def test_recorded_values_are_kept_at_the_grids_points():
    surface = hills()
    x, y = np.meshgrid(XS, YS)
    assert surface.value_at(x, y) == pytest.approx(surface.values, abs=1e-9)


@pytest.mark.parametrize(
    ("azimuth", "elevation"), [(0.0, 90.0), (-40.0, 30.0), (25.0, 20.0), (130.0, 55.0), (-90.0, 35.0)]
)
def test_each_pixel_sees_a_point_that_lies_there_and_is_not_hidden(azimuth, elevation):
    surface = hills()
    view = seen_from(surface, azimuth, elevation)
    sight, across, up, x, y = sight_of(surface, view)
    inner = ~sight.wall & (sight.cover > 0.99)
    assert inner.sum() > 5_000
    there = view.project(surface.world(x, y))
    pixel = (BOX.right - BOX.left) / 480
    apart = np.hypot(there[:, 0] - across, there[:, 1] - up)[inner]
    assert np.quantile(apart, 0.99) < 0.6 * pixel
    chosen = np.flatnonzero(inner)[:: max(1, int(inner.sum()) // 400)]
    # a ray towards the eye, sampled without any of the surface's own tricks
    assert surface.seen(surface.world(x[chosen], y[chosen]), view, slack=0.06).mean() > 0.98


def test_what_a_hill_hides_is_not_seen():
    surface = hills(height=1.2)
    view = seen_from(surface, 10.0, 12.0)
    grid_x, grid_y = (v.ravel() for v in np.meshgrid(XS[2:-2:3], YS[2:-2:3]))
    world = surface.world(grid_x, grid_y)
    hidden = ~surface.seen(world, view, slack=0.01)
    assert 10 < hidden.sum() < len(hidden)
    _, _, _, x, y = sight_of(surface, view)
    nearest = [float(np.min(np.hypot(x - a, y - b))) for a, b in zip(grid_x[hidden], grid_y[hidden], strict=True)]
    assert np.median(nearest) > 0.03


def test_isolines_stand_where_the_value_doubles():
    surface = hills(first=0.5)
    view = seen_from(surface, 0.0, 90.0)
    sight, _, _, x, y = sight_of(surface, view)
    cover = sight.lines(surface.relief, 1.0)
    octave = np.log2(surface.value_at(x, y) / 0.5)
    on_line = cover > 0.95
    assert on_line.sum() > 100
    assert np.quantile(np.abs(octave - np.rint(octave))[on_line & (octave > -0.4)], 0.95) < 0.06
    assert cover[np.abs(octave - np.rint(octave)) > 0.3].max() < 0.5


def test_the_same_view_is_painted_once_and_alike():
    surface, view = hills(first=0.5), seen_from(hills(), -30.0, 40.0)
    first = surface.show(view).pixels
    assert surface.show(view).pixels is first
    other = hills(first=0.5)
    assert np.array_equal(first.array, other.show(view).pixels.array)
    assert surface.show(seen_from(surface, -31.0, 40.0)).pixels is not first
    with pytest.raises(ValueError, match="parallel"):
        surface.show(View(distance=10.0))


def test_a_walk_depends_on_its_step_alone():
    surface = hills()
    view = seen_from(surface, -30.0, 60.0)
    path = np.stack([np.linspace(-1, 1, 9), np.linspace(0, 1.5, 9)], axis=1)
    worn, fresh = SurfaceWalk(surface, path), SurfaceWalk(surface, path)
    for step in (8.0, 0.0, 3.5):
        worn.show(view, step)
    fresh.show(view, 3.5)
    assert np.array_equal(worn.line.points, fresh.line.points)
    assert worn.dot.get_center() == pytest.approx(view.project(surface.world(-0.125, 0.65625, 0.06))[0], abs=0.02)


def test_scales_stand_at_the_edges():
    surface = hills()
    axes = SurfaceAxes(surface, Text("a"), Text("b"), Text("c"))
    view = seen_from(surface, -40.0, 30.0)
    axes.show(view)
    assert axes.lines[0].points[0] == pytest.approx(view.project(np.array([[-2.0, -1.0, 0.0]]))[0])
    assert axes.lines[2].points[0] == pytest.approx(view.project(np.array([[-2.0, 2.0, 0.0]]))[0])
