"""Discs at many places as one mobject, each with the area of its number. What the places stand for is for others."""

from __future__ import annotations

import sys
from typing import Any, Self

import numpy as np
from manim import Mobject, VMobject

from scenes import style
from scenes.parts.frame import Frame
from scenes.parts.provenance import Sourced, array
from scenes.parts.ribbons import circle


class Discs(Sourced, VMobject):
    """Discs around `places` (n, 2); `most` units is the radius of a disc that shows `full`."""

    def __init__(self, places: np.ndarray, most: float, full: float = 1.0, colour: str = style.GRADIENT) -> None:
        super().__init__(stroke_width=0, fill_color=colour, fill_opacity=1)
        self._places = np.pad(np.asarray(places, dtype=float), ((0, 0), (0, 1)))
        self._most, self._full = most, full or 1.0
        self._frame = Frame(-1, -1, 1, 1)
        self.submobjects.append(self._frame)

    def show(self, values: Any, shown: Any = slice(None)) -> Self:
        """Numbers ≥ 0, plain or a reading, of which `shown` (an index of n places) stand at the places, in order."""
        self.credit(values)
        numbers = np.clip(array(values)[shown], 0.0, None)
        radii = self._most * np.sqrt(np.minimum(numbers / self._full, 1.0))
        rings = [circle(r) + at for r, at in zip(radii, self._places, strict=True) if r > 1e-3]
        self.points = self._frame.place(np.concatenate(rings)) if rings else np.empty((0, 3))
        return self


def _demo() -> list[Mobject]:
    places = np.array([[x, y] for y in np.linspace(2.8, -2.8, 5) for x in np.linspace(-6, 6, 9)])
    falling = np.outer(np.linspace(0.2, 1.0, 5), np.linspace(0.02, 1.0, 9)).ravel()
    return [Discs(places, 0.6, 1.0).show(falling)]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
