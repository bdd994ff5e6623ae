"""Scores over longitude, laid over a map so that a place and its score stand on one line. Draws a city run's lines."""

from __future__ import annotations

import numpy as np
from manim import VGroup, VMobject

from engine.trace import Trace
from scenes import style
from scenes.atlas import Task
from scenes.parts.curve import Curve
from scenes.parts.plane import plane_on
from scenes.parts.polyline import joined
from scenes.parts.projection import Projection
from scenes.parts.typesetting import Formula


class ScoreChart(VGroup):
    """A scale of scores h on the map `box`, and the lines that neurons draw over it with one step's parameters.

    A model that also knows the latitude gets it from `place` (lon, lat in degrees): its line is the one on the
    place's parallel.
    """

    def __init__(self, trace: Trace, step: int, box: Projection, place: np.ndarray) -> None:
        super().__init__()
        self.task, self.box = Task.of(trace), box
        self.weight, self.bias = trace.at("layers.0.weight", step), trace.at("layers.0.bias", step)
        self.ends = np.array(box.frame[:2])
        self._along = self.task.inputs(np.stack([self.ends, np.full(2, float(place[1]))], axis=1))  # (2, features)
        centres = self.task.inputs(np.asarray(trace.constant("centres").value))
        scores = np.abs(centres @ np.asarray(self.weight.value).T + self.bias.value)
        here = float(np.abs(trace.at("logits", step).value).max())
        high = max(0.6 * float(scores.max()), 1.2 * here, 1e-3)
        self.plane = plane_on(box, (self.ends[0], self.ends[1]), (-high, high), x_ticks=(), tick_size=style.LABEL_SIZE)
        zero = VMobject(stroke_color=style.LABEL, stroke_width=1.6)
        zero.points = joined(self.plane.places(self.ends, np.zeros(2)))
        title = Formula("h", style.TITLE_SIZE, style.LABEL)
        title.centre_on(np.array([self.plane.y_numbers.get_center()[0], box.top - 0.1, 0]))
        below = title.get_bottom()[1] - 0.1
        numbers = VGroup(*(label for label in self.plane.y_numbers if label.get_top()[1] < below))
        numbers.constant = "ticks of a scale"  # for `reel check`
        self.add(zero, self.plane.ticks, numbers, title)

    def heights(self, neuron: int) -> np.ndarray:
        """Scores (2,) of one neuron at the map's western and eastern edge."""
        return self.heights_of(np.asarray(self.weight[neuron].value), float(self.bias[neuron]))

    def heights_of(self, weight: np.ndarray, bias: float) -> np.ndarray:
        """The same for any weights (features,) and bias."""
        return np.asarray(self._along @ weight + bias)

    def line(self, neuron: int, colour: str) -> Curve:
        """One neuron's line, to be added to the scene."""
        line = Curve(self.plane, self.ends, self.heights(neuron), colour)
        line.line.credit(self.weight[neuron])
        return line
