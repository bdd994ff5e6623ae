"""Bars beside each other, one per class, each with its name and its number. What they measure is for others to say."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Final, Self

import numpy as np
from manim import LEFT, RIGHT, UP, Mobject, VGroup, VMobject

from scenes import style
from scenes.parts.frame import Frame
from scenes.parts.outlines import filled
from scenes.parts.provenance import Sourced, array, item
from scenes.parts.readout import Readout, rounded_box
from scenes.parts.typesetting import Text, fitted

_GAP: Final = 0.16  # between name, track and number
_BREAK: Final = 0.09  # widest gap of the mark on a bar that is longer than its track, in units
_SLANT: Final = 0.35  # of the bar's thickness by which that mark leans
_CORNER: Final = 0.06
_STRETCH: Final = 1.35  # times the room meant for them that names may take before they are shortened


class LengthBar(Sourced, VMobject):
    """A filled bar; `reading` is what its length shows."""

    role = "class"  # its colour stands for a class (`reel check`), also when it is shown before its group


class ProbabilityBars(VGroup):
    """Bars from a common zero, in a box of `width` × `height` units: names before, numbers after the tracks.

    The track runs from `low` to `high`. A longer bar fills it and wears a broken mark, a slanting gap near its end;
    what is no number has no bar. `vertical` stands the bars up: names below, numbers above. `places` says how far above
    (`vertical`: right of) the middle of the box each bar stands, so that bars may stand beside something else.
    """

    role = "class"  # its colours stand for classes (`reel check`)

    def __init__(
        self,
        names: Sequence[str],
        colours: Sequence[str],
        width: float = 5.0,
        height: float = 2.4,
        *,
        low: float = 0.0,
        high: float = 1.0,
        vertical: bool = False,
        number_format: str = style.PROBABILITY,
        whole: int = 1,
        label_size: float = style.LABEL_SIZE,
        number_size: float = style.LABEL_SIZE,
        thickness: float | None = None,
        name_room: float | None = None,
        places: Sequence[float] | None = None,
    ) -> None:
        if len(names) != len(colours) or not names:
            raise ValueError(f"{len(names)} names and {len(colours)} colours: one of each for every bar, please")
        if not low <= 0 < high:
            raise ValueError(f"the range {low} … {high} must hold zero, where bars begin")
        super().__init__()
        self.low, self.high, self.vertical = low, high, vertical
        self.frame = Frame(-width / 2, -height / 2, width / 2, height / 2)
        signed = low < 0
        self.numbers = [
            Readout(
                0.0,
                number_format,
                number_size,
                colour,
                whole=whole,
                signed=signed,
                align="centre" if vertical else "right",
            )
            for colour in colours
        ]
        if places is not None and len(places) != len(names):
            raise ValueError(f"{len(places)} places for {len(names)} bars")
        for number in self.numbers:
            number.role = "class"
        self._lay_out(names, colours, label_size, thickness, name_room, places)
        self.bars = [LengthBar(stroke_width=0, fill_color=colour, fill_opacity=1) for colour in colours]
        self.tracks = [filled(self._track(i), style.TRACK) for i in range(len(names))]
        self.breaks = [filled(np.empty((0, 3)), style.TRACK) for _ in names]
        self.zero = self._zero_line() if low < 0 else VGroup()
        self.add(self.frame, *self.tracks, *self.bars, *self.breaks, self.zero, *self.names, *self.numbers)
        self.show([0.0] * len(names))

    def _lay_out(
        self,
        names: Sequence[str],
        colours: Sequence[str],
        size: float,
        thick: float | None,
        room: float | None,
        places: Sequence[float] | None,
    ) -> None:
        """Decide where tracks begin and end (along) and stand (across), and put names and numbers there."""
        count = len(names)
        long, short = (self.frame.height, self.frame.width) if self.vertical else (self.frame.width, self.frame.height)
        pitch = short / count
        most = 0.92 * pitch if self.vertical else 0.45 * long
        self.names = fitted_alike(names, colours, most, size)
        for name in self.names:
            name.role = "class"  # also where it had to be shortened, or is shown before its group
        self.thickness = min(0.5, 0.52 * pitch) if thick is None else thick
        if self.vertical:
            before = 0.683 * max(name.em for name in self.names) * 1.35  # descenders hang below the baseline
            after = max(number.height for number in self.numbers)
        else:
            before = max(name.width for name in self.names) if room is None else room
            after = max(number.width for number in self.numbers)
        self._from, self._to = -long / 2 + before + _GAP, long / 2 - after - _GAP
        steps = (np.arange(count) - (count - 1) / 2) * pitch
        self._across = (steps if self.vertical else -steps) if places is None else np.asarray(places, dtype=float)
        for name, number, across in zip(self.names, self.numbers, self._across, strict=True):
            if self.vertical:
                name.sit(np.array([across, -long / 2 + 0.3 * name.em, 0]))
                number.next_to([across, self._to, 0], UP, buff=_GAP * 0.7)
            else:
                name.centre_on(np.array([self._from - _GAP, across, 0]), RIGHT)
                number.centre_on(np.array([self._to + _GAP, across, 0]), LEFT)

    def _track(self, index: int) -> np.ndarray:
        middle, long = (self._from + self._to) / 2, self._to - self._from
        box = rounded_box(long, self.thickness, _CORNER)
        box[:, 0] += middle
        box[:, 1] += self._across[index]
        return self._turned(box)

    def _zero_line(self) -> VMobject:
        reach = self.thickness * 0.75
        box = rounded_box(0.02, self._across.max() - self._across.min() + 2 * reach, 0)
        box[:, 0] += self._along(0.0)
        box[:, 1] += (self._across.max() + self._across.min()) / 2
        return filled(self._turned(box), style.LABEL)

    def _turned(self, points: np.ndarray) -> np.ndarray:
        """From (along, across) to the picture's (x, y)."""
        return points[:, [1, 0, 2]] if self.vertical else points

    def _along(self, value: float) -> float:
        return self._from + (value - self.low) / (self.high - self.low) * (self._to - self._from)

    def tip(self, index: int) -> np.ndarray:
        """Present end (3,) of a bar's track at the value it shows, for arrows and braces."""
        value = float(np.clip(self.numbers[index].value, self.low, self.high))
        at = self._turned(np.array([[self._along(value), self._across[index], 0.0]]))
        return np.asarray(self.frame.place(at)[0])

    def show(self, values: Any) -> Self:
        """Show (bars,) numbers or readings. Depends on nothing shown before; creates no mobject."""
        numbers = array(values)
        if numbers.shape != (len(self.bars),):
            raise ValueError(f"{len(self.bars)} bars cannot show an array of shape {numbers.shape}")
        for index, (bar, readout) in enumerate(zip(self.bars, self.numbers, strict=True)):
            readout.show(item(values, index))
            bar.credit(values, index)
            outline, gap = self._bar(float(numbers[index]))
            for mobject, local in ((bar, outline), (self.breaks[index], gap)):
                local[:, 1] += self._across[index]
                mobject.points = self.frame.place(self._turned(local)) if len(local) else local
        return self

    def _bar(self, value: float) -> tuple[np.ndarray, np.ndarray]:
        """Outlines of a bar and of the mark on it around their own middle line; empty where there is none."""
        nothing = np.empty((0, 3))
        if np.isnan(value):
            return nothing, nothing
        start, end = self._along(0.0), self._along(float(np.clip(value, self.low, self.high)))
        length = abs(end - start)
        if length < 1e-4:
            return nothing, nothing.copy()
        box = rounded_box(length, self.thickness, min(_CORNER, length / 2))
        box[:, 0] += (start + end) / 2
        beyond = (value - self.high if value > self.high else self.low - value) / (self.high - self.low)
        if beyond <= 0:
            return box, nothing
        gap = _slanted(_BREAK * min(1.0, beyond / 0.05), self.thickness * 1.02)
        gap[:, 0] += end - np.sign(end - start) * min(0.4, 0.25 * length)
        return box, gap


