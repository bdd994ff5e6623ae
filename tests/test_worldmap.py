"""WorldMap: layers, pins, ring; what is painted where, and that it follows the map when the map is moved."""

import copy

import numpy as np
import pytest
from manim import ManimColor, tempconfig
from stand_ins import Box

from engine.datasets.borders import borders
from scenes import style
from scenes.camera import display_list
from scenes.parts import landscape
from scenes.parts.landscape import Landscape
from scenes.parts.projection import Projection
from scenes.parts.raster import Raster
from scenes.parts.worldmap import Place, WorldMap


class Said:
    """Stands for a trace's Reading."""

    def __init__(self, value, source):
        self.value, self.source = value, source

    def __float__(self):
        return float(self.value)


RIGHT = Box(-0.7, 7.1, -4, 4)
SQUARE = [np.array([[2.0, 2], [8, 2], [8, 8], [2, 8], [2, 2]])]
LAKE = np.array([[4.0, 4], [6, 4], [6, 6], [4, 6], [4, 4]])


@pytest.fixture(autouse=True)
def small_pictures():
    with tempconfig({"pixel_width": 960, "pixel_height": 540, "frame_width": 128 / 9, "frame_height": 8}):
        yield


def rgb(colour):
    return (np.array(ManimColor(colour).to_rgb()) * 255).round()


def simple(**kwargs):
    projection = Projection.fit((0, 10, -5, 15), Box(-3, 3, -3, 3))
    return WorldMap(Landscape(projection, [SQUARE], **kwargs), [Place("A", 3, 3), Place("B", 7, 7)])


def pixel(worldmap, lon, lat, picture=None):
    picture = worldmap.land.pixels.array if picture is None else picture
    rows, columns = picture.shape[:2]
    x, y = landscape.pixels(worldmap.projection, np.array([[lon, lat]]), (rows, columns))[0]
    return picture[int(y), int(x)].astype(int)


def test_land_and_sea_have_their_colours():
    worldmap = simple()
    np.testing.assert_allclose(pixel(worldmap, 5, 5)[:3], rgb(style.LAND), atol=1)
    np.testing.assert_allclose(pixel(worldmap, 5, -4.5)[:3], rgb(style.SEA), atol=1)
    assert pixel(worldmap, 5, 5)[3] == 255


def test_holes_stay_open_and_what_fills_them_is_land_without_a_seam():
    projection = Projection.fit((0, 10, 0, 10), Box(-3, 3, -3, 3))
    shape = (200, 200)
    with_lake = landscape.coverage(projection, [[*SQUARE, LAKE]], shape)
    filled = landscape.coverage(projection, [[*SQUARE, LAKE], [LAKE]], shape)
    assert with_lake[100, 100] == 0 and with_lake[70, 50] == 255
    assert (filled[41:159, 41:159] == 255).all()
    west, east = ([np.array([[a, 2.0], [b, 2], [b, 8], [a, 8], [a, 2]])] for a, b in ((2, 4.987), (4.987, 8)))
    assert (landscape.coverage(projection, [west, east], shape)[41:159, 41:159] == 255).all()


def test_half_covered_pixels_are_half_land():
    projection = Projection.fit((0, 10, 0, 10), Box(-3, 3, -3, 3))
    edge = [np.array([[2.025, 2], [8, 2], [8, 8], [2.025, 8], [2.025, 2]])]
    assert landscape.coverage(projection, [edge], (200, 200))[100, 40] == pytest.approx(128, abs=4)


def test_round_corners_are_empty_and_square_ones_are_not():
    assert simple(radius=0.5).land.pixels.array[0, 0].tolist() == [0, 0, 0, 0]
    assert simple().land.pixels.array[0, 0, 3] == 255
    assert simple(radius=0.5).mask(everywhere=True)[0, 0] == 0


def test_colours_stay_below_their_alpha():
    for picture in (simple(radius=0.7).land.pixels.array, simple(radius=0.7, bold=True).shade()):
        assert (picture[..., :3] <= picture[..., 3:]).all()


def test_bold_frontiers_are_bright_and_thick():
    projection = Projection.fit((0, 10, 0, 10), Box(-3, 3, -3, 3))
    line = [np.array([[0.0, 5], [10, 5]])]
    thin, bold = (WorldMap(Landscape(projection, [SQUARE], frontiers=line, bold=bold)) for bold in (False, True))
    np.testing.assert_allclose(pixel(bold, 5, 5.0)[:3], rgb(style.TEXT) * 0.95, atol=6)
    assert bold.shade()[..., 3].sum(dtype=float) > 2 * thin.shade()[..., 3].sum(dtype=float) > 0
    assert thin.shade()[..., :3].max() == 0  # dark on a heat map


def test_the_map_draws_land_then_heat_then_pins():
    worldmap = simple()
    first, second = (Raster(1, 1, np.zeros((2, 2, 4), dtype=np.uint8)) for _ in range(2))
    worldmap.lay(first)
    worldmap.lay(second)
    assert worldmap.submobjects == [worldmap.land, second, worldmap.pins, worldmap.marker]
    np.testing.assert_array_equal(second.points, worldmap.land.points)
    assert display_list([worldmap])[:2] == [worldmap.land, second]


