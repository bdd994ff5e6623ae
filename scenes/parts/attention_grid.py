"""An attention pattern as a grid: in each row, how much one word takes from each of the words up to itself."""

from __future__ import annotations

import hashlib
import sys
from typing import Any, Final, Self

import numpy as np

from scenes import style
from scenes.parts.provenance import Sourced, array
from scenes.parts.raster import Raster, pixel_shape
from scenes.parts.wires import rgb

_EMPTY: Final = 0.075  # brightness of a cell that takes nothing
_POWER: Final = 0.75  # brightness grows with this power of the share: small shares can still be told apart


class AttentionGrid(Sourced, Raster):
    """The lower triangle of a pattern (words, words), shares 0 … 1, in a square of `side` units around the origin.

    Row i is the word that looks, column j the word looked at. Cells after the word itself are left out: no word may
    look ahead. `words` picks some of the pattern's words, in order; by default the first `count`.
    """

    mixed = "black to warm, by the share"

    def __init__(self, count: int, side: float, *, words: Any = None) -> None:
        super().__init__(side, side)
        self.count = count
        self._words = np.arange(count) if words is None else np.asarray(words)
        self._shape = pixel_shape(side, side)

    def show(self, pattern: Any, rows: float | None = None) -> Self:
        """Show a pattern, plain or as a reading; with `rows` only so many of its rows, the last of them fading in."""
        self.credit(pattern)
        shares = np.clip(array(pattern)[np.ix_(self._words, self._words)], 0, 1)
        shape, until = self._shape, float(self.count) if rows is None else rows
        key = repr((shape, until)).encode() + hashlib.blake2b(shares.tobytes(), digest_size=16).digest()
        self.set_recipe(lambda: _cells(shares, shape, until), key)
        return self

    def cell(self, row: float, column: float) -> np.ndarray:
        """Present middle (3,) of a cell; halves lie on the lines between cells."""
        ul, ur, ll = self.points[:3]
        return np.asarray(ul + (ur - ul) * (column + 0.5) / self.count + (ll - ul) * (row + 0.5) / self.count)


def _cells(shares: np.ndarray, shape: tuple[int, int], until: float) -> np.ndarray:
    rows, columns = shape
    count = len(shares)
    r, c = np.arange(rows) * count // rows, np.arange(columns) * count // columns
    come = np.clip(until - np.arange(count), 0, 1)[:, None]
    glow = (come * (_EMPTY + (1 - _EMPTY) * shares**_POWER))[r[:, None], c[None, :], None]
    out = np.concatenate([255 * glow * rgb(style.FORWARD), np.full((rows, columns, 1), 255.0)], axis=2).astype(np.uint8)
    out[c[None, :] > r[:, None]] = 0
    if rows >= 6 * count:
        gap = max(1, round(0.03 * rows / count))
        for lower, right in zip(*(np.flatnonzero(np.diff(place, append=count)) + 1 for place in (r, c)), strict=True):
            out[lower - gap : lower] = 0
            out[:, right - gap : right] = 0
    return out


def _demo() -> list[Raster]:
    drawn: list[Raster] = []
    for place, (count, sharp) in enumerate(((5, 2.0), (12, 6.0))):
        y, x = np.mgrid[0:count, 0:count]
        scores = np.where(x <= y, np.exp(sharp * np.sin(1.7 * x + 0.4 * y)), 0)
        shares = scores / scores.sum(1, keepdims=True)
        drawn.append(AttentionGrid(count, 6.4).show(shares).shift([7 * place - 3.5, 0, 0]))
    return drawn


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
