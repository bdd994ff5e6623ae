"""What a classifier answers everywhere on a map, as a picture mixed from the classes' colours.

The part is given a grid of inputs once, and parameters or probabilities as often as they change. It takes the
softmax of plain arrays, because that is how a picture of a network is drawn; what network that is it does not know.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, Final, Self

import cairo
import numpy as np
import xxhash
from manim import Mobject

from scenes import style
from scenes.parts.mixing import combine, mix
from scenes.parts.projection import Projection
from scenes.parts.raster import Raster, pixel_shape
from scenes.parts.worldmap import demo_map

CELLS: Final = 200  # cells along the longer side of the grid; the picture between them is interpolated


def grid_shape(projection: Projection, cells: int = CELLS) -> tuple[int, int]:
    """(rows, columns) of a grid of nearly square cells over the projection's box, `cells` along the longer side."""
    cell = max(projection.width, projection.height) / cells
    return max(2, round(projection.height / cell)), max(2, round(projection.width / cell))


class HeatMap(Raster):
    """A picture filling `projection`'s box: each place has the class colours mixed by their probabilities there.

    `colours`: one a class. `mask`: uint8 (rows, columns), where heat shows; `lines`: premultiplied RGBA uint8
    (rows, columns, 4), laid over it. Both are pixels of the box, and a `WorldMap` has them as `mask()` and `shade()`.
    `inputs` (grid rows, grid columns, features): what the classifier is fed in the middle of each
    cell, from `projection.grid(*grid_shape(projection))`; only `show_linear` needs them.
    `strength`: opacity over the land. The Readings it is drawn from are kept as `readings`, the first as `reading`.
    """

    def __init__(
        self,
        projection: Projection,
        colours: Sequence[str],
        mask: np.ndarray | None = None,
        lines: np.ndarray | None = None,
        *,
        inputs: np.ndarray | None = None,
        strength: float = style.HEAT,
    ) -> None:
        super().__init__(projection.width, projection.height)
        self.move_to(projection.center)
        shape = pixel_shape(projection.width, projection.height)
        self.painter = Painter(shape, colours, mask, lines, inputs, strength)
        self.reading: Any = None
        self.readings: tuple[Any, ...] = ()

    def show_linear(self, weight: Any, bias: Any) -> Self:
        """softmax(W x + b): `weight` (classes, features) and `bias` (classes,), arrays or Readings."""
        w, b = _array(weight), _array(bias)
        self.painter.demand(len(w))
        return self._show(lambda painter: painter.linear(w, b), (weight, bias), b"linear", w, b)

    def show_logits(self, logits: Any) -> Self:
        """softmax of `logits` (grid rows, grid columns, classes), an array or a Reading."""
        z = _array(logits)
        self.painter.demand(z.shape[-1])
        return self._show(lambda painter: painter.paint(softmax(np.moveaxis(z, -1, 0))), (logits,), b"logits", z)

    def show_probabilities(self, probabilities: Any) -> Self:
        """Any function of the place: `probabilities` (grid rows, grid columns, classes), an array or a Reading."""
        p = _array(probabilities)
        self.painter.demand(p.shape[-1])
        return self._show(lambda painter: painter.paint(np.moveaxis(p, -1, 0)), (probabilities,), b"given", p)

    def _show(self, draw: Callable[[Painter], np.ndarray], given: tuple[Any, ...], *content: Any) -> Self:
        self.readings = tuple(one for one in given if hasattr(one, "source"))
        self.reading = self.readings[0] if self.readings else None
        painter = self.painter
        return self.set_recipe(lambda: draw(painter), painter.key(*content))


