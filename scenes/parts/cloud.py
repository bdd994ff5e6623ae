"""Thousands of points as one picture that can move: antialiased beads with a faint glow. Where they are, others say.

Every bead is a small sprite, looked up for its place within a pixel, and all of them are summed at once with NumPy.
The sum is a soft maximum, so that where beads overlap the nearest one wins, as if each had grown until it met its
neighbour: no order of drawing, and nothing pops while points pass each other.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, Self

import cairo
import numpy as np
from manim import ManimColor, Mobject

from scenes import style
from scenes.parts.projection import Box
from scenes.parts.provenance import Sourced, is_reading
from scenes.parts.raster import Raster, pixel_shape, pixels_per_unit

PHASES: Final = 8  # places within a pixel, each way, that sprites are kept for
_POWER: Final = 6  # of the soft maximum; its root is taken as a square root of a cube root
_COARSE: Final = 8  # pixels of the frame for one of the glow's
_SPREAD: Final = 2.2  # the glow's standard deviation over a bead's radius
_GLOW: Final = 0.24  # light of the glow where beads are packed
_RIM: Final = 0.62  # brightness of a bead's edge; its middle has 1


def bead_radius(count: int, area: float) -> float:
    """Radius in units at which `count` beads in a box of `area` square units are neither specks nor a crowd."""
    return float(np.clip(0.17 * np.sqrt(area / max(count, 1)), 0.03, 0.075))


class Cloud(Sourced, Raster):
    """Beads over `box`; `colours` are those of kinds, `kinds` (n,) says which each bead is of, `radius` is in units.

    `show` takes scene points, and may blend the beads' light: 1 as they are, 0 dark.
    """

    mixed = "the colours of the points' classes"

    def __init__(self, box: Box, colours: Sequence[str], kinds: np.ndarray, radius: float) -> None:
        super().__init__(box.right - box.left, box.top - box.bottom)
        self.move_to([(box.left + box.right) / 2, (box.bottom + box.top) / 2, 0])
        shape = pixel_shape(box.right - box.left, box.top - box.bottom)
        table = np.array([ManimColor(colour).to_rgb() for colour in colours])
        self._corner = np.array([box.left, box.top])
        self.radius = radius
        self._beads = Beads(shape, table[np.asarray(kinds, dtype=int)], radius * pixels_per_unit())

    def show(self, places: np.ndarray, light: np.ndarray | None = None, reading: Any = None) -> Self:
        """Beads at scene points (n, 2 or 3) of the box as it was made; `reading` is what places them."""
        if is_reading(reading):
            self.credit(reading)
        pixels = (np.asarray(places, dtype=float)[:, :2] - self._corner) * [1, -1] * pixels_per_unit()
        beads = self._beads
        shine = None if light is None else np.asarray(light, dtype=float)
        return self.set_recipe(lambda: beads.paint(pixels, shine), beads.key(pixels, shine))


class Beads:
    """All of a cloud that never changes, and how places become its pixels. Copies of a cloud share it.

    `shape` (rows, columns) of the picture, `colours` (n, 3) 0 … 1, `radius` in pixels.
    """

    def __init__(self, shape: tuple[int, int], colours: np.ndarray, radius: float) -> None:
        self.shape, self.colours, self.radius = shape, np.ascontiguousarray(colours, dtype=float), max(radius, 0.8)
        self._fixed = repr((shape, self.radius)).encode() + self.colours.tobytes()

    def __deepcopy__(self, memo: dict[int, Any]) -> Beads:
        return self

    def key(self, *content: np.ndarray | None) -> bytes:
        """Names a picture by all that it is made of."""
        digest = hashlib.blake2b(self._fixed, digest_size=16)
        for part in content:
            digest.update(b"none" if part is None else np.ascontiguousarray(part).tobytes())
        return digest.digest()

    def paint(self, places: np.ndarray, light: np.ndarray | None = None) -> np.ndarray:
        """Premultiplied RGBA uint8 (rows, columns, 4) of beads at `places` (n, 2): pixels from the left and the top."""
        colours = self.colours if light is None else self.colours * light[:, None]
        picture = self._glow(places, colours)
        reach = _sprites(self.radius)[-1]
        rows, columns = self.shape
        inside = ((places > -reach) & (places < [columns + reach, rows + reach])).all(axis=1)
        if inside.any():
            self._beads_over(picture, places[inside], colours[inside])
        return picture

    def _beads_over(self, picture: np.ndarray, places: np.ndarray, colours: np.ndarray) -> None:
        """Sum the sprites in a margin around the picture, and lay the sum over what `picture` holds."""
        weights, shades, window, reach = _sprites(self.radius)
        rows, columns = self.shape
        wide = columns + 4 * reach + 2
        whole = np.floor(places).astype(np.int64)
        phase = ((places - whole) * PHASES).astype(np.int64)
        phase = phase[:, 1] * PHASES + phase[:, 0]
        corner = (whole[:, 1] + 2 * reach) * wide + whole[:, 0] + 2 * reach
        at = (corner[:, None] + (window[:, 1] * wide + window[:, 0])).ravel()
        # Only pixels under a bead take part: they get numbers of their own, which keeps the sums short.
        marked = np.zeros((rows + 4 * reach + 2) * wide, dtype=bool)
        marked[at] = True
        touched = np.flatnonzero(marked)
        numbers = np.empty(len(marked), dtype=np.int64)
        numbers[touched] = np.arange(len(touched))
        at = numbers[at]
        row, column = np.divmod(touched.astype(np.int32), np.int32(wide))
        row, column = row - 2 * reach, column - 2 * reach
        seen = np.flatnonzero((row >= 0) & (row < rows) & (column >= 0) & (column < columns))
        where = row[seen] * columns + column[seen]
        sums = np.maximum(np.bincount(at, weights[phase].ravel(), len(touched))[seen], 1e-30)
        alpha = np.minimum(np.sqrt(np.cbrt(sums)) * (self.radius + 0.5), 1)
        scale, left = 255 * alpha / sums, (1 - alpha).astype(np.float32)
        whole_pixels = picture.reshape(-1, 4).view(np.uint32)[:, 0]
        pixels = whole_pixels[where].view(np.uint8).reshape(-1, 4)
        shade, tinted = shades[phase], np.empty((len(phase), len(window)))
        for channel in range(3):
            np.multiply(shade, colours[:, channel : channel + 1], out=tinted)
            lit = (scale * np.bincount(at, tinted.ravel(), len(touched))[seen]).astype(np.float32)
            lit += left * pixels[:, channel]
            pixels[:, channel] = np.minimum(lit + np.float32(0.5), np.float32(255))
        pixels[:, 3] = 255 * alpha + 0.5
        whole_pixels[where] = pixels.view(np.uint32)[:, 0]

    def _glow(self, places: np.ndarray, colours: np.ndarray) -> np.ndarray:
        """A fresh picture with only the glow in it: light without opacity, so that it is added to what is below."""
        rows, columns = (-(-size // _COARSE) for size in self.shape)
        at = places / _COARSE - 0.5
        low = np.floor(at).astype(np.int64)
        share = at - low
        light = np.zeros((3, rows * columns))
        for right, down in ((0, 0), (1, 0), (0, 1), (1, 1)):
            x, y = low[:, 0] + right, low[:, 1] + down
            part = np.abs(1 - right - share[:, 0]) * np.abs(1 - down - share[:, 1])
            kept = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
            cell = (y * columns + x)[kept]
            for channel in range(3):
                light[channel] += np.bincount(cell, (part * colours[:, channel])[kept], rows * columns)
        spread = _SPREAD * self.radius / _COARSE
        blurred = _blurred(light.reshape(3, rows, columns).astype(np.float32), spread)
        full = np.float32(2 * np.pi * spread * spread * 0.55)  # beads close to each other
        small = np.zeros((rows, columns, 4), dtype=np.uint8)
        small[..., :3] = np.moveaxis(255 * _GLOW * (1 - np.exp(-blurred * full * 0.5)), 0, -1)
        return _enlarged(small, self.shape)


@lru_cache(maxsize=8)
def _sprites(radius: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Weights and weights times brightness, each (phases², pixels); where the pixels are (pixels, 2); the reach."""
    reach = int(np.ceil(radius + 1))
    steps = np.arange(-reach, reach + 1)
    middle = (np.arange(PHASES) + 0.5) / PHASES
    off = (steps[None, :] + 0.5) - middle[:, None]  # (phases, side)
    distance = np.sqrt(off[:, None, :, None] ** 2 + off[None, :, None, :] ** 2)  # (y phase, x phase, y, x)
    depth = np.clip((radius + 0.5 - distance) / (radius + 0.5), 0, 1).reshape(PHASES * PHASES, -1)
    used = (depth > 0).any(axis=0)
    window = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)[used]
    weight = depth[:, used] ** _POWER
    return weight, weight * (_RIM + (1 - _RIM) * np.clip(depth[:, used] * 2.2, 0, 1)), window, reach


