"""What goes with a landscape of `surface`: scales along its edges that turn with it, and a path that walks on it."""

from __future__ import annotations

import sys
from typing import Any, Final, Self

import numpy as np
from manim import LineJointType, Mobject, VGroup, VMobject

from scenes import style
from scenes.parts import moving
from scenes.parts.polyline import joined
from scenes.parts.provenance import Sourced, array
from scenes.parts.ribbons import circle
from scenes.parts.surface import Surface
from scenes.parts.ticks import nice_ticks, tick_text
from scenes.parts.typesetting import Text
from scenes.parts.view import View

_OUT: Final = 0.34  # of a number's middle from its edge, in scene units
_TITLE: Final = 0.8
_LIFT: Final = 0.015  # by which a path floats above its ground, as a share of the ground's width
_BETWEEN: Final = 6  # points drawn from one step to the next, so that the line lies on the ground


class SurfaceAxes(VGroup):
    """Numbers along the two near edges and up the left one, with titles; `show(view)` puts them where they belong.

    Made for an azimuth from −90 to 0 degrees: then the near edges are the southern and the western one, and the
    upright edge at the left is the north-western one. `upright` is that scale: to be faded out before looking straight
    down.
    """

    def __init__(
        self, surface: Surface, x_title: Mobject, y_title: Mobject, z_title: Mobject, *, size: float = style.SMALL_SIZE
    ) -> None:
        super().__init__()
        self._surface = surface
        xs, ys, top = surface.across, surface.up, float(surface.values.max())
        near = [marks[marks > ends[0] + 0.06 * np.ptp(ends)] for marks, ends in  # the near corner belongs to both edges
                ((nice_ticks(xs[0], xs[-1], 5), xs), (nice_ticks(ys[0], ys[-1], 5), ys))]  # fmt: skip
        self._marks = [*near, nice_ticks(0.0, top, 4)]
        self.titles = VGroup(x_title, y_title, z_title)
        self.numbers = VGroup(*(VGroup(*(Text(text, size, style.LABEL) for text in tick_text(m))) for m in self._marks))
        self.lines = VGroup(*(VMobject(stroke_color=style.LABEL, stroke_width=1.4) for _ in range(3)))
        self.numbers.constant = "numbers on a scale"  # for `reel check`
        self.upright = VGroup(self.lines[2], self.numbers[2], self.titles[2])
        self.add(self.lines, self.numbers, self.titles)

    def _edge(self, axis: int, values: np.ndarray) -> np.ndarray:
        """World points (n, 3) of numbers on one of the three scales."""
        surface, points = self._surface, np.zeros((len(values), 3))
        points[:, 0], points[:, 1] = surface.across[0], surface.up[0]
        if axis == 2:
            points[:, 1] = surface.up[-1]
            points[:, 2] = surface.height_scale * values
        else:
            points[:, axis] = values
        return points

    def show(self, view: View) -> Self:
        """Stand where the view sees the edges."""
        surface = self._surface
        middle = view.project(np.array([[surface.across.mean(), surface.up.mean(), 0.0]]))[0]
        ends = [surface.across[[0, -1]], surface.up[[0, -1]], np.array([0.0, float(surface.values.max())])]
        for axis in range(3):
            edge = view.project(self._edge(axis, ends[axis]))
            outwards = np.array([-1.0, 0.0, 0.0]) if axis == 2 else _aside(edge[0], edge[1], middle)
            places = view.project(self._edge(axis, self._marks[axis]))
            ticks = [joined(np.array([place, place + 0.1 * outwards])) for place in places]
            self.lines[axis].points = np.concatenate([joined(edge), *ticks])
            for number, place in zip(self.numbers[axis], places, strict=True):
                moving.move_to(number, place + (_OUT if axis < 2 else _OUT + number.width / 2 - 0.1) * outwards)
            centre = (edge[0] + edge[1]) / 2 if axis < 2 else edge[1] + np.array([0.0, 0.35, 0.0])
            room = _TITLE + abs(float(outwards[0])) * self.titles[axis].width / 2
            moving.move_to(self.titles[axis], centre + (room * outwards if axis < 2 else 0.0))
        return self


