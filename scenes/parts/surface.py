"""A loss over two parameters as a solid landscape seen by a parallel camera; straight from above it is a contour map.

Every pixel is worked out in NumPy: the grid is never cut into polygons, nothing is sorted, and what is hidden is
exactly what the landscape hides. Between the recorded points it is a cubic spline, in the logarithm where all losses
are positive, so that isolines come out round. What walks on it is drawn elsewhere, with `Surface.path`.
"""

from __future__ import annotations

import hashlib
import sys
from functools import cached_property
from typing import Any, Final, NamedTuple, Self

import numpy as np
from manim import ManimColor, Mobject
from scipy.interpolate import RectBivariateSpline
from scipy.ndimage import map_coordinates

from scenes import style
from scenes.parts.projection import Box
from scenes.parts.provenance import Sourced, array
from scenes.parts.raster import Raster, pixel_shape, pixels_per_unit
from scenes.parts.view import View

FINE: Final = 1024  # squares of the fine grid along each side: about one for each pixel
SAMPLES: Final = 384  # along each line of sight
_LIGHT: Final = np.array([-0.45, -0.35, 0.82])  # towards the light, in the world
_WALL: Final = 0.34  # brightness of the cut sides
_LINE: Final = 0.38  # brightness of an isoline
_HALF: Final = 0.006  # half of an isoline's width, in scene units


class Relief(NamedTuple):
    """The fine grids, each (FINE + 1, FINE + 1), row by row northwards; what has no place between them is flat."""

    height: np.ndarray  # world units, float32
    colour: np.ndarray  # red, green, blue and 255 as the bytes of a uint32: lit by the sun
    octave: np.ndarray  # how often the value doubles from the first isoline to here, float32
    east: np.ndarray  # slopes of the octave per square of the grid, float32
    north: np.ndarray


