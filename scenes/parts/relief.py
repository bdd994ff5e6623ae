"""A surface over a plane seen from above: shaded like a relief, with contour lines. Paths on it are drawn elsewhere."""

from __future__ import annotations

import sys
from typing import Any, Final

import numpy as np
from PIL import Image

from scenes import style
from scenes.parts.provenance import Sourced, array
from scenes.parts.raster import Raster, pixel_shape
from scenes.parts.wires import rgb

LINES: Final = 14  # contour lines between the lowest and the highest place
_BRIGHT: Final = 0.62  # of the heights' colours, so that paths stand out
_STEEP: Final = 5.0  # how strongly the light, from the upper left, tells slopes apart


class Relief(Sourced, Raster):
    """Heights (up, across) at the points of an even grid, from edge to edge of a box `width` × `height` units.

    Rows rise from the bottom, as a plane's second coordinate does. Heights have the colours of every loss landscape.
    """

    mixed = "blue to orange, by height; lighter or darker by the slope's side to the light"

    def __init__(self, heights: Any, width: float, height: float) -> None:
        super().__init__(width, height)
        self.credit(heights)
        given, shape = array(heights), pixel_shape(width, height)
        self.set_recipe(lambda: _painted(given, shape))


def _painted(heights: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    rows, columns = heights.shape
    wider = np.pad(heights[::-1], 2, mode="reflect", reflect_type="odd")  # goes on as it ends: no rim in the picture
    source = Image.fromarray(np.ascontiguousarray(wider.astype(np.float32)))
    size = (shape[1], shape[0])  # the middles of the outer samples lie on the picture's edges
    fine = np.asarray(source.resize(size, Image.Resampling.BICUBIC, (2.5, 2.5, columns + 1.5, rows + 1.5)))
    low, high = float(heights.min()), float(heights.max())
    share = np.clip((fine - low) / (high - low), 0, 1)
    down, across = np.gradient(share, 1 / shape[0], 1 / shape[0])
    light = np.clip(1.0 + _STEEP * 0.1 * (-across - down) / np.hypot(1.0, np.hypot(across, down)), 0.35, 1.6)
    tone = _BRIGHT * light
    level = share * LINES
    steep = np.hypot(*np.gradient(level))
    line = np.clip(1.2 - np.abs(level - np.rint(level)) / np.maximum(steep, 1e-6), 0, 1) * (steep < 0.45)
    stops = np.linspace(0, 1, len(style.HEIGHTS))
    colours = np.array([rgb(colour) for colour in style.HEIGHTS])
    colour = np.stack([np.interp(share, stops, colours[:, i]) for i in range(3)], axis=-1)
    colour = np.clip(colour * tone[..., None] + 0.1 * line[..., None], 0, 1)
    return np.concatenate([255 * colour, np.full((*shape, 1), 255.0)], axis=-1).astype(np.uint8)


def _demo() -> Relief:
    y, x = np.mgrid[-2:2:41j, -3:3:41j]
    return Relief(x * x / 6 + y * y / 3 + 0.4 * np.sin(2 * x) * np.cos(3 * y), 12.0, 7.0)


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
