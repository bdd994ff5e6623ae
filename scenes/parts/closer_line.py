"""A number line that can be looked at ever closer: its ticks run apart, finer ones come in. Its numbers stay true."""

from __future__ import annotations

import math
import sys
from typing import Any, Final, Self

import numpy as np
from manim import Mobject

from scenes.parts.number_line import NumberLine
from scenes.parts.polyline import joined

_TALL: Final = 0.07  # half the height of a tick
_FEWEST: Final = 6  # ticks of the finest kind that are seen at least


class CloserLine(NumberLine):
    """A `NumberLine` that `closer` magnifies about a number, whatever was shown before."""

    def __init__(self, low: float, high: float, width: float = 6.0, **kwargs: Any) -> None:
        super().__init__(low, high, width, **kwargs)
        self._whole = (self.low, self.high)
        given = kwargs.get("ticks", ())
        self._marks = [float(mark) for mark in given] if not isinstance(given, int) else []
        self._heights = [label.get_center()[1] - self._at(self.low)[1] for label in self.labels]

    def closer(self, about: float, factor: float) -> Self:
        """Show 1/`factor` of the scale, the number `about` staying where it is; 1 shows the whole scale."""
        self.low, self.high = (about + (end - about) / factor for end in self._whole)
        self.frame.x0, self.frame.x1 = self.low, self.high
        tall = self.frame.axes()[2] / np.linalg.norm(self.frame.axes()[2]) * _TALL * self.scaled
        stretches = [
            joined(np.array([self._at(at) - size * tall, self._at(at) + size * tall]))
            for at, size in self._ticks_now(about, factor)
        ]
        self.ticks.points = np.concatenate(stretches) if stretches else np.empty((0, 3))
        for mark, label, height in zip(self._marks, self.labels, self._heights, strict=True):
            inside = self.low <= mark <= self.high
            label.set_opacity(1.0 if inside else 0.0)
            if inside:
                label.move_to(self._at(mark) + np.array([0.0, height * self.scaled, 0.0]))
        return self

    def _ticks_now(self, about: float, factor: float) -> list[tuple[float, float]]:
        """Places and heights (1 is full) of ticks: those of the whole scale, and finer ones by powers of ten."""
        found = [(mark, 1.0) for mark in self._marks if self.low <= mark <= self.high]
        come = min(1.0, math.log(factor) / math.log(4.0)) if factor > 1 else 0.0
        if come <= 0:
            return found
        level = math.log10((self.high - self.low) / _FEWEST)
        step, fine = 10.0 ** math.floor(level), 1.0 - (level - math.floor(level))
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        return found + [(n * step, come if n % 10 == 0 else come * fine) for n in range(first, last + 1)]


def _demo() -> list[Mobject]:
    shown: list[Mobject] = []
    for row, factor in enumerate((1.0, 1.8, 7.0, 60.0, 20000.0)):
        line = CloserLine(0.5, 2.0, 9, ticks=[0.5, 1.0, 1.5, 2.0], number_format=None)
        line.shift([0, 2.6 - 1.3 * row, 0]).closer(0.91325, factor)
        shown.append(line.show(0.91325, 0.91325 + 1 / factor))
    return shown


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
