"""From a plane whose axes mean nothing to a box of the scene, turned by a quarter if it fits better so. Draws nothing.

Maps made by UMAP may be turned freely: only who is near whom is meant. So a plane higher than wide lies down in a
wide box, and its pictures lie down with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scenes.parts.projection import Box


@dataclass(frozen=True, slots=True)
class Flatland:
    """A part `frame` = (x0, x1, y0, y1) of the plane, filling the box `left` … `top` of the scene without distortion.

    `turned`: the plane's x runs down the picture and its y across it (a quarter turn clockwise).
    """

    frame: tuple[float, float, float, float]
    left: float
    right: float
    bottom: float
    top: float
    turned: bool

    @classmethod
    def fit(cls, frame: Sequence[float], box: Box, turn: bool | None = None) -> Flatland:
        """As large as it can be within `box`, in its middle. `turn` None: the way in which it gets larger."""
        x0, x1, y0, y1 = (float(edge) for edge in frame)
        if not (x1 > x0 and y1 > y0):
            raise ValueError(f"flatland: frame {(x0, x1, y0, y1)}: must have width and height")
        wide, high = box.right - box.left, box.top - box.bottom
        units = [min(wide / across, high / up) for across, up in ((x1 - x0, y1 - y0), (y1 - y0, x1 - x0))]
        turned = units[1] > units[0] * 1.001 if turn is None else turn
        across, up = (y1 - y0, x1 - x0) if turned else (x1 - x0, y1 - y0)
        width, height = across * units[turned], up * units[turned]
        x, y = (box.left + box.right) / 2, (box.bottom + box.top) / 2
        return cls((x0, x1, y0, y1), x - width / 2, x + width / 2, y - height / 2, y + height / 2, turned)

    @property
    def width(self) -> float:
        """Scene units from left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Scene units from bottom to top."""
        return self.top - self.bottom

    @property
    def center(self) -> np.ndarray:
        """The middle of the box, as Manim's (3,) point."""
        return np.array([(self.left + self.right) / 2, (self.bottom + self.top) / 2, 0.0])

    @property
    def unit(self) -> float:
        """Scene units for one unit of the plane."""
        x0, x1, y0, y1 = self.frame
        return self.width / ((y1 - y0) if self.turned else (x1 - x0))

    def to_scene(self, points: np.ndarray) -> np.ndarray:
        """Manim points (..., 3) of points (..., 2) of the plane."""
        x0, x1, y0, _ = self.frame
        points = np.asarray(points, dtype=float)
        placed = np.zeros((*points.shape[:-1], 3))
        if self.turned:
            placed[..., 0] = self.left + (points[..., 1] - y0) * self.unit
            placed[..., 1] = self.bottom + (x1 - points[..., 0]) * self.unit
        else:
            placed[..., 0] = self.left + (points[..., 0] - x0) * self.unit
            placed[..., 1] = self.bottom + (points[..., 1] - y0) * self.unit
        return placed

    def upright(self, picture: np.ndarray) -> np.ndarray:
        """A grid (rows, columns, ...) over the frame, its first row at the plane's top, as it lies in the box."""
        return np.rot90(picture, -1) if self.turned else picture
