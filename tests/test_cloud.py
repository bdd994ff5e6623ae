"""The cloud: beads where they belong, in their colours, smooth in motion, in any order; and the ground below."""

from itertools import pairwise

import numpy as np
import pytest
from manim import tempconfig

from scenes import style
from scenes.parts.cloud import Beads, Cloud, bead_radius
from scenes.parts.flatland import Flatland
from scenes.parts.territory import Territory

RED, GREEN = np.array([[1.0, 0, 0]]), np.array([[0.0, 1, 0]])
SHAPE = (120, 160)


def light(picture):
    """Opaque part of a picture, 0 … 1, without the glow."""
    return picture[..., 3] / 255


def test_a_bead_is_where_it_belongs_to_a_tenth_of_a_pixel():
    for place in ([40.0, 30.0], [80.37, 60.81], [100.5, 20.25]):
        alpha = light(Beads(SHAPE, RED, 5.0).paint(np.array([place])))
        rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]] + 0.5
        middle = [(columns * alpha).sum() / alpha.sum(), (rows * alpha).sum() / alpha.sum()]
        np.testing.assert_allclose(middle, place, atol=0.1)
        assert alpha.sum() == pytest.approx(np.pi * 5.0**2, rel=0.06)


def test_edges_are_antialiased_and_the_middle_has_the_colour():
    picture = Beads(SHAPE, RED, 5.0).paint(np.array([[80.0, 60.0]]))
    assert ((picture[..., 3] > 20) & (picture[..., 3] < 235)).sum() >= 12
    assert tuple(picture[60, 80]) == (255, 0, 0, 255)


def test_the_order_of_the_points_makes_no_difference():
    dice = np.random.default_rng(0)
    places, colours = dice.uniform(10, 110, (60, 2)), dice.uniform(0, 1, (60, 3))
    first = Beads(SHAPE, colours, 6.0).paint(places).astype(int)
    second = Beads(SHAPE, colours[::-1], 6.0).paint(places[::-1]).astype(int)
    assert np.abs(first - second).max() <= 1


def test_where_beads_overlap_the_nearer_one_wins_and_nothing_pops():
    colours = np.concatenate([RED, GREEN])
    beads = Beads(SHAPE, colours, 6.0)
    picture = beads.paint(np.array([[76.0, 60.0], [84.0, 60.0]]))
    assert picture[60, 76, 0] > 240 > 40 > picture[60, 76, 1]
    assert picture[60, 83, 1] > 240 > 40 > picture[60, 83, 0]
    passing = [beads.paint(np.array([[76 + t, 60.0], [84 - t, 60.5]])).astype(int) for t in np.arange(0, 8, 0.125)]
    steps = [np.abs(b - a).mean() for a, b in pairwise(passing)]
    assert max(steps) < 4 * np.median(steps)


def test_points_outside_the_box_are_left_out_and_at_its_edge_cut():
    beads = Beads(SHAPE, np.tile(RED, (4, 1)), 5.0)
    gone = beads.paint(np.array([[-50.0, 60], [300, 60], [80, -40], [80, 500]]))
    assert not gone[..., 3].any()
    cut = light(beads.paint(np.array([[0.0, 60], [160, 60], [-50, 0], [-50, 0]])))
    assert cut[:, :8].sum() == pytest.approx(np.pi * 25 / 2, rel=0.1)
    assert cut[:, 150:].sum() == pytest.approx(np.pi * 25 / 2, rel=0.1)


def test_the_glow_is_restrained():
    picture = Beads(SHAPE, np.tile(GREEN, (200, 1)), 4.0).paint(np.random.default_rng(1).uniform(30, 90, (200, 2)))
    glow = picture[..., :3][picture[..., 3] == 0]
    assert 0 < glow.max() < 0.3 * 255


