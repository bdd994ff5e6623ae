"""Scalar graphs as constants of a trace: values, gradients, local derivatives, and finite nudges beside them."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.layers import Array
from engine.scalar import Node, along, backward, flatten, nudged, order, ratios

MEANINGS = {
    "graph.values": "(nodes,) value of each node; names and operations are in task.graph, parents before children",
    "graph.grads": "(nodes,) derivative of the last node by each node",
    "graph.parents": "(nodes, most parents) numbers of each node's parents, -1 where there are fewer",
    "graph.edges": "(nodes, most parents) local derivative of the node by that parent, 0 where there is none",
    "nudge.delta": "how much one leaf is raised, in the leaf's own unit",
    "nudge.leaves": "(leaves,) number of the node that is raised, one after the other",
    "nudge.values": "(leaves, nodes) value of each node after that leaf alone was raised by nudge.delta",
    "nudge.slopes": "(leaves, nodes) (value after - value before) / nudge.delta: finite differences",
    "nudge.errors": "(leaves,) the last node's finite difference minus its derivative by that leaf",
    "sweep.leaf": "number of the node that is swept",
    "sweep.delta": "(samples,) how much it is raised, rising from 0, in its own unit",
    "sweep.values": "(samples, nodes) value of each node at that raise",
    "sweep.rises": "(samples, nodes) by how much each node has risen at that raise",
    "shrink.delta": "(samples,) ever smaller raises of the swept node, from the sweep's last down to 1/100000 of it",
    "shrink.values": "(samples, nodes) value of each node at that raise",
    "shrink.ratios": "(samples, nodes, most parents) change of the node over that parent's; 0 unless it alone moved",
    "shrink.slopes": "(samples, nodes) (value at that raise - value before) / shrink.delta: finite differences",
    "shrink.errors": "(samples,) the last node's finite difference minus its derivative by the swept node",
}

CURVE_MEANINGS = {
    "curve.arrows": "(arrows, 2) child and parent, by number: the arrows of the swept node's first way on",
    "curve.parents": "(arrows, samples) values for that parent, rising, around the one that it has",
    "curve.children": "(arrows, samples) value of that child at each of them, all its other parents as they are",
}
SQUASHES = ("sigmoid", "tanh", "relu")
SAMPLES = 121  # of a curve


def graph_constants(root: Node, leaves: list[Node], delta: float, swept: Node, largest: float) -> dict[str, Array]:
    """The graph under ``root`` and what nudging does to it.

    Each of ``leaves`` is raised by ``delta`` alone; ``swept`` is raised by 121 amounts from 0 to ``largest``, and then
    by 201 ever smaller ones, each 0.944 of the one before.
    """
    backward(root)
    flat, nodes = flatten(root), order(root)
    place = {id(node): i for i, node in enumerate(nodes)}
    after = np.array([nudged(root, node, delta) for node in leaves])
    deltas, ever_less = np.linspace(0, largest, 121), largest * np.logspace(0, -5, 201)
    small = np.array([nudged(root, swept, float(d)) for d in ever_less])
    swept_values = np.array([nudged(root, swept, float(d)) for d in deltas])
    slopes = (small - flat.values) / ever_less[:, None]
    return {
        "graph.values": flat.values,
        "graph.grads": flat.grads,
        "graph.parents": flat.parents,
        "graph.edges": flat.edges,
        "nudge.delta": np.array(delta),
        "nudge.leaves": np.array([place[id(node)] for node in leaves]),
        "nudge.values": after,
        "nudge.slopes": (after - flat.values) / delta,
        "nudge.errors": (after[:, -1] - flat.values[-1]) / delta - np.array([node.grad for node in leaves]),
        "sweep.leaf": np.array(place[id(swept)]),
        "sweep.delta": deltas,
        "sweep.values": swept_values,
        "sweep.rises": swept_values - flat.values,
        "shrink.delta": ever_less,
        "shrink.values": small,
        "shrink.ratios": np.array([ratios(root, values) for values in small]),
        "shrink.slopes": slopes,
        "shrink.errors": slopes[:, -1] - swept.grad,
    }


def curve_constants(root: Node, swept: Node) -> dict[str, Array]:
    """Each arrow on the way from ``swept`` to ``root`` as a curve: the child over that parent alone."""
    nodes = order(root)
    place = {id(node): i for i, node in enumerate(nodes)}
    arrows: list[tuple[Node, Node]] = []
    parent = swept
    while parent is not root:
        child = next(node for node in nodes if any(p is parent for p in node.parents))
        arrows.append((child, parent))
        parent = child
    xs = [np.linspace(*_around(child, parent), SAMPLES) for child, parent in arrows]
    return {
        "curve.arrows": np.array([[place[id(child)], place[id(parent)]] for child, parent in arrows]),
        "curve.parents": np.array(xs),
        "curve.children": np.array(
            [along(child, parent, list(x)) for (child, parent), x in zip(arrows, xs, strict=True)]
        ),
    }


def _around(child: Node, parent: Node) -> tuple[float, float]:
    """From where to where a parent is worth drawing: all that a squashing gives or bends, else as much again."""
    if child.op in SQUASHES:
        reach = max(6.0, 1.2 * abs(parent.value))
        return -reach, reach
    if parent.op == "sigmoid":
        rim = min(0.01, parent.value, 1 - parent.value) if child.op == "cross_entropy" else 0.0  # ln 0 has no value
        return rim, 1 - rim
    if parent.op == "tanh":
        return -1.0, 1.0
    reach = max(1.0, abs(parent.value))
    return parent.value - reach, parent.value + reach


def graph_words(root: Node) -> dict[str, Any]:
    """Names and operations of the nodes, for the manifest's task.graph."""
    flat = flatten(root)
    return {"names": flat.names, "ops": flat.ops}
