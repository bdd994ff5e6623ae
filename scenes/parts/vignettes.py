"""Five small drawings for the history of an idea. They are drawings, not data: no number in them means anything.

Each fills about `WIDE` × `HIGH` units around the origin, and names the children that a scene may set in motion.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from manim import UP, Mobject, VGroup, VMobject

from scenes import style
from scenes.parts import moving
from scenes.parts.frame import Frame
from scenes.parts.outlines import filled
from scenes.parts.polyline import joined
from scenes.parts.readout import rounded_box
from scenes.parts.ribbons import circle
from scenes.parts.typesetting import Text

WIDE: Final = 5.2
HIGH: Final = 2.9
_DOT: Final = 0.13
_RIM: Final = 0.2  # radius of a neuron


def _stroke(corners: np.ndarray, colour: str, width: float = style.LINE, opacity: float = 1.0) -> VMobject:
    stroke = VMobject(stroke_color=colour, stroke_width=width, stroke_opacity=opacity)
    stroke.points = joined(np.asarray(corners, dtype=float))
    return stroke


def _dot(x: float, y: float, colour: str, radius: float = _DOT) -> VMobject:
    return filled(circle(radius), colour).shift([x, y, 0])


class Bowl(VGroup):
    """An error that has a lowest place. `ball` lies on the slope, `probe` a nudge farther, `secant` joins them."""

    def __init__(self) -> None:
        super().__init__()
        self.frame = Frame(-WIDE / 2, -HIGH / 2, WIDE / 2, HIGH / 2)
        xs = np.linspace(-WIDE / 2, WIDE / 2, 60)
        self.curve = _stroke(np.stack([xs, [self.level(x) for x in xs]], axis=1), style.LABEL, 3.5)
        self.ball = _dot(0, 0, style.TEXT, 0.16)
        self.probe = _dot(0, 0, style.FORWARD, 0.1)
        self.secant = _stroke(np.zeros((2, 2)), style.FORWARD, 3.5)
        self.add(self.frame, self.curve, self.secant, self.probe, self.ball)
        self.stand_at(-2.0)

    @staticmethod
    def level(x: float) -> float:
        """The curve's height at x, both in units around the middle."""
        return float(HIGH * ((x / (WIDE / 2)) ** 2) - HIGH / 2)

    def stand_at(self, x: float) -> None:
        """Put the ball at x, in units from the lowest place."""
        step = 0.55 if x < 0 else -0.55
        here, there = (self.frame.at(at, self.level(at)) for at in (x, x + step))
        moving.move_to(self.ball, here)
        moving.move_to(self.probe, there)
        along = (there - here) * 0.6
        self.secant.points = joined(np.array([here - along, there + along]))


class Crossed(VGroup):
    """Two dots of one kind and two of another at opposite corners, and a `line` that cannot part them."""

    def __init__(self) -> None:
        super().__init__()
        self.dots = VGroup()
        for x, y in ((-1, -1), (1, 1), (-1, 1), (1, -1)):
            self.dots.add(_dot(1.15 * x, 1.15 * y, style.POSITIVE if x == y else style.NEGATIVE, 0.2))
        self.line = _stroke(np.array([[-2.1, 0], [2.1, 0]]), style.TEXT, 3.5)
        self.add(self.line, self.dots)


class Backwards(VGroup):
    """Boxes in a row; `forward` arrows over them from left to right, `back` ones under them from right to left."""

    def __init__(self, count: int = 4) -> None:
        super().__init__()
        xs = np.linspace(-WIDE / 2 + 0.4, WIDE / 2 - 0.4, count)
        self.boxes = VGroup(
            *(filled(rounded_box(0.8, 0.8, 0.12), style.PANEL).set_stroke(style.NEURON, style.LINE) for _ in xs)
        )
        for box, x in zip(self.boxes, xs, strict=True):
            box.shift([x, 0, 0])
        self.forward, self.back = VGroup(), VGroup()
        for a, b in pairwise(xs):
            self.forward.add(_arc(a, b, 0.55, style.FORWARD))
            self.back.add(_arc(b, a, -0.55, style.GRADIENT))
        self.add(self.boxes, self.forward, self.back)


