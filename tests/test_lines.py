"""NeuronRace, SoftmaxCurves, Pushes, ParameterTable: what they show, where from, and in place."""

import numpy as np
import pytest
from stand_ins import Box

from scenes import style
from scenes.parts.axes import Axes
from scenes.parts.lines import NeuronRace, Pushes, SoftmaxCurves
from scenes.parts.parameters import ParameterTable, shortened
from scenes.parts.typesetting import Text

COLOURS = style.CLASS_COLOURS[:3]
INPUTS = np.array([[-2.0], [-1.5]])  # the axis is shifted by -2 and stretched by a half
WEIGHT, BIAS = np.array([[-1.0], [0.2], [1.5]]), np.array([0.0, 1.0, -1.0])


class Said:
    """Stands for a trace's Reading."""

    def __init__(self, value, source=()):
        self.value, self.source = value, source

    def __getitem__(self, index):
        return Said(self.value[index], (*self.source, index))

    def __float__(self):
        return float(self.value)


@pytest.fixture
def axes():
    return Axes((-10, 10), (-12, 14), 8, 5)


def numbers(axes, points):
    """Points of the scene as pairs of numbers on the axes."""
    origin, across, up = axes.frame.axes()
    away = points - origin
    return np.stack([away @ across / (across @ across), away @ up / (up @ up)], axis=1)


def score(x):
    return WEIGHT[:, 0] * (-2.0 + 0.5 * x) + BIAS


def test_lines_are_the_neurons_and_bold_where_they_win(axes):
    race = NeuronRace(axes, COLOURS, INPUTS).show(Said(WEIGHT), BIAS)
    for i, line in enumerate(race.lines):
        for x, y in numbers(axes, line.points):
            assert y == pytest.approx(score(x)[i])
        assert line.reading.source == (i, 0) or line.reading.source == ((i, 0),)
        for x, y in numbers(axes, race.bold[i].points):
            assert y == pytest.approx(score(x).max(), abs=1e-6)
    np.testing.assert_allclose(race.height(WEIGHT, BIAS, 3.0), score(3.0))


def test_bold_stops_where_it_is_told(axes):
    race = NeuronRace(axes, COLOURS, INPUTS).show(WEIGHT, BIAS, until=0.5)
    assert max(numbers(axes, bold.points)[:, 0].max() for bold in race.bold if len(bold.points)) == pytest.approx(0)


def test_shares_are_the_softmax_of_the_lines(axes):
    plane = Axes((-10, 10), (0, 1), 8, 2)
    curves = SoftmaxCurves(plane, COLOURS, INPUTS).show(WEIGHT, BIAS)
    drawn = np.stack([numbers(plane, curve.points[::4]) for curve in curves.curves])
    np.testing.assert_allclose(drawn[..., 1].sum(axis=0), 1, atol=1e-9)
    for x, share in zip(drawn[0, ::40, 0], drawn[:, ::40, 1].T, strict=True):
        np.testing.assert_allclose(share, np.exp(score(x)) / np.exp(score(x)).sum(), atol=1e-9)
    ends = SoftmaxCurves(plane, COLOURS, INPUTS).show(WEIGHT, BIAS, until=0.25).curves[0].points
    assert numbers(plane, ends)[:, 0].max() == pytest.approx(-5)


def test_pushes_point_up_and_down_by_their_size(axes):
    pushes = Pushes(axes, COLOURS, unit=1.0).show(2.0, score(2.0), Said(np.array([-0.5, 0.7, -0.01])))
    feet = [axes.point(2.0, y)[1] for y in score(2.0)]
    assert pushes.heads[0].points[:, 1].min() == pytest.approx(feet[0] - 0.5)
    assert pushes.heads[1].points[:, 1].max() == pytest.approx(feet[1] + 0.7)
    assert len(pushes.heads[2].points) == 0  # too small to be an arrow
    assert pushes.shafts[1].reading.value == 0.7
    assert np.ptp(pushes.upright.points[:, 0]) == pytest.approx(0)


def test_the_table_shows_readings_in_place():
    table = ParameterTable(["A", "B", "C"], COLOURS, [Text("m"), Text("b")], Box(-2, 2, -1, 1))
    made = [id(m) for m in table.get_family()]
    table.show([Said(1.234), Said(-5.0), Said(0.0)], [0.5, 0.25, -0.1])
    assert [[r.shown_text for r in row] for row in table.readouts] == [
        ["+1.23", "+0.50"],
        ["-5.00", "+0.25"],
        ["0.00", "-0.10"],
    ]
    assert table.readouts[1][0].reading.value == -5.0
    assert made == [id(m) for m in table.get_family()]


def test_long_names_are_cut_short():
    assert shortened("Rome", 2.0, style.SMALL_SIZE, style.TEXT).string == "Rome"
    cut = shortened("Llanfairpwllgwyngyll", 1.0, style.SMALL_SIZE, style.TEXT)
    assert cut.string.endswith("…")
    assert cut.width <= 1.0
