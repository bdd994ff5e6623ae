"""An invisible sheet of graph paper that a part is drawn on: it says where local coordinates are now.

A part that redraws itself in place keeps one `Frame` among its submobjects. Whatever Manim does to the part
(moves, scales, turns, copies, interpolates it) happens to the frame's four corners too, so the part can always put
its points where they belong, whatever was shown before.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from manim import VMobject


class Frame(VMobject):
    """The rectangle from local `(x0, y0)` to `(x1, y1)`, at first lying where its coordinates say; never inked."""

    def __init__(self, x0: float, y0: float, x1: float, y1: float) -> None:
        if not (x1 > x0 and y1 > y0):
            raise ValueError(f"a frame needs width and height, not {x1 - x0} × {y1 - y0}")
        super().__init__(stroke_width=0, fill_opacity=0)
        self.x0, self.y0, self.x1, self.y1 = float(x0), float(y0), float(x1), float(y1)
        self.points = np.array([[x0, y0, 0.0], [x1, y0, 0.0], [x0, y1, 0.0], [x1, y1, 0.0]], dtype=float)

    @property
    def scale_now(self) -> float:
        """Scene units for one local unit across (1 until the part is scaled)."""
        return float(np.linalg.norm(self.points[1] - self.points[0])) / (self.x1 - self.x0)

    def axes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where local (0, 0) is, and the scene vectors of one local unit across and one up: each (3,)."""
        across = (self.points[1] - self.points[0]) / (self.x1 - self.x0)
        up = (self.points[2] - self.points[0]) / (self.y1 - self.y0)
        return self.points[0] - self.x0 * across - self.y0 * up, across, up

    def place(self, local: np.ndarray) -> np.ndarray:
        """Local points (n, 2) or (n, 3), of which x and y count, as scene points (n, 3)."""
        origin, across, up = self.axes()
        placed: np.ndarray = local[:, :2] @ np.array([across, up])
        placed += origin
        return placed

    def at(self, x: float, y: float) -> np.ndarray:
        """One local point in the scene: (3,)."""
        origin, across, up = self.axes()
        return np.asarray(origin + x * across + y * up)

    # -- it stays unseen and whole, whatever an animation asks ---------------------------------
    def set_fill(self, color: Any = None, opacity: float | None = None, family: bool = True) -> Self:
        """No fill, ever."""
        super().set_fill(color=color, opacity=0.0, family=False)
        return self

    def set_stroke(
        self,
        color: Any = None,
        width: float | None = None,
        opacity: float | None = None,
        background: bool = False,
        family: bool = True,
    ) -> Self:
        """No stroke, ever."""
        super().set_stroke(color=color, width=0.0, opacity=0.0, background=background, family=False)
        return self

    def pointwise_become_partial(self, vmobject: VMobject, a: float, b: float) -> Self:
        """A frame half drawn is still the whole frame."""
        self.points = vmobject.points.copy()
        return self