def test_light_dims_single_beads():
    beads = Beads(SHAPE, np.tile(RED, (2, 1)), 5.0)
    picture = beads.paint(np.array([[40.0, 60], [120, 60]]), np.array([1.0, 0.25]))
    assert picture[60, 40, 0] == 255
    assert picture[60, 120, 0] == pytest.approx(64, abs=3)


def test_a_cloud_puts_scene_points_where_they_are_in_the_scene():
    with tempconfig({"pixel_width": 1422, "frame_width": 14.22}):
        flat = Flatland.fit((0, 4, 0, 2), Flatland((0, 1, 0, 1), -3, 5, -2, 2, False))
        cloud = Cloud(flat, style.CLASS_COLOURS[:2], np.array([0, 1]), 0.1)
        cloud.show(flat.to_scene(np.array([[1.0, 0.5], [3.0, 1.5]])))
        picture = cloud.pixels.array
    assert tuple(picture[300, 200, :3]) == (0, 255, 255)  # a quarter from the left, a quarter from below
    assert tuple(picture[100, 600, :3]) == (255, 211, 90)


def test_the_same_places_have_the_same_key_and_others_another():
    beads = Beads(SHAPE, RED, 5.0)
    a, b = np.array([[1.0, 2]]), np.array([[1.0, 2.5]])
    assert beads.key(a, None) == beads.key(a.copy(), None) != beads.key(b, None)
    assert beads.key(a, None) != beads.key(a, np.array([0.5]))


@pytest.mark.parametrize("count", [20, 200, 5000])
def test_beads_are_neither_specks_nor_a_crowd(count):
    radius = bead_radius(count, 50.0)
    assert 0.03 <= radius <= 0.075
    assert count * np.pi * radius**2 < 0.35 * 50


# -- the plane, and the ground -----------------------------------------------------------------
def test_a_high_plane_lies_down_in_a_wide_box_and_its_picture_with_it():
    flat = Flatland.fit((0, 2, 0, 6), Flatland((0, 1, 0, 1), -4, 4, -2, 2, False))
    assert flat.turned and flat.width == pytest.approx(8) and flat.height == pytest.approx(8 / 3)
    grid = np.zeros((60, 20))
    grid[3, 4] = 1  # x = 0.45, y = 5.65
    row, column = np.argwhere(flat.upright(grid))[0]
    seen = [flat.left + (column + 0.5) / 60 * flat.width, flat.top - (row + 0.5) / 20 * flat.height]
    np.testing.assert_allclose(flat.to_scene(np.array([0.45, 5.65]))[:2], seen, atol=1e-9)


def test_the_ground_has_the_colour_of_the_majority_and_fades_far_away():
    with tempconfig({"pixel_width": 1422, "frame_width": 14.22}):
        flat = Flatland((0, 4, 0, 4), -2, 2, -2, 2, False)
        land = Territory(flat, style.CLASS_COLOURS[:2], 1.0)
        shares = np.zeros((40, 40, 2))
        shares[:, :20, 0], shares[:, 20:, 1] = 1, 1
        distance = np.tile(np.linspace(0, 4, 40), (40, 1))
        picture = land.show(shares, distance).pixels.array
    middle = picture[200]
    assert middle[60, 1] > middle[60, 0] and middle[60, 2] > middle[60, 0]  # cyan on the left
    assert middle[220, 0] > middle[220, 2]  # yellow on the right
    assert middle[60, 3] > 2 * middle[150, 3]
    assert middle[390, 3] == 0


def test_a_plate_has_round_corners_and_full_edges():
    with tempconfig({"pixel_width": 1422, "frame_width": 14.22}):
        flat = Flatland((0, 4, 0, 4), -2, 2, -2, 2, False)
        land = Territory(flat, style.CLASS_COLOURS[:2], 9.0, 0.5, corner=0.4)
        picture = land.show(np.dstack([np.ones((20, 20)), np.zeros((20, 20))]), np.zeros((20, 20))).pixels.array
    assert picture[2, 2, 3] == 0
    assert picture[200, 1, 3] == picture[200, 200, 3] == pytest.approx(128, abs=1)
