"""What is drawn on axes: curves from arrays, a tangent, a secant, an area, a dot with its feet.

Each keeps the plane's frame for itself, so that `show` finds its places wherever the drawing was moved together with
its axes. Everything outside the plane is cut off at its edge.
"""

from __future__ import annotations

import sys
from typing import Any, Self

import numpy as np
from manim import LineJointType, Mobject, VGroup, VMobject

from scenes import style
from scenes.parts.axes import Axes
from scenes.parts.frame import Frame
from scenes.parts.polyline import clipped, cut_at, dashed, joined
from scenes.parts.provenance import Sourced, array, number
from scenes.parts.ribbons import circle


class OnAxes(VGroup):
    """A drawing on a plane of numbers. `frame` is the plane, with coordinates in its own numbers."""

    def __init__(self, axes: Axes) -> None:
        super().__init__()
        self.frame: Frame = axes.frame.copy()
        self._made_width = self._width_now()
        self.add(self.frame)

    def _width_now(self) -> float:
        return float(np.linalg.norm(self.frame.points[1] - self.frame.points[0]))

    @property
    def scaled(self) -> float:
        """By how much the drawing has been scaled since it was made."""
        return self._width_now() / self._made_width

    def point(self, x: float, y: float) -> np.ndarray:
        """Present place (3,) of a pair of numbers."""
        return self.frame.at(x, y)

    def _curves(self, corners: np.ndarray) -> np.ndarray:
        """Curves in the scene through corners (n, 2) in numbers, cut off at the plane's edges."""
        frame = self.frame
        return frame.place(clipped(joined(corners), (frame.x0, frame.x1), (frame.y0, frame.y1)))

    def _inside(self, x: float, y: float) -> bool:
        frame = self.frame
        return bool(frame.x0 <= x <= frame.x1 and frame.y0 <= y <= frame.y1)


class Line(Sourced, VMobject):
    """A stroke; `reading` is what it shows."""


class Dot(Sourced, VMobject):
    """A small disc; `reading` is what its place shows."""


def _stroke(colour: str, width: float, opacity: float = 1.0) -> Line:
    return Line(stroke_color=colour, stroke_width=width, stroke_opacity=opacity, joint_type=LineJointType.ROUND)


class Curve(OnAxes):
    """A line through (xs, ys), each (n,); a y that is no number leaves a gap.

    `show(xs, ys)` draws another; `until` (0 … n − 1, fractions allowed) draws only the first part of it, ended exactly.
    """

    def __init__(
        self, axes: Axes, xs: Any, ys: Any, colour: str = style.TEXT, width: float = 3.0, opacity: float = 1.0
    ) -> None:
        super().__init__(axes)
        self.line = _stroke(colour, width, opacity)
        self.add(self.line)
        self.show(xs, ys)

    def show(self, xs: Any, ys: Any, until: float | None = None) -> Self:
        """Draw arrays or readings of equal length."""
        self.xs, self.ys = array(xs), array(ys)
        if self.xs.shape != self.ys.shape or self.xs.ndim != 1:
            raise ValueError(f"a curve needs xs and ys of one length, not {self.xs.shape} and {self.ys.shape}")
        self.line.credit(ys)
        corners = np.stack([self.xs, self.ys], axis=1)
        if until is not None:
            corners = cut_at(corners, until)
        self.line.points = self._curves(corners) if len(corners) > 1 else np.empty((0, 3))
        return self

    def height_at(self, x: float) -> float:
        """The y of the curve at x, for xs that rise."""
        return float(np.interp(x, self.xs, self.ys))


class Tangent(OnAxes):
    """A straight line through a point with a slope, `length` units long on screen wherever it leans."""

    def __init__(self, axes: Axes, colour: str = style.GRADIENT, length: float = 2.4, width: float = 3.0) -> None:
        super().__init__(axes)
        self.length = length
        self.line, self.dot = _stroke(colour, width), Dot(stroke_width=0, fill_color=colour, fill_opacity=1)
        self.add(self.line, self.dot)

    def show(self, x: float, y: float, slope: Any) -> Self:
        """Touch at (x, y), in the plane's numbers; `slope` may be a reading."""
        self.line.credit(slope)
        _, across, up = self.frame.axes()
        along = across + number(slope) * up
        size = float(np.linalg.norm(along))
        reach = self.length * self.scaled / 2 / size if size > 0 else 0.0
        corners = np.array([[x - reach, y - reach * number(slope)], [x + reach, y + reach * number(slope)]])
        self.line.points = self._curves(corners)
        self.dot.points = _disc(self, x, y, 0.07)
        return self


