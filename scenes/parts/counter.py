"""The step counter: "step 128 of 400", its digits in fixed cells."""

from __future__ import annotations

import math
import sys
from typing import Any, Self

from manim import Mobject, VGroup

from scenes import style
from scenes.parts.provenance import is_reading, number
from scenes.parts.readout import THIN_SPACE, Readout
from scenes.parts.typesetting import Text, row


class StepCounter(VGroup):
    """`word` and a whole number, with "of `total`" behind it if a total is given.

    Between two steps the earlier one is shown. `digits` are kept free when there is no total.
    """

    shows = "step"  # its number is the scene's own step (`reel check`)

    def __init__(
        self,
        total: int | None = None,
        *,
        word: str = "step",
        size: float = style.BODY_SIZE,
        colour: str = style.TEXT,
        word_colour: str = style.LABEL,
        digits: int = 3,
    ) -> None:
        super().__init__()
        whole = digits if total is None else max(1, len(str(total)))
        align = "left" if total is None else "right"
        self.word = Text(word, size, word_colour)
        self.number = Readout(0, ",d" if whole > 4 else "d", size, colour, whole=whole, signed=False, align=align)  # type: ignore[arg-type]
        self.rest = VGroup()
        parts: list[Mobject] = [self.word, self.number]
        if total is not None:
            shown = f"{total:,}".replace(",", THIN_SPACE) if whole > 4 else str(total)
            self.rest = Text(f"of {shown}", size, word_colour)
            self.rest.constant = "how many steps the run has"
            parts.append(self.rest)
        row(*parts, gap=0.32 * size / 96)
        self.add(*parts).move_to([0, 0, 0])

    @property
    def baseline(self) -> float:
        """Present y of the baseline."""
        return self.number.baseline

    def show(self, step: Any) -> Self:
        """Show a step number or a reading of one; a fraction is cut off."""
        whole = math.floor(number(step) + 1e-9)
        self.number.show(step if is_reading(step) and number(step) == whole else whole)
        return self


def _demo() -> list[Mobject]:
    shown: list[Mobject] = []
    for line, (total, step) in enumerate([(400, 7), (400, 128), (None, 128.7), (13002, 1234)]):
        shown.append(StepCounter(total).show(step).move_to([0, 2.4 - 1.2 * line, 0]))
    return shown


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
