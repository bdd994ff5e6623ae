"""Land, sea and borders painted into arrays of pixels, once. No mobject is made here and nothing moves.

A shape is (rows, columns) of pixels; row 0 is the northern edge. Cairo paints; edges are antialiased.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, Final

import cairo
import numpy as np
from manim import ManimColor
from PIL import Image, ImageFilter

from scenes import style
from scenes.parts.projection import Projection
from scenes.parts.raster import pixel_shape, pixels_per_unit

SHELF: Final = 0.07  # reach of the lighter water along a coast, units

Polygon = Sequence[np.ndarray]  # rings (points, 2) of lon/lat degrees: the outer one, then holes


class Landscape:
    """The layers of one map, as pixels of the picture being made, each painted once. Copies of a map share it.

    `polygons` are land, each a list of rings (points, 2) of lon/lat degrees, the outer one first; `coasts` and
    `frontiers` are lines (points, 2), `bold` frontiers are what a film is about. `land` and `plate` are the share of
    each pixel that is land and that is map at all (`radius` units round its corners), `soil` the land within the
    plate: uint8 (rows, columns). None of its arrays is to be written to.
    """

    def __init__(
        self,
        projection: Projection,
        polygons: Iterable[Polygon],
        coasts: Sequence[np.ndarray] = (),
        frontiers: Sequence[np.ndarray] = (),
        radius: float = 0.0,
        bold: bool = False,
    ) -> None:
        self.projection = projection
        self.shape = pixel_shape(projection.width, projection.height)
        self._coasts, self._frontiers, self._bold = coasts, frontiers, bold
        self._units = pixels_per_unit()
        self.land = coverage(projection, polygons, self.shape)
        self.plate = plate(self.shape, radius * self._units)
        self.soil = through(self.land[..., None], self.plate)[..., 0]
        self._pictures: dict[tuple[str, str], np.ndarray] = {}

    def __deepcopy__(self, memo: dict[int, Any]) -> Landscape:
        return self

    def picture(self, sea: str, earth: str) -> np.ndarray:
        """The map without any heat: premultiplied uint8 (rows, columns, 4)."""
        if (sea, earth) not in self._pictures:
            self._pictures[sea, earth] = self._picture(sea, earth)
        return self._pictures[sea, earth]

    def _picture(self, sea: str, earth: str) -> np.ndarray:
        below = ground(self.land, sea, earth, 0.0 if self._bold else SHELF * self._units)
        frontiers = (style.HAIRLINE, style.COAST, 0.85) if not self._bold else (style.LINE, style.TEXT, 0.95)
        lines = self._strokes((self._frontiers, *frontiers), (self._coasts, 1.3 * style.HAIRLINE, style.COAST, 1.0))
        return through(over(below, lines), self.plate)

    @cached_property
    def shade(self) -> np.ndarray:
        """Lines to lay over a heat map: premultiplied uint8 (rows, columns, 4)."""
        dark = (1.2 * style.HAIRLINE, style.BACKGROUND, 0.5)  # a light line would be lost on a light colour
        drawn = (style.LINE, style.TEXT, 0.95) if self._bold else dark
        return through(self._strokes((self._frontiers, *drawn)), self.plate)

    def _strokes(self, *lines: tuple[Sequence[np.ndarray], float, str, float]) -> np.ndarray:
        """Chains with Manim's stroke width (hundredths of a unit), never so thin that a line breaks up; painted."""
        painted = [
            (chains, max(width * 0.01 * self._units, 0.8), colour, opacity) for chains, width, colour, opacity in lines
        ]
        return strokes(self.projection, painted, self.shape)


def coverage(projection: Projection, polygons: Iterable[Polygon], shape: tuple[int, int]) -> np.ndarray:
    """Share of each pixel that is land, uint8 (rows, columns), 255 inside.

    All rings are filled as one path by the even-odd rule: holes stay open, and neighbours that share an edge leave no
    seam between them, as two fills would.
    """
    surface, context = _canvas(cairo.FORMAT_A8, shape)
    context.set_fill_rule(cairo.FILL_RULE_EVEN_ODD)
    for polygon in polygons:
        for ring in polygon:
            _trace(context, pixels(projection, ring, shape))
            context.close_path()
    context.fill()
    return _read(surface, shape, 1)[..., 0]


