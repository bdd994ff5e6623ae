"""Lines of a number for each class through a row of columns, dots at the columns. What is measured is not said."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from manim import LineJointType, Mobject, VGroup, VMobject

from scenes import style
from scenes.parts.frame import Frame
from scenes.parts.polyline import cut, joined
from scenes.parts.provenance import Sourced, array
from scenes.parts.ribbons import circle


class ClassLine(Sourced, VMobject):
    """One class's line; `reading` is the whole array of which it is a column."""

    role = "class"


class ClassLines(VGroup):
    """Lines over the columns at `xs` (n,), for values from `low` to `high` in a box `height` units high.

    `classes` are the numbers of the classes drawn (columns of what `show` is given) and `colours` theirs; the box
    stands around y = 0, and xs are as given.
    """

    def __init__(
        self,
        xs: np.ndarray,
        height: float,
        low: float,
        high: float,
        classes: Sequence[int],
        colours: Sequence[str],
        *,
        radius: float = 0.07,
    ) -> None:
        super().__init__()
        self._xs, self._range, self._classes, self._radius = np.asarray(xs, dtype=float), (low, high), classes, radius
        self.frame = Frame(float(xs[0]), -height / 2, float(xs[-1]), height / 2)
        self._height = height
        self.lines = [
            ClassLine(stroke_color=colour, stroke_width=1.4 * style.LINE, joint_type=LineJointType.ROUND)
            for colour in colours
        ]
        self.dots = [ClassLine(stroke_width=0, fill_color=colour, fill_opacity=1) for colour in colours]
        self.add(self.frame, *self.lines, *self.dots)

    def level(self, value: float) -> float:
        """Local y of a value."""
        low, high = self._range
        return (float(np.clip((value - low) / (high - low), 0, 1)) - 0.5) * self._height

    def show(
        self, values: Any, rows: Sequence[int], until: float | None = None, *, towards: Any = None, share: float = 0.0
    ) -> Self:
        """Show values (states, classes), of which `rows` stand at the columns, up to column `until` (all by default).

        With `towards`, another such array, the lines stand `share` of the way from the one to the other.
        """
        numbers = array(values)[list(rows)]
        if towards is not None and share > 0:
            numbers = numbers + share * (array(towards)[list(rows)] - numbers)
        end = len(self._xs) - 1 if until is None else float(np.clip(until, -1, len(self._xs) - 1))
        at = float(np.interp(end, np.arange(len(self._xs)), self._xs))
        for number, line, dots in zip(self._classes, self.lines, self.dots, strict=True):
            ys = np.array([self.level(value) for value in numbers[:, number]])
            corners = np.stack([self._xs, ys], axis=1)
            line.credit(values)
            dots.credit(values)
            drawn = cut(corners, at) if end > 0 else corners[:1]
            line.points = self.frame.place(joined(drawn)) if len(drawn) > 1 else np.empty((0, 3))
            seen = corners[: int(end + 1e-6) + 1] if end >= 0 else corners[:0]
            rings = [circle(self._radius) + np.array([x, y, 0.0]) for x, y in seen]
            dots.points = self.frame.place(np.concatenate(rings)) if rings else np.empty((0, 3))
        return self


def _demo() -> list[Mobject]:
    columns = np.arange(7)
    values = np.stack([0.1 + 0.8 * (columns / 6) ** 2, 0.45 - 0.2 * np.cos(columns), 0.3 + 0.01 * columns], axis=1)
    colours = [style.PARIS, style.MADRID, style.BERLIN]
    xs = np.linspace(-6, 6, 7)
    whole = ClassLines(xs, 3.0, 0.0, 1.0, [0, 1, 2], colours).show(values, range(7)).shift([0, 1.9, 0])
    part = ClassLines(xs, 3.0, 0.0, 1.0, [0, 1, 2], colours).shift([0, -1.9, 0])
    return [whole, part.show(values, range(7), 3.4, towards=values[:, ::-1], share=0.5)]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
