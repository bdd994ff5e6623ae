"""Gradient descent on a curve: the curve, the way walked so far from step to step, where it stands, and its tangent.

All places come from arrays; between two steps the dot is on its way, and no number is shown there.
"""

from __future__ import annotations

import sys
from typing import Any, Self

import numpy as np
from manim import Mobject, VGroup
from manim.utils.rate_functions import smooth

from scenes import style
from scenes.parts.axes import Axes
from scenes.parts.curve import Curve, Marker, Tangent
from scenes.parts.provenance import array


def on_the_way(step: float) -> float:
    """The same step with its fraction eased, so that each step starts and ends at rest."""
    whole = np.floor(step + 1e-9)
    return float(whole + smooth(min(1.0, max(0.0, step - whole))))


class DescentPlot(VGroup):
    """`curve` is (xs, losses) to be drawn on `axes`; `path` is (parameter, loss) at every step.

    `show(step)` draws the way up to that step, a fraction being on the way to the next. Named parts: `axes`, `curve`,
    `way`, `dot`, `tangent` (shown only when a slope is given).
    """

    def __init__(
        self,
        axes: Axes,
        curve: tuple[Any, Any],
        path: tuple[Any, Any],
        colour: str = style.HIGHLIGHT,
        *,
        curve_colour: str = style.LABEL,
        curve_width: float = 3.0,
        tangent_length: float = 2.4,
    ) -> None:
        super().__init__()
        self.axes = axes
        self._path, self._places = path, (array(path[0]), array(path[1]))
        self.curve = Curve(axes, *curve, curve_colour, curve_width)
        self.way = Curve(axes, *path, colour, style.LINE, 0.85)
        self.tangent = Tangent(axes, style.GRADIENT, tangent_length)
        self.dot = Marker(axes, colour, radius=0.09)
        self.add(self.axes, self.curve, self.way, self.tangent, self.dot)
        self.show(0.0)

    @property
    def last(self) -> int:
        """Number of the last step."""
        return len(self._places[0]) - 1

    def show(self, step: float, here: tuple[Any, Any] | None = None, slope: Any = None) -> Self:
        """Stand at `step`; `here` are readings of parameter and loss at it, `slope` that of the tangent at it."""
        at = min(on_the_way(step), float(self.last))
        xs, ys = self._places
        self.way.show(*self._path, until=at)
        x, y = (float(np.interp(at, np.arange(len(values)), values)) for values in (xs, ys))
        self.dot.show(x, y)
        if here is not None:
            self.dot.foot.credit(here[0])
            self.dot.dot.credit(here[1])
        whole = min(int(step + 1e-9), self.last)
        if slope is not None:
            self.tangent.show(float(xs[whole]), float(ys[whole]), slope)
        else:
            self.tangent.line.points = self.tangent.dot.points = np.empty((0, 3))
        return self


def _demo() -> list[Mobject]:
    xs = np.linspace(-2, 3, 200)
    shown: list[Mobject] = []
    for number, rate in enumerate((0.05, 0.4, 1.05)):
        m, path = -1.5, []
        for _ in range(12):
            path.append((m, (m - 0.6) ** 2))
            m -= rate * 2 * (m - 0.6)
        axes = Axes((-2, 3), (0, 6), 4.2, 3.6, x_title="m", y_title="loss", x_ticks=4)
        plot = DescentPlot(axes, (xs, (xs - 0.6) ** 2), tuple(np.array(path).T), style.PARIS)
        shown.append(
            plot.show(6.3, slope=path[6][0] * 2 - 1.2 if number < 2 else None).shift([4.6 * (number - 1), 0, 0])
        )
    return shown


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
