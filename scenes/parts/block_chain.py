"""Numbers passing through multiplying blocks: discs and boxes in a row, and under each disc by how much it has risen.

It is given numbers and shows them. All rises are drawn to one scale and cut into pieces as long as the first one, so
that the eye can count.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Final, Self

import numpy as np
from manim import DOWN, UP, Mobject, VGroup, VMobject

from scenes import style
from scenes.parts.outlines import filled
from scenes.parts.polyline import joined
from scenes.parts.provenance import Sourced, array, item, number
from scenes.parts.readout import Readout, rounded_box
from scenes.parts.ribbons import circle
from scenes.parts.typesetting import Formula, row

RADIUS: Final = 0.64
_BOX: Final = (1.75, 1.15)  # width and height of a block
_BAR: Final = 0.62  # width of a bar
_HANG: Final = 0.75  # from a disc down to the top of the longest bar: room for its number
_SEAM: Final = 0.035  # between two pieces of a bar
_MOST_PIECES: Final = 16


class Disc(Sourced, VMobject):
    """One number's disc; `reading` is the number."""


class Rise(Sourced, VMobject):
    """A bar standing under a disc, as high as the number has risen; `reading` is the rise."""


class BlockChain(VGroup):
    """`names` of the numbers (Typst), with a block for each of `factors` between them, `width` units in all.

    Named parts, in order: `discs`, `names`, `numbers`, `blocks` (box, × and factor), `wires` (two per block), `rises`
    and `rise_numbers`. `show(values, rises)` sets the numbers; a rise of `most` has a bar `room` units long.
    """

    def __init__(
        self, names: Sequence[str], factors: Sequence[Any], width: float = 11.0, *, most: float = 1.0, room: float = 2.4
    ) -> None:
        super().__init__()
        self._most, self._room = most, room
        xs = np.linspace(-width / 2 + RADIUS, width / 2 - RADIUS, 2 * len(names) - 1)
        if len(factors) != len(names) - 1 or xs[1] - xs[0] < RADIUS + _BOX[0] / 2 + 0.2:
            raise ValueError(f"{len(names)} numbers and {len(factors)} blocks do not make a chain {width} units wide")
        self._build_discs(names, xs[0::2])
        self.blocks = VGroup(*(_block(factor).move_to([x, 0, 0]) for factor, x in zip(factors, xs[1::2], strict=True)))
        self.wires = VGroup()
        for left, right in zip(range(len(xs) - 1), range(1, len(xs)), strict=True):
            reach = (RADIUS, _BOX[0] / 2) if left % 2 == 0 else (_BOX[0] / 2, RADIUS)
            self.wires.add(_arrow(xs[left] + reach[0], xs[right] - reach[1]))
        self.add(self.wires, self.blocks, self.rises, self.rise_numbers, self.discs, self.names, self.numbers)
        self.show(np.zeros(len(names)))

    def _build_discs(self, names: Sequence[str], xs: np.ndarray) -> None:
        self.discs, self.names, self.numbers = VGroup(), VGroup(), VGroup()
        self.rises, self.rise_numbers = VGroup(), VGroup()
        for name, x in zip(names, xs, strict=True):
            disc = Disc(stroke_color=style.NEURON, stroke_width=style.LINE, fill_color=style.BACKGROUND, fill_opacity=1)
            disc.points = circle(RADIUS) + np.array([x, 0, 0])
            self.discs.add(disc)
            self.names.add(Formula(name, style.TITLE_SIZE).move_to([x, RADIUS + 0.36, 0]))
            readout = Readout(0.0, ".2f", style.BODY_SIZE, whole=2, signed=False, align="centre", widest=1.7 * RADIUS)
            self.numbers.add(readout.centre_on(np.array([x, 0, 0])))
            self.rises.add(Rise(stroke_width=0, fill_color=style.FORWARD, fill_opacity=1))
            self.rise_numbers.add(Readout(0.0, "+.2f", style.BODY_SIZE, style.FORWARD, whole=2, align="centre"))

    def show(self, values: Any, rises: Any = None) -> Self:
        """Numbers or readings (numbers,), and by how much each has risen; no rises, no bars."""
        for i, (disc, readout) in enumerate(zip(self.discs, self.numbers, strict=True)):
            disc.credit(values, i)
            readout.show(item(values, i))
        lengths = np.zeros(len(self.rises)) if rises is None else np.abs(array(rises)) / self._most * self._room
        for i, (bar, readout) in enumerate(zip(self.rises, self.rise_numbers, strict=True)):
            foot, length = self.foot(i), float(lengths[i])
            bar.points = _pieces(length, float(lengths[0])) + foot
            if rises is not None:
                bar.credit(rises, i)
            readout.show(0.0 if rises is None else item(rises, i))
            readout.centre_on(foot + (length + 0.3) * UP)
            readout.set_opacity(1.0 if length > 1e-3 else 0.0)
        return self

    def foot(self, index: int) -> np.ndarray:
        """The point on which the bar under a disc stands."""
        return np.asarray(self.discs[index].get_center() + (RADIUS + _HANG + self._room) * DOWN)


