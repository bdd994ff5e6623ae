"""Rows that multiply: blame × input = gradient of m, and blame × 1 = gradient of b, level with a network's neurons.

The products are given, like everything else: nothing is multiplied here.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from manim import LEFT, Mobject, VGroup

from scenes import style
from scenes.parts.formula import painted
from scenes.parts.provenance import item
from scenes.parts.readout import Readout
from scenes.parts.typesetting import Formula

_APART = 0.5  # between the two products of a row


class GradientTable(VGroup):
    """One row for each neuron at heights `levels`, the first column beginning at `left`; headings at height `top`.

    The blame itself stands before the rows and is not drawn here. Named parts, each a list or group by neuron:
    `times` and `factors` (× x), `equals`, `slopes_m`; `again` (the blame once more), `ones` (× 1 =), `slopes_b`;
    and the two `heads`.
    """

    def __init__(
        self, blames: Any, x: Any, slopes_m: Any, slopes_b: Any, levels: list[float], left: float, top: float,
        size: float = style.LABEL_SIZE,
    ) -> None:  # fmt: skip
        super().__init__()
        self.times, self.factors, self.equals = VGroup(), VGroup(), VGroup()
        self.again, self.ones = VGroup(), VGroup()
        self.slopes_m, self.slopes_b = VGroup(), VGroup()
        for i, level in enumerate(levels):
            parts: list[tuple[Any, VGroup, float]] = [
                (Formula("times", size, style.LABEL), self.times, 0.14),
                (Readout(x, ".4f", size, style.FORWARD), self.factors, 0.16),
                (Formula("=", size, style.LABEL), self.equals, 0.16),
                (_slope(item(slopes_m, i), size), self.slopes_m, _APART),
                (_slope(item(blames, i), size), self.again, 0.14),
                (Formula("times 1 =", size, style.LABEL), self.ones, 0.16),
                (_slope(item(slopes_b, i), size), self.slopes_b, 0.0),
            ]  # fmt: skip
            at = left
            for part, column, gap in parts:
                column.add(part.centre_on(np.array([at, level, 0]), LEFT))
                at += part.width + gap
        self.heads = VGroup(self._head("m", self.slopes_m, top), self._head("b", self.slopes_b, top))
        self.add(self.times, self.factors, self.equals, self.slopes_m, self.again, self.ones, self.slopes_b, self.heads)

    def _head(self, letter: str, column: VGroup, top: float) -> Formula:
        head = Formula(f"{{{{ (partial L) / (partial {letter}) : d }}}}", style.BODY_SIZE)
        return painted(head, {"d": style.GRADIENT}).move_to([column[0].get_center()[0], top, 0])


def _slope(value: Any, size: float) -> Readout:
    return Readout(value, style.GRADIENT_FORMAT, size, style.GRADIENT)


def _demo() -> list[Mobject]:
    blames = np.array([0.9055, -0.9138, 0.0082])
    table = GradientTable(blames, 2.3514, [2.1293, -2.1486, 0.0193], blames, [1.5, 0.0, -1.5], -4.0, 2.4)
    return [table]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
