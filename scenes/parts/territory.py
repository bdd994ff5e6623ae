"""The ground of a map of points, coloured by who is near, fading where nobody is. Shares are given."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, Self

import cairo
import numpy as np
from manim import Mobject

from scenes import style
from scenes.parts.flatland import Flatland
from scenes.parts.mixing import combine, mix
from scenes.parts.provenance import Sourced, array
from scenes.parts.raster import Raster, pixel_shape, pixels_per_unit

FINE: Final = 3  # cells of the picture, each way, for one of the grid that is given
STRENGTH: Final = 0.42  # opacity where the points are
_BORDER: Final = 0.5  # how much darker it is where two classes tie
_TIE: Final = 0.16  # lead of the first over the second up to which they tie
_EDGE: Final = 0.06  # of the longer side over which colour fades towards the edges


class Territory(Sourced, Raster):
    """Over the box of `flat`: each place has the class `colours` mixed by their shares there.

    `reach` is the distance in the plane's units to the nearest point at which colour has faded to about a third.
    `strength` is its opacity where the points are. With `corner` it is a plate with corners of that radius in units;
    otherwise it fades towards its edges.
    """

    mixed = "the classes' colours by their shares"

    def __init__(
        self, flat: Flatland, colours: Sequence[str], reach: float, strength: float = STRENGTH,
        *, corner: float | None = None,
    ) -> None:  # fmt: skip
        super().__init__(flat.width, flat.height)
        self.move_to(flat.center)
        shape = pixel_shape(flat.width, flat.height)
        self._ground = Ground(shape, flat, colours, reach, strength, corner)

    def show(self, shares: Any, distance: Any, after: Any = None, after_distance: Any = None, way: float = 0.0) -> Self:
        """`shares` (rows, columns, classes) and `distance` (rows, columns) to the nearest point, arrays or Readings.

        With `after`, the next pair, it is blended over by `way` (0 … 1), for the eye: what it shows is the first.
        """
        self.credit(shares)
        given, far = array(shares), array(distance)
        if after is not None and way > 0:
            given = given + way * (array(after) - given)
            far = far + way * (array(after_distance) - far)
        ground, key = self._ground, self._key(given, far)
        return self.set_recipe(lambda: ground.paint(given, far), ground.fixed + key)

    @staticmethod
    def _key(given: np.ndarray, far: np.ndarray) -> bytes:
        return hashlib.blake2b(repr(given.shape).encode() + given.tobytes() + far.tobytes(), digest_size=16).digest()


class Ground:
    """All of a territory that never changes, and how shares become its pixels. Copies of a territory share it."""

    def __init__(
        self, shape: tuple[int, int], flat: Flatland, colours: Sequence[str], reach: float, strength: float,
        corner: float | None,
    ) -> None:  # fmt: skip
        self.shape, self.flat, self.colours, self.reach, self.strength = shape, flat, tuple(colours), reach, strength
        self._plate = None if corner is None else _plate(shape, corner * pixels_per_unit())
        self.fixed = repr((shape, flat, self.colours, reach, strength, corner)).encode()

    def __deepcopy__(self, memo: dict[int, Any]) -> Ground:
        return self

    def paint(self, shares: np.ndarray, distance: np.ndarray) -> np.ndarray:
        """Premultiplied RGBA uint8 (rows, columns, 4) of shares (rows, columns, classes) of the plane's grid."""
        fine = _finer(np.moveaxis(self.flat.upright(shares), -1, 0).astype(np.float32))
        far = _finer(self.flat.upright(distance)[None].astype(np.float32))[0]
        top = np.partition(fine, -2, axis=0) if len(fine) > 1 else np.stack([0 * fine[0], fine[0]])
        lead = np.clip((top[-1] - top[-2]) / _TIE, 0, 1)
        light = 1 - _BORDER * (1 - lead * lead * (3 - 2 * lead))
        opacity = self.strength * np.exp(-((far / self.reach) ** 2)) * light
        if self._plate is None:
            opacity = opacity * _edges(far.shape)
        small = np.empty((*opacity.shape, 4), dtype=np.uint8)
        for channel, values in enumerate(mix(np.clip(fine, 0, 1), self.colours)):
            small[..., channel] = values * opacity + 0.5
        small[..., 3] = 255 * opacity + 0.5
        return self._enlarged(small)

    def _enlarged(self, small: np.ndarray) -> np.ndarray:
        picture = np.empty((*self.shape, 4), dtype=np.uint8)
        data: Any = picture.data
        target = cairo.ImageSurface.create_for_data(data, cairo.FORMAT_ARGB32, self.shape[1], self.shape[0])
        source: Any = small.data
        rows, columns = small.shape[:2]
        pattern = cairo.SurfacePattern(cairo.ImageSurface.create_for_data(source, cairo.FORMAT_ARGB32, columns, rows))
        pattern.set_filter(cairo.FILTER_BILINEAR)
        pattern.set_extend(cairo.EXTEND_PAD)
        pattern.set_matrix(cairo.Matrix(columns / self.shape[1], 0, 0, rows / self.shape[0], 0, 0))
        context = cairo.Context(target)
        context.set_source(pattern)
        context.set_operator(cairo.OPERATOR_SOURCE)
        context.paint()
        if self._plate is not None:
            context.set_operator(cairo.OPERATOR_DEST_IN)
            context.set_source_surface(self._plate, 0, 0)
            context.paint()
        target.flush()
        return picture