class Surface(Sourced, Raster):
    """`values` (rows, columns) over `across` (columns,) and `up` (rows,), both evenly spaced, painted within `box`.

    A unit of value is drawn `height` times as long as a unit of the parameters: to be said on screen. Isolines stand
    where the value doubles, from `first` on (none when it is None). `show(view)` needs a parallel view of the world
    whose x and y are the two parameters and whose z is `height` × value.
    """

    def __init__(
        self, across: Any, up: Any, values: Any, box: Box, *, height: float = 1.0, first: float | None = None
    ) -> None:
        super().__init__(box.right - box.left, box.top - box.bottom)
        self.move_to([(box.left + box.right) / 2, (box.bottom + box.top) / 2, 0])
        self.credit(values)
        self.across, self.up, self.values = array(across), array(up), array(values)
        if self.values.shape != (len(self.up), len(self.across)):
            raise ValueError(
                f"values of shape {self.values.shape} over {len(self.up)} rows, {len(self.across)} columns"
            )
        self.box, self.height_scale, self.first = box, height, first
        grids = (self.across, self.up, self.values, [height, first or 0.0, *_numbers(box)])
        self._key = hashlib.blake2b(b"".join(np.ascontiguousarray(g, dtype=float).tobytes() for g in grids)).digest()

    # -- the landscape ---------------------------------------------------------------------------
    @cached_property
    def _spline(self) -> RectBivariateSpline:
        """Of the logarithm of the values where all are positive, of the values themselves otherwise."""
        known = np.log(self.values) if self._positive else self.values
        return RectBivariateSpline(self.up, self.across, known)

    @property
    def _positive(self) -> bool:
        return bool((self.values > 0).all())

    def value_at(self, x: Any, y: Any) -> np.ndarray:
        """The value at parameters x, y, arrays of one shape: recorded at the grid's points, a spline between them."""
        found = self._spline.ev(np.asarray(y, dtype=float), np.asarray(x, dtype=float))
        return np.asarray(np.exp(found) if self._positive else found)

    @cached_property
    def relief(self) -> Relief:
        """The fine grids."""
        xs = np.linspace(self.across[0], self.across[-1], FINE + 1)
        ys = np.linspace(self.up[0], self.up[-1], FINE + 1)
        known = self._spline(ys, xs)
        value = np.exp(known) if self._positive else known
        slope = self.height_scale * (value if self._positive else np.ones_like(value))
        east, north = slope * self._spline(ys, xs, dy=1), slope * self._spline(ys, xs, dx=1)
        light = _LIGHT / np.linalg.norm(_LIGHT)
        shade = (light[2] - light[0] * east - light[1] * north) / np.sqrt(1 + east**2 + north**2)
        shade = 0.55 + 0.5 * np.clip(shade, 0, 1)
        tone = (known - known.min()) / max(float(np.ptp(known)), 1e-12)
        colour = np.full((*known.shape, 4), 255, dtype=np.uint8)
        colour[..., :3] = np.clip(_colours()[(tone * 1023).astype(np.int32)] * shade[..., None], 0, 255)
        octave = np.log2(np.maximum(value, 1e-12) / (self.first or 1.0)).astype(np.float32)
        up, right = np.gradient(octave)
        return Relief(self.height_scale * value.astype(np.float32), colour.view(np.uint32)[..., 0], octave, right, up)

    def world(self, x: Any, y: Any, lift: float = 0.0) -> np.ndarray:
        """World points (n, 3) on the landscape at parameters x, y, `lift` world units above it."""
        x, y = np.atleast_1d(np.asarray(x, dtype=float)), np.atleast_1d(np.asarray(y, dtype=float))
        return np.stack([x, y, self.height_scale * self.value_at(x, y) + lift], axis=-1)

    def corners(self) -> np.ndarray:
        """The eight corners (8, 3) of the world box that holds the landscape; its floor is at value 0."""
        top = self.height_scale * float(self.values.max())
        ends = [(x, y, z) for x in self.across[[0, -1]] for y in self.up[[0, -1]] for z in (0.0, top)]
        return np.array(ends)

    def outline(self) -> np.ndarray:
        """World points (n, 3) that the whole solid lies between: its floor's corners and its rim."""
        t = np.linspace(0, 1, 33)
        x = self.across[0] + t * np.ptp(self.across)
        y = self.up[0] + t * np.ptp(self.up)
        rim = [self.world(x, np.full_like(x, end)) for end in self.up[[0, -1]]]
        rim += [self.world(np.full_like(y, end), y) for end in self.across[[0, -1]]]
        return np.concatenate([self.corners() * [1, 1, 0], *rim])

    # -- painting --------------------------------------------------------------------------------
    def show(self, view: View) -> Self:
        """Paint it as `view` sees it; nothing happens when that is what is shown."""
        if np.isfinite(view.distance):
            raise ValueError("a surface is seen in parallel projection: give the view an infinite distance")
        scale = pixels_per_unit()
        key = hashlib.blake2b(self._key + repr((view, scale)).encode()).digest()
        self.set_recipe(lambda: self._picture(view), key)
        return self

    def _picture(self, view: View) -> np.ndarray:
        """Premultiplied RGBA uint8 (rows, columns, 4)."""
        rows, columns = pixel_shape(self.box.right - self.box.left, self.box.top - self.box.bottom)
        out = np.zeros((rows, columns, 4), dtype=np.uint8)
        sight = _Sight(self, view, rows, columns)
        colour = self.relief.colour.ravel()[sight.square].view(np.uint8).reshape(-1, 4)
        strength = np.where(sight.wall, _WALL, 1.0).astype(np.float32)
        if self.first is not None:
            strength *= 1 - (1 - _LINE) * sight.lines(self.relief, _HALF * pixels_per_unit())
        painted = np.empty((len(colour), 4), dtype=np.float32)
        np.multiply(colour[:, :3], (strength * sight.cover)[:, None], out=painted[:, :3])
        painted[:, 3] = 255 * sight.cover
        out.reshape(-1, 4)[sight.pixels] = painted + np.float32(0.5)
        return out

    # -- what lies on it -------------------------------------------------------------------------
    def seen(self, points: np.ndarray, view: View, slack: float = 0.03) -> np.ndarray:
        """Which world points (n, 3) nothing of the landscape stands before: bool (n,)."""
        reach = float(np.linalg.norm(np.ptp(self.corners(), axis=0)))
        steps = np.linspace(0.02, 1.0, 96)[:, None, None] * reach * view.turn[2]
        x, y, z = np.moveaxis(points[None] + steps, -1, 0)
        u = (x - self.across[0]) * (FINE / np.ptp(self.across))
        v = (y - self.up[0]) * (FINE / np.ptp(self.up))
        ground = map_coordinates(self.relief.height, [v, u], order=1, mode="constant", cval=-np.inf)
        inside = (u >= 0) & (u <= FINE) & (v >= 0) & (v <= FINE)
        return np.asarray((z > np.where(inside, ground, -np.inf) - slack).all(axis=0))


