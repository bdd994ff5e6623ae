"""The outputs of linear neurons along one axis: lines of which the highest is bold, softmax below, pushes on them.

The x axis is what the viewer reads (degrees, say); `inputs` (2, 1) is what the neurons are fed at its 0 and its 1.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final, Self

import numpy as np
from manim import LineJointType, Mobject

from scenes import style
from scenes.parts.axes import Axes
from scenes.parts.curve import Line, OnAxes
from scenes.parts.envelope import stretches
from scenes.parts.heatmap import softmax
from scenes.parts.polyline import dashed
from scenes.parts.provenance import array, number

SAMPLES: Final = 241  # corners of a softmax curve
FAINT: Final = 0.6  # opacity of a line where it does not win
HEAD: Final = 0.11  # length of an arrow's head, units


class Rival(Line):
    """What is drawn for one class."""

    role = "class"  # its colour stands for the class (`reel check`)


def lines_of(weight: Any, bias: Any, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slopes and intercepts (classes,) of W x + b on an axis at whose 0 and 1 the neurons are fed `inputs` (2, 1)."""
    at_zero, at_one = inputs @ array(weight).T + array(bias)
    return at_one - at_zero, at_zero


class NeuronRace(OnAxes):
    """One straight line a class, thin, and bold wherever it is the highest. `lines` and `bold` are the strokes.

    `show(weight, bias)` takes (classes, 1) and (classes,), arrays or Readings; each line keeps its own slope.
    """

    def __init__(self, axes: Axes, colours: Sequence[str], inputs: np.ndarray) -> None:
        super().__init__(axes)
        self.inputs = np.asarray(inputs, dtype=float)
        self.lines = [_stroke(colour, 0.9 * style.LINE, FAINT, Rival) for colour in colours]
        self.bold = [_stroke(colour, 1.3 * style.STRONG, 1.0, Rival) for colour in colours]
        self.add(*self.lines, *self.bold)

    def show(self, weight: Any, bias: Any, until: float = 1.0) -> Self:
        """The lines of W x + b, bold only in the first `until` (0 … 1) of the axis."""
        slopes, intercepts = lines_of(weight, bias, self.inputs)
        x0, x1 = self.frame.x0, self.frame.x1
        ends = np.array([x0, x1])
        for i, line in enumerate(self.lines):
            line.credit(weight, i, 0)
            line.points = self._curves(np.stack([ends, slopes[i] * ends + intercepts[i]], axis=1))
            self.bold[i].credit(weight, i, 0)
            self.bold[i].points = np.empty((0, 3))
        stop = x0 + until * (x1 - x0)
        for i, a, b in stretches(slopes, intercepts, x0, x1):
            part = np.array([a, min(b, stop)])
            if part[1] > part[0]:
                self.bold[i].points = self._curves(np.stack([part, slopes[i] * part + intercepts[i]], axis=1))
        return self

    def height(self, weight: Any, bias: Any, x: float) -> np.ndarray:
        """The lines' heights (classes,) at x."""
        slopes, intercepts = lines_of(weight, bias, self.inputs)
        return slopes * x + intercepts


class SoftmaxCurves(OnAxes):
    """Softmax of the same lines: a curve a class between 0 and 1. `curves` are the strokes."""

    def __init__(self, axes: Axes, colours: Sequence[str], inputs: np.ndarray) -> None:
        super().__init__(axes)
        self.inputs = np.asarray(inputs, dtype=float)
        self.xs = np.linspace(self.frame.x0, self.frame.x1, SAMPLES)
        self.curves = [_stroke(colour, 1.4 * style.LINE, 1.0, Rival) for colour in colours]
        self.add(*self.curves)

    def show(self, weight: Any, bias: Any, until: float = 1.0) -> Self:
        """softmax(W x + b), drawn over the first `until` (0 … 1) of the axis."""
        slopes, intercepts = lines_of(weight, bias, self.inputs)
        shares = softmax(slopes[:, None] * self.xs + intercepts[:, None])
        xs = np.minimum(self.xs, self.frame.x0 + until * (self.frame.x1 - self.frame.x0))
        last = np.searchsorted(self.xs, xs[-1], side="left") + 1
        for i, curve in enumerate(self.curves):
            curve.credit(weight, i, 0)
            ys = np.interp(xs, self.xs, shares[i])
            curve.points = self._curves(np.stack([xs, ys], axis=1)[:last])
        return self


