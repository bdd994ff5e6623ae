"""Softmax: from (1, 2, 1) to (1, 10, 1) and to the model's own scores, in the trace's numbers."""

import numpy as np
import pytest
from scene_runs import far_trace, readouts, run_scene

from engine.trace import Trace, TraceError
from scenes.softmax import Softmax


def test_the_scene_on_its_own_trace(traces):
    seen = run_scene(Softmax, {"cities3": traces / "cities3"})
    assert seen.sections == ["scores", "exponentiate", "share out", "favour", "slide", "our scores"]
    assert 15 <= seen.seconds <= 75
    said = " ".join(seen.captions)
    assert "Say they are 1, 2, 1." in said
    assert "2 out of 4 would be 50 percent. Softmax gives it 58 percent" in said
    assert "slide from 2 to 10," in said and "99.98 percent. Never quite all" in said
    assert "Madrid 91 percent" in said
    shown = [m.shown_text for m in readouts(seen.scene) if m.number_format == ".5f"]
    assert shown == ["0.90555", "0.08624", "0.00821", "1.00000"]
    total = next(m for m in readouts(seen.scene) if m.reading.source.transform == "sum" and m.number_format == ".2f")
    assert float(total.reading) == pytest.approx(np.exp([2.3514, 0, -2.3514]).sum())


def test_what_slides_is_the_softmax_of_what_is_shown(traces):
    trace = Trace.load(traces / "cities3")
    scores, powers, shares = (
        np.asarray(trace.constant(f"softmax.{name}").value) for name in ("logits", "exponentials", "probs")
    )
    assert scores[0] == pytest.approx([1, 2, 1])
    assert powers / powers.sum(1, keepdims=True) == pytest.approx(shares)
    assert shares[0, 1] == pytest.approx(0.5761, abs=5e-5)
    assert shares[-1, 1] == pytest.approx(0.99975, abs=5e-6)


def test_a_run_without_samples_is_refused_in_one_line(tmp_path):
    with pytest.raises(TraceError, match=r"far2: does not fit Softmax: it needs a sampled softmax"):
        run_scene(Softmax, {"cities3": far_trace(tmp_path, 2)})