def _plate(shape: tuple[int, int], radius: float) -> cairo.ImageSurface:
    """Coverage of a box with round corners."""
    rows, columns = shape
    surface = cairo.ImageSurface(cairo.FORMAT_A8, columns, rows)
    context = cairo.Context(surface)
    for number, (x, y) in enumerate(
        ((columns - radius, rows - radius), (radius, rows - radius), (radius, radius), (columns - radius, radius))
    ):
        context.arc(x, y, radius, number * np.pi / 2, (number + 1) * np.pi / 2)
    context.fill()
    surface.flush()
    return surface


def _finer(grids: np.ndarray) -> np.ndarray:
    """(n, rows, columns) as (n, FINE · rows, FINE · columns), smooth between the middles of cells."""
    down, across = (_weights(size) for size in grids.shape[1:])
    return np.stack([combine(combine(down, grid), across.T) for grid in grids])


@lru_cache(maxsize=16)
def _edges(shape: tuple[int, int]) -> np.ndarray:
    """(rows, columns) float32: 1 inside, falling to 0 at the edges."""
    width = _EDGE * max(shape)
    down, across = (
        np.clip((np.minimum(np.arange(n), np.arange(n)[::-1]) + 0.5) / width, 0, 1) for n in shape
    )  # fmt: skip
    down, across = (ramp * ramp * (3 - 2 * ramp) for ramp in (down, across))
    return np.asarray(down[:, None] * across, dtype=np.float32)


@lru_cache(maxsize=16)
def _weights(size: int) -> np.ndarray:
    """(FINE · size, size) float32: how much of each given cell is in each fine one, bell-shaped, rows summing to 1."""
    fine = (np.arange(FINE * size) + 0.5) / FINE - 0.5
    bell = np.exp(-0.5 * ((fine[:, None] - np.arange(size)) / 0.6) ** 2)
    return np.asarray(bell / bell.sum(axis=1, keepdims=True), dtype=np.float32)


def _demo() -> list[Mobject]:
    """Three made-up neighbourhoods, and half of the way to others."""

    drawn: list[Mobject] = []
    y, x = np.mgrid[2:-2:60j, -2:2:60j]
    middles = np.array([[-0.9, -0.6], [0.9, -0.7], [0.1, 0.9]])
    near = np.stack([np.hypot(x - a, y - b) for a, b in middles], axis=-1)
    shares = np.exp(-3 * near) / np.exp(-3 * near).sum(-1, keepdims=True)
    for number, way in enumerate((0.0, 0.5)):
        box = Flatland((-2, 2, -2, 2), -6.8 + 7 * number, -0.2 + 7 * number, -3.3, 3.3, False)
        land = Territory(box, style.CLASS_COLOURS[4:7], 1.2, corner=0.2 * number or None)
        drawn.append(land.show(shares, near.min(-1), shares[::-1], near.min(-1)[::-1], way))
    return drawn


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