class Pushes(OnAxes):
    """Where a step pushes each line: a dashed upright at the place shown, and on it an arrow for each line.

    `show(x, heights, pushes)`: an arrow of `unit` scene units for a push of 1 starts at each line's height.
    """

    def __init__(self, axes: Axes, colours: Sequence[str], unit: float = 0.7) -> None:
        super().__init__(axes)
        self.unit = unit
        self.upright = _stroke(style.HIGHLIGHT, 0.6 * style.LINE, 0.7)
        self.shafts = [_stroke(colour, style.STRONG, 1.0, Rival) for colour in colours]
        self.heads = [Rival(stroke_width=0, fill_color=colour, fill_opacity=1) for colour in colours]
        self.add(self.upright, *self.shafts, *self.heads)

    def show(self, x: Any, heights: np.ndarray, pushes: Any) -> Self:
        """`x` where the step is, `heights` (classes,) of the lines there, `pushes` (classes,) -1 … 1, or Readings."""
        frame, at, sizes = self.frame, number(x), array(pushes)
        self.upright.credit(x)
        self.upright.points = dashed(self.point(at, frame.y0), self.point(at, frame.y1))
        up = (frame.points[2] - frame.points[0]) / np.linalg.norm(frame.points[2] - frame.points[0])
        aside = np.array([up[1], -up[0], 0.0])
        for i, (shaft, head) in enumerate(zip(self.shafts, self.heads, strict=True)):
            shaft.credit(pushes, i)
            head.credit(pushes, i)
            foot = self.point(at, float(np.clip(heights[i], frame.y0, frame.y1)))
            length = float(sizes[i]) * self.unit * self.scaled
            tip = foot + length * up
            size = np.sign(length) * min(HEAD * self.scaled, abs(length))
            neck = tip - size * up
            wing = 0.55 * abs(size) * aside
            seen = abs(length) > 0.02
            shaft.points = _straight(foot, neck) if seen else np.empty((0, 3))
            corners = [neck - wing, tip, neck + wing, neck - wing]
            outline = [_straight(a, b) for a, b in pairwise(corners)]
            head.points = np.concatenate(outline) if seen else np.empty((0, 3))
        return self


def _straight(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.array([a, a + (b - a) / 3, a + (b - a) * 2 / 3, b])


def _stroke(colour: str, width: float, opacity: float = 1.0, kind: type[Line] = Line) -> Line:
    return kind(stroke_color=colour, stroke_width=width, stroke_opacity=opacity, joint_type=LineJointType.ROUND)


def _demo() -> list[Mobject]:
    """Three lines over longitude before and after, with softmax below; half told, and with the pushes of one step."""
    colours, inputs = style.CLASS_COLOURS[:3], np.array([[0.0], [1.0]])
    runs = [([[1.0], [0.0], [-1.0]], [0.0, 0.0, 0.0], 0.7), ([[-1.27], [0.37], [0.9]], [0.09, 1.51, -1.6], 1.0)]
    drawn: list[Mobject] = []
    for number_, (weight, bias, until) in enumerate(runs):
        x = -3.5 + 7.0 * number_
        upper = Axes((-9.8, 17.2), (-12, 14), 6.4, 4.0, x_ticks=()).move_to([x, 1.5, 0])
        lower = Axes((-9.8, 17.2), (0, 1), 6.4, 2.0, y_ticks=2).move_to([x, -2.2, 0])
        race = NeuronRace(upper, colours, inputs).show(weight, bias, until)
        pushes = Pushes(upper, colours).show(2.35, race.height(weight, bias, 2.35), [-0.9, 0.91, -0.01])
        drawn += [upper, lower, race, SoftmaxCurves(lower, colours, inputs).show(weight, bias, until)]
        drawn += [pushes] if number_ == 0 else []
    return drawn


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
