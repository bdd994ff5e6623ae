"""What the scenes about handwritten digits share: the recorded network with all its wires. Tells no story."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from manim import LEFT, RIGHT, Brace, Group, VGroup, VMobject

from engine.trace import Trace
from scenes import style
from scenes.layout import CAPTION_STRIP, SAFE, Region
from scenes.parts.network import Neuron
from scenes.parts.pixel_picture import PixelPicture
from scenes.parts.provenance import Sourced, array
from scenes.parts.ribbons import circle
from scenes.parts.typesetting import Text
from scenes.parts.wire_raster import WireRaster, between
from scenes.parts.wires import Wire, rgb

PICTURE: Final = Region(SAFE.left, SAFE.right, CAPTION_STRIP.top, SAFE.top)
STRIP: Final = 0.16  # units that the column of pixels is wide
MOST: Final = 20  # neurons of a layer that find room above each other


class DigitRun:
    """A trace of kind "digits": its sizes, its classes, and the example that is taken apart."""

    def __init__(self, trace: Trace) -> None:
        task: dict[str, Any] = dict(trace.manifest["task"])
        self.trace = trace
        self.sizes: list[int] = [int(size) for size in task["sizes"]]
        self.names: list[str] = [str(name) for name in task["classes"]]
        self.train = int(task["train"])
        self.shown = int(task["shown"])
        self.example = int(float(trace.constant("example.row")))
        self.digit = int(trace.constant("train.labels").value[self.example])  # type: ignore[index]
        self.layout: list[tuple[str, tuple[int, ...]]] = [(name, tuple(shape)) for name, shape in task["layout"]]

    def __deepcopy__(self, memo: dict[int, Any]) -> DigitRun:
        return self  # never changes, so copies of a diagram share it

    @classmethod
    def fits(cls, trace: Trace) -> bool:
        """Whether the trace is of kind "digits", with hidden layers that can be shown in full."""
        task = trace.manifest.get("task", {})
        return all(k in task for k in ("sizes", "classes", "layout", "shown")) and max(task["sizes"][1:]) <= MOST

    @property
    def layers(self) -> int:
        """How many layers of weights there are."""
        return len(self.sizes) - 1

    @property
    def weights(self) -> int:
        """How many weights there are."""
        return sum(a * b for a, b in zip(self.sizes[1:], self.sizes, strict=False))

    @property
    def biases(self) -> int:
        """How many biases there are."""
        return sum(self.sizes[1:])

    def weight(self, layer: int) -> str:
        """Name of the weights that lead to layer `layer` (1 is the first hidden one)."""
        return f"layers.{2 * (layer - 1)}.weight"

    def bias(self, layer: int) -> str:
        """Name of that layer's biases."""
        return f"layers.{2 * (layer - 1)}.bias"

    def image(self) -> Any:
        """The example's picture, (28, 28) ink of 255."""
        return self.trace.constant("train.images")[self.example]

    def activations(self, step: int) -> list[Any]:
        """The example's activations, layer by layer after the input."""
        return [self.trace.latest(f"example.a{layer}", step) for layer in range(1, self.layers + 1)]

    def scales(self) -> list[float]:
        """For each layer the |weight| at which its wires are fully bright: what few reach by the end."""
        last = int(self.trace.steps(self.weight(1))[-1])
        found = [np.abs(array(self.trace.at(self.weight(n), last))) for n in range(1, self.layers + 1)]
        return [float(np.quantile(size, 0.98)) for size in found]


