"""A sheet of pixels to paint polygons and lines on, in scene units. What is painted, and where, others decide."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import cairo
import numpy as np
from manim import ManimColor

from scenes.parts.projection import Box
from scenes.parts.raster import pixel_shape


class Canvas:
    """Pixels over `box`, an upright box in the scene. Paths are scene points (n, 2 or more), of which x and y count.

    `coverage=True` makes a canvas of one channel, to paint other canvases through. Widths are scene units.
    """

    def __init__(self, box: Box, coverage: bool = False) -> None:
        self.shape = pixel_shape(box.right - box.left, box.top - box.bottom)
        self._corner = np.array([box.left, box.top])
        rows, columns = self.shape
        self._scale = np.array([columns / (box.right - box.left), -rows / (box.top - box.bottom)])
        self.surface = cairo.ImageSurface(cairo.FORMAT_A8 if coverage else cairo.FORMAT_ARGB32, columns, rows)
        self.context = cairo.Context(self.surface)
        self.context.set_line_join(cairo.LINE_JOIN_ROUND)
        self.context.set_line_cap(cairo.LINE_CAP_ROUND)
        self.context.set_fill_rule(cairo.FILL_RULE_EVEN_ODD)

    def ink(self, colour: str, opacity: float = 1.0) -> None:
        """Use a colour from now on."""
        red, green, blue = _rgb(colour)
        self.context.set_source_rgba(blue, green, red, opacity)  # frames keep red first, cairo keeps blue first

    def trace(self, path: np.ndarray, closed: bool = False) -> None:
        """Add a line through points to what is filled or stroked next."""
        points = ((path[:, :2] - self._corner) * self._scale).tolist()
        self.context.move_to(*points[0])
        line_to = self.context.line_to
        for x, y in points[1:]:
            line_to(x, y)
        if closed:
            self.context.close_path()

    def fill(self, paths: Iterable[np.ndarray], colour: str, opacity: float = 1.0) -> None:
        """Fill the inside of closed paths, taken together by the even-odd rule."""
        for path in paths:
            self.trace(path, closed=True)
        self.ink(colour, opacity)
        self.context.fill()

    def stroke(
        self, paths: Iterable[np.ndarray], colour: str, width: float, opacity: float = 1.0, closed: bool = False
    ) -> None:
        """Draw lines `width` scene units wide, but never so thin that they break up."""
        for path in paths:
            self.trace(path, closed)
        self.ink(colour, opacity)
        self.context.set_line_width(max(width * float(self._scale[0]), 0.8))
        self.context.stroke()

    def flood(self, colour: str, opacity: float = 1.0) -> None:
        """Paint everything that is not clipped away."""
        self.ink(colour, opacity)
        self.context.paint()

    def clip(self, path: np.ndarray) -> None:
        """Paint only inside a closed path, until `context.restore()`."""
        self.context.save()
        self.trace(path, closed=True)
        self.context.clip()

    def through(self, mask: Canvas, colour: str, opacity: float = 1.0) -> None:
        """Paint a colour wherever `mask`, a canvas of coverage over the same box, is painted."""
        self.ink(colour, opacity)
        self.context.mask_surface(mask.surface, 0, 0)

    def pixels(self) -> np.ndarray:
        """What was painted: premultiplied RGBA, uint8 (rows, columns, 4). The canvas's own memory."""
        self.surface.flush()
        data: Any = self.surface.get_data()
        rows, columns = self.shape
        return np.frombuffer(data, dtype=np.uint8).reshape(rows, columns, 4)


@lru_cache(maxsize=256)
def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = ManimColor(colour).to_rgb()
    return float(red), float(green), float(blue)