def fitted_alike(names: Sequence[str], colours: Sequence[str], room: float, size: float) -> list[Text]:
    """One line for each name, all of the size at which the longest keeps within `room` units; if need be shortened."""
    texts = [fitted(name, room, size, colour) for name, colour in zip(names, colours, strict=True)]
    common = min((text.size for text in texts), default=size)
    most = _STRETCH * room
    return [Text(shortened(name, most, common), common, colour) for name, colour in zip(names, colours, strict=True)]


def shortened(name: str, room: float, size: float) -> str:
    """As much of `name` as fits `room` units, ending in "…" when that is not all."""
    if Text(name, size).width <= room:
        return name
    kept = name
    while len(kept) > 1 and Text(f"{kept}…", size).width > room:
        kept = kept[:-1].rstrip()
    return f"{kept}…"


def _slanted(gap: float, thickness: float) -> np.ndarray:
    """The mark of a bar longer than its track: a slanting band across it, around the origin."""
    lean, half = _SLANT * thickness / 2, thickness / 2
    corners = [(-lean - gap / 2, -half), (gap / 2 - lean, -half), (lean + gap / 2, half), (lean - gap / 2, half)]
    a = np.array([(*corner, 0.0) for corner in corners])
    b = np.roll(a, -1, axis=0)
    return np.stack([a, a + (b - a) / 3, a + (b - a) * 2 / 3, b], axis=1).reshape(-1, 3)


def _demo() -> list[Mobject]:
    colours = [style.MADRID, style.PARIS, style.BERLIN, style.BARCELONA]
    names = ["Madrid", "Paris", "Berlin", "Barcelona"]
    plain = ProbabilityBars(names[:3], colours[:3], 6, 2.2).show([0.9055, 0.0862, 0.0082]).move_to([-3.5, 2.2, 0])
    logits = ProbabilityBars(
        ["Madrid", "Sankt Peter-Ording am Meer", "Berlin", "Barcelona"], colours, 6, 2.6, low=-3, high=3,
        number_format="+.2f",
    ).show([2.35, 0.0, -2.35, 7.5])  # fmt: skip
    exps = ProbabilityBars(names[:3], colours[:3], 4, 3.4, vertical=True, high=20, number_format=".1f", whole=5)
    exps.show([np.e, np.e**10, np.e]).move_to([-3.5, -1.6, 0])
    small = ProbabilityBars(names, colours, 4.5, 3.4, vertical=True, low=-1, number_format="+.2f")
    small.show([0.5, -0.7, -1.3, np.nan]).move_to([3.5, -1.6, 0])
    return [plain, logits.move_to([3.5, 2.2, 0]), exps, small]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
