"""The way from a net's outputs to its loss as a diagram: h, softmax, ŷ as bars, −ln of the right one, L.

It is given numbers and shows them; room is kept on the left for a gradient beside each output.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Final, Self

import numpy as np
from manim import LEFT, RIGHT, AnimationGroup, LaggedStart, Mobject, ShowPassingFlash, VGroup, VMobject

from scenes import style
from scenes.parts.bars import ProbabilityBars
from scenes.parts.outlines import filled
from scenes.parts.polyline import joined
from scenes.parts.provenance import Sourced, item, number
from scenes.parts.readout import Readout, rounded_box
from scenes.parts.typesetting import Formula, Text, row

_GAP: Final = 0.14
_SHARES: Final = (1.75, 0.5, 0.95, 0.6, 1.45, 0.4, 0.6, 3.95, 0.4, 0.8, 0.35, 2.1)  # of the width, as below


class Output(Sourced, VMobject):
    """A disc (or a pill, where rows are low) for one output; `reading` is its score h."""


class Push(Sourced, VMobject):
    """An arrow from a level: where going against a slope leads, as long as the slope is steep; `reading` is the slope.

    `unit` is the length for a slope of 1. Short ones keep a head small enough to be seen as an arrow.
    """

    def __init__(self, slope: Any, unit: float, colour: str = style.GRADIENT) -> None:
        super().__init__(stroke_width=0, fill_color=colour, fill_opacity=1)
        self.credit(slope)
        way = -number(slope) * unit
        size, side = max(abs(way), 0.06), -1.0 if way < 0 else 1.0
        head = min(0.2, 0.6 * size)
        half, thin = 0.5 * head + 0.05, 0.05
        corners = [(-thin, 0), (thin, 0), (thin, size - head), (half, size - head), (0, size), (-half, size - head),
                   (-thin, size - head), (-thin, 0)]  # fmt: skip
        self.points = joined(np.array([(x, side * y) for x, y in corners]))


class LossChain(VGroup):
    """One row for each class, in a box of `width` × `height` units; `right` is the class that is true.

    Named parts: `labels` (h₁ …), `discs`, `scores`, `softmax` (box and word), `hats` (ŷ₁ …), `bars`, `log` (box and
    "−ln"), `letter` (L), `loss`, and the wires between them. `slot(i)` is the place for a gradient beside output i.
    """

    def __init__(
        self, names: Sequence[str], colours: Sequence[str], right: int, width: float = 13.4, height: float = 2.6
    ) -> None:
        super().__init__()
        self.right, count = right, len(names)
        pitch = height / count
        roomy = self._roomy = pitch >= 0.7
        self.size = style.BODY_SIZE if roomy else style.LABEL_SIZE if pitch >= 0.5 else style.SMALL_SIZE
        self._number = style.LABEL_SIZE if roomy else style.SMALL_SIZE
        edges = np.cumsum([0.0, *_SHARES]) / sum(_SHARES) * width - width / 2
        ys = [height / 2 - (i + 0.5) * pitch for i in range(count)]
        self._slot, self._ys = float(edges[1] - _GAP), ys
        self._outputs(colours, ys, edges[1:4], min(0.45, 0.44 * pitch))
        self._blocks(edges, ys[right], height)
        self._beliefs(names, colours, ys, edges[6:9], height)
        self._loss(edges[11], ys[right])
        self._wires(edges, ys, edges[3])
        for part in (*self.discs, *self.labels, *self.hats, self.bars):
            part.role = "class"  # for `reel check`: each row wears its class's colour
        self.add(
            self.wires_in, self.wires_out, self.wire_log, self.wire_loss, self.softmax, self.log, self.discs,
            self.labels, self.scores, self.hats, self.bars, self.letter, self.equals, self.loss,
        )  # fmt: skip

    # -- building ------------------------------------------------------------------------------
    def _outputs(self, colours: Sequence[str], ys: list[float], xs: np.ndarray, radius: float) -> None:
        x = (xs[1] + xs[2]) / 2
        self.discs, self.labels, self.scores = VGroup(), VGroup(), VGroup()
        for i, (colour, y) in enumerate(zip(colours, ys, strict=True)):
            disc = Output(stroke_color=colour, stroke_width=style.LINE, fill_color=style.BACKGROUND, fill_opacity=1)
            score = Readout(0.0, "+.2f", self._number, signed=False, align="centre", widest=xs[2] - xs[1] - 0.1)
            half = max(radius, score.width / 2 + (0.14 if self._roomy else 0.1))
            disc.points = rounded_box(2 * half, 2 * radius, radius) + np.array([x, y, 0.0])
            self.discs.add(disc)
            self.labels.add(_label(f"h_{i + 1}", self.size, colour, np.array([x - half - _GAP, y, 0]), RIGHT))
            self.scores.add(score.centre_on(np.array([x, y, 0])))

    def _blocks(self, edges: np.ndarray, y: float, height: float) -> None:
        self.softmax = _block(Text("softmax", self._number), edges[4], edges[5], 0.0, height * 0.92)
        self.log = _block(Formula("- ln", self.size), edges[9], edges[10], y, 0.62)

    def _beliefs(
        self, names: Sequence[str], colours: Sequence[str], ys: list[float], xs: np.ndarray, height: float
    ) -> None:
        self.hats = VGroup(
            *(
                _label(f"hat(y)_{i + 1}", self.size, colour, np.array([(xs[0] + xs[1]) / 2, y, 0]), np.zeros(3))
                for i, (colour, y) in enumerate(zip(colours, ys, strict=True))
            )
        )
        size = max(self.size, style.LABEL_SIZE)
        self.bars = ProbabilityBars(
            names, colours, xs[2] - xs[1] - _GAP, height, number_format=".4f", label_size=size, number_size=size
        )
        self.bars.shift([(xs[1] + xs[2]) / 2, 0, 0])

    def _loss(self, x: float, y: float) -> None:
        self.letter = Formula("L", style.TITLE_SIZE, style.LOSS)
        self.equals = Formula("=", style.TITLE_SIZE, style.LOSS)
        self.loss = Readout(0.0, style.LOSS_FORMAT, style.TITLE_SIZE, style.LOSS, align="left")
        self.letter.centre_on(np.array([x + 0.1, y, 0]), LEFT)
        row(self.letter, self.equals, self.loss, gap=0.14)

    def _wires(self, edges: np.ndarray, ys: list[float], rim: float) -> None:
        disc = float(self.discs[0].get_right()[0])
        self.wires_in = VGroup(*(_wire(disc, edges[4], y) for y in ys))
        self.wires_out = VGroup(*(_wire(edges[5], self.hats[i].get_left()[0] - 0.1, y) for i, y in enumerate(ys)))
        y = ys[self.right]
        self.wire_log = _wire(edges[8], edges[9], y)
        self.wire_loss = _wire(edges[10], self.letter.get_left()[0] - 0.1, y)

    # -- showing -------------------------------------------------------------------------------
    def show(self, logits: Any, probs: Any, loss: Any) -> Self:
        """Numbers or readings: (classes,), (classes,) and one."""
        for i, (disc, score) in enumerate(zip(self.discs, self.scores, strict=True)):
            disc.credit(logits, i)
            score.show(item(logits, i))
        self.bars.show(probs)
        self.loss.show(loss)
        return self

    def slot(self, index: int) -> np.ndarray:
        """Where a gradient beside output `index` ends on its right, level with the output's middle: (3,)."""
        middle = self.discs[index].get_center()
        reach = middle[0] - self.labels[index].get_left()[0]
        return np.asarray(middle + LEFT * (reach + 1.6 * _GAP))

    # -- animations ----------------------------------------------------------------------------
    def pulse(self) -> LaggedStart:
        """A nudge of the right class's output runs through the chain: past softmax it is in every share."""
        stages = [[self.wires_in[self.right]], list(self.wires_out), [self.wire_log], [self.wire_loss]]
        flashes = []
        for stage in stages:
            lines = [wire[0].copy().set_stroke(style.FORWARD, style.STRONG) for wire in stage]
            flashes.append(AnimationGroup(*(ShowPassingFlash(line, time_width=0.8) for line in lines)))
        return LaggedStart(*flashes, lag_ratio=0.7)

    def light(self, *told: Mobject) -> AnimationGroup:
        """These parts bright, the others dimmed."""
        bright = {id(member) for part in told for member in part.get_family()}
        parts = [*self.wires_in, *self.wires_out, self.wire_log, self.wire_loss, self.softmax, self.log]
        parts += [*self.discs, *self.labels, *self.scores, *self.hats, self.bars]
        parts += [self.letter, self.equals, self.loss]
        changes = [part.animate.set_opacity(1.0 if id(part) in bright else style.DIM) for part in parts]
        return AnimationGroup(*changes, run_time=style.CHANGE)


