"""The model of the city films as it stands in each of them: network, beliefs, headings. Draws readings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from manim import VGroup

from engine.trace import Trace
from scenes import style
from scenes.atlas import Task
from scenes.layout import Region
from scenes.parts.bars import ProbabilityBars
from scenes.parts.network import NetworkDiagram
from scenes.parts.typesetting import Formula

_FEW = 4  # so many neurons or fewer have room for larger circles and numbers
_RADIUS = 0.5


@dataclass(frozen=True, slots=True)
class CityModel:
    """A network on the left, a bar of belief beside each of its outputs, and what each column shows above it."""

    network: NetworkDiagram
    beliefs: ProbabilityBars
    scores: Formula  # heading of the outputs
    softmax: Formula  # heading of the beliefs

    @classmethod
    def of(cls, trace: Trace, place: Region, *, gradient_scale: float = 1.0) -> CityModel:
        """The model of a city run in `place`; `gradient_scale` is the gradient that makes the thickest bar."""
        task = Task.of(trace)
        names = task.names
        few = len(names) <= _FEW
        headings, body = place.rows(0.6, place.height - 0.7, gap=0.1)
        wires, shares = body.columns(*((4.35, 3.0) if few else (4.0, 3.35)), gap=0.15)
        labels = [Formula("x")] if len(task.features) == 1 else list(task.features)
        radius = min(_RADIUS, 0.35 * body.height / len(names)) if few else None
        network = NetworkDiagram(
            [len(labels), len(names)], wires.width, wires.height, biases=True, input_labels=labels, radius=radius,
            neuron_formats="+.2f", weight_format=style.PARAMETER, bias_format=style.PARAMETER, fills=[None, None],
            output_colours=task.colours, gradient_scale=gradient_scale, weight_scale=3.0, bar_rule="root",
            number_size=style.NUMBER_SIZE if few else style.SMALL_SIZE,
            label_size=style.TITLE_SIZE if len(labels) == 1 else style.BODY_SIZE,
        ).shift(wires.center)  # fmt: skip
        outputs = [network.centre(1, j) for j in range(len(names))]
        pitch = float(outputs[0][1] - outputs[1][1])
        size = style.BODY_SIZE if few else style.LABEL_SIZE
        beliefs = ProbabilityBars(
            names, task.colours, shares.width, pitch * len(outputs), label_size=size, number_size=size
        ).shift([shares.center[0], np.mean([at[1] for at in outputs]), 0])
        scores = Formula("h = m x + b", size, style.LABEL)
        softmax = Formula('hat(y) = "softmax"(h)', size, style.LABEL)
        scores.centre_on(np.array([outputs[0][0], headings.center[1], 0]))
        softmax.centre_on(np.array([shares.center[0], headings.center[1], 0]))
        return cls(network, beliefs, scores, softmax)

    @property
    def headings(self) -> VGroup:
        """Both headings."""
        return VGroup(self.scores, self.softmax)
