"""One neuron drawn large enough to look into: what goes in, the sum inside, what comes out. Not for networks."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
from manim import LEFT, RIGHT, Mobject, VGroup, VMobject

from scenes import style
from scenes.parts.outlines import filled
from scenes.parts.polyline import joined
from scenes.parts.ribbons import circle
from scenes.parts.typesetting import Formula

_GAP = 0.15  # between an arrow's end and what it points at
_HEAD = 0.13  # length of an arrow's head


class LargeNeuron(VGroup):
    """A ring around `inside` at `center`, wires to it from the rims of discs (centres (n, 3), `radius`), `out` behind.

    Children: `ring`, `wires`, `arrow`, `inside`, `out`. The formulas are set `size` large.
    """

    def __init__(
        self,
        inside: str,
        out: str,
        sources: Sequence[np.ndarray],
        radius: float,
        center: np.ndarray,
        *,
        rim: float = 0.95,
        size: float = style.TITLE_SIZE,
        reach: float = 0.9,
    ) -> None:
        super().__init__()
        self.ring = filled(circle(rim), style.BACKGROUND).set_stroke(style.NEURON, style.LINE).shift(center)
        self.wires = VGroup()
        for source in sources:
            along = (center - source) / np.linalg.norm(center - source)
            self.wires.add(_stroke(joined(np.array([source + radius * along, center - rim * along]))))
        self.inside = Formula(inside, size).move_to(center)
        self.out = Formula(out, size * 1.25).centre_on(center + (rim + reach) * RIGHT, LEFT)
        tip = np.array([self.out.get_left()[0] - _GAP, center[1], 0.0])
        head = tip + np.array([[-_HEAD, 0.6 * _HEAD, 0], [0, 0, 0], [-_HEAD, -0.6 * _HEAD, 0]])
        shaft = joined(np.array([center + rim * RIGHT, tip]))
        self.arrow = _stroke(np.concatenate([shaft, joined(head)]))
        self.add(self.wires, self.ring, self.arrow, self.inside, self.out)


def _stroke(points: np.ndarray) -> VMobject:
    stroke = VMobject(stroke_color=style.NEURON, stroke_width=style.LINE)
    stroke.points = points
    return stroke


def _demo() -> list[Mobject]:
    sources = [np.array([-4.0, 1.0, 0.0]), np.array([-4.0, -1.0, 0.0])]
    discs = [filled(circle(0.4), style.NEURON).shift(source) for source in sources]
    return [*discs, LargeNeuron("m x + b", "h", sources, 0.4, np.zeros(3))]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