def _blurred(light: np.ndarray, spread: float) -> np.ndarray:
    """(channels, rows, columns) after a Gaussian blur of `spread` cells; outside there is no light."""
    for axis in (1, 2):
        light = _smeared(light, _bell(spread), axis)
    return light


def _smeared(light: np.ndarray, bell: np.ndarray, axis: int) -> np.ndarray:
    """The sum of shifted copies along `axis`, weighed by `bell`, whose middle does not move."""
    reach, size = len(bell) // 2, light.shape[axis]
    out = np.zeros_like(light)
    into, of = np.moveaxis(out, axis, 0), np.moveaxis(light, axis, 0)
    for shift in range(-min(reach, size - 1), min(reach, size - 1) + 1):
        first, end = max(shift, 0), size + min(shift, 0)
        into[first:end] += bell[reach + shift] * of[first - shift : end - shift]
    return out


@lru_cache(maxsize=16)
def _bell(spread: float) -> np.ndarray:
    """float32 Gaussian of standard deviation `spread`, to where it is no longer seen."""
    reach = int(np.ceil(4 * spread))
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) / spread) ** 2) / (spread * np.sqrt(2 * np.pi))
    return bell.astype(np.float32)


def _enlarged(small: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A small picture drawn smoothly over (rows, columns) pixels, cell by cell `_COARSE` times as large."""
    picture = np.empty((*shape, 4), dtype=np.uint8)
    data: Any = picture.data
    target = cairo.ImageSurface.create_for_data(data, cairo.FORMAT_ARGB32, shape[1], shape[0])
    source: Any = small.data
    pattern = cairo.SurfacePattern(
        cairo.ImageSurface.create_for_data(source, cairo.FORMAT_ARGB32, small.shape[1], small.shape[0])
    )
    pattern.set_filter(cairo.FILTER_BILINEAR)
    pattern.set_extend(cairo.EXTEND_PAD)
    pattern.set_matrix(cairo.Matrix(1 / _COARSE, 0, 0, 1 / _COARSE, 0, 0))
    context = cairo.Context(target)
    context.set_source(pattern)
    context.set_operator(cairo.OPERATOR_SOURCE)
    context.paint()
    target.flush()
    return picture


def demo_points(count: int, groups: int, spread: float = 0.55, seed: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Made-up points (count, 2) around a ring of `groups` middles, and which each belongs to (count,)."""
    dice = np.random.default_rng(seed)
    kinds = np.arange(count) % groups
    angle = 2 * np.pi * kinds / groups
    return np.stack([2.2 * np.cos(angle), 1.7 * np.sin(angle)], 1) + spread * dice.normal(size=(count, 2)), kinds


def _demo() -> list[Mobject]:
    """Two hundred beads, and five thousand."""
    from scenes.parts.projection import Projection

    shown: list[Mobject] = []
    for number, count in enumerate((200, 5000)):
        box = Projection((0, 1, 0, 1), -6.9 + 7 * number, -0.1 + 7 * number, -3.4, 3.4)
        points, kinds = demo_points(count, 4)
        cloud = Cloud(box, style.CLASS_COLOURS[:4], kinds, bead_radius(count, box.width * box.height))
        shown.append(cloud.show(points + box.center[:2]))
    return shown


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
