"""All wires of a network as one picture: thousands of straight lines coloured by weight, redrawn in milliseconds.

Which lines cross which pixel is worked out once; a picture then takes, in each pixel, the heaviest wire that
crosses it, as if the wires had been drawn one by one with the heaviest on top.
"""

from __future__ import annotations

import hashlib
import sys
from functools import lru_cache
from typing import Any, Final, Self

import numpy as np

from scenes import style
from scenes.parts.provenance import Sourced, array
from scenes.parts.raster import Raster, pixel_shape
from scenes.parts.wires import rgb

FINENESS: Final = 0.7  # pixels of this picture for one pixel of the frame, each way: wires keep soft edges
_STRIP: Final = 2000  # wires rasterised at a time, which bounds the memory it takes


class WirePlan:
    """Where lines `ends` (wires, 4: x0, y0, x1, y1 as shares of the box, y downwards) cross `shape` (rows, columns)."""

    def __init__(self, ends: np.ndarray, shape: tuple[int, int]) -> None:
        self.shape = shape
        pixels, wires, covers = [], [], []
        for first in range(0, len(ends), _STRIP):
            found = _crossings(ends[first : first + _STRIP], shape)
            pixels.append(found[0])
            wires.append(found[1] + first)
            covers.append(found[2])
        pixel = np.concatenate(pixels)
        order = np.argsort(pixel, kind="stable")
        pixel = pixel[order]
        self.wires = np.concatenate(wires)[order].astype(np.int32)
        self.covers = np.concatenate(covers)[order]
        self.starts = np.flatnonzero(np.r_[True, pixel[1:] != pixel[:-1]])
        self.pixels = pixel[self.starts]

    def paint(self, shares: np.ndarray) -> np.ndarray:
        """Premultiplied RGBA uint8 (rows, columns, 4) of signed `shares` (wires,), -1 … 1 of full strength."""
        seen = np.take(shares.astype(np.float32), self.wires)
        seen *= self.covers
        most = np.maximum.reduceat(seen, self.starts)
        least = np.minimum.reduceat(seen, self.starts)
        strength = np.maximum(most, -least)
        colours = np.where((most >= -least)[:, None], rgb(style.POSITIVE), rgb(style.NEGATIVE)).astype(np.float32)
        picture = np.zeros((self.shape[0] * self.shape[1], 4), dtype=np.uint8)
        picture[self.pixels, :3] = colours * (255 * strength)[:, None]
        picture[self.pixels, 3] = 255 * strength
        return picture.reshape(*self.shape, 4)


def _crossings(ends: np.ndarray, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pixel numbers, wire numbers and how much of each pixel is covered (crossings,), for a few wires."""
    rows, columns = shape
    scaled = ends * [columns - 1, rows - 1, columns - 1, rows - 1]
    count = int(np.abs(scaled[:, 2:] - scaled[:, :2]).max()) + 1
    lengths = np.maximum(np.abs(scaled[:, 2:] - scaled[:, :2]).max(axis=1), 1.0)
    t = np.arange(count)[None, :] / lengths[:, None]
    inside = t <= 1
    x = scaled[:, :1] + t * (scaled[:, 2:3] - scaled[:, :1])
    y = scaled[:, 1:2] + t * (scaled[:, 3:] - scaled[:, 1:2])
    level = np.abs(scaled[:, 2] - scaled[:, 0]) >= np.abs(scaled[:, 3] - scaled[:, 1])
    across = np.where(level[:, None], y, x)  # the coordinate between two pixels, shared out between them
    along = np.rint(np.where(level[:, None], x, y)).astype(np.int64)
    low = np.floor(across)
    pixels, wires, covers = [], [], []
    for side in (0, 1):
        place = low.astype(np.int64) + side
        cover = (1 - np.abs(across - place)).astype(np.float32)
        row, column = np.where(level[:, None], place, along), np.where(level[:, None], along, place)
        kept = inside & (cover > 0.12) & (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        wire, _ = np.nonzero(kept)
        pixels.append((row * columns + column)[kept].astype(np.int32))
        wires.append(wire)
        covers.append(cover[kept])
    return np.concatenate(pixels), np.concatenate(wires), np.concatenate(covers)


@lru_cache(maxsize=4)
def _planned(ends: bytes, shape: tuple[int, int]) -> WirePlan:
    return WirePlan(np.frombuffer(ends).reshape(-1, 4), shape)


class WireRaster(Sourced, Raster):
    """Wires in a box of `width` × `height` units around the origin; `ends` (wires, 2, 2) are points in that box.

    Blue where a weight is positive, red where it is negative, and the fainter the nearer it is to zero: strength grows
    with the root of |weight|, and is full from its entry in the `scales` given to `show`. The weights shown are kept
    as `readings`.
    """

    mixed = "the colour of a weight's sign, the fainter the smaller it is"

    def __init__(self, ends: np.ndarray, width: float, height: float) -> None:
        super().__init__(width, height)
        shares = np.asarray(ends, dtype=float) * [1, -1] / [width, height] + 0.5
        self._ends = np.ascontiguousarray(shares.reshape(-1, 4)).tobytes()
        rows, columns = pixel_shape(width, height)
        self._shape = max(2, round(FINENESS * rows)), max(2, round(FINENESS * columns))
        self._name = hashlib.blake2b(self._ends, digest_size=16).digest() + repr(self._shape).encode()
        self.readings: list[Any] = []

    def show(self, weights: list[Any], scales: list[float]) -> Self:
        """Weights (arrays or readings), each flattened row by row, one after the other in the order of `ends`."""
        self.readings = list(weights)
        self.credit(weights[0])
        shares = [np.clip(array(w).ravel() / scale, -1, 1) for w, scale in zip(weights, scales, strict=True)]
        signed = np.concatenate(shares).astype(np.float32)
        signed = np.sign(signed) * np.sqrt(np.abs(signed))
        key = self._name + hashlib.blake2b(signed.tobytes(), digest_size=16).digest()
        ends, shape = self._ends, self._shape
        self.set_recipe(lambda: _planned(ends, shape).paint(signed), key)
        return self


def between(lefts: np.ndarray, rights: np.ndarray) -> np.ndarray:
    """Ends (rights × lefts, 2, 2) of the wires from every left point (n, 2) to every right one (m, 2), as (out, in)."""
    rows = [np.stack([lefts, np.broadcast_to(right, lefts.shape)], axis=1) for right in rights]
    return np.concatenate(rows)


def _demo() -> WireRaster:
    left = np.stack([np.full(784, -5.0), np.linspace(3.2, -3.2, 784)], axis=1)
    right = np.stack([np.full(16, 5.0), np.linspace(3.0, -3.0, 16)], axis=1)
    bumps = np.sin(np.arange(784) / 35 + np.arange(16)[:, None]) ** 5
    return WireRaster(between(left, right), 10.5, 6.8).show([bumps], [1.0])


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
