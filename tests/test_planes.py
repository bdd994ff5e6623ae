"""Planes and Floor: the pixel above or at a place has the colour of whichever score is the highest there."""

import copy
import time

import numpy as np
import pytest
from manim import ManimColor, tempconfig
from stand_ins import Box, Said

from scenes import style
from scenes.parts.canvas import Canvas
from scenes.parts.floor import Floor, sheets_of
from scenes.parts.planes import Heights, Planes
from scenes.parts.projection import Projection
from scenes.parts.standing import StandingPins
from scenes.parts.uprights import HeightScale, SlopeArrows, Threads
from scenes.parts.view import View

BOX = Box(-4, 4, -4, 4)
GROUND = Box(-3, 3, -3, 3)
COLOURS = style.CLASS_COLOURS[:3]
INPUTS = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
WEIGHT, BIAS = np.array([[-1.0, 0.3], [0.4, 1.0], [0.8, -0.9]]), np.array([0.2, -0.1, 0.3])
WORLD = Projection((0, 10, 40, 46), *GROUND)
HEIGHTS = Heights(0.3, 2.0, -4, 6)
SQUARE = [np.array([[2.0, 41], [8, 41], [8, 45], [2, 45], [2, 41]])]


@pytest.fixture(autouse=True)
def small_pictures():
    with tempconfig({"pixel_width": 960, "pixel_height": 540, "frame_width": 128 / 9, "frame_height": 8}):
        yield


def rgb(colour):
    return np.array(ManimColor(colour).to_rgb()) * 255


def pixel(raster, box, point):
    rows, columns = raster.pixels.array.shape[:2]
    x, y = (point[0] - box.left) / (box.right - box.left), (box.top - point[1]) / (box.top - box.bottom)
    return raster.pixels.array[int(y * rows), int(x * columns)].astype(float)


def planes():
    return Planes(BOX, GROUND, COLOURS, INPUTS, HEIGHTS)


def floor(**kwargs):
    return Floor(BOX, WORLD, [SQUARE], SQUARE, [], COLOURS, INPUTS, **kwargs)


def scores(point):
    return WEIGHT @ point[:2] + BIAS


@pytest.mark.parametrize("view", [View(distance=np.inf), View(azimuth=40, elevation=50, distance=20)])
def test_seen_from_above_the_highest_plane_shows(view):
    drawn = planes().show(view, WEIGHT, BIAS)
    rng, compared = np.random.default_rng(3), 0
    for x, y in rng.uniform(-2.8, 2.8, (80, 2)):
        heights = np.sort(scores(np.array([x, y])))
        if heights[-1] - heights[-2] < 0.4 or min((x + 3) % 0.75, (y + 3) % 0.75, -x % 0.75, -y % 0.75) < 0.1:
            continue  # near a fold or a ruled line
        top = int(scores(np.array([x, y])).argmax())
        seen = view.project(np.array([x, y, HEIGHTS.of(heights[-1])]))
        found = pixel(drawn, BOX, seen)
        if view.elevation < 90 and np.abs(found[:3] - rgb(COLOURS[top])).max() > 110:
            continue  # a nearer part of the bowl hides it
        compared += 1
        assert np.abs(found[:3] - rgb(COLOURS[top])).max() < 60, (x, y, found)
    assert compared > 20


def test_planes_are_redrawn_only_when_something_changes_and_keep_their_readings():
    drawn = planes()
    reading = Said(WEIGHT, "there")
    first = drawn.show(View(), reading, BIAS).pixels
    assert drawn.readings == (reading,)
    assert drawn.show(View(), WEIGHT.copy(), BIAS).pixels is first
    assert drawn.readings == ()
    assert drawn.show(View(), WEIGHT, BIAS, crown=0.5).pixels is not first
    assert copy.deepcopy(drawn).painter is drawn.painter


def test_absent_planes_do_not_win():
    drawn = planes().show(View(distance=np.inf), WEIGHT, BIAS, present=[0.0, 1.0, 0.0])
    colours = drawn.pixels.array.reshape(-1, 4)
    solid = colours[colours[:, 3] > 200][:, :3].astype(float)
    assert len(solid) > 1000
    hues = solid / solid.max(axis=1, keepdims=True)
    assert np.abs(np.median(hues, axis=0) - rgb(COLOURS[1]) / rgb(COLOURS[1]).max()).max() < 0.1


def test_heights_are_drawn_to_the_scale_that_is_told():
    drawn = planes()
    x, y = 0.5, -0.4
    expected = HEIGHTS.zero + HEIGHTS.unit * scores(np.array([x, y]))
    np.testing.assert_allclose(drawn.above(WEIGHT, BIAS, x, y), expected)
    assert HEIGHTS.of(10.0) - HEIGHTS.of(0.0) == pytest.approx(3.0)
    scale = HeightScale(HEIGHTS, (-3, -3), "score", View(elevation=0, distance=np.inf))
    ticks = scale.axis.points[4::4][1::1]
    assert len(scale.numbers) == len(scale.scores)
    assert np.isfinite(ticks).all()