class Secant(OnAxes):
    """The line through two points of a curve, with the run and the rise between them as a right angle."""

    def __init__(self, axes: Axes, colour: str = style.GRADIENT, legs: bool = True, width: float = 3.0) -> None:
        super().__init__(axes)
        self.line = _stroke(colour, width)
        self.run, self.rise = _stroke(style.LABEL, 2.0), _stroke(style.LABEL, 2.0)
        self.dots = [Dot(stroke_width=0, fill_color=colour, fill_opacity=1) for _ in range(2)]
        self._legs = legs
        self.add(self.run, self.rise, self.line, *self.dots)

    def show(self, x0: float, y0: float, x1: float, y1: float) -> Self:
        """Through (x0, y0) and (x1, y1), from edge to edge of the plane; no line when both are one point."""
        frame = self.frame
        there = np.array([[x0, y0], [x1, y1]], dtype=float)
        if x0 == x1:
            whole = np.array([[x0, frame.y0], [x0, frame.y1]]) if y0 != y1 else np.empty((0, 2))
        else:
            slope = (y1 - y0) / (x1 - x0)
            whole = np.array([[x, y0 + slope * (x - x0)] for x in (frame.x0, frame.x1)])
        self.line.points = self._curves(whole) if len(whole) else np.empty((0, 3))
        corner = np.array([x1, y0])
        self.run.points = self._curves(np.stack([there[0], corner])) if self._legs else np.empty((0, 3))
        self.rise.points = self._curves(np.stack([corner, there[1]])) if self._legs else np.empty((0, 3))
        for dot, (x, y) in zip(self.dots, there, strict=True):
            dot.points = _disc(self, x, y, 0.07)
        return self


class Area(OnAxes):
    """The area between two curves over the same xs, or between one and the x axis; filled in one colour."""

    def __init__(self, axes: Axes, colour: str = style.POSITIVE, opacity: float = 0.35) -> None:
        super().__init__(axes)
        self.area = Line(stroke_width=0, fill_color=colour, fill_opacity=opacity)
        self.add(self.area)

    def show(self, xs: Any, upper: Any, lower: Any = 0.0) -> Self:
        """Fill between `upper` and `lower`, (n,) each or one number, where both lie within the plane's edges."""
        self.area.credit(upper)
        frame, x = self.frame, array(xs)
        high, low = (np.clip(np.broadcast_to(array(y), x.shape), frame.y0, frame.y1) for y in (upper, lower))
        keep = np.isfinite(high) & np.isfinite(low) & (x >= frame.x0) & (x <= frame.x1)
        around = np.concatenate([np.stack([x, high], 1)[keep], np.stack([x, low], 1)[keep][::-1]])
        closed = np.concatenate([around, around[:1]])
        self.area.points = frame.place(joined(closed)) if keep.sum() > 1 else np.empty((0, 3))
        return self


class Marker(OnAxes):
    """A dot at a pair of numbers, with dashed lines down (or up) and across to the axes on request."""

    def __init__(self, axes: Axes, colour: str = style.HIGHLIGHT, *, feet: bool = False, radius: float = 0.08) -> None:
        super().__init__(axes)
        self._feet, self._radius, self._crossing = feet, radius, axes.crossing
        self.foot, self.arm = _stroke(colour, 1.6, 0.6), _stroke(colour, 1.6, 0.6)
        self.dot = Dot(stroke_width=0, fill_color=colour, fill_opacity=1)
        self.add(self.foot, self.arm, self.dot)

    def show(self, x: Any, y: Any) -> Self:
        """Stand at (x, y), numbers or readings; outside the plane nothing is shown."""
        at = (number(x), number(y))
        self.dot.credit(y)
        self.foot.credit(x)
        self.dot.points = _disc(self, *at, self._radius)
        legs = [(self.foot, (at[0], self._crossing[1])), (self.arm, (self._crossing[0], at[1]))]
        for stroke, end in legs:
            shown = self._feet and self._inside(*at)
            stroke.points = (
                dashed(self.point(*at), self.point(*end), 0.09 * self.scaled, 0.07 * self.scaled)
                if shown
                else np.empty((0, 3))
            )
        return self


def _disc(drawing: OnAxes, x: float, y: float, radius: float) -> np.ndarray:
    return circle(radius * drawing.scaled) + drawing.point(x, y) if drawing._inside(x, y) else np.empty((0, 3))


def _demo() -> list[Mobject]:
    left = Axes((-3, 3), (-1.2, 1.2), 6.4, 3.6, grid=True).move_to([-3.5, 1.9, 0])
    xs = np.linspace(-3, 3, 200)
    sine = Curve(left, xs, np.sin(2 * xs), style.PARIS)
    touching = Tangent(left).show(0.5, np.sin(1.0), 2 * np.cos(1.0))
    right = Axes((0, 1), (0, 5), 6.4, 3.6, corner=True).move_to([3.5, 1.9, 0])
    ps = np.linspace(0.001, 1, 400)
    loss = Curve(right, ps, -np.log(ps))
    here = Marker(right, style.PARIS, feet=True).show(0.0862, 2.4506)
    low = Axes((-1, 2), (-1, 4), 6.4, 3.6).move_to([-3.5, -1.9, 0])
    ts = np.linspace(-1, 2, 100)
    square = Curve(low, ts, ts**2, style.TEXT)
    nudge = Secant(low).show(0.6, 0.36, 1.5, 2.25)
    last = Axes((0, 10), (0, 1), 6.4, 3.6).move_to([3.5, -1.9, 0])
    zs = np.linspace(0, 10, 200)
    bump = 1 / (1 + np.exp(-(zs - 5)))
    filled_in = [Area(last, style.MADRID).show(zs, 1.0, bump), Area(last, style.PARIS).show(zs, bump)]
    part = Curve(last, zs, bump, style.TEXT).show(zs, bump, until=120.4)
    return [left, sine, touching, right, loss, here, low, square, nudge, last, *filled_in, part]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
