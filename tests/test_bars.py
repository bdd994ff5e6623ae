"""Bars: their length is the number, whatever was shown before; too long ones say so."""

from dataclasses import dataclass

import numpy as np
import pytest

from scenes import style
from scenes.parts.bars import ProbabilityBars

NAMES, COLOURS = ["Madrid", "Paris", "Berlin"], list(style.CLASS_COLOURS[:3])


@dataclass
class FakeReading:
    value: object
    source: tuple = ("probs",)

    def __getitem__(self, index):
        return FakeReading(self.value[index], (*self.source, index))


def lengths(bars):
    across = [(b.height if bars.vertical else b.width) if b.has_points() else 0.0 for b in bars.bars]
    return np.array(across) / (bars._to - bars._from)


@pytest.mark.parametrize("vertical", [False, True])
def test_length_is_the_share_of_the_track(vertical):
    bars = ProbabilityBars(NAMES, COLOURS, vertical=vertical).show([0.25, 1.0, 0.0])
    assert lengths(bars) == pytest.approx([0.25, 1.0, 0.0])


def test_state_depends_only_on_what_is_shown_last():
    worn, fresh = (ProbabilityBars(NAMES, COLOURS, low=-1) for _ in range(2))
    family = [id(m) for m in worn.get_family()]
    worn.show([5.0, np.nan, -7.0]).show([0.0, 0.0, 0.0]).show([0.5, -0.3, 2.0])
    fresh.show([0.5, -0.3, 2.0])
    assert [id(m) for m in worn.get_family()] == family
    for a, b in zip(worn.get_family(), fresh.get_family(), strict=True):
        assert np.array_equal(a.points, b.points)
        assert np.array_equal(a.fill_rgbas, b.fill_rgbas)


def test_negative_bars_go_the_other_way_from_zero():
    bars = ProbabilityBars(NAMES, COLOURS, low=-2, high=2).show([1.0, -1.0, 0.0])
    zero = bars.zero.get_center()[0]
    assert bars.bars[0].get_left()[0] == pytest.approx(zero)
    assert bars.bars[1].get_right()[0] == pytest.approx(zero)


@pytest.mark.parametrize("value", [1.5, -1.5, np.inf])
def test_a_bar_too_long_fills_its_track_and_is_marked(value):
    bars = ProbabilityBars(NAMES, COLOURS, low=-1).show([value, 0.5, 0.2])
    track, bar, mark = bars.tracks[0], bars.bars[0], bars.breaks[0]
    assert bar.get_right()[0] <= track.get_right()[0] + 1e-9
    assert bar.get_left()[0] >= track.get_left()[0] - 1e-9
    assert lengths(bars)[0] == pytest.approx(0.5)
    assert mark.has_points()
    assert abs(mark.get_center()[0] - bar.get_center()[0]) < bar.width / 2
    assert not bars.breaks[1].has_points()


def test_the_mark_grows_out_of_nothing():
    bars = ProbabilityBars(NAMES, COLOURS)
    widths = [bars.show([1.0 + over, 0, 0]).breaks[0].width for over in (0.001, 0.02, 0.05, 3.0)]
    assert widths[0] < widths[1] < widths[2] == pytest.approx(widths[3])


def test_what_is_no_number_has_no_bar():
    bars = ProbabilityBars(NAMES, COLOURS).show([np.nan, 0.5, 0.5])
    assert not bars.bars[0].has_points()
    assert bars.numbers[0].shown_text == "NaN"


def test_readings_are_kept_by_bar_and_number():
    bars = ProbabilityBars(NAMES, COLOURS).show(FakeReading(np.array([0.1, 0.2, 0.7])))
    assert bars.bars[2].reading.source == ("probs", 2)
    assert bars.numbers[1].reading.source == ("probs", 1)
    assert bars.show([0.1, 0.2, 0.7]).bars[2].reading is None


def test_showing_follows_the_moved_bars():
    moved = ProbabilityBars(NAMES, COLOURS).scale(0.5).shift([1, 2, 0]).show([0.3, 0.3, 0.4])
    later = ProbabilityBars(NAMES, COLOURS).show([0.3, 0.3, 0.4]).scale(0.5).shift([1, 2, 0])
    for a, b in zip(moved.get_family(), later.get_family(), strict=True):
        assert np.allclose(a.points, b.points)
    assert moved.tip(0) == pytest.approx(moved.bars[0].get_right())


@pytest.mark.parametrize("vertical", [False, True])
def test_everything_keeps_inside_the_box_and_names_are_alike(vertical):
    names = ["A", "Sankt Peter-Ording am Meer", "Bad Neuenahr"] if not vertical else ["A", "Barcelona", "Berlin"]
    bars = ProbabilityBars(names, COLOURS, 6, 3, vertical=vertical)
    assert bars.width <= 6.02
    assert bars.height <= 3.02
    assert len({round(name.em, 6) for name in bars.names}) == 1


@pytest.mark.parametrize("arguments", [([], []), (["a"], []), (["a"], ["#FFFFFF", "#FFFFFF"])])
def test_names_and_colours_must_pair(arguments):
    with pytest.raises(ValueError, match="colours"):
        ProbabilityBars(*arguments)


def test_wrong_shapes_and_ranges_are_refused():
    with pytest.raises(ValueError, match="zero"):
        ProbabilityBars(NAMES, COLOURS, low=0.5)
    with pytest.raises(ValueError, match="shape"):
        ProbabilityBars(NAMES, COLOURS).show([0.1, 0.2])


def test_bars_can_stand_beside_something_else():
    bars = ProbabilityBars(NAMES, COLOURS, places=[1.1, 0.2, -0.9]).show([0.5, 0.5, 0.5])
    assert [bar.get_center()[1] for bar in bars.bars] == pytest.approx([1.1, 0.2, -0.9])
    assert bars.names[0].get_center()[1] == pytest.approx(1.1, abs=0.1)
    with pytest.raises(ValueError, match="places"):
        ProbabilityBars(NAMES, COLOURS, places=[0.0])
