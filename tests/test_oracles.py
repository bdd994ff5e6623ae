"""The numbers the lectures print, worked out again: the worked step, and the losses of the city runs."""

import numpy as np
import pytest

from engine.trace import Trace


def right_from(trace):
    """First step from which on every point is classified rightly, with parameters before the update."""
    wrong = np.flatnonzero(trace.series("accuracy") < 1)
    return int(trace.steps("accuracy")[wrong[-1]]) + 1


def test_the_worked_step(traces):
    trace = Trace.load(traces / "cities3")
    near = dict(atol=5e-5)
    assert float(trace.at("x", 0)[0]) == 2.3514
    np.testing.assert_allclose(trace.at("logits", 0).value, [2.3514, 0, -2.3514], **near)
    np.testing.assert_allclose(trace.at("probs", 0).value, [0.9055, 0.0862, 0.0082], **near)
    assert float(trace.at("loss", 0)) == pytest.approx(2.4506, abs=5e-5)
    np.testing.assert_allclose(trace.at("grads.layers.0.weight", 0).value[:, 0], [2.1293, -2.1486, 0.0193], **near)
    np.testing.assert_allclose(trace.at("grads.layers.0.bias", 0).value, [0.9055, -0.9138, 0.0082], **near)
    assert trace.at("y", 0).value.tolist() == [0, 1, 0]
    assert (float(trace.at("row", 0)), float(trace.at("target", 0))) == (5, 1)


def test_cities3(traces):
    trace = Trace.load(traces / "cities3")
    assert trace.steps().tolist() == list(range(400))
    assert right_from(trace) == 75
    assert trace.constant("order").value[:5].tolist() == [5, 4, 1, 10, 9]


def test_cities3_adam(traces):
    trace = Trace.load(traces / "cities3_adam")
    known = {10: 18.4130, 20: 0.4497, 30: 0.6749, 40: 0.0136, 50: 1.1908, 60: 0.9695, 70: 0.0462, 100: 0.0863}
    for update, loss in known.items():
        assert float(trace.at("loss", update - 1)) == pytest.approx(loss, abs=5e-5)
    assert right_from(trace) == 64  # the update of step 63 is the one that makes all three right
    assert len(trace.steps()) == 350


@pytest.mark.parametrize("name", ["cities3", "cities3_adam"])
def test_what_is_said_of_all_points_agrees_with_the_step_itself(traces, name):
    trace = Trace.load(traces / name)
    for step in (0, 17, 349):
        row, target = int(float(trace.at("row", step))), int(float(trace.at("target", step)))
        np.testing.assert_allclose(trace.at("probs_all", step).value[row], trace.at("probs", step).value, rtol=1e-9)
        assert float(trace.at("loss", step)) == pytest.approx(-np.log(trace.at("probs", step).value[target]))
        parts = [trace.at(f"grads.layers.0.{kind}", step).value for kind in ("weight", "bias")]
        assert float(trace.at("grad_norm", step)) == pytest.approx(np.sqrt(sum((p**2).sum() for p in parts)))