def _pieces(length: float, unit: float) -> np.ndarray:
    """Outline of a standing bar in pieces `unit` long: (32 × pieces, 3)."""
    if length < 1e-3:
        return np.empty((0, 3))
    whole = unit < 4 * _SEAM or length / unit > _MOST_PIECES
    starts = np.array([0.0]) if whole else np.arange(0.0, length - 1e-6, unit)
    ends = np.append(starts[1:], length)
    seam = 0.0 if whole else _SEAM
    boxes = []
    for start, end in zip(starts, ends, strict=True):
        size = max(end - start - seam, 0.01)
        boxes.append(rounded_box(_BAR, size, min(0.03, size / 2)) + np.array([0.0, start + size / 2, 0.0]))
    return np.concatenate(boxes)


def whole_or(value: Any, places: int = 2) -> str:
    """Number format without decimals for a whole number, else with `places`."""
    return "d" if float(number(value)).is_integer() else f".{places}f"


def _block(factor: Any) -> VGroup:
    box = VMobject(stroke_color=style.LABEL, stroke_width=2.0, fill_color=style.PANEL, fill_opacity=1)
    box.points = rounded_box(*_BOX, 0.12)
    sign = Formula("times", style.TITLE_SIZE)
    digits = len(str(int(abs(number(factor)))))
    readout = Readout(factor, whole_or(factor), style.TITLE_SIZE, whole=digits)
    row(sign, readout, gap=0.1)
    word = VGroup(sign, readout)
    return VGroup(box, word.shift(-word.get_center()))


def _arrow(x0: float, x1: float) -> VGroup:
    line = VMobject(stroke_color=style.LABEL, stroke_width=style.LINE)
    line.points = joined(np.array([[x0 + 0.05, 0.0], [x1 - 0.12, 0.0]]))
    tip = np.array([[x1 - 0.03, 0.0], [x1 - 0.18, 0.08], [x1 - 0.18, -0.08], [x1 - 0.03, 0.0]])
    return VGroup(line, filled(joined(tip), style.LABEL))


def _demo() -> list[Mobject]:
    chain = (
        BlockChain(["x", "y", "z"], [2.0, 4.0], most=8.0, room=1.4)
        .show([3.4, 6.8, 27.2], [0.4, 0.8, 3.2])
        .shift(2.4 * UP)
    )
    other = BlockChain(["x", "y", "z", "u"], [-2.0, 0.25, 13.5], 13.0, most=8.0, room=0.8)
    return [chain, other.show([3.0, -6.0, -1.5, -20.25], [0.4, -0.8, 0.2, 2.7]).shift(1.6 * DOWN)]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
