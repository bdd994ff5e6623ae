"""One scale with a pointer on it, a title and the number pointed at; and a nudge of it, seen as a stretch."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Final, Self

import numpy as np
from manim import LEFT, RIGHT, Mobject, VGroup, VMobject

from scenes import style
from scenes.parts.frame import Frame
from scenes.parts.outlines import filled
from scenes.parts.polyline import joined
from scenes.parts.provenance import Sourced, number
from scenes.parts.readout import Readout, rounded_box
from scenes.parts.ticks import nice_ticks, tick_text
from scenes.parts.typesetting import CAPITAL, OnBaseline, Text

_GAP: Final = 0.3
_TICK: Final = 0.07
_POINTER: Final = 0.22  # height of the pointer; its width is as much
_BAND: Final = 0.085  # thickness of the stretch that a nudge covers


class Pointer(Sourced, VMobject):
    """A small triangle on a scale; `reading` is the number it points at."""


class Stretch(Sourced, VMobject):
    """The piece of a scale between a number and its nudged self; `reading` is the nudged one."""


class NumberLine(VGroup):
    """A level scale from `low` to `high` in a box `width` units wide, title before it and its number behind it.

    A number beyond the scale puts the pointer at its end, turned outwards. `title` is a string or a mobject.
    `title_room` and `signed` make several lines begin and end at one place.
    """

    def __init__(
        self,
        low: float,
        high: float,
        width: float = 6.0,
        *,
        title: str | Mobject = "",
        colour: str = style.TEXT,
        ticks: int | Sequence[float] = 5,
        number_format: str | None = ".3f",
        whole: int = 1,
        signed: bool | None = None,
        tick_size: float = style.SMALL_SIZE,
        number_size: float = style.LABEL_SIZE,
        title_size: float = style.BODY_SIZE,
        title_room: float | None = None,
    ) -> None:
        super().__init__()
        self.low, self.high = float(low), float(high)
        marks = nice_ticks(self.low, self.high, ticks) if isinstance(ticks, int) else np.asarray(ticks, dtype=float)
        self.title: Any = Text(title, title_size, colour) if isinstance(title, str) and title else title or VGroup()
        self.number = None
        if number_format:
            signed = low < 0 if signed is None else signed
            self.number = Readout(0.0, number_format, number_size, colour, whole=whole, signed=signed)
        room = self.title.width if title_room is None else title_room
        x0 = -width / 2 + (room + _GAP if room else 0.0)
        x1 = width / 2 - (self.number.width + _GAP if self.number is not None else 0.0)
        if not x1 > x0 + 0.2:
            raise ValueError(f"a number line {width} units wide has no room beside its title and number")
        # local coordinates: x in the scale's numbers, y in units
        self.frame = Frame(self.low, 0.0, self.high, 1.0)
        self.frame.points = np.array([[x0, 0, 0], [x1, 0, 0], [x0, 1, 0], [x1, 1, 0]], dtype=float)
        self._made_width = x1 - x0
        self._build(marks, tick_size, x0, x1)
        self.stretch = Stretch(stroke_width=0, fill_color=style.GRADIENT, fill_opacity=0.9)
        self.pointer = Pointer(stroke_width=0, fill_color=colour, fill_opacity=1)
        self.ghost = Pointer(stroke_width=0, fill_color=style.GRADIENT, fill_opacity=1)
        # the frame's upper corners would make the line a unit high: it is kept, but thin
        self.frame.points[2:, 1] = _POINTER
        self.frame.y1 = _POINTER
        self.add(self.frame, self.track, self.ticks, self.labels, self.stretch, self.ghost, self.pointer, self.title)
        if self.number is not None:
            self.add(self.number)
        self.show(self.low if self.low > 0 or self.high < 0 else 0.0)

    def _build(self, marks: np.ndarray, size: float, x0: float, x1: float) -> None:
        self.track = filled(rounded_box(x1 - x0, 0.035, 0.0175), style.LABEL).shift([(x0 + x1) / 2, 0, 0])
        self.ticks = VMobject(stroke_color=style.LABEL, stroke_width=1.4)
        tall = np.array([0.0, _TICK, 0.0])
        ends = [(self._at(mark) - tall, self._at(mark) + tall) for mark in marks]
        if ends:
            self.ticks.points = np.concatenate([joined(np.array(pair)) for pair in ends])
        self.labels = VGroup(*(Text(text, size, style.LABEL) for text in tick_text(marks)))
        self.labels.constant = "ticks of a scale"
        for mark, label in zip(marks, self.labels, strict=True):
            label.sit(self._at(mark) - [0, _TICK + 0.1 + CAPITAL * size / 96, 0])
        if len(self.title):
            at = np.array([x0 - _GAP, 0.0, 0.0])
            if isinstance(self.title, OnBaseline):
                self.title.centre_on(at, RIGHT)
            else:
                self.title.next_to(at, LEFT, buff=0)
        if self.number is not None:
            self.number.centre_on(np.array([x1 + _GAP, 0.0, 0.0]), LEFT)

    def _at(self, value: float) -> np.ndarray:
        return self.frame.at(value, 0.0)

    @property
    def scaled(self) -> float:
        """By how much the line has been scaled since it was made."""
        return float(np.linalg.norm(self.frame.points[1] - self.frame.points[0])) / self._made_width

    def point(self, value: float) -> np.ndarray:
        """Present place (3,) of a number, held to the scale's ends."""
        return self._at(float(np.clip(value, self.low, self.high)))

    def show(self, value: Any, nudged: Any = None) -> Self:
        """Point at a number or reading; with `nudged`, point at that too and mark the stretch between them."""
        at = number(value)
        self.pointer.credit(value)
        self.pointer.points = self._pointer(at)
        if self.number is not None:
            self.number.show(value)
        self.ghost.points = self.stretch.points = np.empty((0, 3))
        if nudged is not None and np.isfinite(number(nudged)) and np.isfinite(at):
            self.ghost.credit(nudged)
            self.stretch.credit(nudged)
            self.ghost.points = self._pointer(number(nudged))
            a, b = self.point(at), self.point(number(nudged))
            length = float(np.linalg.norm(b - a))
            if length > 1e-4:
                box = rounded_box(length, _BAND * self.scaled, 0.0)
                self.stretch.points = box + (a + b) / 2
        return self

    def _pointer(self, value: float) -> np.ndarray:
        """A triangle standing on the line with its tip at the number; lying, tip outwards, beyond the scale."""
        if np.isnan(value):
            return np.empty((0, 3))
        size, half = _POINTER * self.scaled, _POINTER * self.scaled / 2
        if self.low <= value <= self.high:
            corners = [(0.0, 0.25), (0.5, 1.0), (-0.5, 1.0), (0.0, 0.25)]
        else:
            side = 1.0 if value > self.high else -1.0
            corners = [(side * 0.5, 0.65), (-side * 0.4, 1.1), (-side * 0.4, 0.2), (side * 0.5, 0.65)]
        shape = np.array([(x * half * 2, y * size) for x, y in corners])
        return joined(shape) + self.point(value)


def _demo() -> list[Mobject]:
    from scenes.parts.typesetting import Formula

    titles = [Formula(source) for source in ("w^((L))", "z^((L))", "a^((L))", "C")]
    room = max(title.width for title in titles)
    shown: list[Mobject] = []
    for line, (title, low, high, value, nudged) in enumerate(
        zip(titles, (-3, -2, 0, 0), (3, 2, 1, 1), (0.91, 0.66, 0.659, 1.4), (1.6, 1.0, 0.731, None), strict=True)
    ):
        scale = NumberLine(low, high, 9, title=title, title_room=room, ticks=4 if line else 7, signed=True)
        shown.append(scale.show(value, nudged).shift([0, 2.4 - 1.5 * line, 0]))
    return shown


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
