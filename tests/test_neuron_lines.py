"""NeuronLines: lines and floor agree about the winner, what is said is true, and it runs on other places."""

import numpy as np
import pytest
from scene_runs import far_trace, run_scene

from engine.trace import Trace, TraceError
from scenes.neuron_lines import NeuronLines
from scenes.parts.envelope import stretches
from scenes.terrain import always_lifts, own_colour

SECTIONS = ["lay down", "lines", "highest wins", "softmax", "first steps", "training", "stripes", "next"]


@pytest.fixture(scope="module")
def seen(traces):
    return run_scene(NeuronLines, {"cities3": traces / "cities3"})


def test_the_scene_on_its_own_trace(seen):
    assert seen.sections == SECTIONS
    assert 15 <= seen.seconds <= 75
    said = " ".join(seen.captions)
    assert "no city stands on its own colour" in said
    assert "Each step lifts the right city's line" in said
    assert "Now each city lies under its own line" in said


def test_what_is_said_of_cities3_is_true(traces):
    trace = Trace.load(traces / "cities3")
    assert always_lifts(trace)
    assert own_colour(trace, 0) == [False] * 3
    assert own_colour(trace, 399) == [True] * 3
    assert not always_lifts(Trace.load(traces / "cities3_adam"))  # its moments carry on what older steps wanted


def test_winners_slopes_rise_from_west_to_east_in_every_step(traces):
    trace = Trace.load(traces / "cities3")
    for weight, bias in zip(trace.series("layers.0.weight"), trace.series("layers.0.bias"), strict=True):
        order = [i for i, _, _ in stretches(weight[:, 0], bias, -9.8, 17.2)]
        assert len(set(order)) == len(order)
        assert (np.diff(weight[order, 0]) > 0).all()


def test_pushes_are_minus_the_gradient_by_the_scores(seen):
    trace = seen.scene.trace
    for i, shaft in enumerate(seen.scene.pushes.shafts):
        step = shaft.reading.source.step
        wanted = trace.at("y", step).value - trace.at("probs", step).value
        assert shaft.reading.value == pytest.approx(wanted[i])


@pytest.mark.parametrize("count", [2, 6])
def test_the_scene_on_other_places(tmp_path, count):
    seen = run_scene(NeuronLines, {"cities3": far_trace(tmp_path, count)})
    assert seen.sections == SECTIONS
    assert 15 <= seen.seconds <= 75
    assert any("nobody leads" in line for line in seen.captions)  # such runs start at zero


def test_a_trace_with_latitude_is_refused_in_one_line(tmp_path):
    with pytest.raises(TraceError, match=r"far2: does not fit NeuronLines: .*only input is longitude"):
        run_scene(NeuronLines, {"cities3": far_trace(tmp_path, 2, ("lat", "lon"))})
