"""FourCities: what is said and drawn to scale is true, the map at the end is the planes', and it runs elsewhere."""

import numpy as np
import pytest
from scene_runs import far_trace, run_scene

from engine import experiments
from engine.trace import Trace, TraceError
from scenes.four_cities import FourCities
from scenes.terrain import nearest_in_longitude, own_colour

SECTIONS = ["second input", "one plane", "all planes", "highest wins", "training", "from above"]


@pytest.fixture(scope="module")
def folder(traces):
    experiments.run("cities4", traces)
    return traces / "cities4"


@pytest.fixture(scope="module")
def seen(folder):
    return run_scene(FourCities, {"cities4": folder})


def test_the_scene_on_its_own_trace(seen):
    assert seen.sections == SECTIONS
    assert 15 <= seen.seconds <= 75
    said = " ".join(seen.captions)
    assert "Paris and Barcelona lie 0.2 degrees of longitude apart." in said
    assert "how steeply it rises to the north, m two to the east" in said
    assert "every city stands under its own plane" in said
    assert "corners where three planes meet" in said


def test_what_is_said_of_cities4_is_true(folder):
    trace = Trace.load(folder)
    points = np.asarray(trace.constant("centres").value)
    assert nearest_in_longitude(trace) == (1, 3)
    assert f"{abs(points[1, 0] - points[3, 0]):.1f}" == "0.2"
    assert trace.manifest["task"]["features"] == ["lat", "lon"]
    assert own_colour(trace, 499) == [True] * 4


def test_the_drawing_keeps_the_scale_it_tells(seen):
    scene = seen.scene
    tall = scene.heights.of(10.0) - scene.heights.of(0.0)
    degrees = tall / scene.floor.projection.units_per_lat
    assert f"long as {degrees:.2g}°" in scene.note.string
    foot = scene.pins.feet[0]
    weight, bias = (np.asarray(reading.value) for reading in scene.parameters())
    inputs = scene.task.inputs(scene.floor.projection.to_lonlat(foot))
    expected = scene.heights.of(weight @ inputs + bias)
    shown = scene.planes.above(weight, bias, *foot[:2])
    np.testing.assert_allclose(shown, np.maximum(expected, scene.heights.of(scene.heights.low)), atol=1e-9)


def test_the_heights_hold_every_winner_of_the_run(seen):
    scene = seen.scene
    corners = scene.task.inputs(scene.floor.projection.to_lonlat(scene.floor.ground))
    for weight, bias in zip(scene.trace.series("layers.0.weight"), scene.trace.series("layers.0.bias"), strict=True):
        assert (corners @ weight.T + bias).max() <= scene.heights.high + 1e-9


def test_it_ends_straight_above_with_the_map_flat(seen):
    view = seen.scene.view()
    assert view.elevation == 90
    flat, high = view.project(np.array([[2.0, 1, 0], [2, 1, 3]]))
    np.testing.assert_allclose(flat, high, atol=0.01)  # so far above that heights do not show: a pixel at most


@pytest.mark.parametrize("count", [2, 6])
def test_the_scene_on_other_places(tmp_path, count):
    seen = run_scene(FourCities, {"cities4": far_trace(tmp_path, count, ("lon", "lat"))})
    assert seen.sections == SECTIONS
    assert 15 <= seen.seconds <= 75
    assert any("rises to the east, m two to the north" in line for line in seen.captions)
    assert any("before training all planes are one" in line for line in seen.captions)  # such runs start at zero


def test_a_trace_with_one_input_is_refused_in_one_line(tmp_path):
    with pytest.raises(TraceError, match=r"far2: does not fit FourCities: .*two inputs"):
        run_scene(FourCities, {"cities4": far_trace(tmp_path, 2, ("lon",))})