def test_pins_sit_on_their_places_and_follow_the_map():
    worldmap = simple()
    np.testing.assert_allclose(worldmap.pin("B").dot.get_center(), worldmap.to_scene(7, 7), atol=1e-6)
    np.testing.assert_allclose(worldmap.to_scene(7, 7), worldmap.projection.to_scene(7, 7))
    worldmap.scale(0.5).shift([1, 2, 0])
    np.testing.assert_allclose(worldmap.pin("B").dot.get_center(), worldmap.to_scene(7, 7), atol=1e-6)
    with pytest.raises(KeyError, match=r"'C'.*A, B"):
        worldmap.pin("C")


def test_pins_take_class_colours_in_order_unless_told():
    projection = Projection.fit((0, 10, 0, 10), Box(-3, 3, -3, 3))
    worldmap = WorldMap(Landscape(projection, [SQUARE]), [Place("A", 3, 3, "#123456"), Place("B", 7, 7)])
    assert worldmap.pin("A").dot.get_fill_color().to_hex().upper() == "#123456"
    assert worldmap.pin("B").dot.get_fill_color().to_hex().upper() == style.CLASS_COLOURS[1]


def test_places_off_the_map_are_left_out_and_the_date_line_is_no_edge():
    projection = Projection.fill((165, 190, -48, -10), RIGHT)
    found = borders(projection.frame)
    places = [Place("Suva", 178.44, -18.14), Place("Nukuʻalofa", -175.2, -21.13), Place("Oslo", 10.7, 59.9)]
    worldmap = WorldMap(Landscape(projection, found.polygons, found.coasts, found.frontiers), places)
    assert [spot.name for spot in worldmap.places] == ["Suva", "Nukuʻalofa"]
    assert worldmap.pin("Nukuʻalofa").dot.get_x() > worldmap.pin("Suva").dot.get_x()
    assert pixel(worldmap, 175.3, -39.0, worldmap.mask()[..., None])[0] == 255  # New Zealand's North Island
    assert pixel(worldmap, 184.0, -40.0, worldmap.mask()[..., None])[0] == 0


@pytest.mark.parametrize(
    ("frame", "places"),
    [
        ((-9.8, 17.2, 36.15, 54.7), [("Madrid", -3.7, 40.42), ("Paris", 2.35, 48.86), ("Berlin", 13.4, 52.52)]),
        (
            (-82, -34, -56, 13),
            [
                ("Buenos Aires", -58.38, -34.6),
                ("Montevideo", -56.16, -34.9),
                ("Santiago de Chile", -70.65, -33.46),
                ("São Paulo", -46.63, -23.55),
                ("Rio de Janeiro", -43.2, -22.9),
                ("Santa Cruz de la Sierra", -63.18, -17.78),
                ("Bogotá", -74.07, 4.71),
                ("Ushuaia", -68.3, -54.8),
            ],
        ),
    ],
)
def test_names_cover_nothing_and_stay_in_the_picture(frame, places):
    worldmap = WorldMap(Landscape(Projection.fill(frame, RIGHT), []), [Place(*place) for place in places])
    labels, dots = ([getattr(pin, kind) for pin in worldmap.pins] for kind in ("label", "dot"))
    for label in labels:
        assert label.get_left()[0] >= RIGHT.left and label.get_right()[0] <= 128 / 18 - style.MARGIN
        assert abs(label.get_top()[1]) < 4 - style.MARGIN and abs(label.get_bottom()[1]) < 4 - style.MARGIN
        for other in (*labels, *dots):
            gaps = np.abs(label.get_center() - other.get_center())[:2]
            reach = np.array([label.width + other.width, label.height + other.height]) / 2
            assert other is label or (gaps > reach).any()


def test_the_ring_moves_keeps_readings_and_hides():
    worldmap = simple()
    assert not set(worldmap.marker) & set(display_list([worldmap]))
    lon, lat = Said(7.0, "points[1, 0]"), Said(7.0, "points[1, 1]")
    worldmap.mark(lon, lat)
    np.testing.assert_allclose(worldmap.marker.get_center(), worldmap.to_scene(7, 7), atol=1e-6)
    assert [ring.reading for ring in worldmap.marker] == [lon, lat]
    assert set(worldmap.marker) <= set(display_list([worldmap]))
    before = [ring.points.copy() for ring in worldmap.marker]
    worldmap.mark(3, 3).mark(lon, lat)  # what is shown depends on what is asked for, not on what was shown
    for ring, points in zip(worldmap.marker, before, strict=True):
        np.testing.assert_allclose(ring.points, points, atol=1e-9)
    worldmap.mark(3, 3)
    assert all(ring.reading is None for ring in worldmap.marker)
    worldmap.unmark()
    assert not set(worldmap.marker) & set(display_list([worldmap]))


def test_copies_share_what_never_changes():
    worldmap = simple()
    twin = copy.deepcopy(worldmap)
    assert twin.landscape is worldmap.landscape and twin.land.pixels is worldmap.land.pixels
    assert twin.pins is not worldmap.pins
