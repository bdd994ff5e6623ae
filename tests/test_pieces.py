"""Small parts of chapter 1: numbers kept apart, planes on boxes, strips, tallies, the large neuron, vignettes."""

import numpy as np
import pytest
from stand_ins import Box

from scenes.parts.network import NetworkDiagram
from scenes.parts.neuron import LargeNeuron
from scenes.parts.pieces import apart, wiring
from scenes.parts.plane import plane_on
from scenes.parts.strip import ShareStrip
from scenes.parts.tally import Tally
from scenes.parts.vignettes import Bowl

COLOURS = ("#FF0000", "#00FF00", "#0000FF")


@pytest.mark.parametrize("ys", [[0.0, 0.0, 0.0], [1.0, 0.9, -1.0], [-0.1, 0.1, 0.0, 2.0], [0.5]])
def test_numbers_keep_apart_and_near(ys):
    places = np.array([place[1] for place in apart([np.array([0.0, y, 0.0]) for y in ys])])
    order = np.argsort(ys, kind="stable")
    assert (np.diff(places[order]) >= 0.36 - 1e-9).all()
    assert places.mean() == pytest.approx(np.mean(ys))


def test_numbers_that_are_apart_stay():
    assert [place[1] for place in apart([np.array([0, y, 0]) for y in (2.0, -1.0, 0.5)])] == [2.0, -1.0, 0.5]


@pytest.mark.parametrize("wide", [2.0, 6.0])
def test_a_plane_lies_on_its_box(wide):
    box = Box(-1.0, -1.0 + wide, -2.0, 1.5)
    axes = plane_on(box, (-9.8, 17.2), (-12, 12), y_title="h")
    assert axes.point(-9.8, -12) == pytest.approx([box.left, box.bottom, 0], abs=1e-6)
    assert axes.point(17.2, 12) == pytest.approx([box.right, box.top, 0], abs=1e-6)


def test_a_strip_is_shared_in_proportion():
    strip = ShareStrip(COLOURS, 8.0).show([1.0, 2.0, 1.0])
    seam = 0.03
    assert [piece.width for piece in strip.pieces] == pytest.approx([2 - seam, 4 - seam, 2 - seam])
    assert strip.pieces[0].get_left()[0] == pytest.approx(-4, abs=seam)
    half = strip.show([1.0, 0.0, 1.0], whole=4.0)
    assert len(half.pieces[1].points) == 0
    assert half.pieces[2].get_right()[0] == pytest.approx(0, abs=seam)
    with pytest.raises(ValueError, match="3 pieces"):
        strip.show([1.0])


def test_a_tally_keeps_its_columns():
    tally = Tally("title", ["a", "a far longer name"], COLOURS[:2], 6.0, 2.0)
    before = [count.get_right()[0] for count in tally.counts]
    tally.counts[0].show(7)
    tally.counts[1].show(1_235_814_401)
    assert [count.get_right()[0] for count in tally.counts] == before == pytest.approx([3.0, 3.0])
    assert tally.names[1].get_right()[0] < tally.counts[1].get_left()[0]


def test_the_large_neuron_is_wired_from_rim_to_rim():
    source, center = np.array([-4.0, 1.0, 0.0]), np.array([0.0, 0.0, 0.0])
    neuron = LargeNeuron("m x + b", "h", [source], 0.4, center, rim=0.9)
    wire = neuron.wires[0]
    assert np.linalg.norm(wire.get_start() - source) == pytest.approx(0.4)
    assert np.linalg.norm(wire.get_end() - center) == pytest.approx(0.9)
    assert neuron.arrow.get_right()[0] < neuron.out.get_left()[0]


def test_wirings_share_nothing_and_leave_only_scores_and_inputs():
    network = NetworkDiagram([2, 3], 6, 4, biases=True, neuron_formats=".2f", weight_format="+.2f", bias_format="+.2f")
    ids = [{id(m) for m in wiring(network, k).get_family()[1:]} for k in range(3)]
    assert not (ids[0] & ids[1] or ids[1] & ids[2])
    assert id(network.wires[0, 1, 0]) in ids[1]
    assert id(network.neuron_numbers[1, 1]) not in ids[1]


@pytest.mark.parametrize("scale", [1.0, 0.6])
def test_the_ball_lies_in_the_bowl(scale):
    bowl = Bowl().scale(scale).shift([1.0, 0.5, 0.0])
    for x in (-2.0, -0.12, 1.0):
        bowl.stand_at(x)
        ball = bowl.ball.get_center()
        gaps = np.linalg.norm(bowl.curve.points - ball, axis=1)
        assert gaps.min() < 0.06
