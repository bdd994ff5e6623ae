"""Borders: the world decoded, cut and joined, in both hemispheres and across the date line."""

import hashlib
import json
import time

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.datasets.borders import borders, read_polygons
from engine.datasets.topology import WORLD, _read

EUROPE = (-9.8, 17.2, 36.15, 54.7)


def land_at(found, lon, lat):
    point = shapely.Point(lon, lat)
    return {
        country.name
        for country in found.countries
        for rings in country.polygons
        if shapely.Polygon(rings[0], rings[1:]).contains(point)
    }


def test_the_file_is_the_one_whose_hash_is_written_beside_it():
    digest = hashlib.sha256(WORLD.read_bytes()).hexdigest()
    assert f"| `{WORLD.name}` | `{digest}` |" in (WORLD.parent / "README.md").read_text()


@pytest.mark.parametrize(
    ("frame", "lon", "lat", "names"),
    [
        (EUROPE, -3.7033, 40.4167, {"Spain"}),
        (EUROPE, 2.3514, 48.8575, {"France"}),
        (EUROPE, 13.405, 52.52, {"Germany"}),
        (EUROPE, 12.45, 43.94, {"San Marino"}),  # a country inside another: a hole and what fills it
        (EUROPE, -6.0, 46.0, set()),  # Bay of Biscay
        ((15, 35, -36, -20), 28.3, -29.5, {"Lesotho"}),
        ((110, 190, -50, -8), 147.0, -42.2, {"Australia"}),  # Tasmania
        ((0, 360, -88, -60), 181.0, -86.0, {"Antarctica"}),
        ((0, 360, -88, -60), 5.0, -87.0, {"Antarctica"}),
        ((165, 195, -48, -10), 178.0, -17.8, {"Fiji"}),
        ((165, 195, -48, -10), 187.55, -13.64, {"Samoa"}),
        ((-195, -165, -48, -10), -172.45, -13.64, {"Samoa"}),
        ((4, 32, 57, 72), 25.5, 69.5, {"Norway"}),
        ((-75, -60, -56, -40), -68.3, -54.5, {"Argentina"}),
    ],
)
def test_a_point_lies_in_its_country(frame, lon, lat, names):
    assert land_at(borders(frame), lon, lat) == names


def test_arcs_agree_with_the_specification_read_word_for_word():
    raw = json.loads(WORLD.read_text())
    (kx, ky), (dx, dy) = raw["transform"]["scale"], raw["transform"]["translate"]
    france = next(g for g in raw["objects"]["countries"]["geometries"] if g["properties"]["name"] == "France")
    rings = []
    for polygon in france["arcs"]:
        ring = []
        for number in polygon[0]:
            x = y = 0
            walked = []
            for step_x, step_y in raw["arcs"][number if number >= 0 else -number - 1]:
                x, y = x + step_x, y + step_y
                walked.append((x * kx + dx, y * ky + dy))
            ring += (walked if number >= 0 else walked[::-1])[1 if ring else 0 :]
        rings.append(shapely.Polygon(ring))
    slow = shapely.union_all(shapely.make_valid(rings)).intersection(shapely.box(-6, 41, 10, 52))
    whole = next(country for country in borders((-7, 11, 40, 53)).countries if country.name == "France")
    quick = shapely.union_all([shapely.Polygon(r[0], r[1:]) for r in whole.polygons])
    assert slow.symmetric_difference(quick.intersection(shapely.box(-6, 41, 10, 52))).area < 1e-6
    assert slow.area > 50


def test_countries_do_not_overlap_and_lines_lie_on_their_edges():
    found = borders(EUROPE)
    shapes = [shapely.union_all([shapely.Polygon(r[0], r[1:]) for r in c.polygons]) for c in found.countries]
    assert sum(shape.area for shape in shapes) == pytest.approx(shapely.union_all(shapes).area, rel=1e-5)
    edges = shapely.union_all([shape.boundary for shape in shapes]).buffer(1e-6)
    assert all(edges.contains(shapely.LineString(line)) for line in (*found.coasts, *found.frontiers))


def test_a_frontier_is_one_line_and_a_coast_is_none_of_them():
    found = borders(EUROPE)
    frontiers, coasts = (shapely.union_all([shapely.LineString(x) for x in k]) for k in (found.frontiers, found.coasts))
    assert frontiers.distance(shapely.Point(0.65, 42.69)) < 0.05  # the crest of the Pyrenees
    assert coasts.distance(shapely.Point(0.65, 42.69)) > 0.5
    assert coasts.distance(shapely.Point(-4.49, 48.36)) < 0.2  # Brest
    assert sum(shapely.LineString(line).length for line in found.frontiers) == pytest.approx(frontiers.length)


@pytest.mark.parametrize("frame", [EUROPE, (165, 190, -48, -10), (4, 32, 57, 72), (110, 190, -50, -8)])
def test_the_cut_lies_outside_the_frame_on_all_sides(frame):
    found = borders(frame)
    box = found.box
    assert box[0] < frame[0] and box[1] > frame[1] and box[2] < frame[2] and box[3] > frame[3]
    points = np.concatenate([ring for c in found.countries for p in c.polygons for ring in p])
    assert (points[:, 0] >= box[0]).all() and (points[:, 0] <= box[1]).all()
    assert (points[:, 1] >= box[2]).all() and (points[:, 1] <= box[3]).all()


