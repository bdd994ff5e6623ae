"""Thousands of curved strokes baked into one picture: what flows through a layer, thick and bright where it is much.

The strongest lies on top. A picture is painted when the values change; while it is on screen only its opacity moves,
which costs next to nothing. Which strokes are worth drawing is for others to say.
"""

from __future__ import annotations

import hashlib
import sys
from typing import Any, Final, Self

import cairo
import numpy as np

from scenes import style
from scenes.parts.raster import Raster, pixel_shape, pixels_per_unit
from scenes.parts.wires import rgb

_FAINTEST: Final = 0.02  # of full strength; weaker strokes are left out


class Strands(Raster):
    """Strokes in a box of `width` × `height` units around the origin; `ends` (strokes, 2, 2) are points in that box.

    Each leaves and arrives level. `show` gives every stroke a value: at `full` it is `most` units thick and glows with
    `glow` (0 … 1), below that both shrink with the root of the value. What they were made from is kept as `readings`,
    the first as `reading`.
    """

    mixed = "one colour, the fainter the smaller the value"

    def __init__(
        self,
        ends: np.ndarray,
        width: float,
        height: float,
        colour: str = style.FORWARD,
        *,
        most: float = 0.03,
        glow: float = 0.8,
    ) -> None:
        super().__init__(width, height)
        self._ends = np.asarray(ends, dtype=float).reshape(-1, 4)
        self._size, self._look = (width, height), (colour, most, glow)
        self._name = (
            hashlib.blake2b(self._ends.tobytes(), digest_size=16).digest()
            + repr((self._size, self._look, pixels_per_unit())).encode()
        )
        self.readings: list[Any] = []
        self.reading: Any = None

    def show(self, values: np.ndarray, full: float, *readings: Any) -> Self:
        """Values (strokes,) in the order of `ends`; zero is no stroke. `readings` are what they were made from."""
        shares = np.sqrt(np.clip(np.asarray(values, dtype=float).ravel() / (full or 1.0), 0.0, 1.0))
        if shares.shape != (len(self._ends),):
            raise ValueError(f"{len(self._ends)} strokes cannot show {shares.size} values")
        self.readings = [one for one in readings if hasattr(one, "source")]
        self.reading = self.readings[0] if self.readings else None
        ends, size, look = self._ends, self._size, self._look
        key = self._name + hashlib.blake2b(shares.tobytes(), digest_size=16).digest()
        self.set_recipe(lambda: _painted(ends, shares, size, look), key, apart=True)
        return self


def _painted(
    ends: np.ndarray, shares: np.ndarray, size: tuple[float, float], look: tuple[str, float, float]
) -> np.ndarray:
    """Premultiplied RGBA uint8 of all strokes, the strongest last."""
    shape, (colour, most, glow) = pixel_shape(*size), look
    picture = np.zeros((*shape, 4), dtype=np.uint8)
    surface: Any = cairo.ImageSurface.create_for_data(picture.data, cairo.FORMAT_ARGB32, shape[1], shape[0])
    context = cairo.Context(surface)
    scale = pixels_per_unit()
    context.set_line_cap(cairo.LINE_CAP_BUTT)
    red, green, blue = rgb(colour)
    places = (ends * [1, -1, 1, -1] + [size[0] / 2, size[1] / 2, size[0] / 2, size[1] / 2]) * scale
    for i in np.argsort(shares, kind="stable"):
        share = float(shares[i])
        if share < _FAINTEST:
            continue
        x0, y0, x1, y1 = places[i]
        bend = 0.5 * (x1 - x0)
        # frames keep red first, cairo's bytes keep blue first
        context.set_source_rgba(blue, green, red, glow * share)
        context.set_line_width(max(0.7, most * scale * share))
        context.move_to(x0, y0)
        context.curve_to(x0 + bend, y0, x1 - bend, y1, x1, y1)
        context.stroke()
    surface.flush()
    return picture


def levels(count: int, height: float, middle: float = 0.0) -> np.ndarray:
    """Heights of `count` places spread over `height` units around `middle`, from the top down: (count,)."""
    return middle + (0.5 - (np.arange(count) + 0.5) / count) * height


def across(x0: float, lefts: np.ndarray, x1: float, rights: np.ndarray) -> np.ndarray:
    """Ends (rights × lefts, 2, 2) of strokes from heights `lefts` at x0 to heights `rights` at x1, as (out, in)."""
    out = np.empty((len(rights), len(lefts), 2, 2))
    out[..., 0, 0], out[..., 1, 0] = x0, x1
    out[..., 0, 1], out[..., 1, 1] = lefts[None, :], rights[:, None]
    return out.reshape(-1, 2, 2)


def _demo() -> list[Raster]:
    left, right = levels(16, 6.0), levels(48, 7.0)
    y, x = np.mgrid[0:48, 0:16]
    bumps = np.clip(np.sin(x * 0.9 + 1) * np.sin(y * 0.35), 0, 1) ** 3
    warm = Strands(across(-3.0, left, 3.0, right), 6.0, 7.2).show(bumps, 1.0).shift([-3.2, 0, 0])
    cool = Strands(across(-3.0, right, 3.0, left), 6.0, 7.2, style.GRADIENT, most=0.06)
    return [warm, cool.show(bumps.T, 1.0).shift([3.2, 0, 0])]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
