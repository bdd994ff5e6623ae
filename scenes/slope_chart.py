"""The loss along one weight, a secant and the tangent there, near and far. Draws what a worked step has recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from manim import VGroup

from engine.trace import Reading, Trace
from scenes import style
from scenes.layout import Region
from scenes.parts.axes import Axes
from scenes.parts.curve import Curve, Marker, Secant, Tangent
from scenes.parts.typesetting import Formula

CLOSE = 0.24  # how wide the smallest nudge looks at the end, as a part of the chart's width


@dataclass(frozen=True, slots=True)
class Nudge:
    """One place that the weight was moved to: how far, what the loss did, and one divided by the other."""

    weight: Reading
    step: Reading
    change: Reading
    slope: Reading
    to: float  # the weight there
    loss: float  # the loss there


class SlopeChart(VGroup):
    """Axes, the curve, and a secant through step 0's weight and a nudged one.

    `nudges` go from the farthest sample of the curve to the smallest nudge; `first` is the number of the one with
    which the story begins. `stand_at` shows one of them, enlarged so that small ones stay in sight.
    """

    def __init__(self, trace: Trace, region: Region, title: Formula) -> None:
        super().__init__()
        self._read(trace)
        values, losses = np.asarray(self.values.value), np.asarray(self.losses.value)
        x_range, y_range = (float(values[0]), float(values[-1])), (0.0, 1.05 * float(losses.max()))
        self.axes = Axes(
            x_range,
            y_range,
            region.width,
            region.height,
            x_title=title,
            y_title="loss",
            x_ticks=4,
            corner=True,
            tick_size=style.LABEL_SIZE,
            title_size=style.BODY_SIZE,
        ).move_to(region.center)
        self.curve = Curve(self.axes, self._xs, self._ys, style.LABEL)
        self.here = Marker(self.axes, style.HIGHLIGHT, radius=0.09).show(self.start, self.loss)
        self.secant = Secant(self.axes, style.FORWARD)
        self.tangent = Tangent(self.axes, style.GRADIENT, length=5.0, width=4.0)
        self.tangent.show(float(self.start), float(self.loss), self.gradient)
        self.add(self.axes)

    def _read(self, trace: Trace) -> None:
        constant = trace.constant
        row, column = (int(v) for v in np.asarray(constant("slope.place").value))
        self.start, self.loss = trace.at("layers.0.weight", 0)[row, column], trace.at("loss", 0)
        self.values, self.losses = constant("slope.values"), constant("slope.loss")
        self.gradient = constant("slope.gradient")
        steps, nudged, secants = (constant(f"slope.{name}") for name in ("nudges", "nudged_loss", "secants"))
        start, loss = float(self.start), float(self.loss)
        values, widest = np.asarray(self.values.value), float(steps[0])
        far = [i for i in range(len(values))[::-1] if values[i] - start > widest * 1.001]
        self.first = len(far)
        self.transforms: dict[str, Callable[[Any], Any]] = {
            "more than the weight": lambda there: there - start,
            "added to the weight": lambda step: start + step,
            "more than the loss": lambda after: after - loss,
        }
        self.nudges = [self._sample(i) for i in far]
        for i in range(len(steps)):
            weight = self._through(steps[i], "added to the weight")
            change = self._through(nudged[i], "more than the loss")
            self.nudges.append(Nudge(weight, steps[i], change, secants[i], float(weight), float(nudged[i])))
        near = self.nudges[self.first :]
        xs = np.concatenate([values, [start], [nudge.to for nudge in near]])
        ys = np.concatenate([np.asarray(self.losses.value), [loss], [nudge.loss for nudge in near]])
        order = np.argsort(xs, kind="stable")
        self._xs, self._ys = xs[order], ys[order]  # all that is known of the curve

    def _through(self, reading: Reading, name: str) -> Reading:
        return reading.through(name, self.transforms[name])

    def _sample(self, index: int) -> Nudge:
        """A sample of the curve as a nudge."""
        value, after, start = self.values[index], self.losses[index], float(self.start)
        change = self._through(after, "more than the loss")
        name = f"over the nudge to sample {index}"
        self.transforms[name] = lambda change: change / (float(value) - start)
        step, slope = self._through(value, "more than the weight"), self._through(change, name)
        return Nudge(value, step, change, slope, float(value), float(after))

    def loss_at(self, weight: float) -> float:
        """The loss between two recorded ones, for something on its way along the curve."""
        return float(np.interp(weight, self._xs, self._ys))

    def scale_of(self, number: float) -> float:
        """How many times nearer the chart is seen at a nudge (fractions allowed)."""
        near = self.nudges[self.first :]
        share = (number - self.first) / max(1, len(near) - 1)
        if share <= 0:
            return 1.0
        sizes = np.log([float(nudge.step) for nudge in near])
        size = float(np.exp(np.interp(number - self.first, np.arange(len(near)), sizes)))
        widest = float(near[0].step)
        wide = widest + share * (CLOSE * (self.axes.x_range[1] - self.axes.x_range[0]) - widest)
        return max(1.0, wide / size)

    def see(self, scale: float) -> None:
        """Show the curve `scale` times as large around the weight."""
        start, loss = float(self.start), float(self.loss)
        self.curve.show(start + scale * (self._xs - start), loss + scale * (self._ys - loss))

    def stand_at(self, number: float) -> Nudge:
        """Show the secant of a nudge, enlarged as is due to it; returns the nudge."""
        scale = self.scale_of(number)
        nudge = self.nudges[round(number)]
        self.see(scale)
        start, loss = float(self.start), float(self.loss)
        self.secant.show(start, loss, start + scale * (nudge.to - start), loss + scale * (nudge.loss - loss))
        self.secant.line.credit(nudge.slope)
        return nudge
