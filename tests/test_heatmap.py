"""HeatMap: the colours are those of the probabilities, it is repainted only when they change, and quickly."""

import copy
import time
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from manim import ManimColor, tempconfig
from stand_ins import Box, Said

from scenes import style
from scenes.parts.heatmap import HeatMap, grid_shape, softmax
from scenes.parts.mixing import mix
from scenes.parts.projection import Projection
from scenes.parts.raster import pixel_shape

EUROPE = Projection.fit((-9.8, 17.2, 36.15, 54.7), Box(-3, 3, -3, 3))
COLOURS = style.CLASS_COLOURS[:3]
SLOPES, BIAS = np.array([[-1.2], [0.3], [0.9]]), np.array([0.1, 1.5, -1.6])


@pytest.fixture(autouse=True)
def small_pictures():
    with tempconfig({"pixel_width": 960, "pixel_height": 540, "frame_width": 128 / 9, "frame_height": 8}):
        yield


def rgb(colour):
    return np.array(ManimColor(colour).to_rgb()) * 255


def longitudes(cells=200):
    return EUROPE.grid(*grid_shape(EUROPE, cells))[..., :1]


def made(**kwargs):
    return HeatMap(EUROPE, COLOURS, **{"inputs": longitudes(), **kwargs})


# -- mixing ------------------------------------------------------------------------------------
@pytest.mark.parametrize("colour", style.CLASS_COLOURS)
def test_all_of_one_colour_is_that_colour(colour):
    shares = np.eye(8)[:, [style.CLASS_COLOURS.index(colour)]]
    np.testing.assert_allclose(mix(shares, style.CLASS_COLOURS)[:, 0], rgb(colour), atol=1.01)


def test_equal_shares_of_a_colour_with_itself_change_nothing():
    np.testing.assert_allclose(mix(np.full((3, 1), 1 / 3), ["#FFD35A"] * 3)[:, 0], rgb("#FFD35A"), atol=1.01)


def test_mixtures_of_the_film_s_colours_are_not_grey():
    for first in range(4):
        for second in range(first):
            shares = np.zeros((4, 1))
            shares[[first, second]] = 0.5
            blend = mix(shares, style.CLASS_COLOURS[:4])[:, 0].astype(int)
            assert blend.max() - blend.min() > 40, (first, second, blend)


@given(arrays(np.float32, (5, 4, 6), elements=st.floats(0, 1, width=32)))
def test_any_shares_give_bytes_of_the_right_shape(shares):
    mixed = mix(shares / np.maximum(shares.sum(axis=0), 1e-3), style.CLASS_COLOURS[:5])
    assert mixed.shape == (3, 4, 6) and mixed.dtype == np.uint8


@given(arrays(np.float32, (4, 7), elements=st.floats(-1e6, 1e6, width=32)))
def test_softmax_is_a_probability_whatever_the_logits(logits):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shares = softmax(logits)
    assert np.isfinite(shares).all() and (shares >= 0).all()
    np.testing.assert_allclose(shares.sum(axis=0), 1, rtol=1e-5)


# -- the picture -------------------------------------------------------------------------------
def test_the_picture_is_the_blend_of_softmax_in_every_pixel():
    picture = made(strength=1.0).show_linear(SLOPES, BIAS).pixels.array
    rows, columns = pixel_shape(EUROPE.width, EUROPE.height)
    assert picture.shape == (rows, columns, 4)
    lon = EUROPE.grid(rows, columns)[..., 0]
    logits = lon[..., None] * SLOPES[:, 0] + BIAS
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares = powers / powers.sum(axis=-1, keepdims=True)
    expected = np.moveaxis(mix(np.moveaxis(shares, -1, 0), COLOURS), 0, -1).astype(int)
    off = np.abs(picture[..., :3].astype(int) - expected)
    assert off.max() <= 8 and off.mean() < 0.7
    assert (picture[..., 3] == 255).all()


def test_two_inputs_minus_an_offset_and_four_classes():
    cells = EUROPE.grid(*grid_shape(EUROPE))[..., ::-1] - [48.8575, 2.3514]
    weight = np.array([[-0.05, -1.25], [0.63, -0.49], [0.33, 0.77], [-0.78, 0.6]]) * 4
    heat = HeatMap(EUROPE, style.CLASS_COLOURS[:4], inputs=cells, strength=1.0)
    picture = heat.show_linear(weight, np.array([-0.66, 2.33, -0.28, -0.79]) * 4).pixels.array
    for lat, lon, city in ((40.4, -6.0, 0), (52.5, -1.0, 1), (52.5, 14.5, 2), (38.0, 8.0, 3)):
        row = int((54.7 - lat) / (54.7 - 36.15) * picture.shape[0])
        column = int((lon + 9.8) / 27 * picture.shape[1])
        np.testing.assert_allclose(picture[row, column, :3], rgb(style.CLASS_COLOURS[city]), atol=12)


