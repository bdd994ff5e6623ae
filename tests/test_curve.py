"""Drawings on axes: exact ends, cut at the plane's edge, in place and without memory."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.parts.axes import Axes
from scenes.parts.curve import Area, Curve, Marker, Secant, Tangent
from scenes.parts.polyline import clipped, cut_at, dashed, joined

XS = np.linspace(0, 1, 21)
coordinate = st.floats(-3, 3)


@dataclass
class FakeReading:
    value: object
    source: str = "cities3 grads"


def axes():
    return Axes((0, 1), (-1, 1), 6, 4)


def drawings():
    plane = axes()
    return {
        "curve": (Curve(plane, XS, XS), [(XS, XS**2), (XS[:5], -XS[:5], 2.5), (XS, np.sin(9 * XS), 13.25)]),
        "tangent": (Tangent(plane), [(0.2, 0.3, 5.0), (9, 9, 0), (0.5, 0.5, -1.0)]),
        "secant": (Secant(plane), [(0, 0, 1, 1), (0.5, 0.1, 0.5, 0.1), (0.2, 0.1, 0.6, -0.4)]),
        "area": (Area(plane), [(XS, 5.0), (XS[:3], XS[:3], 0.5), (XS, XS, XS**2)]),
        "marker": (Marker(plane, feet=True), [(0.1, 0.9), (5, 5), (0.4, 0.3)]),
    }


@pytest.mark.parametrize("name", ["curve", "tangent", "secant", "area", "marker"])
def test_state_depends_only_on_what_is_shown_last(name):
    worn, history = drawings()[name]
    fresh, _ = drawings()[name]
    family = [id(m) for m in worn.get_family()]
    for arguments in history:
        worn.show(*arguments)
    fresh.show(*history[-1])
    assert [id(m) for m in worn.get_family()] == family
    for a, b in zip(worn.get_family(), fresh.get_family(), strict=True):
        assert np.array_equal(a.points, b.points)


@pytest.mark.parametrize("name", ["curve", "tangent", "secant", "area", "marker"])
def test_showing_follows_moves_and_scaling(name):
    moved, history = drawings()[name]
    later, _ = drawings()[name]
    moved.shift([1, -1, 0]).scale(0.5, about_point=[0, 0, 0]).show(*history[-1])
    later.show(*history[-1]).shift([1, -1, 0]).scale(0.5, about_point=[0, 0, 0])
    for a, b in zip(moved.get_family(), later.get_family(), strict=True):
        assert np.allclose(a.points, b.points)


def test_a_curve_runs_through_its_numbers():
    plane = axes()
    curve = Curve(plane, XS, XS**2)
    assert np.allclose(curve.line.points[0], plane.point(0, 0))
    assert np.allclose(curve.line.points[-1], plane.point(1, 1))
    assert np.allclose(curve.line.points[4 * 10], plane.point(0.5, 0.25))
    assert curve.height_at(0.5) == pytest.approx(0.25)


def test_a_curve_ends_exactly_where_asked():
    plane = axes()
    curve = Curve(plane, XS, XS).show(XS, XS, until=3.5)
    assert np.allclose(curve.line.points[-1], plane.point(0.175, 0.175))
    assert not curve.show(XS, XS, until=0).line.has_points()
    assert np.allclose(curve.show(XS, XS, until=99).line.points[-1], plane.point(1, 1))


def test_what_leaves_the_plane_is_cut_at_its_edge():
    plane = axes()
    curve = Curve(plane, XS, 10 * XS - 5)
    assert curve.line.points[:, 1].max() == pytest.approx(plane.point(0, 1)[1])
    assert curve.line.points[:, 1].min() == pytest.approx(plane.point(0, -1)[1])
    assert curve.line.points[:, 0].min() == pytest.approx(plane.point(0.4, 0)[0])


@given(coordinate, coordinate, coordinate, coordinate)
def test_clipping_keeps_what_is_inside_and_nothing_else(x0, y0, x1, y1):
    line = joined(np.array([[x0, y0], [x1, y1]]))
    kept = clipped(line, (-1, 1), (-1, 1))
    assert (np.abs(kept[:, :2]) <= 1 + 1e-9).all()
    t = np.linspace(0, 1, 101)[:, None]
    samples = np.array([x0, y0]) * (1 - t) + np.array([x1, y1]) * t
    inside = (np.abs(samples) < 1 - 1e-6).all(axis=1)
    assert bool(len(kept)) >= bool(inside.any())
    if len(kept):
        along = np.linalg.norm(kept[-1, :2] - kept[0, :2])
        apart = np.linalg.norm(samples[-1] - samples[0])
        assert inside.sum() / 101 * apart <= along + 0.02 * apart + 1e-9


def test_a_tangent_has_its_slope_and_its_length():
    plane = Axes((0, 4), (0, 4), 6, 4)
    tangent = Tangent(plane, length=1.0).show(2, 2, FakeReading(0.7))
    a, b = tangent.line.points[0], tangent.line.points[-1]
    assert np.linalg.norm(b - a) == pytest.approx(1.0)
    unit = plane.point(1, 1) - plane.point(0, 0)
    assert (b - a)[1] / unit[1] / ((b - a)[0] / unit[0]) == pytest.approx(0.7)
    assert tangent.line.reading.source == "cities3 grads"


def test_a_secant_passes_through_both_points():
    plane = Axes((0, 4), (0, 4), 6, 4)
    secant = Secant(plane).show(1, 1, 2, 3)
    p, q = plane.point(1, 1), plane.point(2, 3)
    a, b = secant.line.points[0], secant.line.points[-1]
    for point in (p, q):
        assert np.cross(b - a, point - a)[2] == pytest.approx(0, abs=1e-9)
    assert np.allclose(secant.dots[1].get_center(), q)
    assert secant.run.height == pytest.approx(0)
    assert secant.rise.width == pytest.approx(0)
    assert not secant.show(1, 1, 1, 1).line.has_points()


def test_an_area_lies_between_its_curves():
    plane = axes()
    area = Area(plane).show(XS, 0.5, FakeReading(XS * 0 - 0.25))
    assert area.area.height == pytest.approx(plane.point(0, 0.5)[1] - plane.point(0, -0.25)[1])
    assert area.show(XS, FakeReading(XS)).area.reading.value is XS


def test_a_marker_keeps_its_readings_and_hides_outside():
    marker = Marker(axes(), feet=True).show(FakeReading(0.25), FakeReading(0.5))
    assert marker.dot.reading.value == 0.5
    assert marker.foot.reading.value == 0.25
    assert marker.foot.has_points()
    marker.show(2.0, 0.5)
    assert not any(m.has_points() for m in (marker.dot, marker.foot, marker.arm))


def test_unequal_lengths_are_refused():
    with pytest.raises(ValueError, match="one length"):
        Curve(axes(), XS, XS[:4])


def test_cutting_by_index_and_dashes():
    corners = np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 0.0]])
    assert cut_at(corners, 1.25)[-1].tolist() == [1.5, 1.5]
    assert len(cut_at(corners, 2)) == 3
    line = dashed(np.zeros(3), np.array([1.0, 0, 0]), 0.3, 0.2)
    assert line.shape == (8, 3)
    assert line[-1, 0] == pytest.approx(0.8)
    assert len(dashed(np.zeros(3), np.zeros(3))) == 0
