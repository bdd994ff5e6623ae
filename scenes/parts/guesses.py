"""What a model would say next: its most probable words with a bar and a number each, the best on top."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final, Self

import numpy as np
from manim import LEFT, RIGHT, Mobject, VGroup

from scenes import style
from scenes.parts.bars import LengthBar, fitted_alike
from scenes.parts.frame import Frame
from scenes.parts.provenance import array, item
from scenes.parts.readout import Readout, rounded_box
from scenes.parts.typesetting import Text

_GAP: Final = 0.12  # between word, bar and number


class Guesses(VGroup):
    """`count` rows in a box of `width` × `height` units; `speak(id)` gives a word's text and colour.

    With `bars=False` a row is the word and its number alone, the one close to the other.
    """

    role = "class"  # words that are classes wear their colours (`reel check`)

    def __init__(
        self,
        count: int,
        width: float,
        height: float,
        speak: Callable[[int], tuple[str, str]],
        *,
        size: float = style.LABEL_SIZE,
        number_format: str = ".3f",
        word_room: float | None = None,
        bars: bool = True,
    ) -> None:
        super().__init__()
        self.frame = Frame(-width / 2, -height / 2, width / 2, height / 2)
        self._speak, self._size = speak, size
        self.pitch = height / count
        self.ys = [height / 2 - (i + 0.5) * self.pitch for i in range(count)]
        self.numbers = [Readout(0.0, number_format, size, style.TEXT) for _ in self.ys]
        for number, y in zip(self.numbers, self.ys, strict=True):
            number.centre_on(np.array([width / 2, y, 0]), RIGHT)
        rest = 0.45 * width if bars else width - self.numbers[0].width - _GAP
        self._room = rest if word_room is None else word_room
        self._from = -width / 2 + self._room + _GAP
        self._to = width / 2 - self.numbers[0].width - _GAP
        self.words = [VGroup() for _ in self.ys]
        self.bars = [LengthBar(stroke_width=0, fill_opacity=1) for _ in self.ys] if bars else []
        self.add(self.frame, *self.bars, *self.words, *self.numbers)
        self._made: dict[int, Text] = {}

    def _word(self, number: int) -> tuple[Text, str]:
        string, colour = self._speak(number)
        if number not in self._made:
            made = fitted_alike([string], [colour], self._room / 1.35, self._size)[0]
            made.constant = "a word of the model's"
            self._made[number] = made
        return self._made[number].copy(), colour

    def show(self, ids: Any, probs: Any) -> Self:
        """Show word numbers (≥ count,) and their probabilities, arrays or readings. Depends on nothing shown before."""
        numbers, shares = array(ids).astype(int), np.clip(array(probs), 0, 1)
        for i, (y, number) in enumerate(zip(self.ys, self.numbers, strict=True)):
            word, colour = self._word(int(numbers[i]))
            scale = self.frame.scale_now
            if abs(scale - 1) > 1e-6:
                word.scale(scale)
            if self.bars:
                word.centre_on(self.frame.at(self.frame.x0, y), LEFT)
            else:
                word.centre_on(self.frame.at(self._to, y), RIGHT)
            self.words[i].submobjects = [word]
            number.show(item(probs, i))
            number.set_fill(colour, family=False)
            if self.bars:
                bar = self.bars[i]
                bar.credit(probs, i)
                bar.set_fill(colour, family=False)
                bar.points = self._bar(float(shares[i]), y)
        return self

    def _bar(self, share: float, y: float) -> np.ndarray:
        length = share * (self._to - self._from)
        if length < 2e-3:
            return np.empty((0, 3))
        box = rounded_box(length, min(0.3, 0.5 * self.pitch), min(0.05, length / 2))
        return self.frame.place(box + np.array([self._from + length / 2, y, 0.0]))


def _demo() -> list[Mobject]:
    names = ["Paris", "the", "Barcelona", "a", "Berlin"]
    colours = [style.PARIS, style.TEXT, style.BARCELONA, style.TEXT, style.BERLIN]

    def speak(number: int) -> tuple[str, str]:
        return names[number], colours[number]

    wide = Guesses(5, 6.0, 4.0, speak).show([0, 1, 2, 3, 4], [0.62, 0.2, 0.1, 0.05, 0.01]).shift([-3.4, 0, 0])
    slim = Guesses(3, 3.0, 1.6, speak, bars=False).show([2, 0, 1], [0.8, 0.1, 0.05]).shift([3.6, 0, 0])
    return [wide, slim]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
