"""A product written out in columns: what each factor is called, what it is, and how much; and what comes of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from manim import RIGHT, Mobject, VGroup

from scenes import style
from scenes.parts.readout import Readout
from scenes.parts.typesetting import CAPITAL, Formula, OnBaseline

_AIR: Final = 0.2  # units at least between the ink of two rows


class Bracketed(OnBaseline, VGroup):
    """A number as a factor: in brackets when it is negative and does not come first. `number` is the readout."""

    def __init__(
        self, value: Any, number_format: str, size: float, colour: str = style.TEXT, *, first: bool = False
    ) -> None:
        super().__init__()
        negative = float(value) < 0
        self.number = Readout(value, number_format, size, colour, signed=negative)
        self.add(self.number)
        if negative and not first:
            for sign, side in (("(", -1), (")", 1)):
                bracket = Formula(f'"{sign}"', size, style.LABEL)
                edge = self.number.get_critical_point(np.array([side, 0, 0]))
                reach = side * (bracket.width / 2 + 0.04)
                self.add(bracket.sit(np.array([edge[0] + reach, self.number.baseline, 0])))

    @property
    def em(self) -> float:  # type: ignore[override]
        """Size of the digits' em in units."""
        return self.number.em

    @property
    def baseline(self) -> float:  # type: ignore[override]
        """The digits' baseline."""
        return self.number.baseline


class Product(VGroup):
    """`lhs` = factor · factor · …, in rows below each other whose factors stand in columns.

    `lhs` is one mobject, for the first row, or one for each row; `rows` hold mobjects with a baseline, their middles at
    least `leading` units apart, further where they are tall. `results` (row → mobject) end a row with another = and
    what it comes to. Children: `lhs`, `rows`, `equals` and `dots` by row, `ends` (the second =) and `results` by row.
    """

    def __init__(
        self,
        lhs: Any,
        rows: Sequence[Sequence[Any]],
        leading: Sequence[float],
        *,
        results: dict[int, Any] | None = None,
        size: float = style.TITLE_SIZE,
        gap: float = 0.2,
    ) -> None:
        super().__init__()
        self.lhs = list(lhs) if isinstance(lhs, list | tuple) else [lhs]
        self.rows, self.results = [list(row) for row in rows], dict(results or {})
        self.equals = [Formula("=", size, style.LABEL) for _ in rows]
        self.dots = [[Formula("dot", size, style.LABEL) for _ in row[1:]] for row in rows]
        self.ends = {row: Formula("=", size, style.LABEL) for row in self.results}
        widths = [max(row[i].width for row in self.rows) for i in range(len(self.rows[0]))]
        dot = max([each.width for row in self.dots for each in row], default=0.0)
        y = 0.0
        for number, row in enumerate(self.rows):
            if number:
                y -= max(leading[number - 1], _depth(self.rows[number - 1]) + _rise(row) + _AIR)
            if number < len(self.lhs):
                self.lhs[number].centre_on(np.array([-gap, y, 0]), RIGHT)
            x = self._put(self.equals[number], 0.0, self.equals[number].width, y) + gap
            for i, (cell, width) in enumerate(zip(row, widths, strict=True)):
                if i:
                    x = self._put(self.dots[number][i - 1], x, dot, y) + gap
                x = self._put(cell, x, width, y) + gap
            if number in self.results:
                x = self._put(self.ends[number], x, self.ends[number].width, y) + gap
                self._put(self.results[number], x, self.results[number].width, y)
        self.add(
            *self.lhs, *self.equals, *(m for row in self.rows for m in row), *(m for row in self.dots for m in row)
        )
        self.add(*self.ends.values(), *self.results.values())

    @staticmethod
    def _put(mobject: Any, x: float, width: float, y: float) -> float:
        """Set in the middle of a column that begins at x; returns where the column ends."""
        mobject.centre_on(np.array([x + width / 2, y, 0]))
        return x + width

    def column(self, index: int) -> VGroup:
        """Everything that is said of one factor."""
        return VGroup(*(row[index] for row in self.rows))

    def row(self, index: int) -> VGroup:
        """One row without its factors: the equals signs and dots, and the result."""
        ends = [self.ends[index], self.results[index]] if index in self.results else []
        return VGroup(self.equals[index], *self.dots[index], *ends)


def _rise(row: Sequence[Any]) -> float:
    """How far the tallest of a row reaches above the middle of its letters."""
    return max(float(cell.get_top()[1]) - cell.baseline - cell.em * CAPITAL / 2 for cell in row)


def _depth(row: Sequence[Any]) -> float:
    """How far the deepest reaches below it."""
    return max(cell.baseline + cell.em * CAPITAL / 2 - float(cell.get_bottom()[1]) for cell in row)


def _demo() -> list[Mobject]:
    names = [Formula(f"(partial {a})/(partial {b})", style.TITLE_SIZE) for a, b in ("zw", "az", "Ca")]
    said = [Formula(s, style.TITLE_SIZE) for s in ("a^((L-1))", "sigma'(z^((L)))", "2 (a^((L)) - y)")]
    values = (0.4843, 0.2246, -0.6814)
    numbers = [Bracketed(v, ".4f", style.BODY_SIZE, first=i == 0) for i, v in enumerate(values)]
    result = Bracketed(-0.0741, ".4f", style.BODY_SIZE, style.GRADIENT, first=True)
    lhs = Formula("(partial C)/(partial w)", style.TITLE_SIZE, style.GRADIENT)
    return [Product(lhs, [names, said, numbers], [1.1, 0.9], results={2: result}).move_to([0, 0, 0])]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