def _arc(a: float, b: float, level: float, colour: str) -> VMobject:
    """An arrow from above (or below) one box to the next, bent away from them."""
    t = np.linspace(0, 1, 24)
    side = np.sign(level)
    a, b = a + 0.15 * np.sign(b - a), b - 0.15 * np.sign(b - a)
    xs, ys = a + t * (b - a), level + side * 1.6 * t * (1 - t)
    tip, before = np.array([xs[-1], ys[-1]]), np.array([xs[-3], ys[-3]])
    along = (tip - before) / np.linalg.norm(tip - before)
    across = np.array([-along[1], along[0]])
    head = np.array([tip - 0.2 * along + 0.11 * across, tip, tip - 0.2 * along - 0.11 * across])
    arrow = _stroke(np.stack([xs, ys], axis=1), colour, 3.5)
    arrow.points = np.concatenate([arrow.points, joined(head)])
    return arrow


class Layers(VGroup):
    """A network of layers; `wires[k]` lead from layer k to the next, `blame[k]` are the same, bright."""

    def __init__(self, sizes: Sequence[int] = (3, 5, 5, 2)) -> None:
        super().__init__()
        xs = np.linspace(-WIDE / 2 + 0.25, WIDE / 2 - 0.25, len(sizes))
        places = [[(x, 0.68 * (i - (n - 1) / 2)) for i in range(n)] for x, n in zip(xs, sizes, strict=True)]
        self.neurons = [VGroup(*(self._neuron(x, y) for x, y in layer)) for layer in places]
        self.wires, self.blame = [], []
        for left, right in pairwise(places):
            pairs = [_between(np.array(a), np.array(b)) for a in left for b in right]
            self.wires.append(_many(pairs, style.LABEL, 1.4, 0.55))
            self.blame.append(_many(pairs, style.GRADIENT, 2.6, 0.9))
        self.add(*self.wires, *self.blame, *self.neurons)

    @staticmethod
    def _neuron(x: float, y: float) -> VMobject:
        return filled(circle(_RIM), style.BACKGROUND).set_stroke(style.NEURON, style.LINE).shift([x, y, 0])


def _between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """A wire's two ends, from rim to rim of the neurons at a and b."""
    along = (b - a) / np.linalg.norm(b - a)
    return np.array([a + _RIM * along, b - _RIM * along])


def _many(pairs: Sequence[np.ndarray], colour: str, width: float, opacity: float) -> VMobject:
    strokes = VMobject(stroke_color=colour, stroke_width=width, stroke_opacity=opacity)
    strokes.points = np.concatenate([joined(pair) for pair in pairs])
    return strokes


class NextWord(VGroup):
    """Words in a row, a `slot` for the next one, and `arcs` from the slot back to each of them."""

    def __init__(self, words: Sequence[str], answer: str) -> None:
        super().__init__()
        self.words = VGroup(*(Text(word, style.LABEL_SIZE) for word in words))
        self.answer = Text(answer, style.LABEL_SIZE, style.GRADIENT)
        wide = self.answer.width + 0.3
        self.slot = filled(rounded_box(wide, 0.55, 0.08), style.PANEL).set_stroke(style.GRADIENT, style.LINE)
        x = 0.0
        for word in self.words:
            word.sit(np.array([x, 0, 0]), np.array([-1.0, 0, 0]))
            x += word.width + 0.17
        self.slot.move_to([x + 0.05 + wide / 2, 0.09, 0])
        self.answer.centre_on(self.slot.get_center())
        self.add(self.words, self.slot, self.answer)
        self.arcs = VGroup(*(self._arc(word) for word in self.words))
        self.add(self.arcs)
        self.move_to([0, 0, 0])

    def _arc(self, word: Mobject) -> VMobject:
        start = self.slot.get_top() + 0.08 * UP
        end = np.array([word.get_center()[0], 0.35, 0])
        t = np.linspace(0, 1, 30)[:, None]
        bend = 0.42 * abs(start[0] - end[0])
        line = start + t * (end - start) + 4 * t * (1 - t) * np.array([0, bend, 0])
        return _stroke(line, style.GRADIENT, 2.6, 0.9)


def _demo() -> list[Mobject]:
    drawings: list[Mobject] = [Bowl(), Crossed(), Backwards(), Layers()]
    drawings.append(NextWord(["the", "capital", "of", "france", "is"], "paris"))
    for index, drawing in enumerate(drawings):
        drawing.scale(0.75).shift([-4.6 + 4.6 * (index % 3), 2 - 4 * (index // 3), 0])
    return drawings


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