class _Sight:
    """What the pixels see that see anything: float32 arrays (seen,), of which `pixels` are the places in the picture.

    Along a column of pixels the eye looks along one vertical plane. Walking into the picture, a point of the
    landscape is seen when it appears higher than all before it; so the landscape's heights in the picture, their
    running maximum and a count per pixel are all that is needed. Below the first point stands the cut side (`wall`).
    `cover` is the share of the pixel that is covered; `square` the nearest point of the fine grid, as a flat index.
    """

    def __init__(self, surface: Surface, view: View, rows: int, columns: int) -> None:
        turn, target, box = view.turn, np.array(view.target), surface.box
        self._units = pixels_per_unit() * view.scale  # pixels for a world unit
        self._right, self._into = turn[0][:2], np.array([-turn[0][1], turn[0][0]])  # directions on the ground
        self._sine, self._cosine = float(turn[1][:2] @ self._into), float(turn[1][2])
        across = box.left + (np.arange(columns) + 0.5) * (box.right - box.left) / columns
        rightness = (across - view.centre[0]) / view.scale + self._right @ target[:2]
        start, end = _entry(rightness, self._right, self._into, surface)
        hit = np.flatnonzero(end > start)
        rightness, start, end = rightness[hit], start[hit], end[hit]
        # places in the fine grid are linear in the depth along each column
        corner = np.array([surface.across[0], surface.up[0]])
        self._per_unit = FINE / np.array([np.ptp(surface.across), np.ptp(surface.up)])
        base = ((rightness[:, None] * self._right - corner) * self._per_unit).astype(np.float32)
        step = (self._into * self._per_unit).astype(np.float32)
        depth = (start + np.linspace(0, 1, SAMPLES)[:, None] * (end - start)).astype(np.float32)  # (samples, hit)
        place = [np.clip(base[:, axis] + depth * step[axis], 0, FINE) for axis in (1, 0)]
        height = map_coordinates(surface.relief.height, place, order=1, mode="nearest")
        zero = rows * (view.centre[1] - box.bottom) / (box.top - box.bottom) - self._units * float(turn[1] @ target)
        level = np.float32(zero) + np.float32(self._units) * (
            np.float32(self._sine) * depth + np.float32(self._cosine) * height
        )  # pixels above the lower edge
        foot = (zero + self._units * self._sine * start).astype(np.float32)
        column, row, depth_seen = self._solve(level, foot, depth, rows)
        self._x, self._y = (base[column, axis] + depth_seen * step[axis] for axis in (0, 1))
        np.clip(self._x, 0, FINE, out=self._x)
        np.clip(self._y, 0, FINE, out=self._y)
        self._u, self._v = np.rint(self._x).astype(np.int32), np.rint(self._y).astype(np.int32)
        self.square = self._v * (FINE + 1) + self._u
        self.pixels = (rows - 1 - row) * columns + hit[column]  # pictures count rows from the top

    def _solve(self, level: np.ndarray, foot: np.ndarray, depth: np.ndarray, rows: int) -> tuple[np.ndarray, ...]:
        """Column, row (from below) and depth of each pixel that sees something; sets `wall` and `cover`."""
        count = level.shape[1]
        highest = np.maximum.accumulate(level, axis=0)
        first = np.clip(np.ceil(highest - 0.5), 0, rows).astype(np.int32)  # the first pixel not below each sample
        first *= count
        first += np.arange(count, dtype=np.int32)
        counts = np.bincount(first.ravel(), minlength=(rows + 1) * count)[: rows * count].astype(np.int16)
        below = np.cumsum(counts.reshape(rows, count), axis=0, dtype=np.int16)  # samples below each pixel
        middle = np.arange(rows, dtype=np.float32)[:, None] + 0.5
        row, column = np.nonzero((middle > foot - 0.5) & (middle < highest[-1] + 0.5))
        number, height = below[row, column].astype(np.int32), row.astype(np.float32) + 0.5
        self.wall = number == 0
        after = np.clip(number, 1, SAMPLES - 1)
        flat = after * count + column
        lower, upper = level.ravel()[flat - count], level.ravel()[flat]
        part = np.clip((height - lower) / np.maximum(upper - lower, 1e-6), 0, 1)
        top, bottom = np.clip(highest[-1][column] - height + 0.5, 0, 1), np.clip(height - foot[column] + 0.5, 0, 1)
        self.cover = (np.where(number >= SAMPLES, top, 1) * bottom).astype(np.float32)
        nearer, stride = depth[0], (depth[-1] - depth[0]) / np.float32(SAMPLES - 1)
        return column, row, nearer[column] + (after - 1 + part) * stride[column]

    def lines(self, relief: Relief, half: float) -> np.ndarray:
        """How much of each pixel an isoline covers that is 2 × `half` pixels wide: (seen,), 0 … 1.

        The distance to it in pixels is that in octaves over their change from pixel to pixel, which follows from the
        slopes on the ground and how steeply the eye sees them.
        """
        east, north = relief.east.ravel()[self.square], relief.north.ravel()[self.square]
        octave = relief.octave.ravel()[self.square] + east * (self._x - self._u) + north * (self._y - self._v)
        east, north = east * self._per_unit[0], north * self._per_unit[1]  # per world unit
        g_right = (east * self._right[0] + north * self._right[1]).astype(np.float32)
        g_into = (east * self._into[0] + north * self._into[1]).astype(np.float32)
        # dz/d(into) of the ground itself: an octave is ln 2 times the height
        rise = np.float32(np.log(2)) * relief.height.ravel()[self.square] * g_into
        front = np.maximum(self._sine + self._cosine * rise, 1e-3)
        gradient = np.hypot(g_right * self._sine, g_into) / (front * self._units)
        nearest = np.rint(octave)
        cover = np.clip(half + 0.5 - np.abs(octave - nearest) / np.maximum(gradient, 1e-9), 0, 1)
        return np.asarray(np.where((nearest >= 0) & ~self.wall, cover, 0.0), dtype=np.float32)


