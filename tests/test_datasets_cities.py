"""Cities: the file, the date line, frames around anything."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.datasets.cities import frame_around, read_cities, side_by_side
from engine.errors import UserError


def test_the_order_asked_for_is_the_order_given():
    places = read_cities(["Paris", "Madrid"])
    assert places.names == ("Paris", "Madrid")
    assert places.points.shape == (10, 2)
    assert places.labels.tolist() == [0] * 5 + [1] * 5
    assert places.centres[0].tolist() == [2.3514, 48.8575]  # lon, lat


@pytest.mark.parametrize(
    "content",
    [
        "", "[1]", '"x"', "[" * 50_000, '{"Paris": [{"lat": 1}]}', '{"Paris": [{"lat": 91, "lon": 0}]}',
        '{"Paris": [{"lat": NaN, "lon": 0}]}', '{"Paris": [{"lat": "1", "lon": 0}]}', '{"Paris": [[1, 2]]}', "{}",
    ],
)  # fmt: skip
def test_bad_files_are_one_line(tmp_path, content):
    path = tmp_path / "cities.json"
    path.write_text(content)
    with pytest.raises(UserError) as caught:
        read_cities(["Paris"], path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_the_file_is_what_it_says(tmp_path):
    path = tmp_path / "cities.json"
    path.write_text(json.dumps({"A": [{"lat": 1, "lon": 2}], "B": [{"lat": 3, "lon": 4}, {"lat": 5, "lon": 6}]}))
    places = read_cities(["A", "B"], path)
    assert places.points.tolist() == [[2, 1], [4, 3], [6, 5]]
    with pytest.raises(UserError, match="C: not among A, B"):
        read_cities(["C"], path)
    with pytest.raises(UserError, match="cannot be read"):
        read_cities(["A"], tmp_path / "absent.json")


def test_across_the_date_line():
    assert side_by_side(np.array([178.4, -171.8, 174.8])).tolist() == pytest.approx([178.4, 188.2, 174.8])
    assert side_by_side(np.array([-3.7, 2.35, 13.4])).tolist() == pytest.approx([-3.7, 2.35, 13.4])
    assert side_by_side(np.array([10.0])).tolist() == [10]


@given(st.lists(st.floats(-180, 180), min_size=1, max_size=12))
def test_turning_only_adds_whole_circles_and_never_widens(lon):
    lon = np.array(lon)
    turned = side_by_side(lon)
    circles = (turned - lon) / 360
    np.testing.assert_allclose(circles, np.round(circles), atol=1e-9)
    assert np.ptp(turned) <= np.ptp((lon + 180) % 360 - 180) + 1e-9


@given(st.lists(st.tuples(st.floats(-180, 400), st.floats(-85, 85)), min_size=1, max_size=8))
def test_frames_hold_their_points_and_are_maps(points):
    points = np.array(points)
    if np.ptp(points[:, 0]) > 300:
        return
    lon0, lon1, lat0, lat1 = frame_around(points)
    assert lon0 <= points[:, 0].min() and points[:, 0].max() <= lon1
    assert lat0 <= points[:, 1].min() + 1e-9 and points[:, 1].max() <= lat1 + 1e-9
    assert 0 < lon1 - lon0 <= 360
    assert -85 <= lat0 < lat1 <= 85