def test_the_floor_has_the_winner_s_colour_on_land_and_hardly_on_water():
    view = View(azimuth=-30, elevation=35, distance=15)
    drawn = floor().show(view, WEIGHT, BIAS)
    for lon, lat in ((3.0, 43.0), (6.9, 44.4), (6.5, 41.6)):
        at = drawn.world(lon, lat)
        found, top = pixel(drawn, BOX, view.project(at)), int(scores(at).argmax())
        assert np.abs(found[:3] - style.HEAT * rgb(COLOURS[top])).max() < 40
    water = pixel(drawn, BOX, view.project(drawn.world(9.3, 43.0)))
    assert water[:3].max() < 60


def test_the_floor_is_bare_without_parameters_and_coloured_from_west_to_east():
    drawn = floor()
    bare = drawn.show(View()).pixels.array.copy()
    assert bare[..., :3].max() < 120
    half = drawn.show(View(), WEIGHT, BIAS, until=0.5).pixels.array
    columns = half.shape[1]
    assert (half[:, columns // 2 + 8 :] == bare[:, columns // 2 + 8 :]).all()
    assert (half[:, : columns // 2] != bare[:, : columns // 2]).any()
    assert (drawn.show(View(), WEIGHT, BIAS, strength=0.0).pixels.array == bare).all()


def test_while_all_scores_are_one_nothing_has_a_colour():
    drawn = floor()
    bare = drawn.show(View()).pixels.array.copy()
    assert (drawn.show(View(), np.zeros((3, 2)), np.zeros(3)).pixels.array == bare).all()


def test_sheets_say_what_the_neurons_say():
    shifted = np.array([[5.0, -2.0], [5.5, -2.0], [5.0, -1.0]])
    sheets = sheets_of(WEIGHT, BIAS, shifted)
    x, y = 1.3, -0.6
    fed = shifted[0] + x * (shifted[1] - shifted[0]) + y * (shifted[2] - shifted[0])
    np.testing.assert_allclose(sheets @ [x, y, 1], WEIGHT @ fed + BIAS)


def test_pins_and_threads_follow_the_view():
    feet = np.array([[0.0, 0, 0], [1, 2, 0]])
    views = [View(), View(azimuth=50, elevation=30, distance=20)]
    pins = StandingPins(["Here", "There"], feet, COLOURS[:2], views, BOX)
    threads = Threads(feet)
    for view in views:
        pins.show(view, np.array([0.0, 1.5]))
        threads.show(view, np.array([0.5, 1.5]))
        tops = view.project(feet + np.array([[0, 0, 0.0], [0, 0, 1.5]]))
        for pin, top in zip(pins.pins, tops, strict=True):
            np.testing.assert_allclose(pin.dot.get_center(), top, atol=1e-9)
    sides = [pin.label.get_center() - pin.dot.get_center() for pin in pins.pins]
    pins.show(views[0])
    for pin, side in zip(pins.pins, sides, strict=True):
        np.testing.assert_allclose(pin.label.get_center() - pin.dot.get_center(), side, atol=1e-9)


def test_slope_arrows_lie_on_their_plane():
    view, sheet = View(azimuth=20, elevation=30, distance=20), np.array([0.3, -0.2, 1.0])
    arrows = SlopeArrows(view, sheet, ["m_1", "m_2"], GROUND, [np.zeros(3)])
    starts = [arrows[i].points[0] for i in (0, 2)]
    np.testing.assert_allclose(*starts)


def test_a_canvas_paints_in_scene_units():
    canvas = Canvas(Box(0, 2, 0, 1))
    canvas.fill([np.array([[1.0, 0], [2, 0], [2, 1], [1, 1]])], "#FF8000")
    pixels = canvas.pixels()
    rows, columns = pixels.shape[:2]
    assert pixels[rows // 2, columns // 4].tolist() == [0, 0, 0, 0]
    assert pixels[rows // 2, 3 * columns // 4].tolist() == [255, 128, 0, 255]


def test_a_frame_of_a_camera_move_takes_no_longer_than_allowed():
    with tempconfig({"pixel_width": 1920, "pixel_height": 1080}):
        drawn = planes()
        drawn.show(View(), WEIGHT, BIAS).pixels.array  # noqa: B018
        start = time.process_time()
        for turn in range(8):
            drawn.show(View(azimuth=turn + 0.5, elevation=40, distance=20), WEIGHT, BIAS).pixels.array  # noqa: B018
        assert (time.process_time() - start) / 8 < 0.15