def _entry(
    rightness: np.ndarray, right: np.ndarray, into: np.ndarray, surface: Surface
) -> tuple[np.ndarray, np.ndarray]:
    """Depths at which each column's plane enters and leaves the ground's rectangle: two (columns,)."""
    start, end = np.full(rightness.shape, -np.inf), np.full(rightness.shape, np.inf)
    for axis, ends in ((0, surface.across), (1, surface.up)):
        at = rightness * right[axis]
        if abs(into[axis]) < 1e-9:
            outside = (at < ends[0]) | (at > ends[-1])
            start, end = np.where(outside, np.inf, start), np.where(outside, -np.inf, end)
            continue
        both = np.stack([ends[0] - at, ends[-1] - at]) / into[axis]
        start, end = np.maximum(start, both.min(axis=0)), np.minimum(end, both.max(axis=0))
    return start, end


def _colours() -> np.ndarray:
    """The colours of heights, low to high: float32 (1024, 3), 0 … 255."""
    stops = np.array([ManimColor(colour).to_rgb() for colour in style.HEIGHTS]) * 255
    at = np.linspace(0, len(stops) - 1, 1024)
    return np.stack([np.interp(at, np.arange(len(stops)), stops[:, c]) for c in range(3)], axis=1).astype(np.float32)


def _numbers(box: Box) -> list[float]:
    return [box.left, box.right, box.bottom, box.top]


def _demo() -> list[Mobject]:
    """A lopsided bowl from two corners and from above, and hills that hide each other."""
    from types import SimpleNamespace

    xs = np.linspace(-2, 2, 41)
    x, y = np.meshgrid(xs, xs)
    bowl = 0.1 + 0.25 * (x - 0.6) ** 2 + 1.1 * (y - 0.4 * x) ** 2
    hills = 1.2 + np.sin(2.6 * x) * np.cos(2.2 * y) + 0.1 * x
    shown: list[Mobject] = []
    places = [(bowl, 35.0, 32.0), (bowl, -50.0, 20.0), (bowl, 0.0, 90.0), (hills, 20.0, 28.0)]
    for number, (values, azimuth, elevation) in enumerate(places):
        left, low = -6.9 + 7.1 * (number % 2), 0.15 - 3.8 * (number // 2)
        surface = Surface(
            xs,
            xs,
            values,
            SimpleNamespace(left=left, right=left + 6.7, bottom=low, top=low + 3.6),
            height=0.5,
            first=0.125,
        )
        view = View(azimuth=azimuth, elevation=elevation, distance=np.inf)
        surface.show(view.fitted(surface.corners(), (left + 0.2, left + 6.5, low + 0.2, low + 3.4)))
        shown.append(surface)
    return shown


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
