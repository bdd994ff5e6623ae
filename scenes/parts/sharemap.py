"""What a classifier of two answers everywhere on a map, as quickly as pictures change; and the lines it folds along.

With two classes one number says all, the share of the second, so that a picture is looked up and not mixed.
"""

from __future__ import annotations

import sys
from typing import Any, Self

import cairo
import numpy as np
from manim import Mobject, VGroup

from scenes import style
from scenes.parts.curve import Line
from scenes.parts.frame import Frame
from scenes.parts.heatmap import Painter
from scenes.parts.mixing import mix
from scenes.parts.polyline import clipped, joined
from scenes.parts.projection import Projection
from scenes.parts.provenance import array, is_reading
from scenes.parts.raster import Raster, pixel_shape


class ShareMap(Raster):
    """`projection`'s box, coloured by the share of the second of two classes at every place.

    `lines`: premultiplied RGBA uint8 (rows, columns, 4) laid over it, pixels of the box. `reading` is what it shows.
    """

    def __init__(
        self,
        projection: Projection,
        colours: tuple[str, str],
        lines: np.ndarray | None = None,
        strength: float = style.HEAT,
    ) -> None:
        super().__init__(projection.width, projection.height)
        self.move_to(projection.center)
        self.painter = SharePainter(pixel_shape(projection.width, projection.height), colours, lines, strength)
        self.reading: Any = None

    def show(self, shares: Any, after: Any = None, way: float = 0.0) -> Self:
        """`shares` (rows, columns) 0 … 1, south first, an array or a Reading.

        With `after`, the next picture, it is blended over by `way` (0 … 1), for the eye: what it shows is `shares`.
        """
        self.reading = shares if is_reading(shares) else None
        values = np.asarray(getattr(shares, "value", shares), dtype=np.float32)
        if after is not None and way > 0:
            values = values + np.float32(way) * (np.asarray(getattr(after, "value", after), np.float32) - values)
        levels = np.clip(values[::-1] * 255 + 0.5, 0, 255).astype(np.uint8)
        painter = self.painter
        return self.set_recipe(lambda: painter.shares(levels), painter.key(levels))


class SharePainter(Painter):
    """A painter that looks its colours up. Copies of a map share it."""

    def __init__(
        self, shape: tuple[int, int], colours: tuple[str, str], lines: np.ndarray | None, strength: float
    ) -> None:
        super().__init__(shape, colours, None, lines, None, strength)
        share = np.linspace(0.0, 1.0, 256)
        table = np.full((256, 4), round(255 * strength), dtype=np.uint8)
        table[:, :3] = np.rint(mix(np.stack([1 - share, share]), colours).T * strength)
        self._table = table

    def shares(self, levels: np.ndarray) -> np.ndarray:
        """The picture, premultiplied uint8 (rows, columns, 4), of shares in 255ths, uint8, north first."""
        picture = np.empty((*self.shape, 4), dtype=np.uint8)
        data: Any = picture.data
        surface = cairo.ImageSurface.create_for_data(data, cairo.FORMAT_ARGB32, self.shape[1], self.shape[0])
        context = cairo.Context(surface)
        self._enlarge(context, np.ascontiguousarray(self._table[levels]))
        if self._lines is not None:
            context.set_operator(cairo.OPERATOR_OVER)
            context.set_source_surface(self._lines, 0, 0)
            context.paint()
        surface.flush()
        return picture


class Folds(VGroup):
    """The straight lines where hidden neurons switch on, on the box of `projection`. `lines`: one a neuron.

    `inputs` (3, 2): what the net is fed at the world's (0, 0), (1, 0) and (0, 1), the world being the projection's.
    """

    def __init__(self, projection: Projection, inputs: np.ndarray, count: int) -> None:
        super().__init__()
        self.frame = Frame(projection.left, projection.bottom, projection.right, projection.top)
        self.inputs = np.asarray(inputs, dtype=float)
        look = {"stroke_color": style.HIGHLIGHT, "stroke_width": 0.9 * style.LINE, "stroke_opacity": 0.9}
        self.lines = [Line(**look) for _ in range(count)]
        self.add(self.frame, *self.lines)

    def show(self, weight: Any, bias: Any) -> Self:
        """Where W x + b is 0: `weight` (neurons, 2) and `bias` (neurons,), arrays or Readings."""
        here, east, north = self.inputs @ array(weight).T + array(bias)
        frame = self.frame
        reach = 4 * max(frame.x1 - frame.x0, frame.y1 - frame.y0)
        for i, line in enumerate(self.lines):
            line.credit(weight, i)
            normal = np.array([east[i] - here[i], north[i] - here[i]])
            size = float(normal @ normal)
            foot = -here[i] * normal / size if size > 0 else np.array([np.inf, np.inf])
            if not np.abs(foot).max() < reach:
                line.points = np.empty((0, 3))
                continue
            along = np.array([-normal[1], normal[0]]) / np.sqrt(size)
            ends = np.stack([foot - reach * along, foot + reach * along])
            line.points = frame.place(clipped(joined(ends), (frame.x0, frame.x1), (frame.y0, frame.y1)))
        return self


def _demo() -> list[Mobject]:
    """A wavy share and its lines, and the same half blended into another."""

    drawn: list[Mobject] = []
    y, x = np.mgrid[-1:1:80j, -1:1:80j]
    first, second = 1 / (1 + np.exp(-9 * (y - 0.4 * np.sin(4 * x)))), 1 / (1 + np.exp(-9 * (x * x + y * y - 0.5)))
    colours: tuple[str, str] = (style.CLASS_COLOURS[4], style.CLASS_COLOURS[5])
    for number, way in enumerate((0.0, 0.5)):
        left = -6.6 + 6.8 * number
        box = Projection((0, 1, 0, 1), left, left + 6.4, -3.2, 3.2)
        grid = np.array([[-left / 3.2 - 1, 0.0], [(1 - left) / 3.2 - 1, 0.0], [-left / 3.2 - 1, 1 / 3.2]])
        folds = Folds(box, grid, 3).show(np.array([[1.0, 1], [1, -2], [0, 1]]), np.array([0.2, 0, 0.5]))
        drawn += [ShareMap(box, colours).show(first, second, way), folds]
    return drawn


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