def test_the_date_line_is_not_a_coast_and_does_not_split_land():
    found = borders((165, 195, 60, 75))
    for line in found.coasts:
        along = np.abs(line[:, 0] - 180.0) < 0.01
        assert not (along[:-1] & along[1:]).any()
    assert land_at(found, 179.99, 68.0) == land_at(found, 180.01, 68.0) == land_at(found, 180.0, 68.0) == {"Russia"}


@pytest.mark.parametrize("frame", [(165.0, 195.0, -48.0, -10.0), (165.0, 195.0, 60.0, 72.0)])
def test_frames_a_turn_apart_hold_the_same_land(frame):
    here = borders(frame)
    there = borders((frame[0] - 360, frame[1] - 360, frame[2], frame[3]))
    assert [c.name for c in here.countries] == [c.name for c in there.countries]
    assert sum(map(len, here.coasts)) == sum(map(len, there.coasts))
    for a, b in zip(here.countries, there.countries, strict=True):
        areas = [sum(shapely.Polygon(p[0], p[1:]).area for p in country.polygons) for country in (a, b)]
        assert areas[0] == pytest.approx(areas[1])


@given(lon=st.floats(-360, 360), lat=st.floats(-85, 75), wide=st.floats(0.5, 60), high=st.floats(0.5, 14))
@settings(max_examples=25, deadline=None)
def test_any_frame_gives_closed_rings_inside_its_box(lon, lat, wide, high):
    found = borders((lon, lon + wide, lat, lat + high))
    box = shapely.box(found.box[0], found.box[2], found.box[1], found.box[3]).buffer(1e-9)
    for country in found.countries:
        for rings in country.polygons:
            shape = shapely.Polygon(rings[0], rings[1:])
            assert shape.is_valid and box.covers(shape)
            assert all(len(ring) >= 4 and (ring[0] == ring[-1]).all() for ring in rings)
    assert all(len(line) >= 2 for line in (*found.coasts, *found.frontiers))


def test_thinning_drops_points_but_moves_no_line_far_and_opens_no_gap():
    full, thin = borders(EUROPE), borders(EUROPE, tolerance=0.03)
    assert sum(map(len, thin.coasts)) < 0.6 * sum(map(len, full.coasts))
    long = [line for line in full.coasts if shapely.LineString(line).length > 1]
    near = shapely.union_all([shapely.LineString(line) for line in thin.coasts]).buffer(0.031)
    assert all(near.contains(shapely.LineString(line)) for line in long)
    assert land_at(thin, 0.65, 42.69 - 0.05) == {"Spain"} and land_at(thin, 0.65, 42.69 + 0.1) == {"France"}


def test_the_second_call_is_not_felt_and_arrays_cannot_be_spoilt():
    first = borders(EUROPE)
    start = time.process_time()
    assert borders(list(EUROPE)) is first
    assert time.process_time() - start < 0.005
    with pytest.raises(ValueError, match="read-only"):
        first.coasts[0][0] = 0


@pytest.mark.parametrize(
    "frame",
    [(5, 5, 0, 1), (5, 4, 0, 1), (0, 361, 0, 1), (0, 1, -91, 1), (0, 1, 2, 1), (np.nan, 1, 0, 1), (0, 1, 0, 90.5)],
)
def test_an_impossible_frame_is_refused(frame):
    with pytest.raises(ValueError, match="frame"):
        borders(frame)


def test_polygons_of_a_geojson_file(tmp_path):
    square = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]
    hole = [[1, 1], [2, 1], [2, 2], [1, 1]]
    features = [
        {"properties": {"country": "BE"}, "geometry": {"type": "Polygon", "coordinates": [square, hole]}},
        {"properties": {}, "geometry": {"type": "MultiPolygon", "coordinates": [[square], [hole]]}},
    ]
    path = tmp_path / "x.geojson"
    path.write_text(json.dumps({"features": features}))
    first, second = read_polygons(path)
    assert first.name == "BE" and [len(ring) for ring in first.polygons[0]] == [5, 4]
    assert second.name == "" and len(second.polygons) == 2
    path.write_text('{"features": [{"properties": {}}]}')
    with pytest.raises(ValueError, match=r"x\.geojson: not a GeoJSON"):
        read_polygons(path)


def test_the_files_numbers_are_read_alike_with_and_without_spaces():
    text = WORLD.read_bytes()
    raw, steps, lengths = _read(text)
    spaced, slowly, counts = _read(text.replace(b"],[", b"], ["))
    assert len(steps) == lengths.sum() > 50_000 and len(json.loads(text)["arcs"]) == len(lengths)
    np.testing.assert_array_equal(steps, slowly)
    np.testing.assert_array_equal(lengths, counts)
    assert raw["arcs"] == [] != spaced["arcs"]  # the one is read by NumPy, the other is not
    assert raw["objects"] == spaced["objects"] and raw["transform"] == spaced["transform"]
