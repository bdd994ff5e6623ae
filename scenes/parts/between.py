"""One picture fading into the next between two recorded moments: smooth to look at, and nothing shown but recordings.

Each of two copies holds one recorded moment and only their opacity changes, so what is seen is a mixture of two
pictures of recorded values, never a picture of made-up ones.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any, Self

from manim import Group, Mobject

from scenes import style
from scenes.parts.raster import Raster


class Between(Group):
    """Two rasters made by `make`. `show(at, draw)` lets `draw(raster, moment)` draw the moments around `at`.

    `opaque` pictures lie over each other, the upper one fading; others fade one after the other, so that light on
    black does not sink in between. `level` 0 … 1 is how opaque the whole is. What `draw` draws must depend on the
    moment alone: it is asked for once, and again only when another moment has been there meanwhile.
    """

    stands_at = "any"  # one of the two copies is ahead of the step on screen, as far as it can be seen (`reel check`)

    def __init__(self, make: Callable[[], Raster], *, opaque: bool = False) -> None:
        self.pair = (make(), make())
        self._opaque = opaque
        self._held: list[int | None] = [None, None]  # the moments that the two show: a moment is drawn once
        super().__init__(*self.pair)

    def show(self, at: float, draw: Callable[[Any, int], object], level: float = 1.0) -> Self:
        """Show moment number `at`, fractions included. Depends on nothing shown before."""
        whole = math.floor(at + 1e-6)
        share = max(0.0, at - whole)
        for moment, weight in ((whole, 1 - share), (whole + 1, share)):
            upper = moment % 2
            raster = self.pair[upper]
            opacity = (weight if upper else 1.0) if self._opaque else min(1.0, 2 * weight)
            if weight <= 1e-6 and (upper or not self._opaque):
                opacity = 0.0
            elif level > 0 and weight > 1e-6 and self._held[upper] != moment:
                draw(raster, moment)
                self._held[upper] = moment
            raster.set_opacity(opacity * level)
        if self._opaque and share <= 1e-6 and whole % 2:
            self.pair[0].set_opacity(0.0)
        return self


def _demo() -> list[Mobject]:
    from scenes.parts.strands import Strands, across, levels

    shown: list[Mobject] = []
    for column, at in enumerate((0.0, 0.5, 1.0)):
        ends = across(-1.8, levels(6, 6.0), 1.8, levels(6, 6.0))

        def draw(raster: Strands, moment: int) -> None:
            values = [float((i + j + 3 * moment) % 5 == 0) for i in range(6) for j in range(6)]
            raster.show(values, 1.0)  # type: ignore[arg-type]

        pair = Between(lambda ends=ends: Strands(ends, 4.0, 7.0, style.FORWARD, most=0.08))  # type: ignore[misc]
        shown.append(pair.show(at, draw).move_to([4.6 * (column - 1), 0, 0]))
    return shown


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
