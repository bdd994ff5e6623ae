"""SoftmaxGradient: every line on screen is true at the trace's numbers, and the scene runs on other places too."""

import numpy as np
import pytest
from scene_runs import far_trace, readouts, run_scene
from typst_value import worth

from engine.trace import Trace
from scenes.softmax_algebra import MOST_TERMS, Algebra
from scenes.softmax_gradient import SoftmaxGradient


def value(source, h):
    """The right side of a line at outputs h."""
    shares = np.exp(h) / np.exp(h).sum()
    at = {f"h_{i + 1}": h[i] for i in range(len(h))} | {f"hat_{i + 1}": shares[i] for i in range(len(h))}
    return worth(source, at)


@pytest.fixture(scope="module")
def step0(traces):
    trace = Trace.load(traces / "cities3")
    return {name: np.asarray(trace.at(name, 0).value) for name in ("logits", "probs", "loss", "grads.layers.0.bias")}


def test_every_form_of_the_loss_is_the_recorded_loss(step0):
    values = [value(line, step0["logits"]) for line in Algebra(3, 1).loss()]
    assert values == pytest.approx([float(step0["loss"])] * 4)
    assert values[0] == pytest.approx(2.4506, abs=5e-5)


def test_every_form_of_the_slope_is_the_recorded_gradient(step0):
    # dL/db equals dL/dh, because h = m x + b
    for line in Algebra(3, 1).slope()[1:]:
        assert value(line, step0["logits"]) == pytest.approx(step0["grads.layers.0.bias"][1])
    rows = [value(Algebra(3, 1).row(i), step0["logits"]) for i in range(3)]
    assert rows == pytest.approx(list(step0["grads.layers.0.bias"]))
    assert rows == pytest.approx([0.9055, -0.9138, 0.0082], abs=6e-5)


@pytest.mark.parametrize(("count", "right"), [(2, 0), (3, 2), (4, 1)])
def test_the_slope_is_the_derivative_of_the_loss(count, right):
    h = np.linspace(-0.7, 1.9, count)
    lines, step = Algebra(count, right).loss(), 1e-6
    for i in range(count):
        nudge = np.eye(count)[i] * step
        slopes = [(value(line, h + nudge) - value(line, h - nudge)) / (2 * step) for line in lines]
        assert slopes == pytest.approx([value(Algebra(count, right).row(i), h)] * 4, abs=1e-6)


def test_a_long_sum_is_shortened():
    assert "dots" in Algebra(MOST_TERMS + 1, 0).total()
    assert "dots" not in Algebra(MOST_TERMS, 0).total()


def test_the_scene_on_its_own_trace(traces):
    seen = run_scene(SoftmaxGradient, {"cities3": traces / "cities3"})
    assert seen.sections == ["question", "written out", "cancel", "one slope", "all slopes", "numbers"]
    assert 15 <= seen.seconds <= 75
    assert any("Madrid was given too much" in line for line in seen.captions)
    shown = {m.shown_text: m.reading for m in readouts(seen.scene) if m.number_format == "+.4f"}
    assert set(shown) == {"+0.9055", "-0.9138", "+0.0082"}
    assert shown["-0.9138"].source.array == "probs"
    assert shown["-0.9138"].source.transform == "minus 1"


@pytest.mark.parametrize("count", [2, 6])
def test_the_scene_on_other_places(tmp_path, count):
    seen = run_scene(SoftmaxGradient, {"cities3": far_trace(tmp_path, count)})
    assert len(seen.sections) == 6
    assert len({m.shown_text for m in readouts(seen.scene) if m.number_format == "+.4f"}) == 2  # 1/n and 1/n - 1
