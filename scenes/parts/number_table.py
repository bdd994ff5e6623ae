"""A table of numbers, coloured by sign, whose names stand over the columns and before the rows. Adds nothing up."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from manim import RIGHT, Mobject, VGroup

from scenes import style
from scenes.parts.provenance import item
from scenes.parts.readout import Readout
from scenes.parts.typesetting import Formula, Text

_GAP = 0.2  # between a row's name and its first number


class NumberTable(VGroup):
    """`heads` over columns, `names` (mobjects with a baseline) before rows, in width × height units.

    Children: `heads`, `names`, and `cells` as rows of readouts. `show` takes (rows, columns) numbers or readings.
    """

    def __init__(
        self,
        heads: Sequence[Any],
        names: Sequence[Any],
        width: float,
        height: float,
        *,
        number_format: str = "+.3f",
        size: float = style.SMALL_SIZE,
        head_room: float | None = None,
    ) -> None:
        super().__init__()
        self.heads, self.names = VGroup(*heads), VGroup(*names)
        room = max((name.width for name in names), default=0.0) + _GAP
        over = max((head.height for head in heads), default=0.0) + 0.2 if head_room is None else head_room
        pitch, drop = (width - room) / len(heads), (height - over) / len(names)
        self.xs = -width / 2 + room + pitch * (np.arange(len(heads)) + 0.5)
        self.ys = height / 2 - over - drop * (np.arange(len(names)) + 0.5)
        for head, x in zip(heads, self.xs, strict=True):
            head.move_to([x, height / 2 - over / 2, 0])
        self.cells: list[list[Readout]] = []
        for name, y in zip(names, self.ys, strict=True):
            name.centre_on(np.array([-width / 2 + room - _GAP, y, 0]), RIGHT)
            line = [Readout(0.0, number_format, size, align="centre", by_sign=True) for _ in heads]
            for cell, x in zip(line, self.xs, strict=True):
                cell.centre_on(np.array([x, y, 0]))
            self.cells.append(line)
        self.add(self.heads, self.names, *(cell for line in self.cells for cell in line))

    def row(self, index: int) -> VGroup:
        """The numbers of one row."""
        return VGroup(*self.cells[index])

    def column(self, index: int) -> VGroup:
        """The numbers of one column."""
        return VGroup(*(line[index] for line in self.cells))

    def show(self, values: Any) -> Self:
        """Show (rows, columns) numbers or readings."""
        for i, line in enumerate(self.cells):
            for j, cell in enumerate(line):
                cell.show(item(values, i, j))
        return self


def _demo() -> list[Mobject]:
    heads = [Formula(f"(partial C)/(partial w_{i})", style.LABEL_SIZE) for i in range(6)]
    names = [Text(word, style.LABEL_SIZE, style.LABEL) for word in ("one", "another", "a third", "mean")]
    values = np.random.default_rng(1).normal(size=(4, 6)) * 0.1
    return [NumberTable(heads, names, 10, 4).show(values)]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
