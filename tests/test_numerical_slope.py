"""NumericalSlope: every secant is a recorded one, they end in the recorded gradient, and the counts are true."""

import numpy as np
import pytest
from scene_runs import far_trace, readouts, run_scene

from engine.trace import Trace, TraceError
from scenes.layout import STAGE
from scenes.numerical_slope import NumericalSlope
from scenes.parts.typesetting import Formula
from scenes.slope_chart import SlopeChart


@pytest.fixture(scope="module")
def chart(traces):
    return SlopeChart(Trace.load(traces / "cities3"), STAGE, Formula("m"))


def test_the_scene_on_its_own_trace(traces):
    seen = run_scene(NumericalSlope, {"cities3": traces / "cities3"})
    assert seen.sections == [
        "nudge", "slope", "shrink", "one run each", "more and more", "a language model", "all at once",
    ]  # fmt: skip
    assert 15 <= seen.seconds <= 75
    said = " ".join(seen.captions)
    assert "from 0 to 0.1 and run the model again: the loss falls from 2.45 to 2.24" in said
    assert "a slope of minus 2.13" in said
    assert "the derivative: -2.1486" in said
    assert "six parameters. One run as it is, one for each nudge: seven runs." in said
    assert "13,002 parameters" in said
    assert "14 days" in said
    assert round(1_235_814_401 / 1000 / 86_400) == 14
    counts = [m.shown_text.replace("\u2009", "") for m in readouts(seen.scene) if m.number_format == ",d"]
    assert counts == ["7", "13003", "1235814401"]


def test_nudges_go_from_far_to_near_and_start_the_story_at_a_tenth(chart):
    steps = [float(nudge.step) for nudge in chart.nudges]
    assert (np.diff(steps) < 0).all()
    first = chart.nudges[chart.first]
    assert (float(first.weight), float(first.step)) == (0.1, 0.1)
    assert first.loss == pytest.approx(2.2381, abs=5e-5)
    assert float(first.slope) == pytest.approx(-2.1254, abs=5e-5)
    assert steps[-1] == pytest.approx(1e-5)


def test_each_slope_is_the_change_over_the_nudge_and_they_end_in_the_derivative(chart):
    for nudge in chart.nudges:
        assert float(nudge.slope) == pytest.approx(float(nudge.change) / float(nudge.step), rel=1e-6)
        assert float(nudge.change) == pytest.approx(nudge.loss - float(chart.loss), abs=1e-12)
    assert float(chart.nudges[-1].slope) == pytest.approx(float(chart.gradient), abs=1e-4)


def test_the_secant_goes_through_both_dots_however_near_it_is_seen(chart):
    for number in (0, chart.first, len(chart.nudges) - 1):
        chart.stand_at(float(number))
        (x0, y0), (x1, y1) = (dot.get_center()[:2] for dot in chart.secant.dots)
        a, b = chart.secant.line.points[0], chart.secant.line.points[-1]
        assert (y1 - y0) * (b[0] - a[0]) == pytest.approx((b[1] - a[1]) * (x1 - x0), abs=1e-6)
        assert x1 - x0 > 0.1  # even the smallest nudge stays in sight


def test_a_run_without_nudges_is_refused_in_one_line(tmp_path):
    with pytest.raises(TraceError, match=r"far2: does not fit NumericalSlope: it needs a weight that is nudged"):
        run_scene(NumericalSlope, {"cities3": far_trace(tmp_path, 2)})