class Painter:
    """All of a heat map that never changes, and how numbers become its pixels. Copies of a heat map share it."""

    def __init__(
        self,
        shape: tuple[int, int],
        colours: Sequence[str],
        mask: np.ndarray | None,
        lines: np.ndarray | None,
        inputs: np.ndarray | None,
        strength: float,
    ) -> None:
        if any(layer is not None and layer.shape[:2] != shape for layer in (mask, lines)):
            raise ValueError(f"heat map: mask and lines must have the {shape[0]} × {shape[1]} pixels of its box")
        self.shape, self.colours, self.strength = shape, tuple(colours), strength
        self.inputs = None if inputs is None else np.moveaxis(np.asarray(inputs, dtype=np.float32), -1, 0).copy()
        self._mask = None if mask is None else _a8(mask)
        self._lines = None if lines is None else _argb(np.ascontiguousarray(lines))
        self._fixed = _digest(repr((shape, self.colours, strength)).encode(), mask, lines, self.inputs)

    def __deepcopy__(self, memo: dict[int, Any]) -> Painter:
        return self

    def key(self, *content: Any) -> bytes:
        """Names a picture by all that it is made of."""
        return _digest(self._fixed, *content)

    def demand(self, classes: int) -> None:
        """ValueError unless there is a colour for each class."""
        if classes != len(self.colours):
            raise ValueError(f"heat map: {classes} classes, but {len(self.colours)} colours")

    def linear(self, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
        """The picture of softmax(W x + b) over the grid of inputs."""
        if self.inputs is None:
            raise ValueError("heat map: made without inputs, so it can only be shown probabilities")
        cells = self.inputs.shape[1:]
        logits = combine(weight, self.inputs.reshape(len(self.inputs), -1)) + bias[:, None]
        return self.paint(softmax(logits).reshape(-1, *cells))

    def paint(self, probabilities: np.ndarray) -> np.ndarray:
        """The picture, premultiplied uint8 (rows, columns, 4), of probabilities (classes, grid rows, grid columns)."""
        small = np.empty((*probabilities.shape[1:], 4), dtype=np.uint8)
        dimmed = (np.arange(256) * self.strength + 0.5).astype(np.uint8)
        for channel, values in enumerate(mix(probabilities, self.colours)):
            small[..., channel] = dimmed.take(values)
        small[..., 3] = dimmed[255]
        picture = np.empty((*self.shape, 4), dtype=np.uint8)
        context = cairo.Context(_argb(picture))
        self._enlarge(context, small)
        if self._mask is not None:
            _paint(context, self._mask, cairo.OPERATOR_DEST_IN)
        if self._lines is not None:
            _paint(context, self._lines, cairo.OPERATOR_ATOP)
        context.get_target().flush()
        return picture

    def _enlarge(self, context: cairo.Context, small: np.ndarray) -> None:
        """Bilinear, the middle of each cell at the middle of its block of pixels: 1 ms where PIL needs 7."""
        rows, columns = small.shape[:2]
        pattern = cairo.SurfacePattern(_argb(small))
        pattern.set_filter(cairo.FILTER_BILINEAR)
        pattern.set_extend(cairo.EXTEND_PAD)
        pattern.set_matrix(cairo.Matrix(columns / self.shape[1], 0, 0, rows / self.shape[0], 0, 0))
        context.set_source(pattern)
        context.set_operator(cairo.OPERATOR_SOURCE)
        context.paint()


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities over the first axis, which is that of the classes."""
    # Less than e^-60 is nothing to the eye, but numbers too small for their type cost the processor ten times as much.
    powers = np.exp(np.maximum(logits - logits.max(axis=0), logits.dtype.type(-60.0)))
    return np.asarray(powers / powers.sum(axis=0))


def _paint(context: cairo.Context, surface: cairo.ImageSurface, operator: cairo.Operator) -> None:
    context.set_operator(operator)
    context.set_source_surface(surface, 0, 0)
    context.get_source().set_filter(cairo.FILTER_NEAREST)
    context.paint()


def _argb(rgba: np.ndarray) -> cairo.ImageSurface:
    data: Any = rgba.data
    return cairo.ImageSurface.create_for_data(data, cairo.FORMAT_ARGB32, rgba.shape[1], rgba.shape[0])


def _a8(mask: np.ndarray) -> cairo.ImageSurface:
    rows, columns = mask.shape
    stride = cairo.ImageSurface.format_stride_for_width(cairo.FORMAT_A8, columns)
    padded = np.zeros((rows, stride), dtype=np.uint8)
    padded[:, :columns] = mask
    data: Any = padded.data
    return cairo.ImageSurface.create_for_data(data, cairo.FORMAT_A8, columns, rows, stride)


def _array(given: Any) -> np.ndarray:
    return np.array(getattr(given, "value", given), dtype=np.float32)


def _digest(*parts: np.ndarray | bytes | None) -> bytes:
    digest = xxhash.xxh3_128()
    for part in parts:
        if isinstance(part, np.ndarray):
            digest.update(repr((part.shape, part.dtype.str)).encode())
        digest.update(
            b"none" if part is None else np.ascontiguousarray(part).data if isinstance(part, np.ndarray) else part
        )
    return digest.digest()


def _demo() -> list[Mobject]:
    """The same made-up island before and after: untrained slopes, then four places told apart."""
    maps: list[Mobject] = []
    for number, sharp in enumerate((0.05, 1.5)):
        island = demo_map(-3.55 + 7.1 * number)
        centres = np.array([[spot.lon, spot.lat] for spot in island.places])
        cells = island.projection.grid(*grid_shape(island.projection))
        heat = HeatMap(
            island.projection, style.CLASS_COLOURS[: len(centres)], island.mask(), island.shade(), inputs=cells
        )
        maps.append(island.lay(heat.show_linear(2 * sharp * centres, -sharp * (centres**2).sum(axis=1))))
    return maps


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
