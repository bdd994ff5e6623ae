"""ParameterGradients: the product on screen is the recorded gradient, and the scene runs on other places too."""

import numpy as np
import pytest
from scene_runs import far_trace, readouts, run_scene
from typst_value import worth

from engine.trace import Trace, TraceError
from scenes.parameter_gradients import ParameterGradients, chain_lines
from scenes.worked import WorkedStep

ORACLE_M, ORACLE_B = ["+2.1293", "-2.1486", "+0.0193"], ["+0.9055", "-0.9138", "+0.0082"]


@pytest.fixture(scope="module")
def worked(traces):
    return WorkedStep(Trace.load(traces / "cities3"))


def test_the_product_is_the_recorded_gradient(worked):
    for i in worked.classes:
        k, y = i + 1, float(i == worked.right)
        at = {f"hat_{k}": float(worked.probs[i]), f"y_{k}": y, "x": float(worked.x[0])}
        assert worth(chain_lines(i)[1], at) == pytest.approx(float(worked.slopes_m[i, 0]))


def test_both_factors_of_the_chain_are_what_finite_differences_say(worked):
    right, x, step = worked.right, float(worked.x[0]), 1e-6
    h = np.asarray(worked.logits.value)

    def loss(outputs):
        return float(np.log(np.exp(outputs).sum()) - outputs[right])

    for i in worked.classes:
        nudge = np.eye(len(h))[i] * step
        by_h = (loss(h + nudge) - loss(h - nudge)) / (2 * step)
        by_m = (loss(h + nudge * x) - loss(h - nudge * x)) / (2 * step)
        assert by_h == pytest.approx(float(worked.blame(i)), abs=1e-7)
        assert by_m == pytest.approx(by_h * x, abs=1e-6)
        assert by_m == pytest.approx(float(worked.slopes_m[i, 0]), abs=1e-6)
        assert float(worked.blame(i)) == pytest.approx(float(worked.slopes_b[i]))


def test_nudging_found_the_same_slope(worked):
    assert f"{float(worked.measured()):+.4f}" == ORACLE_M[1]


def test_the_scene_on_its_own_trace(traces):
    seen = run_scene(ParameterGradients, {"cities3": traces / "cities3"})
    assert seen.sections == ["blame arrives", "slope of h", "multiply", "all parameters", "onto the wires"]
    assert 15 <= seen.seconds <= 75
    shown = [m for m in readouts(seen.scene) if m.number_format == "+.4f"]
    for name, oracle in (("weight", ORACLE_M), ("bias", ORACLE_B)):
        found = {m.shown_text for m in shown if m.reading.source.array == f"grads.layers.0.{name}"}
        assert found == set(oracle)
    assert any("Paris's m" in line and "nudging" in line for line in seen.captions)


@pytest.mark.parametrize("count", [2, 6])
def test_the_scene_on_other_places(tmp_path, count):
    seen = run_scene(ParameterGradients, {"cities3": far_trace(tmp_path, count)})
    assert len(seen.sections) == 5
    assert not any("nudging" in line for line in seen.captions)  # nothing of the kind was recorded there


def test_a_model_with_two_inputs_is_refused_in_one_line(tmp_path):
    with pytest.raises(TraceError, match="ParameterGradients: it needs a model with one input"):
        run_scene(ParameterGradients, {"cities3": far_trace(tmp_path, 2, ("lat", "lon"))})
