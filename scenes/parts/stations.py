"""A line with stops, and a bead that runs along it: how far through something we are. The stops are given."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, Self

import numpy as np
from manim import Mobject, VGroup, VMobject

from scenes import style
from scenes.parts.frame import Frame
from scenes.parts.outlines import filled
from scenes.parts.polyline import joined
from scenes.parts.ribbons import circle
from scenes.parts.typesetting import Text

_DOT: Final = 0.055  # radius of a stop
_BEAD: Final = 0.11  # radius of the bead
_DROP: Final = 0.34  # from the line down to the middle of the names


class Stations(VGroup):
    """Stops named `names`, evenly along `width` units around the origin; `show(at)` puts the bead between two.

    Where names would touch, only every second, third, … is shown; the first and the last always.
    """

    def __init__(self, names: Sequence[str], width: float, size: float = style.SMALL_SIZE) -> None:
        super().__init__()
        count = len(names)
        self.frame = Frame(0, -0.5, max(count - 1, 1), 0.5)
        self.labels = VGroup()
        texts = [Text(name, size, style.LABEL) for name in names]
        # the first and the last name begin and end with the line
        start, end = -width / 2 + _BEAD, width / 2 - max(_BEAD, texts[-1].width / 2)
        self.frame.points = np.array([[start, -0.5, 0], [end, -0.5, 0], [start, 0.5, 0], [end, 0.5, 0]])
        self._made = self.frame.scale_now
        self.rail = VMobject(stroke_color=style.LABEL, stroke_width=style.HAIRLINE)
        self.rail.points = joined(np.array([self.at(0), self.at(count - 1)]))
        self.done = VMobject(stroke_color=style.TEXT, stroke_width=style.LINE)
        self.stops = [filled(circle(_DOT) + self.at(i), style.LABEL) for i in range(count)]
        self.bead = filled(circle(_BEAD) + self.at(0), style.TEXT)
        self._place_names(texts)
        self.add(self.frame, self.rail, self.done, *self.stops, self.bead, self.labels)
        self.show(0.0)

    def _place_names(self, texts: Sequence[Text]) -> None:
        """Every name, or every second, or third, … until none touches its neighbour."""
        last = len(texts) - 1
        for number, text in enumerate(texts):
            text.centre_on(self.at(number) - np.array([0, _DROP, 0]))
        texts[0].shift([self.at(0)[0] - _BEAD - texts[0].get_left()[0], 0, 0])
        for stride in range(1, last + 2):
            kept = [0, *(n for n in range(stride, last, stride) if n > 0), *([last] if last else [])]
            clear = [n for n in kept if n in (0, last) or _between(texts[0], texts[n], texts[last])]
            if all(_apart(texts[a], texts[b]) for a, b in pairwise(clear)):
                break
        self.labels.add(*(texts[number] for number in clear))

    def at(self, stop: float) -> np.ndarray:
        """Present place (3,) of a stop, or of a fraction between two."""
        return self.frame.at(stop, 0.0)

    def show(self, at: float) -> Self:
        """The bead at stop number `at`, fractions included; the line behind it is bright."""
        scale = self.frame.scale_now / self._made
        self.bead.points = circle(_BEAD) * scale + self.at(at)
        self.done.points = joined(np.array([self.at(0), self.at(at)])) if at > 1e-6 else np.empty((0, 3))
        return self


def _between(left: Text, middle: Text, right: Text) -> bool:
    return _apart(left, middle) and _apart(middle, right)


def _apart(left: Text, right: Text) -> bool:
    return bool(right.get_left()[0] - left.get_right()[0] > 0.3)


def _demo() -> list[Mobject]:
    few = Stations(["embedding", *"123456"], 9).show(2.4).move_to([0, 1.5, 0])
    many = Stations(["embedding", *map(str, range(1, 33))], 9).show(20).move_to([0, -1.5, 0])
    return [few, many]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
