"""A straight line y = m x + b drawn against its parameter m: a step of one along m, and the rise x that it causes.

It is given the numbers and draws them; what they belong to is for the scene.
"""

from __future__ import annotations

import sys
from typing import Any, Self

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Mobject, VGroup

from scenes import style
from scenes.parts.axes import Axes
from scenes.parts.curve import Curve, Marker, Secant
from scenes.parts.provenance import number
from scenes.parts.readout import Readout
from scenes.parts.typesetting import Formula, row


class SlopePlot(VGroup):
    """h = m·x + b over m, in a box of `width` × `height` units, around the present m and h.

    `show(run, lift)` sets the step taken along m (0 … 1) and by how much b is raised. Named parts: `axes`, `line`,
    `here`, `secant`, `lifted`, and for the rise `one`, `rise_name` (x =) and `rise_value`.
    """

    def __init__(
        self,
        x: Any,
        m: Any,
        b: Any,
        h: Any,
        colour: str,
        titles: tuple[str, str],
        width: float = 6.0,
        height: float = 3.4,
    ) -> None:
        super().__init__()
        self._x, self._m, self._h = number(x), number(m), number(h)
        low, high = self._m - 1.0, self._m + 1.9
        self._xs = np.array([low, high])
        self._ys = self._xs * self._x + number(b)
        room = 0.25 * max(float(np.ptp(self._ys)), 5.0)
        span = (float(self._ys.min() - 0.4 * room), float(self._ys.max() + room))
        m_title, h_title = Formula(titles[0], style.BODY_SIZE), Formula(titles[1], style.BODY_SIZE, colour)
        self.axes = Axes(
            (low, high),
            span,
            width,
            height,
            x_title=m_title,
            y_title=h_title,
            x_ticks=4,
            y_ticks=4,
            tick_size=style.LABEL_SIZE,
        )
        self.line = Curve(self.axes, self._xs, self._ys, colour, style.STRONG)
        self.line.line.credit(x)
        self.lifted = Curve(self.axes, self._xs, self._ys, colour, style.LINE, 0.6)
        self.here = Marker(self.axes, style.HIGHLIGHT).show(m, h)
        self.secant = Secant(self.axes, style.FORWARD, width=0.0)
        self.secant.run.set_stroke(style.TEXT, 3.0)
        self.secant.rise.set_stroke(style.FORWARD, style.STRONG)
        self._name_legs(x)
        for part in (self.line.line, self.lifted.line, h_title):
            part.role = "class"  # for `reel check`: they wear their class's colour
        self.add(self.axes, self.lifted, self.line, self.secant, self.here, self.one, self.rise_name, self.rise_value)
        self.show()

    def _name_legs(self, x: Any) -> None:
        """ "1" along the run, "x = …" beside the rise."""
        side = DOWN if self._x >= 0 else UP
        self.one = Formula("1", style.BODY_SIZE).next_to(self.axes.point(self._m + 0.5, self._h), side, buff=0.12)
        self.rise_name = Formula("x =", style.BODY_SIZE, style.FORWARD)
        self.rise_value = Readout(x, ".4f", style.BODY_SIZE, style.FORWARD)
        beside = self.axes.point(self._m + 1.0, self._h + 0.52 * self._x) + 0.2 * RIGHT
        if abs(self.axes.point(0, self._x)[1] - self.axes.point(0, 0)[1]) < 0.5:
            beside = beside + 0.4 * UP  # hardly a rise: clear of the line
        self.rise_name.centre_on(beside, LEFT)
        row(self.rise_name, self.rise_value, gap=0.14)

    def show(self, run: float = 0.0, lift: float = 0.0) -> Self:
        """Take a step `run` along m, and raise a faint copy of the line by `lift`."""
        self.secant.show(self._m, self._h, self._m + run, self._h + run * self._x)
        for dot in self.secant.dots[: 2 if run == 0 else 1]:
            dot.points = np.empty((0, 3))
        if lift == 0:
            self.lifted.line.points = np.empty((0, 3))
        else:
            self.lifted.show(self._xs, self._ys + lift)
        return self


def _demo() -> list[Mobject]:
    first = SlopePlot(2.3514, 0.0, 0.0, 0.0, style.PARIS, ("m_2", "h_2")).show(1.0, 0.6).move_to([-3.4, 1.9, 0])
    second = SlopePlot(-70.2, 1.0, 0.5, -69.7, style.MADRID, ("m_1", "h_1")).show(1.0).move_to([3.4, 1.9, 0])
    third = SlopePlot(0.0, 0.0, 0.0, 0.0, style.BERLIN, ("m_3", "h_3")).show(0.5, 1.0).move_to([-3.4, -1.9, 0])
    return [first, second, third]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
