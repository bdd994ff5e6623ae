"""What the chain-rule scenes share: a recorded chain, its formulas in their colours, and its operations in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from manim import Mobject, VMobject

from engine.trace import Trace
from scenes import style
from scenes.equations import Equations, letter_of
from scenes.parts.formula import painted
from scenes.parts.graph_tree import GraphTree
from scenes.parts.rate_plot import RatePlot
from scenes.parts.typesetting import Formula
from scenes.recorded_graph import RecordedGraph

SQUASHES: Final = {"sigmoid": "sigma", "tanh": "tanh", "relu": "ReLU"}  # as they are spoken
SQUASHING: Final = {
    "sigmoid": "Sigma squeezes any number into the range from 0 to 1.",
    "tanh": "Tanh squeezes any number into the range from minus 1 to 1.",
    "relu": "ReLU lets through what is positive, and makes zero of the rest.",
}
COSTS: Final = {
    "squared_error": "The cost, C, is the square of how far off it is.",
    "cross_entropy": "The cost, C, is small where it agrees, and huge where it is sure and wrong.",
}
NOTATION: Final = {  # for `constants`: digits in formulas that are notation
    "1": "distance of a layer from the last one; a derivative of a sum; first number of a sum",
    "2": "distance of a layer from the last one; the power in a square and the factor in its derivative",
    "3": "distance of a layer from the last one",
    "4": "distance of a layer from the last one",
    "5": "distance of a layer from the last one",
    "0": "a derivative of ReLU",
}


class Chain:
    """A trace of kind "chain": `graph` its numbers, `equations` its formulas, `squashes` one for each layer."""

    def __init__(self, trace: Trace) -> None:
        task = trace.manifest["task"]
        self.graph = RecordedGraph(trace)
        self.equations = Equations(self.graph.names, self.graph.ops, self.graph.parents)
        self.sizes: tuple[int, ...] = tuple(task["sizes"])
        self.squashes: tuple[str, ...] = tuple(task["squashes"])
        self.loss: str = task["loss"]
        self.parameters: tuple[str, ...] = tuple(task["parameters"])

    @classmethod
    def fits(cls, trace: Trace) -> bool:
        """Whether the trace is of kind "chain"."""
        task = trace.manifest.get("task", {})
        return all(key in task for key in ("graph", "sizes", "squashes", "loss")) and "curve.arrows" in trace

    @property
    def layers(self) -> int:
        """How many layers of weights there are; the last one is L."""
        return len(self.sizes) - 1

    def node(self, letter: str, layer: int) -> int:
        """The node of a letter in a layer, in a network of one neuron per layer."""
        return self.graph.index(f"{letter}{layer}")

    def colour(self, node: int) -> str:
        """Activations flow forward and are warm; everything else is plain."""
        return style.FORWARD if letter_of(self.graph.names[node]) == "a" else style.TEXT

    def formula(self, source: str, size: float = style.TITLE_SIZE) -> Formula:
        """A formula of this graph with its symbols in their colours."""
        formula = Formula(source, size)
        roles = {}
        for name in formula.names:
            digits = "".join(c for c in name[1:] if c.isdigit()) if name.startswith("n") else ""
            if digits and name[1 : 1 + len(digits)] == digits:
                roles[name] = self.colour(int(digits))
        return painted(formula, roles)

    def symbol(self, node: int, size: float = style.TITLE_SIZE) -> Formula:
        """One node's symbol in its colour."""
        return self.formula(self.equations.symbol(node), size)

    def tree(
        self, width: float, height: float, nodes: Sequence[int] | None = None, *, pitch: float = 1.8, **how: Any
    ) -> GraphTree:
        """The graph, or only these of its `nodes` in their order, as a tree at most `width` units wide.

        Its columns are no further apart than `pitch` units. Nodes of a part are numbered anew, from 0.
        """
        chosen = list(range(len(self.graph.names))) if nodes is None else list(nodes)
        place = {node: i for i, node in enumerate(chosen)}
        parents = [[place[p] for p in self.graph.parents[node] if p in place] for node in chosen]
        columns = max(len([n for n in way if n in place]) for node in chosen for way in self.graph.ways(node))
        return GraphTree(
            [self.equations.plain(node) for node in chosen], parents, min(width, pitch * (columns - 1) + 1.2), height,
            colours=[self.colour(node) for node in chosen], **how,
        )  # fmt: skip

    def plot(self, child: int, parent: int, width: float, height: float, slope: bool = True) -> RatePlot:
        """The child over that parent as recorded, with the point where both stand, and the slope there."""
        curve = self.graph.curve(child, parent)
        if curve is None:
            raise ValueError(f"no curve was recorded of {self.graph.names[child]} over {self.graph.names[parent]}")
        titles = (self.symbol(parent, style.BODY_SIZE), self.symbol(child, style.BODY_SIZE))
        return RatePlot(
            curve, (self.graph.values[parent], self.graph.values[child]),
            self.graph.edge(child, parent) if slope else None, width, height,
            titles=titles, colour=self.colour(child),
        )  # fmt: skip


def underlined(mobject: Mobject, colour: str = style.HIGHLIGHT) -> VMobject:
    """A short line under something that is pointed out."""
    line = VMobject(stroke_color=colour, stroke_width=style.LINE)
    left, right, y = mobject.get_left()[0], mobject.get_right()[0], mobject.get_bottom()[1] - 0.12
    line.set_points_as_corners([np.array([left, y, 0.0]), np.array([right, y, 0.0])])
    return line
