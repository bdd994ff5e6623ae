"""Baarle: the polygons are the ones described, and points fall on the right side of them."""

import json

import numpy as np
import pytest
import shapely

from engine.datasets.baarle import BAARLE, TOWN, belgium, country, pixels, scattered
from engine.errors import UserError


def test_the_enclaves_are_the_ones_described():
    features = json.loads(BAARLE.read_bytes())["features"]
    assert len(features) == 22
    assert sum(len(f["geometry"]["coordinates"]) - 1 for f in features) == 7  # Dutch counter-enclaves
    assert shapely.get_num_geometries(belgium()) == 22  # H1 and H2 touch in one point and stay two
    assert "OpenStreetMap" in json.loads(BAARLE.read_bytes())["attribution"]


def test_sides():
    holes = [f["geometry"]["coordinates"][1] for f in json.loads(BAARLE.read_bytes())["features"][:1]]
    inside_hole = shapely.Polygon(holes[0]).representative_point()
    ring = json.loads(BAARLE.read_bytes())["features"][3]["geometry"]["coordinates"][0]
    inside = shapely.Polygon(ring).representative_point()
    points = np.array([[inside.x, inside.y], [inside_hole.x, inside_hole.y], [4.912, 51.4290]])
    assert country(points).tolist() == [1, 0, 0]


def test_points_and_pixels():
    points = scattered(1000, TOWN, seed=3)
    assert np.array_equal(points, scattered(1000, TOWN, seed=3))
    assert (points.min(0) >= [TOWN[0], TOWN[2]]).all() and (points.max(0) <= [TOWN[1], TOWN[3]]).all()
    grid = pixels(4, TOWN)
    assert grid.shape == (16, 2)
    assert grid[0].tolist() == pytest.approx([TOWN[0] + (TOWN[1] - TOWN[0]) / 8, TOWN[2] + (TOWN[3] - TOWN[2]) / 8])
    assert grid[1, 0] > grid[0, 0] and grid[1, 1] == grid[0, 1]  # west to east first
    share = country(pixels(200, TOWN)).mean()
    assert share == pytest.approx(0.209, abs=0.002)


@pytest.mark.parametrize(
    "content", ["", "[]", '{"features": 3}', '{"features": [{"geometry": {"type": "x"}}]}', "[" * 9999]
)
def test_bad_files_are_one_line(tmp_path, content):
    path = tmp_path / "x.geojson"
    path.write_text(content)
    with pytest.raises(UserError) as caught:
        belgium(path)
    assert "\n" not in str(caught.value)
