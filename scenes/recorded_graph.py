"""The scalar graph that a trace recorded: who depends on whom, each number a reading. No formula, no mobject here."""

from __future__ import annotations

import numpy as np

from engine.trace import Reading, Trace


class RecordedGraph:
    """Nodes by number, parents before children; the last one, `root`, is the cost.

    `names` and `ops` are words ("" is the operation of a leaf), `parents` the numbers of each node's parents in the
    order of the operation. `values` (nodes,), `grads` (nodes,), `edges` (nodes, most parents) are readings.
    """

    def __init__(self, trace: Trace) -> None:
        words = trace.manifest["task"]["graph"]
        self.names: tuple[str, ...] = tuple(words["names"])
        self.ops: tuple[str, ...] = tuple(words["ops"])
        rows = np.asarray(trace.constant("graph.parents").value)
        self.parents = tuple(tuple(int(p) for p in row if p >= 0) for row in rows)
        self.root = len(self.names) - 1
        self.values, self.grads, self.edges = (trace.constant(f"graph.{what}") for what in ("values", "grads", "edges"))
        self.swept = int(float(trace.constant("sweep.leaf")))
        self.leaves = [int(node) for node in np.asarray(trace.constant("nudge.leaves").value)]
        self._trace = trace

    def index(self, name: str) -> int:
        """Number of the node called `name`; ValueError when there is none."""
        return self.names.index(name)

    def children(self, node: int) -> list[int]:
        """The nodes that `node` goes into."""
        return [child for child, parents in enumerate(self.parents) if node in parents]

    def ways(self, start: int, end: int | None = None) -> list[tuple[int, ...]]:
        """Every path along the graph from `start` to `end` (the root), both included."""
        goal = self.root if end is None else end
        if start == goal:
            return [(start,)]
        return [(start, *rest) for child in self.children(start) for rest in self.ways(child, goal)]

    def steps(self, way: tuple[int, ...]) -> list[tuple[int, int]]:
        """The edges of a path as (child, parent), from its start on."""
        return list(zip(way[1:], way[:-1], strict=True))

    def edge(self, child: int, parent: int) -> Reading:
        """The local derivative of `child` by `parent`."""
        return self.edges[child, self.parents[child].index(parent)]

    def curve(self, child: int, parent: int) -> tuple[Reading, Reading] | None:
        """That parent's values and the child's at them, all its other parents held; None when not recorded."""
        arrows = np.asarray(self._trace.constant("curve.arrows").value).tolist()
        if [child, parent] not in arrows:
            return None
        at = arrows.index([child, parent])
        return self._trace.constant("curve.parents")[at], self._trace.constant("curve.children")[at]

    # -- nudges ------------------------------------------------------------------------------------
    def raised(self, sample: int, node: int) -> Reading:
        """The value of `node` when the swept leaf is raised by number `sample` of the sweep, which rises from 0."""
        return self._trace.constant("sweep.values")[sample, node]

    def shrunk(self, sample: int, node: int) -> Reading:
        """The value of `node` after number `sample` of the ever smaller raises of the swept leaf."""
        return self._trace.constant("shrink.values")[sample, node]

    def ratio(self, sample: int, child: int, parent: int) -> Reading:
        """How far `child` moved, over how far `parent` did, after that raise."""
        return self._trace.constant("shrink.ratios")[sample, child, self.parents[child].index(parent)]

    @property
    def samples(self) -> tuple[int, int]:
        """Numbers of raises in the sweep, and of those that shrink."""
        return len(self._trace.constant("sweep.delta")), len(self._trace.constant("shrink.delta"))
