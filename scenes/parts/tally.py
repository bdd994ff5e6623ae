"""A short table: names on the left, counts on the right in fixed cells. What is counted is for others to say."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
from manim import LEFT, RIGHT, Mobject, VGroup

from scenes import style
from scenes.parts.readout import Readout
from scenes.parts.typesetting import Text, fitted


class Tally(VGroup):
    """Rows of a name and a count below a `title`, in a box of `width` × `height` units around the origin.

    `names` and `counts` (Readouts, for `show`) have one entry a row; `whole` digits find room.
    """

    def __init__(
        self, title: str, names: Sequence[str], colours: Sequence[str], width: float, height: float, *, whole: int = 10
    ) -> None:
        super().__init__()
        pitch = height / (len(names) + 1)
        levels = height / 2 - pitch * (np.arange(len(names) + 1) + 0.5)
        self.title = fitted(title, width, style.LABEL_SIZE, style.LABEL)
        self.title.centre_on(np.array([-width / 2, levels[0], 0]), LEFT)
        self.counts = [Readout(0, ",d", style.BODY_SIZE, colour, whole=whole, signed=False) for colour in colours]
        room = width - max(count.width for count in self.counts) - 0.2
        size = min(fitted(name, room, style.BODY_SIZE).size for name in names)
        self.names = [Text(name, size, colour) for name, colour in zip(names, colours, strict=True)]
        for name, count, level in zip(self.names, self.counts, levels[1:], strict=True):
            name.centre_on(np.array([-width / 2, level, 0]), LEFT)
            count.centre_on(np.array([width / 2, level, 0]), RIGHT)
        self.add(self.title, *self.names, *self.counts)

    def row(self, index: int) -> VGroup:
        """One row's name and count."""
        return VGroup(self.names[index], self.counts[index])


def _demo() -> list[Mobject]:
    colours = [style.FORWARD, style.POSITIVE, style.NEURON]
    tally = Tally("runs for one gradient", ["this model", "digits", "a language model"], colours, 6.0, 3.0)
    for count, value in zip(tally.counts, (7, 13_003, 1_235_814_401), strict=True):
        count.show(value)
    return [tally]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
