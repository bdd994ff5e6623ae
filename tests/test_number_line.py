"""Number lines: the pointer stands at the number, in place and without memory."""

from dataclasses import dataclass

import numpy as np
import pytest

from scenes.parts.number_line import NumberLine
from scenes.parts.typesetting import Formula


@dataclass
class FakeReading:
    value: float
    source: str = "chain z[2]"


def test_the_pointer_stands_at_the_number():
    line = NumberLine(-2, 2)
    ends = line.track.get_left()[0], line.track.get_right()[0]
    for value in (-2, -0.5, 0, 1.99):
        tip = line.show(value).pointer.points[0]
        assert tip[0] == pytest.approx(ends[0] + (value + 2) / 4 * (ends[1] - ends[0]))
        assert np.allclose(line.pointer.get_center()[0], tip[0])


def test_state_depends_only_on_what_is_shown_last():
    worn, fresh = NumberLine(-2, 2, title="z"), NumberLine(-2, 2, title="z")
    family = [id(m) for m in worn.get_family()]
    worn.show(1, 1.5).show(99).show(float("nan"), 2).show(-0.3, 0.4)
    fresh.show(-0.3, 0.4)
    assert [id(m) for m in worn.get_family()] == family
    for a, b in zip(worn.get_family(), fresh.get_family(), strict=True):
        assert np.array_equal(a.points, b.points)
    worn.show(0.1)
    assert not worn.ghost.has_points()
    assert not worn.stretch.has_points()


def test_showing_follows_moves_and_scaling():
    moved = NumberLine(0, 1).shift([1, 1, 0]).scale(0.5).show(0.25, 0.75)
    later = NumberLine(0, 1).show(0.25, 0.75).shift([1, 1, 0]).scale(0.5)
    for a, b in zip(moved.get_family(), later.get_family(), strict=True):
        assert np.allclose(a.points, b.points)


def test_a_nudge_covers_the_stretch_between():
    line = NumberLine(0, 1).show(0.25, 0.75)
    assert line.stretch.get_left()[0] == pytest.approx(line.point(0.25)[0])
    assert line.stretch.get_right()[0] == pytest.approx(line.point(0.75)[0])
    back = line.show(0.75, 0.25).stretch
    assert back.width == pytest.approx(line.point(0.75)[0] - line.point(0.25)[0])


@pytest.mark.parametrize(("value", "side"), [(5.0, 1), (-5.0, -1), (np.inf, 1)])
def test_beyond_the_scale_the_pointer_turns_outwards(value, side):
    line = NumberLine(-1, 1).show(value)
    tip = line.pointer.points[0]
    assert side * (tip[0] - line.point(side)[0]) > 0
    assert line.pointer.get_center()[1] == pytest.approx(tip[1])


def test_readings_are_kept():
    reading, nudged = FakeReading(0.5), FakeReading(0.6)
    line = NumberLine(0, 1).show(reading, nudged)
    assert line.pointer.reading is reading
    assert line.number.reading is reading
    assert line.ghost.reading is nudged
    assert line.stretch.reading is nudged


def test_titles_line_up_and_all_keeps_in_the_box():
    titles = [Formula("w^((L))"), Formula("C")]
    room = max(t.width for t in titles)
    lines = [NumberLine(0, 1, 7, title=t, title_room=room) for t in titles]
    assert lines[0].track.get_left()[0] == pytest.approx(lines[1].track.get_left()[0])
    assert all(line.width <= 7.02 for line in lines)
    assert titles[0].get_right()[0] < lines[0].labels.get_left()[0]
    assert lines[0].number.get_left()[0] > lines[0].labels.get_right()[0]


def test_no_ticks_no_number():
    line = NumberLine(0, 1, 4, ticks=[], number_format=None)
    assert line.number is None
    assert len(line.labels) == 0


def test_no_room_is_refused():
    with pytest.raises(ValueError, match="room"):
        NumberLine(0, 1, 1.0, title="a very long title")