def _aside(a: np.ndarray, b: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The direction across the line from a to b that leads away from `inside`: (3,)."""
    along = (b - a) / max(float(np.linalg.norm(b - a)), 1e-9)
    across = np.array([-along[1], along[0], 0.0])
    return across if across @ (a - inside) > 0 else -across


class Walk(Sourced, VMobject):
    """The line of a path; `reading` is the whole path."""


class Walker(Sourced, VMobject):
    """The dot at the present step; `reading` is where it stands."""


class UphillArrow(Sourced, VMobject):
    """An arrow lying on a surface, pointing where its `gradient` (2,) leads, `length` units of the parameters long."""

    def __init__(self, surface: Surface, place: Any, gradient: Any, length: float = 0.42) -> None:
        super().__init__(stroke_color=style.GRADIENT, stroke_width=style.STRONG, joint_type=LineJointType.ROUND)
        self.set_stroke(style.BACKGROUND, 2 * style.STRONG, background=True)
        self.credit(gradient)
        start, way = array(place), array(gradient)
        way = way / max(float(np.linalg.norm(way)), 1e-12)
        across, head = np.array([-way[1], way[0]]), 0.35 * length
        tip = start + length * way
        wings = [tip - head * way + side * 0.7 * head * across for side in (1, -1)]
        shaft = start + np.linspace(0, 1, 24)[:, None] * (tip - start)
        lift = _LIFT * float(np.ptp(surface.across))
        strokes = (shaft, np.array([wings[0], tip, wings[1]]))
        self._lines = [surface.world(stroke[:, 0], stroke[:, 1], lift) for stroke in strokes]

    def show(self, view: View) -> Self:
        """Lie where the view sees it."""
        self.points = np.concatenate([joined(view.project(line)) for line in self._lines])
        return self


class SurfaceWalk(VGroup):
    """A path (steps, 2) over a surface's parameters, drawn up to the present step. Named parts: `line`, `dot`."""

    def __init__(self, surface: Surface, path: Any, colour: str = style.HIGHLIGHT, width: float = 5.0) -> None:
        super().__init__()
        steps = array(path)
        fine = np.linspace(0, len(steps) - 1, (len(steps) - 1) * _BETWEEN + 1)
        x, y = (np.interp(fine, np.arange(len(steps)), steps[:, axis]) for axis in (0, 1))
        self._surface, self._lift = surface, _LIFT * float(np.ptp(surface.across))
        self._points = surface.world(x, y, self._lift)
        self._seen: tuple[View | None, np.ndarray] = (None, np.ones(len(self._points), dtype=bool))
        dark = {"background_stroke_color": style.BACKGROUND, "background_stroke_width": width + 3}
        self.line = Walk(stroke_color=colour, stroke_width=width, joint_type=LineJointType.ROUND, **dark)
        self.line.credit(path)
        self.dot = Walker(fill_color=colour, fill_opacity=1, stroke_color=style.BACKGROUND, stroke_width=2)
        self.add(self.line, self.dot)

    def show(self, view: View, step: float, reading: Any = None) -> Self:
        """Draw up to `step` (a fraction lies between two steps), as `view` sees it; nothing of it that is hidden."""
        until = float(np.clip(step * _BETWEEN, 0, len(self._points) - 1))
        whole = int(until)
        walked = self._points[: whole + 1]
        if whole + 1 < len(self._points) and until > whole:
            last = self._points[whole] + (until - whole) * (self._points[whole + 1] - self._points[whole])
            walked = np.concatenate([walked, last[None]])
        if self._seen[0] != view:
            self._seen = (view, self._surface.seen(self._points, view))
        drawn = view.project(walked)
        hidden = ~self._seen[1][np.minimum(np.arange(len(walked)), len(self._points) - 1)]
        drawn[hidden] = np.nan
        self.line.points = joined(drawn) if len(drawn) > 1 else np.empty((0, 3))
        self.dot.points = np.empty((0, 3)) if hidden[-1] else circle(0.1) + drawn[-1]
        self.dot.credit(reading)
        return self


def _demo() -> list[Mobject]:
    from types import SimpleNamespace

    from scenes.parts.typesetting import Formula

    xs = np.linspace(-2, 2, 41)
    x, y = np.meshgrid(xs, xs)
    bowl = 0.1 + 0.25 * (x - 0.6) ** 2 + 1.1 * (y - 0.4 * x) ** 2
    t = np.linspace(0, 1, 12)
    path = np.stack([-1.5 + 2.1 * t, 1.8 - 1.5 * t**0.4], axis=1)
    shown: list[Mobject] = []
    for left, azimuth, elevation in ((-6.9, -40.0, 30.0), (0.2, 0.0, 90.0)):
        box = SimpleNamespace(left=left, right=left + 6.7, bottom=-3.5, top=3.5)
        surface = Surface(xs, xs, bowl, box, height=0.5, first=0.125)
        view = View(azimuth=azimuth, elevation=elevation, distance=np.inf)
        view = view.fitted(surface.corners(), (left + 1.1, left + 6.4, -2.4, 2.8))
        axes = SurfaceAxes(surface, Formula("m_1"), Formula("m_2"), Text("loss", style.SMALL_SIZE))
        shown += [surface.show(view), axes.show(view), SurfaceWalk(surface, path).show(view, 9.5)]
    return shown


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
