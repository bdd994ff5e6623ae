"""Ticks are round, inside, and say what they are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.parts.ticks import decades, nice_ticks, tick_text


@pytest.mark.parametrize(
    ("low", "high", "about", "ticks"),
    [
        (0, 10, 5, [0, 2.5, 5, 7.5, 10]),
        (0, 10, 3, [0, 5, 10]),
        (-1, 1, 5, [-1, -0.5, 0, 0.5, 1]),
        (0.3, 1.7, 3, [0.5, 1, 1.5]),
    ],
)
def test_round_numbers(low, high, about, ticks):
    assert nice_ticks(low, high, about) == pytest.approx(ticks)


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.integers(2, 9))
def test_ticks_are_inside_and_about_as_many_as_asked(low, span, about):
    ticks = nice_ticks(low, low + span, about)
    slack = 1e-6 * span + 1e-9 * abs(low)
    assert len(ticks) == 0 or (ticks.min() >= low - slack and ticks.max() <= low + span + slack)
    assert len(ticks) <= 2 * about + 1


def test_text_has_equal_decimals_and_a_true_minus():
    assert tick_text(np.array([-0.5, 0.0, 0.25])) == ["−0.50", "0.00", "0.25"]
    assert tick_text(np.array([0.0, 5.0, 10.0])) == ["0", "5", "10"]


def test_decades():
    assert decades(0.01, 1000).tolist() == [-2, -1, 0, 1, 2, 3]
    assert len(decades(1e-12, 1e12)) <= 6


@pytest.mark.parametrize(("low", "high"), [(1, 1), (2, 1), (0, np.inf), (np.nan, 1)])
def test_impossible_scales_are_refused(low, high):
    with pytest.raises(ValueError, match="scale"):
        nice_ticks(low, high)
