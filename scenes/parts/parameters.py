"""A small table of numbers that change: a row for each class with its name, a column for each parameter."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Final, Self

import numpy as np
from manim import LEFT, RIGHT, Mobject, VGroup

from scenes import style
from scenes.parts.projection import Box
from scenes.parts.provenance import item
from scenes.parts.readout import Readout
from scenes.parts.typesetting import OnBaseline, Text

PITCH: Final = 0.42  # most between two rows, units
GAP: Final = 0.24  # between two columns


class ParameterTable(VGroup):
    """Names in their colours and `heads` (words or formulas) over columns of readouts, filling `box` from the top.

    `names`, `readouts` (rows of columns) and `heads` are children; `row(i)` is all that belongs to class i.
    A name too long for its column is cut short, and ends in an ellipsis.
    """

    role = "class"  # its colours stand for classes (`reel check`)

    def __init__(
        self,
        names: Sequence[str],
        colours: Sequence[str],
        heads: Sequence[Mobject],
        box: Box,
        number_format: str = "+.2f",
        size: float = style.SMALL_SIZE,
    ) -> None:
        super().__init__()
        pitch = min(PITCH, (box.top - box.bottom) / (len(names) + 1))
        self.readouts = [[Readout(0.0, number_format, size) for _ in heads] for _ in names]
        wide = [max(self.readouts[0][k].width, float(head.width)) for k, head in enumerate(heads)]
        ends = [box.right - sum(wide[k + 1 :]) - GAP * (len(wide) - k - 1) for k in range(len(wide))]
        room = ends[0] - self.readouts[0][0].width - GAP - box.left
        self.names = VGroup(*(shortened(name, room, size, colours[i]) for i, name in enumerate(names)))
        self.heads = VGroup()
        for k, head in enumerate(heads):
            self.heads.add(_at(head, np.array([ends[k], box.top - pitch / 2, 0])))
        for i, (name, readouts) in enumerate(zip(self.names, self.readouts, strict=True)):
            y = box.top - (i + 1.5) * pitch
            name.centre_on(np.array([box.left, y, 0]), LEFT)
            for readout, end in zip(readouts, ends, strict=True):
                readout.centre_on(np.array([end, y, 0]), RIGHT)
        self.add(self.heads, self.names, *(readout for row in self.readouts for readout in row))

    def row(self, number: int) -> VGroup:
        """The name and the readouts of one class, not copies."""
        return VGroup(self.names[number], *self.readouts[number])

    def show(self, *columns: Any) -> Self:
        """One array or Reading (classes,) for each column."""
        for k, column in enumerate(columns):
            for i, row in enumerate(self.readouts):
                row[k].show(item(column, i))
        return self


def shortened(name: str, room: float, size: float, colour: str) -> Text:
    """The name no wider than `room` units: as many of its letters as fit, and an ellipsis when that is not all."""
    text = Text(name, size, colour)
    for count in range(len(name) - 1, 0, -1):
        if text.width <= room:
            break
        text = Text(name[:count].rstrip() + "…", size, colour)
    return text


def _at(head: Any, end: np.ndarray) -> Any:
    if isinstance(head, OnBaseline):
        return head.centre_on(end, RIGHT)
    return head.next_to(end, LEFT, buff=0)


def _demo() -> list[Mobject]:
    from scenes.parts.floor import Region
    from scenes.parts.typesetting import Formula

    colours = style.CLASS_COLOURS
    one = ParameterTable(
        ["Madrid", "Saint-Germain-en-Laye", "Berlin"], colours[:3], [Text("slope m", style.SMALL_SIZE, style.LABEL)],
        Region(-6.5, -4.5, -3, 3),
    )  # fmt: skip
    heads = [Formula(name, style.LABEL_SIZE, style.LABEL) for name in ("m_1", "m_2", "b")]
    names = ["Reykjavík", "Llanfairpwllgwyngyll", "Quito", "Oslo", "Rome", "Bern", "Bonn", "Nice"]
    many = ParameterTable(names, colours, heads, Region(-2, 6, -3, 3), size=style.LABEL_SIZE)
    values = np.linspace(-1.3, 12.0, 8)
    return [one.show([-1.27, 0.37, 0.9]), many.show(values, values[::-1], 0.1 * values)]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
