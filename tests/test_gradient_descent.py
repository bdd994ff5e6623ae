"""GradientDescent: what it says of the recorded runs is true, and the scene steps through them."""

import numpy as np
import pytest
from scene_runs import readouts, run_scene

from engine import experiments
from engine.trace import Trace, TraceError
from scenes.gradient_descent import GradientDescent


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("traces")
    experiments.run("neuron_rates", place)
    return place / "neuron_rates"


@pytest.fixture(scope="module")
def trace(folder):
    return Trace.load(folder)


def test_every_step_goes_against_the_slope_by_the_rate(trace):
    rates = np.asarray(trace.constant("rates").value)
    for rate, name in zip(rates, ("small", "right", "large"), strict=True):
        m, slope = trace.series(f"{name}.m"), trace.series(f"{name}.slope")
        assert np.diff(m) == pytest.approx(-rate * slope[:-1])


def test_the_three_rates_do_what_is_said(trace):
    costs = {name: trace.series(f"{name}.cost") for name in ("small", "right", "large")}
    best = float(np.asarray(trace.constant("slice.loss").value).min())
    assert costs["right"][6] < best + 0.02  # arrives within a few steps
    assert best + 0.2 < costs["small"][30] < costs["small"][0]  # still crawling when the scene leaves it
    assert (np.diff(costs["large"]) > 0).all() and costs["large"][30] > 1000


def test_steps_are_longer_where_it_is_steeper(trace):
    path, gradient = trace.series("valley.path"), trace.series("valley.gradient")
    lengths, slopes = np.linalg.norm(np.diff(path, axis=0), axis=1), np.linalg.norm(gradient[:-1], axis=1)
    assert lengths == pytest.approx(lengths[0] / slopes[0] * slopes)
    assert (np.diff(trace.series("valley.loss")) < 0).all()


def test_one_start_finds_the_answer_and_the_other_does_not(trace):
    assert trace.series("lucky.cost")[-1] < 1e-6
    stuck = trace.series("stuck.cost")
    assert (np.diff(stuck) <= 0).all() and stuck[-1] > 0.5
    outputs, data = trace.series("stuck.output"), np.asarray(trace.constant("ugly.y").value)
    assert np.square(outputs - data).mean(axis=1) == pytest.approx(stuck)


def test_the_scene(folder):
    seen = run_scene(GradientDescent, {"neuron_rates": folder})
    assert seen.sections == ["landscape", "downhill", "from above", "one dial", "three rates", "many valleys"]
    assert 15 <= seen.seconds <= 75
    assert {"3.000", "4.257"} <= {m.shown_text for m in readouts(seen.scene)}


def test_another_kind_of_trace_is_refused_in_one_line(traces):
    with pytest.raises(TraceError, match="does not fit GradientDescent"):
        run_scene(GradientDescent, {"neuron_rates": traces / "cities3"})
