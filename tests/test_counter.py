"""The step counter: whole steps, sitting still."""

from dataclasses import dataclass

import numpy as np
import pytest

from scenes.parts.counter import StepCounter


@dataclass
class FakeReading:
    value: float
    source: str = "cities3 step"


@pytest.mark.parametrize(
    ("step", "shown"), [(0, "0"), (7.99, "7"), (128, "128"), (127.9999999999, "128"), (399.2, "399")]
)
def test_it_shows_the_step_that_has_begun(step, shown):
    assert StepCounter(400).show(step).number.shown_text == shown


def test_words_never_move():
    counter = StepCounter(400)
    before = [m.points.copy() for word in (counter.word, counter.rest) for m in word]
    counter.show(1).show(399)
    after = [m.points for word in (counter.word, counter.rest) for m in word]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert counter.word.get_right()[0] < counter.number.get_left()[0]
    assert counter.number.get_right()[0] < counter.rest.get_left()[0]


def test_state_depends_only_on_what_is_shown_last():
    worn, fresh = StepCounter().show(3).show(12345).show(42), StepCounter().show(42)
    assert np.array_equal(worn.number.points, fresh.number.points)


def test_everything_stands_on_one_line():
    counter = StepCounter(13002)
    assert counter.word.baseline == pytest.approx(counter.number.baseline)
    assert counter.rest.baseline == pytest.approx(counter.baseline)


def test_readings_of_whole_steps_are_kept():
    reading = FakeReading(12)
    assert StepCounter().show(reading).number.reading is reading
    assert StepCounter().show(12.0).number.reading is None