def test_strength_dims_and_the_mask_cuts():
    shape = pixel_shape(EUROPE.width, EUROPE.height)
    mask = np.zeros(shape, dtype=np.uint8)
    mask[: shape[0] // 2] = 255
    mask[shape[0] // 2] = 128
    picture = made(mask=mask, strength=0.6).show_linear(SLOPES, BIAS).pixels.array
    assert (picture[shape[0] // 2 + 1 :] == 0).all()
    assert (picture[: shape[0] // 2, :, 3] == 153).all()
    np.testing.assert_allclose(picture[shape[0] // 2, :, 3], 153 * 128 / 255, atol=1.01)
    np.testing.assert_allclose(picture[0, 0, :3], rgb(COLOURS[0]) * 0.6, atol=2)
    assert (picture[..., :3] <= picture[..., 3:]).all()


def test_lines_lie_over_the_heat():
    shape = pixel_shape(EUROPE.width, EUROPE.height)
    lines = np.zeros((*shape, 4), dtype=np.uint8)
    lines[10] = [0, 0, 0, 255]
    picture = made(lines=lines).show_linear(SLOPES, BIAS).pixels.array
    assert picture[10, :, :3].max() == 0 and picture[12, :, :3].max() > 100
    assert picture[10, 0, 3] == picture[12, 0, 3]


def test_any_function_and_logits_give_the_same_picture_as_the_parameters():
    logits = longitudes() @ SLOPES.T + BIAS
    linear = made().show_linear(SLOPES, BIAS).pixels.array.astype(int)
    of_logits = made(inputs=None).show_logits(logits).pixels.array.astype(int)
    shares = np.moveaxis(softmax(np.moveaxis(logits, -1, 0)), 0, -1)
    given_shares = made(inputs=None).show_probabilities(shares).pixels.array.astype(int)
    assert np.abs(of_logits - linear).max() <= 1 and np.abs(given_shares - linear).max() <= 1


# -- when it is painted ------------------------------------------------------------------------
def test_it_is_repainted_only_when_a_number_changes():
    heat = made().show_linear(SLOPES, BIAS)
    first = heat.pixels
    assert heat.show_linear(SLOPES.copy(), BIAS.copy()).pixels is first
    heat.show_linear(SLOPES, BIAS + 1e-3)
    assert heat.pixels is not first
    key = made().show_linear(SLOPES, BIAS).pixels.key
    assert key == first.key and key != heat.pixels.key
    assert made(strength=0.5).show_linear(SLOPES, BIAS).pixels.key != key


def test_the_picture_does_not_depend_on_what_was_shown_before():
    straight = made().show_linear(SLOPES, BIAS).pixels.array
    detour = made().show_linear(-SLOPES, BIAS).show_linear(SLOPES, BIAS).pixels.array
    np.testing.assert_array_equal(straight, detour)


def test_changing_an_array_afterwards_does_not_change_the_picture():
    slopes = SLOPES.copy()
    heat = made().show_linear(slopes, BIAS)
    slopes *= -1
    np.testing.assert_array_equal(heat.pixels.array, made().show_linear(SLOPES, BIAS).pixels.array)


def test_readings_are_kept_and_forgotten():
    weight, bias = Said(SLOPES, "layers.0.weight@3"), Said(BIAS, "layers.0.bias@3")
    heat = made().show_linear(weight, bias)
    assert heat.readings == (weight, bias) and heat.reading is weight
    np.testing.assert_array_equal(heat.pixels.array, made().show_linear(SLOPES, BIAS).pixels.array)
    assert made().show_linear(SLOPES, BIAS).readings == ()
    assert heat.show_linear(SLOPES, BIAS).reading is None


def test_copies_share_the_painter():
    heat = made().show_linear(SLOPES, BIAS)
    assert copy.deepcopy(heat).painter is heat.painter


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="mask and lines"):
        made(mask=np.zeros((3, 3), dtype=np.uint8))
    with pytest.raises(ValueError, match="without inputs"):
        made(inputs=None).show_linear(SLOPES, BIAS).pixels.array  # noqa: B018
    with pytest.raises(ValueError, match=r"2 classes.*3 colours"):
        made(inputs=None).show_probabilities(np.full((4, 4, 2), 0.5))
    with pytest.raises(ValueError, match=r"2 classes.*3 colours"):
        made().show_linear(SLOPES[:2], BIAS[:2])


@pytest.mark.parametrize("box", [Box(0, 6, 0, 3), Box(0, 2, 0, 7), Box(0, 0.01, 0, 5)])
def test_cells_are_nearly_square(box):
    rows, columns = grid_shape(Projection((0, 10, 0, 10), *box), 160)
    assert max(rows, columns) == 160 and min(rows, columns) >= 2
    if min(rows, columns) > 10:
        assert (box.right / columns) / (box.top / rows) == pytest.approx(1, rel=0.02)


def test_a_changed_step_costs_little():
    """About 4 ms of CPU on the machine this was written on; the bound only catches an order of magnitude."""
    with tempconfig({"pixel_width": 1920, "pixel_height": 1080, "frame_width": 128 / 9, "frame_height": 8}):
        shape = pixel_shape(EUROPE.width, EUROPE.height)
        heat = made(mask=np.full(shape, 255, dtype=np.uint8), lines=np.zeros((*shape, 4), dtype=np.uint8))
    times = []
    for step in range(9):
        start = time.process_time()
        heat.show_linear(SLOPES + step, BIAS)
        heat.pixels.array  # noqa: B018
        times.append(time.process_time() - start)
    assert np.median(times) < 0.04
