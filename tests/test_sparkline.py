"""The sparkline: cut exactly at the step, cheap, and careful with numbers that are none."""

import time
from dataclasses import dataclass

import numpy as np
import pytest

from scenes.parts.polyline import cut, joined, thinned
from scenes.parts.sparkline import Sparkline

LOSSES = np.array([8.0, 4.0, 6.0, 1.0, 2.0])


@dataclass
class FakeReading:
    value: float
    source: str = "cities3 loss[3]"


def test_the_bright_part_ends_on_the_curve_at_the_very_step():
    spark = Sparkline(LOSSES, low=0, high=8)
    for step in (0.25, 1.0, 2.5, 3.999, 4.0):
        spark.show(step)
        assert np.allclose(spark.past.points[-1], spark.point(step))
        assert np.allclose(spark.dot.get_center(), spark.point(step))
    half = spark.point(2.5)
    assert np.allclose(half, (spark.point(2) + spark.point(3)) / 2)


def test_height_is_in_proportion():
    spark = Sparkline(LOSSES, low=0, high=8)
    y = [spark.point(k)[1] for k in range(5)]
    assert (np.array(y) - y[3]) / (y[0] - y[3]) == pytest.approx((LOSSES - 1) / 7)


def test_log_scale_makes_equal_factors_equal_heights():
    spark = Sparkline([1.0, 10.0, 100.0], log=True)
    y = [spark.point(k)[1] for k in range(3)]
    assert y[1] - y[0] == pytest.approx(y[2] - y[1])
    assert len(spark.labels) >= 2


def test_state_depends_only_on_what_is_shown_last():
    worn, fresh = Sparkline(LOSSES), Sparkline(LOSSES)
    family = [id(m) for m in worn.get_family()]
    worn.show(4).show(0).show(1.7)
    fresh.show(1.7)
    assert [id(m) for m in worn.get_family()] == family
    for a, b in zip(worn.get_family(), fresh.get_family(), strict=True):
        assert np.array_equal(a.points, b.points)


def test_it_follows_moves():
    moved, later = Sparkline(LOSSES).shift([1, 1, 0]).scale(2).show(2.2), Sparkline(LOSSES).show(2.2)
    later.shift([1, 1, 0]).scale(2)
    for a, b in zip(moved.get_family(), later.get_family(), strict=True):
        assert np.allclose(a.points, b.points)


def test_gaps_and_infinities():
    spark = Sparkline([1.0, np.nan, 2.0, np.inf, 1.0], high=3.0)
    assert np.isfinite(spark.full.points).all()
    spark.show(1.0)
    assert not spark.dot.has_points()
    spark.show(3.0)
    assert spark.dot.get_center()[1] == pytest.approx(spark._top)


def test_everything_is_in_the_box_with_any_range():
    for values in (LOSSES, LOSSES * 1e-6, LOSSES - 4, LOSSES * 1e7, np.ones(5)):
        spark = Sparkline(values, 4, 1.4, title="loss")
        assert spark.width <= 4.05
        assert spark.height <= 1.45
        assert len(spark.labels) >= 2


def test_readings():
    spark, reading = Sparkline(LOSSES), FakeReading(1.0)
    assert spark.show(3, reading).dot.reading is reading
    assert spark.show(3).dot.reading is None
    assert Sparkline(FakeReading(LOSSES)).full.reading.source == "cities3 loss[3]"


def test_long_runs_are_thinned_but_keep_their_extremes():
    rng = np.random.default_rng(0)
    corners = np.stack([np.arange(50_000.0), rng.normal(size=50_000)], axis=1)
    few = thinned(corners, 700)
    assert len(few) < 800
    assert few[:, 1].max() == corners[:, 1].max()
    assert few[0, 0] == 0 and few[-1, 0] == 49_999
    spark = Sparkline(corners[:, 1], low=-4).show(12_345.5)
    assert np.allclose(spark.past.points[-1], spark.point(12_345.5))


def test_a_long_run_shows_in_under_half_a_millisecond():
    spark = Sparkline(np.random.default_rng(0).random(20_000))
    best = min(_seconds(lambda k=k: spark.show(k * 100.3)) for k in range(100, 150))
    assert best < 0.5e-3


@pytest.mark.parametrize(
    ("values", "steps"), [([1.0], None), ([[1.0, 2.0]], None), ([1.0, 2.0], [1, 1]), ([np.nan, np.nan], None)]
)
def test_impossible_curves_are_refused(values, steps):
    with pytest.raises(ValueError, match="sparkline"):
        Sparkline(np.array(values), steps=None if steps is None else np.array(steps))


def test_cutting_and_joining():
    corners = np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 0.0]])
    assert cut(corners, 2.0)[-1].tolist() == [2.0, 1.0]
    assert len(cut(corners, -1)) == 1
    assert cut(corners, 9) is corners
    assert joined(corners).shape == (8, 3)
    assert joined(np.array([[0.0, 0], [np.nan, 0], [1, 1], [2, 2]])).shape == (4, 3)


def _seconds(function):
    start = time.process_time()
    function()
    return time.process_time() - start