class DigitNet(Group):
    """The network in `room`: the pixels as one column, every other neuron, and every wire.

    `strip` the pixels; `columns` the neurons of each layer; `wires` all that lead to them; `names` the digits. With
    `first`, only the layers from that one on.
    """

    def __init__(self, run: DigitRun, room: Region, names: bool = True, first: int = 0) -> None:
        super().__init__()
        self.run, self.room, self.first = run, room, first
        self.scales = run.scales()[first:]
        sizes = run.sizes[first:]
        pitch = min(0.62, room.height / max(run.sizes[max(first, 1) :]))
        self.radius = 0.36 * min(pitch, 0.55)
        right = room.right - self.radius - (0.45 if names else 0.0)
        xs = np.linspace(room.left + (self.radius if first else STRIP / 2), right, len(sizes))
        if first == 0:
            xs[1:-1] += np.linspace(0.1, 0.0, len(xs) - 2) * (xs[1] - xs[0])  # most wires, most room
        middle = float(room.center[1])
        self.strip = self._pixels(float(xs[0]), middle) if first == 0 else VGroup()
        ends = []
        self.columns = VGroup()
        for layer, (size, x) in enumerate(zip(sizes, xs, strict=True), start=first):
            if layer == 0:
                ends.append(self._column(float(x) + STRIP / 2, middle, size, room.height / size))
                continue
            ends.append(self._column(float(x), middle, size, min(room.height / size, 1.45 * pitch)))
            self.columns.add(VGroup(*(self._neuron(at) for at in ends[-1])))
        self._ends = ends
        self.wires = [self._strung(before, after) for before, after in itertools.pairwise(ends)]
        self.names = VGroup()
        for i, name in enumerate(run.names if names else []):
            label = Text(name, style.LABEL_SIZE, style.LABEL)
            label.constant = "a class's name, from the trace"
            self.names.add(label.centre_on(self.spot(run.layers, i) + (self.radius + 0.16) * RIGHT, LEFT))
        self.columns.set_z_index(1)  # wires end in the neurons' middles, behind them
        self.add(*self.wires, self.strip, self.columns, self.names)

    def _pixels(self, x: float, middle: float) -> PixelPicture:
        pixels = self.run.trace.constant("example.a0")
        strip = PixelPicture(array(pixels)[:, None], STRIP, self.room.height)
        strip.credit(pixels)
        return strip.move_to([x, middle, 0])

    def _strung(self, before: np.ndarray, after: np.ndarray) -> WireRaster:
        """A wire from each of some points (n, 2) above each other to each of others (m, 2)."""
        left, far = float(before[0, 0]), float(after[0, 0])
        centre = np.array([(left + far) / 2, float(self.room.center[1])])
        return WireRaster(between(before - centre, after - centre), far - left, self.room.height).move_to([*centre, 0])

    def fan(self, layer: int, neuron: int, step: int) -> WireRaster:
        """Only the wires that lead to one neuron, by their weights; where the network stood when it was built."""
        before, after = self._ends[layer - 1 - self.first : layer + 1 - self.first]
        fan = self._strung(before, after[neuron : neuron + 1])
        return fan.show([self.run.trace.latest(self.run.weight(layer), step)[neuron]], [self.scales[layer - 1]])

    @staticmethod
    def _column(x: float, middle: float, size: int, gap: float) -> np.ndarray:
        ys = middle - (np.arange(size) - (size - 1) / 2) * gap
        return np.stack([np.full(size, x), ys], axis=1)

    def _neuron(self, at: np.ndarray) -> Neuron:
        neuron = Neuron(stroke_color=style.NEURON, stroke_width=style.LINE, fill_color=style.BACKGROUND, fill_opacity=1)
        neuron.points = circle(self.radius) + np.array([*at, 0.0])
        return neuron

    def spot(self, layer: int, neuron: int) -> np.ndarray:
        """Present middle (3,) of a neuron; layer 1 is the first hidden one, 0 the pixels."""
        if layer == 0:
            ul, _, ll = self.strip.points[:3]
            x = self.strip.get_right()[0]
            return np.array([x, (ul + (ll - ul) * (neuron + 0.5) / self.run.sizes[0])[1], 0.0])
        return np.asarray(self.column(layer)[neuron].get_center())

    def column(self, layer: int) -> VGroup:
        """The neurons of a layer; 1 is the first hidden one."""
        return self.columns[layer - max(self.first, 1)]

    def wire(self, layer: int, to: int, source: int, reading: Any = None, width: float = style.STRONG) -> Wire:
        """One wire by itself, to be laid over the others; coloured by the sign of its `reading`, if given."""
        a, b = self.spot(layer - 1, source), self.spot(layer, to)
        along = (b - a) / np.linalg.norm(b - a)
        start, end = a + (self.radius if layer > 1 else 0.0) * along, b - self.radius * along
        colour = style.NEURON
        if reading is not None:
            colour = style.POSITIVE if float(reading) > 0 else style.NEGATIVE
        wire = Wire(stroke_color=colour, stroke_width=width)
        wire.points = np.array([start, start + (end - start) / 3, start + (end - start) * 2 / 3, end])
        if reading is not None:
            wire.credit(reading)
        return wire

    def brace(self) -> VGroup:
        """A brace beside the pixels with their number."""
        brace = Brace(self.strip, LEFT, buff=0.08, color=style.LABEL)
        label = counted(f"{self.run.sizes[0]:,}", "the trace's number of pixels", style.BODY_SIZE)
        return VGroup(brace, label.next_to(brace, LEFT, buff=0.1))

    def show(self, step: int) -> None:
        """The example's activations and all weights as they were at the newest snapshot up to `step`."""
        self.show_activations(self.run.activations(step))
        self.show_weights(step)

    def show_weights(self, step: int) -> None:
        """All weights of the newest snapshot up to `step`."""
        for layer, (wires, scale) in enumerate(zip(self.wires, self.scales, strict=True), start=self.first + 1):
            wires.show([self.run.trace.latest(self.run.weight(layer), step)], [scale])

    def show_wishes(self, wishes: Sequence[Any]) -> None:
        """On the wires, not the weights but how each is wished to change: `wishes` (out, in) for each drawn layer."""
        for wires, wish in zip(self.wires, wishes, strict=True):
            wires.show([wish], [float(np.quantile(np.abs(array(wish)), 0.98))])

    def show_activations(self, activations: Sequence[Any]) -> None:
        """Fill the neurons after the input: black at 0, full at 1. Layers that are not drawn are left out."""
        for column, values in zip(self.columns, activations[max(self.first - 1, 0) :], strict=True):
            for i, share in enumerate(np.clip(array(values), 0, 1)):
                column[i].credit(values, i)
                column[i].fill_rgbas[:, :3] = share * rgb(style.NEURON)


