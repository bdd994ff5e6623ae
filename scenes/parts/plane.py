"""Axes whose plane lies exactly on a given box, as over a map. Axes themselves are in `axes`."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

from manim import Mobject, Rectangle

from scenes import style
from scenes.parts.axes import Axes
from scenes.parts.projection import Box


def plane_on(box: Box, x_range: tuple[float, float], y_range: tuple[float, float], **options: Any) -> Axes:
    """Axes whose plane fills `box` to its edges; numbers and titles stand around it. `options` are those of `Axes`.

    How much room numbers take depends a little on the plane's own size, so the size is found in a few rounds.
    """
    wide, high = box.right - box.left, box.top - box.bottom
    around = [1.0, 1.0]
    for _ in range(4):
        axes = Axes(x_range, y_range, wide + around[0], high + around[1], **options)
        low, right, upper = axes.frame.points[:3]
        around[0] += wide - float(right[0] - low[0])
        around[1] += high - float(upper[1] - low[1])
    axes.shift([box.left - low[0], box.bottom - low[1], 0])
    return axes


class _Box(NamedTuple):
    left: float
    right: float
    bottom: float
    top: float


def _demo() -> list[Mobject]:
    box = _Box(-3.0, 3.0, -2.5, 2.5)
    panel = Rectangle(width=6, height=5, stroke_width=0, fill_color=style.PANEL, fill_opacity=1)
    return [panel, plane_on(box, (-9.8, 17.2), (-12, 12), y_title="h", x_title="x")]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
