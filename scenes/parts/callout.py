"""A few points of a cloud read out: cards of text beside it, each with a line to its point and a ring around that."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from manim import LEFT, Mobject, VGroup, VMobject

from scenes import style
from scenes.parts.bars import shortened
from scenes.parts.polyline import joined
from scenes.parts.projection import Box
from scenes.parts.ribbons import circle
from scenes.parts.typesetting import Text

RING: Final = 0.15  # radius around a point
_GAP: Final = 0.12  # between a line and the card it begins at
_INDENT: Final = 0.22


@dataclass(frozen=True, slots=True)
class Said:
    """What a card says: a text, and below it, in its class's `colour`, how it goes on."""

    text: str
    goes_on: str
    colour: str


class Card(VGroup):
    """One text with its bar of colour before it, filling `box` from its upper left corner."""

    def __init__(self, said: Said, box: Box, size: float) -> None:
        super().__init__()
        room = box.right - box.left - _INDENT
        text = balanced(said.text, room, size)
        going_on = Text(shortened(f"… {said.goes_on}", room, size), size, said.colour)
        going_on.role = "class"
        text.move_to([box.left + _INDENT, box.top, 0], aligned_edge=LEFT).shift([0, -text.height / 2, 0])
        low = float(text.get_bottom()[1])
        going_on.centre_on(np.array([box.left + _INDENT, low - 0.8 * text.em, 0]), LEFT)
        self.mark = VMobject(stroke_color=said.colour, stroke_width=style.STRONG)
        bottom = float(going_on.get_bottom()[1])
        self.mark.points = joined(np.array([[box.left + 0.05, bottom], [box.left + 0.05, float(text.get_top()[1])]]))
        self.mark.role = "class"
        self.add(self.mark, text, going_on)

    @property
    def hook(self) -> np.ndarray:
        """Where the line to its point begins: (3,)."""
        return np.asarray(self.mark.get_center() - np.array([_GAP, 0, 0]))


def balanced(string: str, room: float, size: float) -> Text:
    """`string` in as few lines as `room` units allow, and these of about one length."""
    text = Text(string, size, width=room, leading=0.55)
    for share in (0.92, 0.84, 0.76, 0.68, 0.6):
        narrower = Text(string, size, width=share * room, leading=0.55)
        if narrower.height > text.height + 0.3 * text.em or narrower.width > share * room + 0.02:
            break
        text = narrower
    return text


class Callouts(VGroup):
    """Cards for `said`, evenly down `box`, with lines and rings in their colours. Children: `cards`, `lines`, `rings`.

    `show` puts lines and rings to scene points, in the order of `said`.
    """

    role = "class"

    def __init__(self, said: Sequence[Said], box: Box, size: float = style.SMALL_SIZE) -> None:
        super().__init__()
        pitch = (box.top - box.bottom) / max(len(said), 1)
        self.cards = VGroup()
        for number, one in enumerate(said):
            self.cards.add(Card(one, _Slot(box.left, box.right, box.bottom, box.top - number * pitch), size))
        self.lines = VGroup(
            *(VMobject(stroke_color=one.colour, stroke_width=style.HAIRLINE, stroke_opacity=0.8) for one in said)
        )
        self.lines.role = "class"
        self.rings = VGroup(*(VMobject(stroke_color=style.HIGHLIGHT, stroke_width=style.LINE) for _ in said))
        self.add(self.lines, self.rings, self.cards)

    def show(self, points: np.ndarray) -> Self:
        """The points read out are at (cards, 3)."""
        for card, line, ring, point in zip(self.cards, self.lines, self.rings, points, strict=True):
            ring.points = circle(RING) + point
            line.points = joined(self.path(card.hook, point))
        return self

    @staticmethod
    def path(hook: np.ndarray, point: np.ndarray) -> np.ndarray:
        """Corners (2, 3) of the line from a card to the rim of the ring around its point."""
        way = hook - point
        length = float(np.linalg.norm(way))
        return np.stack([hook, point + way * (min(RING, length) / max(length, 1e-9))])


@dataclass(frozen=True, slots=True)
class _Slot:
    left: float
    right: float
    bottom: float
    top: float


def _demo() -> list[Mobject]:
    from scenes.parts.cloud import Cloud, demo_points
    from scenes.parts.projection import Projection

    box, side = Projection((0, 1, 0, 1), -6.9, 2, -3.6, 3.6), _Slot(2.6, 6.8, -3, 3)
    points, kinds = demo_points(80, 4, 0.35)
    places = np.pad(points + box.center[:2], ((0, 0), (0, 1)))
    colours = style.CLASS_COLOURS[:4]
    said = [Said("A sentence that wants to be continued by somebody and goes on", "there", c) for c in colours]
    cloud = Cloud(box, colours, kinds, 0.07).show(places)
    return [cloud, Callouts(said, side).show(places[[1, 0, 3, 2]])]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