class WishArrow(Sourced, VMobject):
    """An arrow up or down; `reading` is what its length and direction show."""


def wish_arrow(reading: Any, at: np.ndarray, scale: float, most: float) -> WishArrow:
    """An arrow centred on `at`: up and blue for a positive wish, down and red for a negative.

    `most` units long at a size of `scale`; much smaller ones keep a head that can be seen.
    """
    value = float(reading)
    length = most * max(0.12, min(1.0, abs(value) / scale))
    head = min(0.13, 0.6 * length)
    w, h, y = 0.035, 0.1, length / 2
    corners = [(-w, -y), (w, -y), (w, y - head), (h, y - head), (0, y), (-h, y - head), (-w, y - head), (-w, -y)]
    sign = 1 if value > 0 else -1
    made = WishArrow(stroke_width=0, fill_color=style.POSITIVE if sign > 0 else style.NEGATIVE, fill_opacity=1)
    made.set_points_as_corners([[x + at[0], sign * z + at[1], 0] for x, z in corners])
    made.credit(reading)
    return made


def counted(string: str, why: str, size: float = style.BODY_SIZE, colour: str = style.TEXT) -> Text:
    """A text with numbers that are facts of the trace's task; `why` tells `reel check` which."""
    text = Text(string, size, colour)
    text.constant = why
    return text


def negative(value: Any) -> Any:
    """The wish that goes with a derivative: the other way."""
    return -value
