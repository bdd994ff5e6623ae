"""The picture of a network: neurons, wires, numbers on both, and gradients as bars around the wires.

It is given numbers and draws them; it never works any out. Geometry is in `net_layout` and `ribbons`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Self, TypeAlias

import numpy as np
from manim import DOWN, LEFT, RIGHT, Mobject, VGroup, VMobject

from scenes import style
from scenes.parts.frame import Frame
from scenes.parts.net_layout import NetLayout, WireKey, lay_out, number_spots
from scenes.parts.outlines import filled
from scenes.parts.polyline import joined
from scenes.parts.provenance import Sourced, array, item
from scenes.parts.readout import Readout, plate
from scenes.parts.ribbons import Rule, circle
from scenes.parts.typesetting import OnBaseline, Text
from scenes.parts.wires import Bar, Wire, WireLook, Wires, keyed, rgb

Label: TypeAlias = str | Mobject
_GAP = 0.16  # between a label and its neuron's rim
_ASIDE = 0.1  # between a bias's stub and its number
_SINGLE = 96  # wires of a layer that are drawn one by one; more are bundled


class Neuron(Sourced, VMobject):
    """A disc whose fill is its activation; `reading` is the activation."""

    mixed = "black to its rim's colour, by activation"


class NetworkDiagram(VGroup):
    """Neurons in columns from left (inputs) to right, filling a box of `width` × `height` units with their labels.

    Wires: stroke from a hairline to `wire_max` as |weight| goes from 0 to `weight_scale`; coloured by sign and grey
    at zero, or always in the neurons' colour (`wire_colour="plain"`). Bars: `bar_max` units thick at |gradient| ≥
    `gradient_scale`, by one of the two rules of `ribbons.thickness`; cyan, or coloured by sign. Neurons: black at the
    lower end of the layer's range in `fills`, full at its upper end; None for no fill, as the inputs by default.
    `neuron_formats` is one for all layers, or one (or None) for each. Layers of very many wires are bundled: drawn as
    one mobject for each sign, thickness alone telling the size, and one for the bars.
    """

    def __init__(
        self,
        layer_sizes: Sequence[int],
        width: float = 6.0,
        height: float = 4.5,
        *,
        radius: float | None = None,
        most: int = 8,
        biases: bool = False,
        input_labels: Sequence[Label] = (),
        output_labels: Sequence[Label] = (),
        output_colours: Sequence[str] | None = None,
        label_size: float = style.BODY_SIZE,
        neuron_formats: str | Sequence[str | None] | None = None,
        weight_format: str | None = None,
        bias_format: str | None = None,
        number_size: float = style.SMALL_SIZE,
        fills: Sequence[tuple[float, float] | None] | None = None,
        weight_scale: float = 1.0,
        gradient_scale: float = 1.0,
        bar_max: float | None = None,
        bar_rule: Rule = "proportional",
        bars_by_sign: bool = False,
        wire_colour: str = "sign",
    ) -> None:
        super().__init__()
        texts = [_label(x, label_size, None) for x in input_labels]
        named = [
            _label(x, label_size, output_colours[i] if output_colours else None) for i, x in enumerate(output_labels)
        ]
        room = [max((t.width for t in side), default=-_GAP) + _GAP for side in (texts, named)]
        if biases and bias_format is not None:  # the last layer's numbers stand to the right of their stubs
            room[1] = max(room[1], Readout(0.0, bias_format, number_size).width + _ASIDE - (radius or 0.42))
        self.layout_: NetLayout = lay_out(layer_sizes, width, height, radius, most, biases, *room)
        self.layer_sizes = tuple(layer_sizes)
        radius_now = self.layout_.radius
        self.look = WireLook(
            weight_scale=weight_scale,
            wire_max=style.STRONG * float(np.clip(radius_now / 0.34, 0.4, 1.0)),
            gradient_scale=gradient_scale,
            bar_max=1.1 * radius_now if bar_max is None else bar_max,
            bar_rule=bar_rule,
            bars_by_sign=bars_by_sign,
            plain=wire_colour == "plain",
        )
        self._fills = list(fills) if fills is not None else [None] + [(0.0, 1.0)] * (len(layer_sizes) - 1)
        self._colours = list(output_colours) if output_colours else []
        self.role = "class" if output_colours else None  # for `reel check`
        self.frame = Frame(-width / 2, -height / 2, width / 2, height / 2)
        self._build_wires(biases)
        self._build_neurons()
        self._build_numbers(neuron_formats, weight_format, bias_format if biases else None, number_size)
        self.labels = VGroup(*self._placed(texts, 0, LEFT), *self._placed(named, len(layer_sizes) - 1, RIGHT))
        self.add(self.frame, self.bar_group, self.wire_group, self.neuron_group, self.number_group, self.labels)

    # -- building ------------------------------------------------------------------------------
    def _build_wires(self, biases: bool) -> None:
        layout, r = self.layout_, self.layout_.radius
        self.wires: dict[WireKey, Wire] = {}
        self.bars: dict[WireKey, Bar] = {}
        self.stubs: dict[tuple[int, int], Wire] = {}
        self.bias_bars: dict[tuple[int, int], Bar] = {}
        self.stub_ends = VGroup()
        self.weight_layers: list[Wires] = []
        self.bias_layers: list[Wires] = []
        for layer, drawn in enumerate(layout.shown[1:]):
            keys = [key for key in layout.wires() if key[0] == layer]
            ends = np.array([[layout.centre(layer, k), layout.centre(layer + 1, j)] for _, j, k in keys])
            made = Wires(
                np.array(keys)[:, 1:], ends, np.full((len(keys), 2), r), self.frame, self.look, len(keys) > _SINGLE
            )
            self.weight_layers.append(made)
            self.wires |= keyed(made.wires, keys)
            self.bars |= keyed(made.bars, keys)
            if biases:
                self._build_stubs(layer, drawn)
        every = self.weight_layers + self.bias_layers
        self.wire_group = VGroup(*(wire for layer_wires in every for wire in layer_wires.wires), self.stub_ends)
        self.bar_group = VGroup(*(bar for layer_wires in every for bar in layer_wires.bars))

    def _build_stubs(self, layer: int, drawn: Sequence[int]) -> None:
        """Biases come in from below, each on a short wire of its own that begins with a dot."""
        layout, r = self.layout_, self.layout_.radius
        tops = np.array([layout.centre(layer + 1, j) for j in drawn])
        feet = tops - np.array([0.0, r + layout.stub])
        radii = np.tile([0.0, r], (len(drawn), 1))
        made = Wires(np.array(drawn)[:, None], np.stack([feet, tops], axis=1), radii, self.frame, self.look, False)
        self.bias_layers.append(made)
        for j, wire, bar, foot in zip(drawn, made.wires, made.bars, feet, strict=True):
            self.stubs[layer, j], self.bias_bars[layer, j] = wire, bar
            self.stub_ends.add(filled(circle(0.055), style.NEURON).shift([*foot, 0]))

    def _build_neurons(self) -> None:
        layout = self.layout_
        self.neurons: dict[tuple[int, int], Neuron] = {}
        self.dots = VGroup()
        for layer, drawn in enumerate(layout.shown):
            for i in drawn:
                rim = self._colours[i] if self._is_output(layer) and self._colours else style.NEURON
                neuron = Neuron(stroke_color=rim, stroke_width=style.LINE, fill_color=style.BACKGROUND, fill_opacity=1)
                neuron.points = circle(layout.radius) + np.array([*layout.centre(layer, i), 0])
                self.neurons[layer, i] = neuron
            spot = layout.dots[layer]
            if spot is not None:
                for up in (-1, 0, 1):
                    self.dots.add(filled(circle(0.04), style.NEURON).shift([spot[0], spot[1] + 0.16 * up, 0]))
        self.neuron_group = VGroup(*self.neurons.values(), self.dots)

    def _build_numbers(self, neurons: Any, weights: str | None, biases: str | None, size: float) -> None:
        layout = self.layout_
        formats = [neurons] * len(layout.sizes) if neurons is None or isinstance(neurons, str) else list(neurons)
        self.neuron_numbers: dict[tuple[int, int], Readout] = {}
        for place, neuron in self.neurons.items():
            spec = formats[place[0]]
            if spec is not None:
                number = Readout(0.0, spec, size, signed=False, align="centre", widest=1.66 * layout.radius)
                self.neuron_numbers[place] = number.centre_on(neuron.get_center())
        self.weight_numbers: dict[WireKey, Readout] = {}
        self.bias_numbers: dict[tuple[int, int], Readout] = {}
        self.plates = VGroup()
        if weights is not None:
            self._build_weight_numbers(weights, size)
        for key, stub in self.stubs.items() if biases is not None else ():
            number = Readout(0.0, str(biases), size)
            self.bias_numbers[key] = number.centre_on(stub.get_start() + RIGHT * _ASIDE, LEFT)
            self.plates.add(plate(number, 0.0, 0.85))
        groups: tuple[dict[Any, Readout], ...] = (self.weight_numbers, self.bias_numbers, self.neuron_numbers)
        self.number_group = VGroup(self.plates, *(number for group in groups for number in group.values()))

    def _build_weight_numbers(self, spec: str, size: float) -> None:
        made = {key: Readout(0.0, spec, size) for key in self.wires}
        box = next(iter(made.values()))
        for key, t in number_spots(self.layout_, list(made), box.width + 0.06, box.height + 0.06).items():
            self.weight_numbers[key] = made[key].centre_on(self.wire_point(*key, t))
            self.plates.add(plate(made[key], 0.03, 0.85))

    def _placed(self, labels: list[Any], layer: int, side: np.ndarray) -> list[Any]:
        """Labels beside the neurons of a layer, standing on the middle of each."""
        if labels and len(labels) != self.layer_sizes[layer]:
            raise ValueError(f"{len(labels)} labels for the {self.layer_sizes[layer]} neurons of layer {layer}")
        for i in self.layout_.shown[layer] if labels else ():
            at = self.centre(layer, i) + side * (self.layout_.radius + _GAP)
            if isinstance(labels[i], OnBaseline):
                labels[i].centre_on(at, -side)
            else:
                labels[i].next_to(at, side, buff=0)
        return [labels[i] for i in self.layout_.shown[layer]] if labels else []

    def _is_output(self, layer: int) -> bool:
        return layer == len(self.layer_sizes) - 1

    # -- where things are ----------------------------------------------------------------------
    def centre(self, layer: int, neuron: int) -> np.ndarray:
        """Present middle of a neuron (3,); layer 0 is the inputs."""
        return self.frame.at(*self.layout_.centre(layer, neuron))

    def wire_point(self, layer: int, j: int, k: int, t: float = 0.5) -> np.ndarray:
        """Point (3,) at fraction t of the wire from neuron k of `layer` to neuron j of the next, rim to rim."""
        a, b = self.layout_.ends((layer, j, k))
        return self.frame.at(*(a + t * (b - a)))

    def bracket(self, layer: int, side: np.ndarray = LEFT, text: str = "", size: float = style.LABEL_SIZE) -> VGroup:
        """A square bracket on one side of a column, with its number of neurons (or `text`): for the scene to add.

        LEFT and RIGHT suit the outer columns, UP and DOWN the inner ones.
        """
        column = VGroup(*(neuron for (at, _), neuron in self.neurons.items() if at == layer))
        level = side[1] == 0
        half = np.array([0.0, column.height / 2, 0.0]) if level else np.array([column.width / 2 + 0.1, 0.0, 0.0])
        middle = column.get_edge_center(side) + 0.28 * side
        ends = [middle + half, middle - half]
        corners = [ends[0] - 0.12 * side, ends[0], ends[1], ends[1] - 0.12 * side]
        line = VMobject(stroke_color=style.LABEL, stroke_width=style.LINE)
        line.points = joined(np.array(corners))
        label = Text(text or str(self.layer_sizes[layer]), size, style.LABEL)
        if level:
            label.centre_on(middle + _GAP * side, -side)
        else:
            label.next_to(middle, side, buff=_GAP * 0.8)
        return VGroup(line, label)

    # -- showing numbers -----------------------------------------------------------------------
    def show(
        self,
        *,
        activations: Sequence[Any] | None = None,
        weights: Sequence[Any] | None = None,
        biases: Sequence[Any] | None = None,
        weight_gradients: Sequence[Any] | None = None,
        bias_gradients: Sequence[Any] | None = None,
    ) -> Self:
        """Show plain arrays or readings, one per layer; what is not given stays as it is.

        `activations` has one entry per column of neurons, (neurons,) or None; the others one per layer of wires,
        weights (out, in) as in PyTorch, biases (out,). Each aspect depends only on what was given for it last.
        """
        if (biases is not None or bias_gradients is not None) and not self.bias_layers:
            raise ValueError("this diagram was made without biases: pass biases=True to draw them")
        for layer, values in enumerate(activations or ()):
            if values is not None:
                self._show_activations(layer, values)
        for layer, values in enumerate(weights or ()):
            self.weight_layers[layer].show(values)
            _show_numbers(values, {k[1:]: n for k, n in self.weight_numbers.items() if k[0] == layer})
        for layer, values in enumerate(biases or ()):
            self.bias_layers[layer].show(values)
            _show_numbers(values, {k[1:]: n for k, n in self.bias_numbers.items() if k[0] == layer})
        for layer, values in enumerate(weight_gradients or ()):
            self.weight_layers[layer].show_gradients(values)
        for layer, values in enumerate(bias_gradients or ()):
            self.bias_layers[layer].show_gradients(values)
        return self

    def _show_activations(self, layer: int, values: Any) -> None:
        numbers, span = array(values), self._fills[layer]
        for i in self.layout_.shown[layer]:
            neuron = self.neurons[layer, i]
            neuron.credit(values, i)
            share = 0.0
            if span is not None:
                share = float(np.clip((numbers[i] - span[0]) / (span[1] - span[0]), 0.0, 1.0))
                neuron.fill_rgbas[:, :3] = share * neuron.stroke_rgbas[0, :3]
            readout = self.neuron_numbers.get((layer, i))
            if readout is not None:
                readout.show(item(values, i))
                readout.fill_rgbas[:, :3] = rgb(_readable_on(neuron.fill_rgbas[0, :3]))


def _label(label: Label, size: float, colour: str | None) -> Any:
    return Text(label, size, colour or style.TEXT) if isinstance(label, str) else label


def _show_numbers(values: Any, readouts: dict[Any, Readout]) -> None:
    for index, readout in readouts.items():
        readout.show(item(values, *index))


def _readable_on(fill: np.ndarray) -> str:
    """Dark digits on a light fill and the reverse: whichever has more contrast (WCAG's relative luminance)."""
    linear = np.where(fill <= 0.04045, fill / 12.92, ((fill + 0.055) / 1.055) ** 2.4)
    return style.BACKGROUND if float(linear @ (0.2126, 0.7152, 0.0722)) > 0.18 else style.TEXT


def _demo() -> list[Mobject]:
    rng = np.random.default_rng(3)
    cities = [style.MADRID, style.PARIS, style.BERLIN, style.BARCELONA]
    names = ["Madrid", "Paris", "Berlin", "Barcelona"]
    three = NetworkDiagram(
        [1, 3], 6.4, 3.7, biases=True, input_labels=["longitude"], output_labels=names[:3], output_colours=cities[:3],
        neuron_formats=".2f", weight_format="+.3f", bias_format="+.3f", gradient_scale=2.2, label_size=style.LABEL_SIZE,
    )  # fmt: skip
    p = np.array([0.9055, 0.0862, 0.0082])
    three.show(
        activations=[[2.3514], p], weights=[[[1.0], [0.0], [-1.0]]], biases=[[0.0, 0.0, 0.0]],
        weight_gradients=[[[2.1293], [-2.1486], [0.0193]]], bias_gradients=[[0.9055, -0.9138, 0.0082]],
    )  # fmt: skip
    four = NetworkDiagram(
        [2, 4], 6.4, 3.7, input_labels=["lat", "lon"], output_labels=names, output_colours=cities, biases=True,
        neuron_formats=".2f", weight_format="+.2f", label_size=style.LABEL_SIZE, gradient_scale=3,
    )  # fmt: skip
    four.show(
        activations=[[-2.1, 11.05], [0.1, 0.2, 0.62, 0.08]], weights=[rng.normal(size=(4, 2))],
        biases=[rng.normal(size=4)], weight_gradients=[rng.normal(size=(4, 2))], bias_gradients=[rng.normal(size=4)],
    )  # fmt: skip
    chain = NetworkDiagram([1, 1, 1, 1], 4.0, 1.6, neuron_formats=".2f")
    chain.show(activations=[[a] for a in (0.5, 0.32, 0.48, 0.66)], weights=[[[-0.9]], [[-2.5]], [[0.9]]])
    wide = NetworkDiagram([3, 3, 2], 2.9, 2.8)
    deep = NetworkDiagram([784, 16, 16, 10], 4.4, 2.8, most=6)
    for net, place in ((wide, [-0.9, -1.8, 0]), (deep, [4.0, -1.8, 0])):
        sizes = net.layer_sizes
        shapes = list(zip(sizes[1:], sizes[:-1], strict=True))
        net.show(
            activations=[rng.random(n) for n in sizes],
            weights=[rng.normal(size=shape) for shape in shapes],
            weight_gradients=[rng.normal(size=shape) * 0.5 for shape in shapes],
        ).move_to(place)
    three.move_to([-3.6, 1.95, 0])
    four.move_to([3.6, 1.95, 0])
    counts = [deep.bracket(0), deep.bracket(1, DOWN), deep.bracket(2, DOWN), deep.bracket(3, RIGHT)]
    return [three, four, chain.move_to([-4.9, -1.8, 0]), wide, deep, *counts]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
