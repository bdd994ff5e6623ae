"""CrossEntropy: the bar lands where the recorded loss is, and what is said is true."""

import numpy as np
import pytest
from scene_runs import far_trace, readouts, run_scene

from engine.trace import Trace, TraceError
from scenes.cross_entropy import CrossEntropy


@pytest.fixture(scope="module")
def seen(traces):
    return run_scene(CrossEntropy, {"cities3": traces / "cities3"})


def test_the_scene_on_its_own_trace(seen):
    assert seen.sections == ["belief", "truth", "curve", "our loss", "better and worse", "name"]
    assert 15 <= seen.seconds <= 75
    said = " ".join(seen.captions)
    assert "Paris got 9 percent. From there up to the curve, and across: a loss of 2.45." in said
    assert "Had it given Paris only 0.2 percent: a loss of 6.2." in said
    assert {"0.0862", "2.4506"} <= {m.shown_text for m in readouts(seen.scene)}


def test_the_dot_stands_on_the_curve_and_the_bar_under_it(seen):
    scene = seen.scene
    p, loss = float(scene.probs[1]), float(scene.loss)
    assert loss == pytest.approx(-np.log(p))
    assert scene.dot.dot.get_center() == pytest.approx(scene.axes.point(p, loss), abs=1e-6)
    assert scene.fallen.get_right()[0] == pytest.approx(scene.axes.point(p, 0)[0])
    # the bar on the axis is as long as the one of the belief: one scale for both
    assert scene.fallen.width == pytest.approx(scene.beliefs.bars[1].width, abs=0.01)


def test_the_curve_is_recorded_and_is_minus_the_logarithm(traces):
    trace = Trace.load(traces / "cities3")
    p, cost = (np.asarray(trace.constant(f"cross_entropy.{name}").value) for name in ("p", "loss"))
    assert cost == pytest.approx(-np.log(p))
    assert p[-1] == pytest.approx(0.002)


def test_a_run_without_the_curve_is_refused_in_one_line(tmp_path):
    with pytest.raises(TraceError, match=r"far2: does not fit CrossEntropy: it needs the curve"):
        run_scene(CrossEntropy, {"cities3": far_trace(tmp_path, 2)})