def _label(source: str, size: float, colour: str, at: np.ndarray, side: np.ndarray) -> Formula:
    return Formula(source, size, colour).centre_on(at, side)


def _block(word: Any, left: float, right: float, y: float, height: float) -> VGroup:
    box = VMobject(stroke_color=style.LABEL, stroke_width=2.0, fill_color=style.PANEL, fill_opacity=1)
    box.points = rounded_box(right - left, height, 0.12) + np.array([(left + right) / 2, y, 0])
    return VGroup(box, word.centre_on(np.array([(left + right) / 2, y, 0])))


def _wire(x0: float, x1: float, y: float) -> VGroup:
    """A level line with a small head."""
    line = VMobject(stroke_color=style.LABEL, stroke_width=2.0)
    line.points = joined(np.array([[x0 + 0.04, y], [x1 - 0.1, y]]))
    tip = filled(joined(np.array([[x1 - 0.02, y], [x1 - 0.14, y + 0.06], [x1 - 0.14, y - 0.06], [x1 - 0.02, y]])),
                 style.LABEL)  # fmt: skip
    return VGroup(line, tip)


def _demo() -> list[Mobject]:
    colours = style.CLASS_COLOURS
    chain = LossChain(["Madrid", "Paris", "Berlin"], colours[:3], 1)
    chain.show([2.3514, 0, -2.3514], [0.9055, 0.0862, 0.0082], 2.4506).shift([0, 2.0, 0])
    names = ["Ulaanbaatar", "Rio", "Oslo", "Sankt Peter-Ording", "Perth", "Quito", "Lima", "Nairobi"]
    large = LossChain(names, colours, 3, height=3.2).show(np.linspace(-20, 2, 8), np.full(8, 0.125), 12.3456)
    return [chain, large.shift([0, -1.9, 0])]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
