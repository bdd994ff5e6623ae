"""A field of little squares, one for each thing counted, seen from ever farther away. What is counted is not told here.

The squares fill a box from its lower left corner. `blocks` of them have colours of their own, each the square that
holds so many; the first is laid out row by row, so that a handful can be counted.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Final, Self

import numpy as np
from manim import ManimColor, Mobject

from scenes import style
from scenes.parts.mixing import combine
from scenes.parts.raster import Raster, pixel_shape

_GAP: Final = 0.09  # of a square's pitch that stays dark on each side


class CountField(Raster):
    """A box `side` units wide and high; `show(across)` sees `across` squares from edge to edge.

    `counts` rise, with a colour each.
    """

    def __init__(self, counts: Sequence[int], colours: Sequence[str], side: float = 5.0) -> None:
        super().__init__(side, side)
        self.counts, self._side = [int(count) for count in counts], side
        self._rgb = [np.array(ManimColor(colour).to_rgb()) for colour in colours]
        self.columns = max(1, math.ceil(math.sqrt(self.counts[0])))
        self.show(float(self.columns))

    def block_side(self, block: int) -> float:
        """How many squares wide a block is."""
        return float(self.columns) if block == 0 else math.sqrt(self.counts[block])

    def cell(self, index: int) -> np.ndarray:
        """Middle (3,) of one square of the first block while that fills the field's width."""
        pitch = self._side / self.columns
        corner = self.points[2]
        place = np.array([index % self.columns + 0.5, index // self.columns + 0.5, 0.0])
        return np.asarray(corner + pitch * place)

    def show(self, across: float, others: float = 1.0) -> Self:
        """See `across` squares from edge to edge; `others` 0 … 1 is the light of all but the first block."""
        key = np.array([across, others, *pixel_shape(self._side, self._side), *self.counts]).tobytes()
        key += np.array(self._rgb).tobytes()
        self.set_recipe(lambda: self._picture(across, others), key)
        return self

    def _picture(self, across: float, others: float) -> np.ndarray:
        """Opaque pixels. Every block is rectangles, and a rectangle's light is a column times a row of numbers."""
        rows, columns = pixel_shape(self._side, self._side)
        x, y = np.linspace(0, across, columns + 1), np.linspace(0, across, rows + 1)
        up, along, tints = [], [], []
        inside = [(u, a, self._rgb[0]) for u, a in self._first(x, y)]
        before = [(u, a) for u, a, _ in inside]
        for block, colour in list(enumerate(self._rgb))[1:]:
            side = self.block_side(block)
            here = [(_until(y, side), _until(x, side))]
            inside += [(u, a, others * colour) for u, a in here] + [(u, a, -others * colour) for u, a in before]
            before = here
        for u, a, tint in inside:
            up.append(u)
            along.append(a)
            tints.append(tint)
        tall = (np.array(up) * _ink(y)).T.astype(np.float32)  # (rows, rectangles)
        wide = (np.array(along) * _ink(x)).astype(np.float32)  # (rectangles, columns)
        out = np.full((rows, columns, 4), 255, dtype=np.uint8)
        for channel in range(3):
            weighted = tall[::-1] * np.array([255 * tint[channel] for tint in tints], dtype=np.float32)
            out[..., channel] = np.clip(combine(weighted, wide) + np.float32(0.5), 0, 255)
        return out

    def _first(self, x: np.ndarray, y: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """The first block as two rectangles: its full rows, and the row begun."""
        full, left = divmod(self.counts[0], self.columns)
        begun = _until(y, full + 1) - _until(y, full)
        return [(_until(y, full), _until(x, self.columns)), (begun, _until(x, left))]


def _until(edges: np.ndarray, end: float) -> np.ndarray:
    """How much of each pixel between `edges` (n + 1,) lies before `end`: (n,)."""
    return np.clip((end - edges[:-1]) / np.diff(edges), 0.0, 1.0)


def _ink(edges: np.ndarray) -> np.ndarray:
    """How much of each pixel between `edges` (n + 1,), in squares, is not gap: the exact mean, so nothing flickers."""
    whole = np.floor(edges)
    filled = whole * (1 - 2 * _GAP) + np.clip(edges - whole - _GAP, 0.0, 1 - 2 * _GAP)
    return np.asarray(np.diff(filled) / np.diff(edges))


def _demo() -> list[Mobject]:
    shown: list[Mobject] = []
    for place, across in enumerate((3, 20, math.sqrt(13_002), 3000)):
        field = CountField((6, 13_002, 10**9), (style.FORWARD, style.POSITIVE, style.NEURON), 3.2)
        shown.append(field.show(across, float(place > 0)).shift([-5.1 + 3.4 * place, 0, 0]))
    return shown


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
