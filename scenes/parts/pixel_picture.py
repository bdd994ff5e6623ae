"""Pictures made of a few large pixels, and the same pixels standing in one column. Images are given."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from scenes import style
from scenes.parts.provenance import Sourced, array
from scenes.parts.raster import Raster, pixel_shape
from scenes.parts.wires import rgb


class PixelPicture(Sourced, Raster):
    """An image of (rows, columns) shares of ink, 0 … 1, as cells with thin gaps; `rim` draws a frame around it.

    `background` is how bright a cell without ink is, so that the grid can be seen.
    """

    mixed = "black to white, by ink"

    def __init__(self, image: Any, width: float, height: float, gap: bool = True, background: float = 0.07) -> None:
        super().__init__(width, height)
        self.credit(image)
        self.ink = ink = array(image) / (255.0 if array(image).max() > 1.0 else 1.0)
        shape = pixel_shape(width, height)
        self.set_recipe(lambda: _cells(ink, shape, gap, background), None)

    def cell(self, row: int, column: int) -> np.ndarray:
        """Present middle (3,) of a cell."""
        rows, columns = self.ink.shape
        ul, ur, ll = self.points[:3]
        return np.asarray(ul + (ur - ul) * (column + 0.5) / columns + (ll - ul) * (row + 0.5) / rows)


class Unrolling(Sourced, Raster):
    """Pixels on their way from a picture (at 0) into one column (at 1), row after row, in a box around the origin.

    `picture` and `column` are boxes (left, right, bottom, top) in the box's own coordinates.
    """

    mixed = "black to white, by ink"

    def __init__(
        self, image: Any, width: float, height: float, picture: tuple[float, ...], column: tuple[float, ...]
    ) -> None:
        super().__init__(width, height)
        self.credit(image)
        self.ink = array(image) / (255.0 if array(image).max() > 1.0 else 1.0)
        self._size = width, height
        self._boxes = _boxes(self.ink.shape, picture, column, width, height)
        self.show(0.0)

    def show(self, way: float) -> Self:
        """All cells at `way`, 0 … 1; those of the upper rows leave first."""
        ink, boxes, shape = self.ink.ravel(), self._boxes, pixel_shape(*self._size)
        key = repr((shape, way)).encode() + ink.tobytes() + boxes.tobytes()
        self.set_recipe(lambda: _flying(ink, boxes, way, shape), key)
        return self


class PictureWall(Sourced, Raster):
    """Many images (n, rows, columns) in a grid of `across` columns, filling `width`; the height follows from that.

    `rims` gives some of them a frame: number of the image → colour.
    """

    mixed = "black to white, by ink"

    def __init__(self, images: Any, width: float, across: int, rims: Mapping[int, str] | None = None) -> None:
        given = array(images)
        self.across, self.down = across, -(-len(given) // across)
        super().__init__(width, width * self.down / across)
        self.credit(images)
        shape, rims = pixel_shape(width, width * self.down / across), dict(rims or {})
        self.set_recipe(lambda: _wall(given, shape, across, self.down, rims), None)

    def place(self, number: int) -> np.ndarray:
        """Present middle (3,) of an image."""
        row, column = divmod(number, self.across)
        ul, ur, ll = self.points[:3]
        return np.asarray(ul + (ur - ul) * (column + 0.5) / self.across + (ll - ul) * (row + 0.5) / self.down)


def _wall(images: np.ndarray, shape: tuple[int, int], across: int, down: int, rims: Mapping[int, str]) -> np.ndarray:
    out = np.zeros((*shape, 4), dtype=np.uint8)
    scale = 255.0 if images.max() > 1 else 1.0
    for i, image in enumerate(images):
        row, column = divmod(i, across)
        top, bottom = (shape[0] * n // down for n in (row, row + 1))
        left, right = (shape[1] * n // across for n in (column, column + 1))
        pad = max(1, (right - left) // 16)
        box = out[top + pad : bottom - pad, left + pad : right - pad]
        if i in rims:
            rim = max(2, (right - left) // 16)
            box[:] = [*(255 * rgb(rims[i])).astype(np.uint8), 255]
            box = box[rim:-rim, rim:-rim]
        r = np.linspace(0, image.shape[0] - 1e-6, box.shape[0]).astype(int)
        c = np.linspace(0, image.shape[1] - 1e-6, box.shape[1]).astype(int)
        box[:] = _tones(image[r[:, None], c] / scale, 0.07)
    return out


def _boxes(shape: tuple[int, ...], picture: Any, column: Any, width: float, height: float) -> np.ndarray:
    """Left, right, top, bottom as shares of the box, y downwards, at the start and at the end: (2, cells, 4)."""
    rows, columns = shape
    r, c = (places.ravel() for places in np.mgrid[0:rows, 0:columns])
    cells = rows * columns
    made = []
    for (left, right, bottom, top), across, down, n, m in (
        (picture, c, r, columns, rows), (column, 0 * c, np.arange(cells), 1, cells)
    ):  # fmt: skip
        x0, x1 = (left + (across + i) / n * (right - left) for i in (0, 1))
        y0, y1 = (top - (down + i) / m * (top - bottom) for i in (0, 1))
        made.append(np.stack([x0 / width + 0.5, x1 / width + 0.5, 0.5 - y0 / height, 0.5 - y1 / height], axis=1))
    return np.array(made)


def _flying(ink: np.ndarray, boxes: np.ndarray, way: float, shape: tuple[int, int]) -> np.ndarray:
    rows, columns = shape
    late = np.linspace(0.0, 0.6, len(ink))
    t = np.clip((way - late) / 0.4, 0, 1)
    t = (t * t * (3 - 2 * t))[:, None]
    at = np.rint(((1 - t) * boxes[0] + t * boxes[1]) * [columns, columns, rows, rows]).astype(int)
    at[:, 1] = np.maximum(at[:, 1], at[:, 0] + 1)
    at[:, 3] = np.maximum(at[:, 3], at[:, 2] + 1)
    tones = _tones(ink, 0.07)
    out = np.zeros((rows, columns, 4), dtype=np.uint8)
    for i in np.argsort(ink, kind="stable"):  # ink above what is empty
        x0, x1, y0, y1 = at[i]
        gap = int(min(x1 - x0, y1 - y0) > 5)
        out[y0 : y1 - gap, x0 : x1 - gap] = tones[i]
    return out


def _tones(ink: np.ndarray, background: float) -> np.ndarray:
    """Opaque RGBA uint8 (..., 4) of shares of ink."""
    share = (background + (1 - background) * ink)[..., None]
    return np.concatenate([255 * share * rgb(style.TEXT), np.full((*ink.shape, 1), 255.0)], axis=-1).astype(np.uint8)


def _cells(ink: np.ndarray, shape: tuple[int, int], gap: bool, background: float) -> np.ndarray:
    rows, columns = shape
    r = np.arange(rows) * ink.shape[0] // rows
    c = np.arange(columns) * ink.shape[1] // columns
    out = _tones(ink, background)[r[:, None], c[None, :]]
    if gap and min(rows / ink.shape[0], columns / ink.shape[1]) >= 5:
        out[np.flatnonzero(np.diff(r, prepend=-1))] = 0
        out[:, np.flatnonzero(np.diff(c, prepend=-1))] = 0
    return out


def _demo() -> list[Raster]:
    y, x = np.mgrid[-1:1:28j, -1:1:28j]
    ring = np.exp(-(((np.hypot(x, y) - 0.6) / 0.15) ** 2))
    flight = Unrolling(ring, 13, 7, (-6, -2, -2, 2), (5, 5.3, -3.3, 3.3)).show(0.5)
    return [flight]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
