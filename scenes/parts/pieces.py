"""Pieces of diagrams that come on stage one after the other: one neuron's wiring, thin lines, numbers kept apart."""

from __future__ import annotations

import sys

import numpy as np
from manim import Mobject, VGroup, VMobject

from scenes import style
from scenes.parts.network import NetworkDiagram
from scenes.parts.polyline import joined
from scenes.parts.readout import Readout


def wiring(network: NetworkDiagram, neuron: int) -> VGroup:
    """All that belongs to one neuron of a single layer but its own number: wires, bias, rim, their numbers."""
    keys = [key for key in network.wires if key[0] == 0 and key[1] == neuron]
    numbers = [*(network.weight_numbers[key] for key in keys), network.bias_numbers[0, neuron]]
    every = [*network.weight_numbers.values(), *network.bias_numbers.values()]
    plates = [network.plates[every.index(number)] for number in numbers]
    bias = [network.stubs[0, neuron], network.stub_ends[neuron]]
    return VGroup(*(network.wires[key] for key in keys), *bias, network.neurons[1, neuron], *plates, *numbers)


def thin(points: np.ndarray, colour: str = style.HIGHLIGHT) -> VMobject:
    """A thin bright line through given curves (4 × n, 3)."""
    stroke = VMobject(stroke_color=colour, stroke_width=1.8, stroke_opacity=0.85)
    stroke.points = points
    return stroke


def apart(dots: list[np.ndarray], aside: float = 0.62, pitch: float = 0.36) -> list[np.ndarray]:
    """Where numbers stand `aside` of dots (3,) on one upright line, each near its own and none on another."""
    order = sorted(range(len(dots)), key=lambda k: float(dots[k][1]))
    wanted = np.array([float(dots[k][1]) for k in order]) - pitch * np.arange(len(dots))
    for _ in dots:  # neighbours that press against each other settle around their common middle
        for start in range(len(wanted)):
            end = start + 1
            while end < len(wanted) and wanted[end] <= wanted[end - 1] + 1e-9:
                end += 1
            wanted[start:end] = wanted[start:end].mean()
    heights = wanted + pitch * np.arange(len(dots))
    places = [np.zeros(3)] * len(dots)
    for k, y in zip(order, heights, strict=True):
        places[k] = np.array([dots[k][0] + aside, y, 0.0])
    return places


def _demo() -> list[Mobject]:
    network = NetworkDiagram([1, 3], 6, 4, biases=True, weight_format="+.2f", bias_format="+.2f")
    network.shift([-3, 0, 0])
    dots = [np.array([3.0, y, 0.0]) for y in (0.1, 0.0, -0.1, 1.5, -1.2)]
    numbers = [Readout(dot[1], "+.2f").move_to(at) for dot, at in zip(dots, apart(dots), strict=True)]
    line = thin(joined(np.array([[3.0, -2.0, 0.0], [3.0, 2.0, 0.0]])))
    return [wiring(network, 0), wiring(network, 2), line, *numbers]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
