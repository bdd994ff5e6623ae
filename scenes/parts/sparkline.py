"""A small curve of one number over training: what was, where we are, and faintly what is to come."""

from __future__ import annotations

import sys
from typing import Any, Self

import numpy as np
from manim import RIGHT, LineJointType, Mobject, VGroup, VMobject

from scenes import style
from scenes.parts.frame import Frame
from scenes.parts.polyline import cut, joined, thinned
from scenes.parts.provenance import Sourced, array
from scenes.parts.ribbons import circle
from scenes.parts.ticks import decades, nice_ticks, tick_text
from scenes.parts.typesetting import Formula, Text

_GAP = 0.12
_MOST = 700  # corners of the drawn line; more cannot be told apart


class SparkCurve(Sourced, VMobject):
    """A curve over training; `reading` is the whole recorded series, if it came with a source."""


class SparkDot(Sourced, VMobject):
    """Where training is now; `reading` is the value shown there."""


class Sparkline(VGroup):
    """Values (steps,) over their steps in a box of `width` × `height` units, labels of the range at its left included.

    `steps` are the step numbers, 0, 1, 2, … by default. `low` and `high` bound the scale (by default from 0, or from
    the least value, to the greatest); what lies beyond runs along the edge, what is no number leaves a gap. `log`
    scales by powers of ten; values of zero or less then run along the lower edge.
    """

    def __init__(
        self,
        values: Any,
        width: float = 4.0,
        height: float = 1.4,
        *,
        steps: np.ndarray | None = None,
        low: float | None = None,
        high: float | None = None,
        log: bool = False,
        colour: str = style.LOSS,
        title: str = "",
        label_size: float = style.SMALL_SIZE,
    ) -> None:
        super().__init__()
        self.values = array(values)
        self.steps = np.arange(len(self.values), dtype=float) if steps is None else np.asarray(steps, dtype=float)
        if self.values.ndim != 1 or self.values.shape != self.steps.shape or len(self.values) < 2:
            raise ValueError(f"a sparkline needs two values or more, one for each step, not {self.values.shape}")
        if (np.diff(self.steps) <= 0).any():
            raise ValueError("the steps of a sparkline must rise")
        self.log = log
        self.low, self.high = self._range(low, high)
        self.frame = Frame(-width / 2, -height / 2, width / 2, height / 2)
        self._build_scale(width, height, title, label_size)
        xs = (self.steps - self.steps[0]) / (self.steps[-1] - self.steps[0])
        self._xs = self._left + xs * (self._right - self._left)
        self._corners = thinned(np.stack([self._xs, self._heights(self.values)], axis=1), _MOST)
        look = {"stroke_color": colour, "joint_type": LineJointType.ROUND}
        self.full = SparkCurve(stroke_width=style.HAIRLINE, stroke_opacity=style.DIM * 1.3, **look)
        self.full.points = joined(self._corners)
        self.past = SparkCurve(stroke_width=0.7 * style.LINE, **look)
        self.dot = SparkDot(stroke_width=0, fill_color=style.HIGHLIGHT, fill_opacity=1)
        for curve in (self.full, self.past):
            curve.credit(values)
        self.add(self.frame, self.axis, self.labels, self.full, self.past, self.dot)
        self.show(self.steps[0])

    def _range(self, low: float | None, high: float | None) -> tuple[float, float]:
        finite = self.values[np.isfinite(self.values)]
        if self.log:
            finite = finite[finite > 0]
        if not len(finite) and (low is None or high is None):
            raise ValueError("a sparkline needs a value that it can show")
        bottom = float(finite.min() if self.log else min(0.0, finite.min())) if low is None else low
        top = float(finite.max()) if high is None else high
        if top <= bottom:
            top = bottom * 10 if self.log else bottom + 1
        return bottom, top

    def _heights(self, values: np.ndarray) -> np.ndarray:
        """Local y of values, held within the box."""
        span = (self.low, self.high)
        if self.log:
            values = np.log10(np.where(values > 0, values, self.low))
            span = (float(np.log10(self.low)), float(np.log10(self.high)))
        share = np.clip((values - span[0]) / (span[1] - span[0]), 0.0, 1.0)
        return np.asarray(self._bottom + share * (self._top - self._bottom))

    def _build_scale(self, width: float, height: float, title: str, size: float) -> None:
        head = Text(title, size, style.LABEL)
        digits = 0.35 * size / 96  # half the height of a digit, which sticks out beyond the scale's ends
        room = 0.75 * size / 96 * 1.5 if title else 0.0
        self._bottom, self._top = -height / 2 + digits, height / 2 - digits - room
        if self.log:
            exponents = decades(self.low, self.high, most=max(2, int((self._top - self._bottom) / (6 * digits))))
            marks = [(float(10.0**n), Formula(f"10^({n})", size, style.LABEL)) for n in exponents]
        else:
            ticks = nice_ticks(self.low, self.high, about=3 if self._top - self._bottom > 10 * digits else 2)
            marks = [(v, Text(t, size, style.LABEL)) for v, t in zip(ticks, tick_text(ticks), strict=True)]
        self._left = -width / 2 + max((label.width for _, label in marks), default=-_GAP) + _GAP
        self._right = width / 2 - 0.07  # room for half the dot
        for value, label in marks:
            y = float(self._heights(np.array([value]))[0])
            label.centre_on(np.array([self._left - _GAP, y, 0]), RIGHT)
        head.sit(np.array([self._left, height / 2 - 0.72 * size / 96, 0]), -RIGHT)
        self.labels = VGroup(*(label for _, label in marks), *([head] if title else []))
        self.labels.constant = "ticks of a scale"
        self.axis = VMobject(stroke_color=style.LABEL, stroke_width=style.HAIRLINE, stroke_opacity=0.6)
        corner = [[self._left, self._top], [self._left, self._bottom], [self._right, self._bottom]]
        self.axis.points = joined(np.array(corner))

    def point(self, step: float) -> np.ndarray:
        """Present place (3,) of the curve at a step, fractions included."""
        x, y = self._place(step)
        return self.frame.at(x, y)

    def _place(self, step: float) -> tuple[float, float]:
        x = float(np.interp(step, self.steps, self._xs))
        value = float(np.interp(step, self.steps, self.values))
        return x, float(self._heights(np.array([value]))[0])

    def show(self, step: float, value: Any = None) -> Self:
        """Show training at `step`, which may lie between two; `value` may be the reading that the dot stands for."""
        x, y = self._place(float(step))
        done = cut(self._corners, x)
        done = np.concatenate([done[:-1], [[x, y]]]) if len(done) > 1 else done
        self.past.points = self.frame.place(joined(done)) if len(done) > 1 else np.empty((0, 3))
        self.dot.credit(value)
        shown = np.isfinite(y)
        self.dot.points = self.frame.place(circle(0.065) + np.array([x, y, 0])) if shown else np.empty((0, 3))
        return self


def _demo() -> list[Mobject]:
    steps = np.arange(400)
    wobble = np.abs(np.sin(steps * 1.7)) + 0.15
    losses = 9 * np.exp(-steps / 60) * wobble + 0.05 * wobble
    first = Sparkline(losses, 6, 2.2, title="loss").show(120.5).move_to([-3.4, 1.8, 0])
    second = Sparkline(losses, 6, 2.2, log=True, title="loss").show(120.5).move_to([3.4, 1.8, 0])
    third = Sparkline(losses, 3.2, 0.9, colour=style.GRADIENT).show(399).move_to([-3.4, -1.4, 0])
    holes = np.where((steps > 150) & (steps < 190), np.nan, losses - 2)
    fourth = Sparkline(holes, 6, 2.2, high=5).show(260).move_to([3.4, -1.4, 0])
    return [first, second, third, fourth]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
