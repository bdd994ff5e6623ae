"""The network diagram: in place, honest about sizes, nothing on top of anything else."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from manim import LEFT, UP

from scenes import style
from scenes.parts import moving
from scenes.parts.net_layout import lay_out, number_spots
from scenes.parts.network import NetworkDiagram
from scenes.parts.ribbons import circle, ribbons, thickness
from scenes.parts.typesetting import Formula


@dataclass
class FakeReading:
    value: Any
    source: tuple = ("layers.0.weight",)

    def __getitem__(self, index):
        index = index if isinstance(index, tuple) else (index,)
        return FakeReading(self.value[index], (*self.source, *index))


def diagram(**kwargs):
    given = {"biases": True, "neuron_formats": ".2f", "weight_format": "+.3f", "bias_format": "+.3f"} | kwargs
    return NetworkDiagram([1, 3], 6, 4, **given)


def numbers(scale=1.0):
    return {
        "activations": [[2.35], np.array([0.9, 0.09, 0.01]) * scale],
        "weights": [np.array([[1.0], [0.0], [-0.4]]) * scale],
        "biases": [np.array([0.1, -0.2, 0.0]) * scale],
        "weight_gradients": [np.array([[2.1], [-2.1], [0.02]]) * scale],
        "bias_gradients": [np.array([0.9, -0.9, 0.008]) * scale],
    }


def state(net):
    return [(m.points.copy(), m.fill_rgbas.copy(), m.stroke_rgbas.copy(), m.stroke_width) for m in net.get_family()]


def equal(a, b):
    return len(a) == len(b) and all(
        all(np.allclose(p, q) if np.shape(p) == np.shape(q) else False for p, q in zip(x, y, strict=True))
        for x, y in zip(a, b, strict=True)
    )


def test_state_depends_only_on_what_is_shown_last():
    worn, fresh = diagram(), diagram()
    worn.show(**numbers(-0.7)).show(**numbers(0.0)).show(**numbers(1.0))
    assert equal(state(worn), state(fresh.show(**numbers(1.0))))
    assert not equal(state(worn), state(diagram().show(**numbers(0.5))))


def test_showing_creates_no_mobject():
    net = diagram()
    before = [id(m) for m in net.get_family()]
    net.show(**numbers())
    assert [id(m) for m in net.get_family()] == before


def test_showing_follows_the_moved_and_scaled_diagram():
    moved = diagram().shift(UP + LEFT).scale(0.5).show(**numbers())
    later = diagram().show(**numbers()).shift(UP + LEFT).scale(0.5)
    assert equal([s[:1] for s in state(moved)], [s[:1] for s in state(later)])


def test_a_copy_shows_for_itself():
    net = diagram().show(**numbers())
    before = state(net)
    net.copy().show(**numbers(-1.0))
    assert equal(state(net), before)


def test_bars_are_as_thick_as_the_gradient_says():
    net = diagram(gradient_scale=4.0, bar_max=0.4)
    net.show(weight_gradients=[[[1.0], [-2.0], [0.0]]])
    middle = net.bars[0, 1, 0]  # level, so its height is its thickness
    assert middle.height == pytest.approx(0.2)
    assert not net.bars[0, 2, 0].has_points()
    net.show(weight_gradients=[[[9.0], [9.0], [np.nan]]])
    assert middle.height == pytest.approx(0.4)
    assert not net.bars[0, 2, 0].has_points()


def test_the_two_rules():
    g = np.array([0.0, 0.25, -1.0, 4.0, np.nan, np.inf])
    assert thickness(g, 1.0, 0.4).tolist() == pytest.approx([0, 0.1, 0.4, 0.4, 0, 0.4])
    assert thickness(g, 1.0, 0.4, "root").tolist() == pytest.approx([0, 0.2, 0.4, 0.4, 0, 0.4])


def test_ribbons_end_on_the_rims():
    outline = ribbons(np.zeros((1, 2)), np.array([[3.0, 0.0]]), np.array([0.5]), np.array([0.4]), np.array([0.0]))[0]
    corner = outline[0]
    assert np.hypot(*corner[:2]) == pytest.approx(0.4)
    arc = outline[12:16]
    middle = (arc[0] + 3 * arc[1] + 3 * arc[2] + arc[3]) / 8
    assert np.hypot(*middle[:2]) == pytest.approx(0.4, abs=1e-3)
    assert outline[..., 0].max() == pytest.approx(3.0)
    assert np.ptp(outline[..., 1]) == pytest.approx(0.5)
    assert np.allclose(outline[4::4], outline[3:-4:4])
    assert np.allclose(np.hypot(*circle(2.0)[::4, :2].T), 2.0)


def test_wires_tell_sign_and_size():
    net = diagram().show(weights=[[[1.0], [0.0], [-0.5]]])
    strong, none, weak = (net.wires[0, j, 0] for j in range(3))
    assert strong.get_stroke_color().to_hex() == style.POSITIVE
    assert none.get_stroke_color().to_hex() == style.LABEL
    assert weak.get_stroke_color().to_rgb()[0] > weak.get_stroke_color().to_rgb()[2]
    assert strong.get_stroke_width() == pytest.approx(net.look.wire_max)
    assert none.get_stroke_width() == style.HAIRLINE


def test_readings_are_kept_on_what_shows_them():
    net = diagram().show(
        weights=[FakeReading(np.array([[1.0], [2.0], [3.0]]))], activations=[None, FakeReading(np.ones(3))]
    )
    assert net.wires[0, 2, 0].reading.source == ("layers.0.weight", 2, 0)
    assert net.weight_numbers[0, 1, 0].reading.value == 2.0
    assert net.weight_numbers[0, 1, 0].shown_text == "+2.000"
    assert net.neurons[1, 0].reading.source == ("layers.0.weight", 0)
    assert net.bars[0, 0, 0].reading is None


@pytest.mark.parametrize("sizes", [[1, 3], [2, 4], [1, 1, 1, 1], [3, 3, 2], [2, 16, 16, 2], [784, 16, 16, 10]])
def test_neurons_stay_in_the_box_and_apart(sizes):
    layout = lay_out(sizes, 6.0, 4.0, biases=True)
    everything = np.concatenate(layout.centres)
    assert np.abs(everything[:, 0]).max() <= 3.0 - layout.radius + 1e-9
    assert everything[:, 1].max() <= 2.0 - layout.radius + 1e-9
    assert everything[:, 1].min() >= -2.0 + layout.radius + layout.stub - 1e-9
    apart = np.linalg.norm(everything[:, None] - everything[None], axis=-1) + 9 * np.eye(len(everything))
    assert apart.min() > 2 * layout.radius


def test_large_layers_are_shortened():
    net = NetworkDiagram([784, 16, 10], 6, 4, most=8)
    assert (0, 3) in net.neurons and (0, 783) in net.neurons and (0, 4) not in net.neurons
    assert (2, 3) in net.neurons and len(net.layout_.shown[2]) == 8
    with pytest.raises(KeyError, match="not drawn"):
        net.centre(0, 300)
    net.show(weights=[np.ones((16, 784)), np.ones((10, 16))], activations=[np.zeros(784), None, np.ones(10)])
    assert len(net.dots) == 9


def test_labels_and_numbers_touch_nothing():
    net = NetworkDiagram(
        [2, 4], 6.4, 4.5, biases=True, weight_format="+.2f", bias_format="+.2f", neuron_formats=".2f",
        input_labels=["latitude", Formula("x_2")], output_labels=["A", "Barcelona", "C", "D"],
    )  # fmt: skip
    assert net.width <= 6.4 + moving.GRAIN * 2  # words stand on the grid
    assert net.height <= 4.5 + 0.2
    assert diagram().width <= 6 + moving.GRAIN * 2  # bias numbers included
    boxes = [m for m in (*net.weight_numbers.values(), *net.neurons.values(), *net.labels)]
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            gap = np.abs(a.get_center() - b.get_center())[:2] - np.array([a.width + b.width, a.height + b.height]) / 2
            assert gap.max() > 0, (a, b)
    for (_, i), number in net.neuron_numbers.items():
        assert number.width < 2 * net.layout_.radius, i


def test_number_spots_are_the_same_every_time():
    layout = lay_out([2, 4], 6, 4)
    keys = layout.wires()
    assert number_spots(layout, keys, 0.7, 0.25) == number_spots(layout, keys, 0.7, 0.25)


def test_digits_on_a_light_neuron_are_dark():
    net = diagram().show(activations=[[1.0], [1.0, 0.0, 0.5]])
    assert net.neuron_numbers[1, 0].get_fill_color().to_hex() == style.BACKGROUND
    assert net.neuron_numbers[1, 1].get_fill_color().to_hex() == style.TEXT


def test_dimming_survives_showing():
    net = diagram().show(**numbers())
    net.bar_group.set_opacity(0.1)
    net.show(**numbers(0.5))
    assert net.bars[0, 0, 0].get_fill_opacity() == pytest.approx(0.1)


@pytest.mark.parametrize("sizes", [[], [3], [2, 0, 1]])
def test_impossible_networks_are_refused(sizes):
    with pytest.raises(ValueError, match="network"):
        NetworkDiagram(sizes)


def test_labels_must_fit_their_neurons():
    with pytest.raises(ValueError, match="2 labels for the 3 neurons"):
        diagram(output_labels=["a", "b"])


def test_many_wires_are_bundled_and_still_in_proportion():
    net = NetworkDiagram([16, 16], 6, 4, most=16, gradient_scale=1.0)
    assert len(net.get_family()) < 60
    weights = np.zeros((16, 16))
    weights[3, 3], weights[5, 5] = 1.0, -0.5
    net.show(weights=[FakeReading(weights)], weight_gradients=[np.abs(weights)])
    positive, negative = net.weight_layers[0].wires
    assert positive.height == pytest.approx(2 * negative.height)
    assert positive.get_center()[1] == pytest.approx(net.centre(0, 3)[1])
    assert positive.reading.source == ("layers.0.weight",)
    assert len(net.weight_layers[0].bars[0].points) == 32
    fresh = NetworkDiagram([16, 16], 6, 4, most=16).show(weights=[weights])
    net.show(weights=[np.ones((16, 16))]).show(weights=[weights])
    assert np.array_equal(net.weight_layers[0].wires[0].points, fresh.weight_layers[0].wires[0].points)


def test_biases_need_a_place():
    with pytest.raises(ValueError, match="biases=True"):
        NetworkDiagram([1, 2]).show(biases=[[0.0, 0.0]])


def test_a_bracket_says_how_many_neurons_a_column_has():
    net = NetworkDiagram([784, 10], 6, 4)
    line, label = net.bracket(0)
    assert label.string == "784"
    assert label.get_right()[0] < line.get_left()[0] < net.neurons[0, 0].get_left()[0]
    assert line.height == pytest.approx(net.neurons[0, 0].get_top()[1] - net.neurons[0, 783].get_bottom()[1])
