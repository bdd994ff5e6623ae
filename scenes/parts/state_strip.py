"""A vector as a standing strip of cells, one for each number: its colour the sign, its brightness the size."""

from __future__ import annotations

import hashlib
import sys
from typing import Any, Final, Self

import numpy as np

from scenes import style
from scenes.parts.provenance import Sourced, array
from scenes.parts.raster import Raster, pixel_shape
from scenes.parts.wires import rgb

MOST: Final = 128  # cells; of a longer vector every second (third, …) number is shown


def stride(size: int) -> int:
    """Every how many-th number of a vector of `size` numbers is shown: 1 when all of them are."""
    return -(-size // MOST)


class StateStrip(Sourced, Raster):
    """Numbers (n,) from the top down in a box of `width` × `height` units around the origin.

    Blue is positive, red negative, black zero; full from ± `scale` on, the brightness growing with the root.
    """

    mixed = "black to the colour of a number's sign, by its size"

    def __init__(self, width: float, height: float, scale: float) -> None:
        super().__init__(width, height)
        self._shape, self._scale = pixel_shape(width, height), scale

    def show(self, numbers: Any) -> Self:
        """Show numbers (n,), plain or as a reading."""
        self.credit(numbers)
        values = array(numbers)
        values = np.clip(values[:: stride(len(values))] / self._scale, -1, 1)
        shape = self._shape
        key = repr(shape).encode() + hashlib.blake2b(values.tobytes(), digest_size=16).digest()
        self.set_recipe(lambda: _cells(values, shape), key)
        return self


def _cells(values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    rows, columns = shape
    size = np.sqrt(np.abs(values))[:, None]
    colours = np.where((values >= 0)[:, None], rgb(style.POSITIVE), rgb(style.NEGATIVE))
    colours = rgb(style.PANEL) + size * (colours - rgb(style.PANEL))
    which = np.arange(rows) * len(values) // rows
    line = np.concatenate([255 * colours[which], np.full((rows, 1), 255.0)], axis=1)
    if rows >= 5 * len(values):  # room for a gap between two cells
        line[np.flatnonzero(np.diff(which, append=-1)), :3] = 0
    return np.repeat(line.astype(np.uint8)[:, None], columns, axis=1)


def _demo() -> list[Raster]:
    places = np.arange(64)
    waves = [np.sin(places * (0.35 + 0.02 * k)) * np.exp(-(((places - 9 * k) / 18.0) ** 2)) for k in range(8)]
    strips = [StateStrip(0.7, 7.0, 1.0).show(wave).move_to([1.6 * k - 6.0, 0, 0]) for k, wave in enumerate(waves)]
    return [*strips, StateStrip(0.7, 7.0, 1.0).show(np.sin(np.arange(2048) / 90)).move_to([6.5, 0, 0])]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
