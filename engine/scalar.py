"""A one-number expression graph: every node keeps value, gradient, operation, parents and its edges' derivatives.

For the compute blocks and the chain-rule films: slow, and nothing is hidden. No array, no layer, no file but the
flat arrays that ``flatten`` makes for a trace.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Numbers = Sequence[float]


@dataclass(eq=False, slots=True)
class Node:
    """One number. ``edges[i]`` is ∂value/∂parents[i], the local derivative; ``grad`` is ∂root/∂value."""

    name: str
    value: float
    op: str = ""
    parents: tuple[Node, ...] = ()
    edges: tuple[float, ...] = ()
    grad: float = 0.0
    again: Callable[[Numbers], float] | None = field(default=None, repr=False)  # value from the parents' values


def leaf(name: str, value: float) -> Node:
    """A number that is given: an input, a parameter, a target."""
    return Node(name, float(value))


def _node(
    name: str, op: str, parents: Sequence[Node], again: Callable[[Numbers], float], edges: Sequence[float]
) -> Node:
    return Node(name, again([p.value for p in parents]), op, tuple(parents), tuple(edges), 0.0, again)


def add(name: str, *terms: Node) -> Node:
    """y = Σ terms: each term moves y one for one."""
    return _node(name, "+", terms, sum, [1.0] * len(terms))


def multiply(name: str, a: Node, b: Node) -> Node:
    """y = a b: ∂y/∂a = b, ∂y/∂b = a."""
    return _node(name, "*", (a, b), lambda v: v[0] * v[1], (b.value, a.value))


def affine(name: str, weights: Sequence[Node], inputs: Sequence[Node], bias: Node) -> Node:
    """z = Σ_k w_k a_k + b: ∂z/∂w_k = a_k, ∂z/∂a_k = w_k, ∂z/∂b = 1. Parents in the order w…, a…, b."""
    n = len(weights)
    return _node(
        name,
        "affine",
        (*weights, *inputs, bias),
        lambda v: sum(v[k] * v[n + k] for k in range(n)) + v[2 * n],
        (*(a.value for a in inputs), *(w.value for w in weights), 1.0),
    )


def sigmoid(name: str, z: Node) -> Node:
    """a = σ(z): ∂a/∂z = σ (1 − σ)."""
    a = _sigma(z.value)
    return _node(name, "sigmoid", (z,), lambda v: _sigma(v[0]), (a * (1 - a),))


def hyperbolic(name: str, z: Node) -> Node:
    """a = tanh z: ∂a/∂z = 1 − a²."""
    a = math.tanh(z.value)
    return _node(name, "tanh", (z,), lambda v: math.tanh(v[0]), (1 - a * a,))


def rectified(name: str, z: Node) -> Node:
    """a = max(z, 0): ∂a/∂z is 1 where z > 0, else 0 (at the kink itself 0, as in layers.ReLU)."""
    return _node(name, "relu", (z,), lambda v: max(v[0], 0.0), (1.0 if z.value > 0 else 0.0,))


def exponential(name: str, h: Node) -> Node:
    """e = eʰ, its own derivative."""
    return _node(name, "exp", (h,), lambda v: math.exp(v[0]), (math.exp(h.value),))


def logarithm(name: str, p: Node) -> Node:
    """ln p: ∂/∂p = 1/p."""
    return _node(name, "ln", (p,), lambda v: math.log(v[0]), (1 / p.value,))


def quotient(name: str, a: Node, b: Node) -> Node:
    """y = a/b: ∂y/∂a = 1/b, ∂y/∂b = −a/b²."""
    return _node(name, "/", (a, b), lambda v: v[0] / v[1], (1 / b.value, -a.value / b.value**2))


def negative(name: str, a: Node) -> Node:
    """y = −a."""
    return _node(name, "neg", (a,), lambda v: -v[0], (-1.0,))


def squared_error(name: str, outputs: Sequence[Node], targets: Sequence[Node]) -> Node:
    """C = Σ_j (a_j − y_j)²: ∂C/∂a_j = 2 (a_j − y_j), ∂C/∂y_j the same, negated. Parents in the order a…, y…."""
    n = len(outputs)
    slopes = [2 * (a.value - y.value) for a, y in zip(outputs, targets, strict=True)]
    return _node(
        name,
        "squared_error",
        (*outputs, *targets),
        lambda v: sum((v[j] - v[n + j]) ** 2 for j in range(n)),
        (*slopes, *(-s for s in slopes)),
    )


def cross_entropy(name: str, outputs: Sequence[Node], targets: Sequence[Node]) -> Node:
    """C = −Σ_j (y_j ln a_j + (1 − y_j) ln(1 − a_j)) for outputs between 0 and 1. Parents in the order a…, y….

    ∂C/∂a_j = (a_j − y_j) / (a_j (1 − a_j)), ∂C/∂y_j = ln(1 − a_j) − ln a_j.
    """
    n = len(outputs)

    def again(v: Numbers) -> float:
        return -sum(v[n + j] * math.log(v[j]) + (1 - v[n + j]) * math.log1p(-v[j]) for j in range(n))

    slopes = [(a.value - y.value) / (a.value * (1 - a.value)) for a, y in zip(outputs, targets, strict=True)]
    by_target = [math.log1p(-a.value) - math.log(a.value) for a in outputs]
    return _node(name, "cross_entropy", (*outputs, *targets), again, (*slopes, *by_target))


def order(root: Node) -> list[Node]:
    """Every node ``root`` depends on, parents before children, ``root`` last."""
    seen: set[int] = set()
    found: list[Node] = []

    def visit(node: Node) -> None:
        if id(node) not in seen:
            seen.add(id(node))
            for parent in node.parents:
                visit(parent)
            found.append(node)

    visit(root)
    return found


def backward(root: Node) -> None:
    """Fill every node's ``grad`` with ∂root/∂node: along one path rates multiply, over several paths they add."""
    nodes = order(root)
    for node in nodes:
        node.grad = 0.0
    root.grad = 1.0
    for node in reversed(nodes):
        for parent, edge in zip(node.parents, node.edges, strict=True):
            parent.grad += edge * node.grad


