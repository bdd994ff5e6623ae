"""A derivative as a picture: one number drawn over another that it depends on, and the slope where both stand now.

It is given the curve, the point and the slope; what they belong to is for the scene.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from manim import Mobject, VGroup

from scenes import style
from scenes.parts.axes import Axes
from scenes.parts.curve import Curve, Marker, Tangent
from scenes.parts.provenance import array, number

_RIM = 0.08  # of the curve's height, kept free above and below it


class RatePlot(VGroup):
    """Curve (xs, ys), the point (x, y) on it and, given a slope, the tangent there, in a box of `width` × `height`.

    `titles` of the two axes are mobjects or strings. `visit(i)` puts the marker on sample `i` of the curve, `settle()`
    back to the point. Named parts: `axes`, `curve`, `here`, `tangent` (empty without a slope).
    """

    def __init__(
        self,
        curve: tuple[Any, Any],
        point: tuple[Any, Any],
        slope: Any = None,
        width: float = 4.4,
        height: float = 2.6,
        *,
        titles: tuple[str | Mobject, str | Mobject] = ("", ""),
        colour: str = style.TEXT,
    ) -> None:
        super().__init__()
        self._xs, self._ys, self._point = *curve, point
        xs, ys = array(self._xs), array(self._ys)
        rim = _RIM * max(float(np.ptp(ys)), 1e-9)
        low, high = float(ys.min()) - rim, float(ys.max()) + rim
        self.axes = Axes(
            (float(xs[0]), float(xs[-1])), (low, high), width, height,
            x_title=titles[0], y_title=titles[1], x_ticks=3, y_ticks=3,
        )  # fmt: skip
        self.curve = Curve(self.axes, self._xs, self._ys, colour)
        self.here = Marker(self.axes, style.HIGHLIGHT, feet=True)
        self.tangent = Tangent(self.axes, style.GRADIENT, length=0.5 * width, width=style.STRONG)
        self.tangent.remove(self.tangent.dot)
        if slope is not None:
            self.tangent.show(number(point[0]), number(point[1]), slope)
        self.add(self.axes, self.curve, self.tangent, self.here)
        self.settle()

    def visit(self, sample: int) -> None:
        """Stand on a sample of the curve."""
        self.here.show(self._xs[sample], self._ys[sample])

    def settle(self) -> None:
        """Stand where both numbers are now."""
        self.here.show(*self._point)


def _demo() -> list[Mobject]:
    z, p = np.linspace(-6, 6, 121), np.linspace(0, 1, 121)
    first = RatePlot((z, 1 / (1 + np.exp(-z))), (0.66, 0.6593), None, 6.4, 3.4, colour=style.FORWARD)
    second = RatePlot((p, (p - 1) ** 2), (0.6593, 0.1161), -0.6814, 6.4, 3.4)
    first.move_to([-3.5, 1.9, 0])
    second.move_to([3.5, 1.9, 0])
    return [first, second]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