def plate(shape: tuple[int, int], radius: float = 0.0) -> np.ndarray:
    """Share of each pixel inside the picture's own rectangle, whose corners are rounded by `radius` pixels: uint8."""
    rows, columns = shape
    surface, context = _canvas(cairo.FORMAT_A8, shape)
    radius = max(min(radius, rows / 2, columns / 2), 1e-3)
    for x, y, quarter in (
        (columns - radius, radius, 3),
        (columns - radius, rows - radius, 0),
        (radius, rows - radius, 1),
        (radius, radius, 2),
    ):
        context.arc(x, y, radius, quarter * np.pi / 2, (quarter + 1) * np.pi / 2)
    context.close_path()
    context.fill()
    return _read(surface, shape, 1)[..., 0]


def ground(land: np.ndarray, sea_colour: str, land_colour: str, shelf: float = 0.0) -> np.ndarray:
    """Opaque picture of land on sea: uint8 (rows, columns, 4) RGBA from the share of land in each pixel.

    `shelf` pixels of sea along the coast are a little lighter, which lifts the land off the water.
    """
    sea, earth = (np.array(ManimColor(colour).to_rgb(), dtype=np.float32) * 255 for colour in (sea_colour, land_colour))
    share = land.astype(np.float32) / 255
    if shelf > 0:
        # Nearly half the land's colour at the coast itself, falling off as a bell curve does.
        near = Image.fromarray(land).filter(ImageFilter.GaussianBlur(shelf))
        share = np.maximum(share, 0.85 * np.asarray(near, dtype=np.float32) / 255)
    picture = np.full((*land.shape, 4), 255, dtype=np.uint8)
    for channel in range(3):
        picture[..., channel] = np.rint(sea[channel] + share * (earth[channel] - sea[channel]))
    return picture


def strokes(
    projection: Projection,
    lines: Iterable[tuple[Iterable[np.ndarray], float, str, float]],
    shape: tuple[int, int],
) -> np.ndarray:
    """Lines painted over each other: premultiplied uint8 (rows, columns, 4) RGBA.

    Each entry is (lines of lon/lat points, width in pixels, colour, opacity); lines of one entry never darken each
    other where they cross.
    """
    surface, context = _canvas(cairo.FORMAT_ARGB32, shape)
    context.set_line_join(cairo.LINE_JOIN_ROUND)
    context.set_line_cap(cairo.LINE_CAP_ROUND)
    for chains, width, colour, opacity in lines:
        for chain in chains:
            _trace(context, pixels(projection, chain, shape))
        red, green, blue = ManimColor(colour).to_rgb()
        context.set_source_rgba(blue, green, red, opacity)  # the frame keeps red first, cairo keeps blue first
        context.set_line_width(width)
        context.stroke()
    return _read(surface, shape, 4)


def over(below: np.ndarray, above: np.ndarray) -> np.ndarray:
    """Two premultiplied pictures (rows, columns, 4), uint8, laid over each other."""
    inked = above[..., 3] > 0  # lines leave most of a picture as it is
    top = above[inked]
    laid = below.copy()
    laid[inked] = top + ((below[inked] * (255 - top[:, 3:].astype(np.uint16)) + 127) // 255).astype(np.uint8)
    return laid


def through(rgba: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Premultiplied `rgba` (rows, columns, 4) seen through `mask` (rows, columns), both uint8."""
    cut = mask < 255  # at rounded corners, hardly anywhere
    seen = rgba.copy()
    seen[cut] = (rgba[cut] * mask[cut].astype(np.uint16)[:, None] + 127) // 255
    return seen


def pixels(projection: Projection, lonlat: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Places (points, 2) in degrees as pixel coordinates (points, 2): x to the right, y down, whole at edges."""
    lon0, lon1, lat0, lat1 = projection.frame
    rows, columns = shape
    x = (lonlat[:, 0] - lon0) * (columns / (lon1 - lon0))
    y = (lat1 - lonlat[:, 1]) * (rows / (lat1 - lat0))
    return np.column_stack([x, y])


def _canvas(form: cairo.Format, shape: tuple[int, int]) -> tuple[cairo.ImageSurface, cairo.Context]:
    surface = cairo.ImageSurface(form, shape[1], shape[0])
    context = cairo.Context(surface)
    context.set_antialias(cairo.ANTIALIAS_BEST)
    return surface, context


def _trace(context: cairo.Context, points: np.ndarray) -> None:
    context.move_to(*points[0])
    for x, y in points[1:].tolist():
        context.line_to(x, y)


def _read(surface: cairo.ImageSurface, shape: tuple[int, int], channels: int) -> np.ndarray:
    """The surface's bytes without the padding at the end of its rows: (rows, columns, channels)."""
    surface.flush()
    rows, columns = shape
    data = np.frombuffer(surface.get_data(), dtype=np.uint8).reshape(rows, surface.get_stride())
    return data[:, : columns * channels].reshape(rows, columns, channels).copy()