def nudged(root: Node, moved: Node, delta: float) -> NDArray[np.float64]:
    """Values of all nodes in ``order(root)`` when the leaf ``moved`` is ``delta`` larger: (nodes,). Changes nothing."""
    nodes = order(root)
    place = {id(node): i for i, node in enumerate(nodes)}
    values = np.empty(len(nodes))
    for i, node in enumerate(nodes):
        if node.again is None:
            values[i] = node.value + (delta if node is moved else 0.0)
        else:
            values[i] = node.again([float(values[place[id(parent)]]) for parent in node.parents])
    return values


def along(child: Node, parent: Node, values: Numbers) -> NDArray[np.float64]:
    """Values of `child` when one of its parents takes each of `values` and the others stay: (values,). Changes nothing.

    Its slope at the parent's own value is that edge's derivative.
    """
    if child.again is None:
        raise ValueError(f"{child.name} is a leaf: it follows from nothing")
    held, at = [p.value for p in child.parents], child.parents.index(parent)
    return np.array([child.again([*held[:at], float(value), *held[at + 1 :]]) for value in values])


def ratios(root: Node, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Every node's change over its parent's, after a nudge that left ``values`` (nodes,): (nodes, most parents).

    This is the local derivative, but for a finite change. 0 where there is no such ratio: beside a parent that did
    not move, or that was not the only one to move.
    """
    nodes = order(root)
    place = {id(node): i for i, node in enumerate(nodes)}
    moved = values - np.array([node.value for node in nodes])
    out = np.zeros((len(nodes), max(1, max(len(node.parents) for node in nodes))))
    for i, node in enumerate(nodes):
        steps = [moved[place[id(parent)]] for parent in node.parents]
        if np.count_nonzero(steps) == 1:
            at = int(np.flatnonzero(steps)[0])
            out[i, at] = moved[i] / steps[at]
    return out


@dataclass(frozen=True, slots=True)
class FlatGraph:
    """A graph as arrays, in ``order``. ``parents`` and ``edges`` are (nodes, most parents), padded with −1 and 0."""

    names: list[str]
    ops: list[str]  # "" for leaves
    values: NDArray[np.float64]
    grads: NDArray[np.float64]
    parents: NDArray[np.int64]
    edges: NDArray[np.float64]


def flatten(root: Node) -> FlatGraph:
    """The graph under ``root`` as arrays; call ``backward(root)`` first for its gradients."""
    nodes = order(root)
    place = {id(node): i for i, node in enumerate(nodes)}
    width = max(1, max(len(node.parents) for node in nodes))
    parents = np.full((len(nodes), width), -1, np.int64)
    edges = np.zeros((len(nodes), width))
    for i, node in enumerate(nodes):
        parents[i, : len(node.parents)] = [place[id(parent)] for parent in node.parents]
        edges[i, : len(node.edges)] = node.edges
    return FlatGraph(
        [node.name for node in nodes],
        [node.op for node in nodes],
        np.array([node.value for node in nodes]),
        np.array([node.grad for node in nodes]),
        parents,
        edges,
    )


def _sigma(z: float) -> float:
    """1 / (1 + e⁻ᶻ), written so that the exponent is never positive."""
    return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))
