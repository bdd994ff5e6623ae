"""ToyModel: what is said and shown is the trace's, and it runs on places elsewhere, with one input or two."""

import numpy as np
import pytest
from scene_runs import far_trace, readouts, run_scene

from engine import experiments
from engine.trace import Trace
from scenes.parts.projection import Projection
from scenes.score_chart import ScoreChart
from scenes.toy_model import MAP, ToyModel

SECTIONS = ["question", "goes in", "school line", "tilt and slide", "one line each", "beliefs"]


def test_the_scene_on_its_own_trace(traces):
    seen = run_scene(ToyModel, {"cities3": traces / "cities3"})
    assert seen.sections == SECTIONS
    assert 15 <= seen.seconds <= 75
    said = " ".join(seen.captions)
    assert "Say we are in Paris, 2.35 degrees east." in said
    assert "The model says Madrid, with 91 percent. But we are in Paris." in said
    assert "Six numbers are all it has" in said
    shown = sorted(m.shown_text for m in readouts(seen.scene) if m.number_format == "+.2f")
    assert shown == ["+2.35", "+2.35", "-2.35", "0.00"]
    assert {m.shown_text for m in readouts(seen.scene) if m.number_format == "+.3f"} == {"+1.000", "0.000", "-1.000"}


def test_lines_meet_the_recorded_scores_above_the_place(traces):
    trace = Trace.load(traces / "cities3")
    place = trace.constant("points").value[int(float(trace.at("row", 0)))]
    chart = ScoreChart(trace, 0, Projection.fit(chart_frame(trace), MAP), place)
    for neuron in range(3):
        height = np.interp(place[0], chart.ends, chart.heights(neuron))
        assert height == pytest.approx(trace.at("logits", 0).value[neuron])
        line = chart.line(neuron, "#FFFFFF")
        assert line.line.reading.source.array == "layers.0.weight"
        assert line.line.reading.source.index[0] == neuron


def chart_frame(trace):
    return tuple(trace.manifest["task"]["frame"])


@pytest.mark.parametrize(("count", "features"), [(2, ("lon",)), (6, ("lon",)), (3, ("lat", "lon"))])
def test_the_scene_on_other_places(tmp_path, count, features):
    folder = far_trace(tmp_path, count, features)
    seen = run_scene(ToyModel, {"cities3": folder})
    trace = Trace.load(folder)
    assert seen.sections == SECTIONS
    assert 15 <= seen.seconds <= 75
    # such runs start at zero, where all lines are one: the last step is shown
    assert not np.any(trace.at("layers.0.weight", 0).value)
    assert seen.scene.now() == trace.steps()[-1]
    said = " ".join(seen.captions)
    assert "nobody has taught it" not in said
    assert ("has an m for each" in said) == (len(features) == 2)
    scores = seen.scene.trace.at("logits", seen.scene.now()).value
    assert len({m.shown_text for m in readouts(seen.scene)}) > len(scores)


def test_a_step_zero_with_two_inputs(tmp_path):
    experiments.run("cities4", tmp_path)
    seen = run_scene(ToyModel, {"cities3": tmp_path / "cities4"})
    assert seen.scene.now() == 0
    assert "Twelve" not in " ".join(seen.captions)
    assert any("12 numbers are all it has" in line for line in seen.captions)
