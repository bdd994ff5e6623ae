"""The picture of who depends on whom: symbols in columns, arrows from what goes in to what comes out, the root right.

It is given symbols and parents as arrays and draws them, whatever they stand for; numbers beside symbols on request.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final, Self

import numpy as np
from manim import DL, LEFT, UR, Mobject, VGroup, VMobject

from scenes import style
from scenes.parts.frame import Frame
from scenes.parts.polyline import joined
from scenes.parts.provenance import Sourced, item
from scenes.parts.readout import Readout
from scenes.parts.typesetting import CAPITAL, Formula

_GAP: Final = 0.12  # between an arrow's end and the symbol's ink
_HEAD: Final = 0.12  # length of an arrow's head
_LEAN: Final = 0.35  # of a column's width that given numbers stand nearer to what they go into
_BELOW: Final = 0.24  # between a symbol and the middle of its number
_ASIDE: Final = 0.42  # that the numbers of the middle way stand to the right, out of the way of arrows from below
_SHORTEST: Final = 0.3  # length that an arrow between two columns has at least


class Arrow(Sourced, VMobject):
    """An arrow from a parent to its child; `reading`, if any, is the derivative along it."""


class GraphTree(VGroup):
    """`symbols` (Typst, one per node) of a graph whose `parents` come before their children, in width × height units.

    The longest way to the last node runs level through the middle; what else a node depends on stands above and below
    it, in the order of its parents. Symbols are set smaller, down to the smallest size allowed, if they need room.
    Children: `nodes` by number, `wires` by (child, parent), `numbers` by number when there is a `number_format`.
    """

    def __init__(
        self,
        symbols: Sequence[str],
        parents: Sequence[Sequence[int]],
        width: float = 12.0,
        height: float = 3.2,
        *,
        size: float = style.TITLE_SIZE,
        colours: Sequence[str] | None = None,
        number_format: str | None = None,
        number_size: float = style.SMALL_SIZE,
        number_colour: str = style.LABEL,
    ) -> None:
        super().__init__()
        self.parents = tuple(tuple(int(p) for p in row) for row in parents)
        self.root = len(symbols) - 1
        self._main = {node: self._main_parent(node) for node in range(len(symbols)) if self.parents[node]}
        columns, rows = self._lay_out()
        tints = colours or [style.TEXT] * len(symbols)
        self.nodes = _set_to_fit(symbols, tints, columns, width, size)
        spare = Readout(0.0, number_format, number_size).width if number_format else 0.0
        left = max(self.nodes[i].width for i in np.flatnonzero(columns == columns.max())) / 2
        ends = self.nodes[self.root].width / 2
        right = width / 2 - max(ends, spare + _ASIDE - ends)
        self.pitch = float((right + width / 2 - left) / max(columns.max(), 1))
        beyond = number_size / 96 + _BELOW if number_format else 0.0
        row = (height - max(node.height for node in self.nodes) - 2 * beyond) / max(np.ptp(rows), 1)
        middle = (rows.max() + rows.min()) / 2
        self.frame = Frame(-width / 2, -height / 2, width / 2, height / 2)
        self._levels = rows
        for node, column, up in zip(self.nodes, columns, rows, strict=True):
            node.centre_on(np.array([right - column * self.pitch, (up - middle) * row, 0.0]))
        self.wires = {(child, p): self._wire(child, p) for child in range(len(symbols)) for p in self.parents[child]}
        self.numbers = self._numbers(number_format, number_size, number_colour) if number_format else {}
        self.add(self.frame, *self.wires.values(), *self.nodes, *self.numbers.values())

    # -- layout ------------------------------------------------------------------------------------
    def _depth(self, node: int) -> int:
        return max((1 + self._depth(p) for p in self.parents[node]), default=0)

    def _main_parent(self, node: int) -> int:
        """The parent with the most behind it; among equals the middle one."""
        row = self.parents[node]
        deepest = max(self._depth(p) for p in row)
        equals = [p for p in row if self._depth(p) == deepest]
        return equals[(len(equals) - 1) // 2]

    def _lay_out(self) -> tuple[np.ndarray, np.ndarray]:
        """Columns counted leftwards from the root, and rows upwards from the middle way: (nodes,) each."""
        columns, rows = np.zeros(len(self.parents)), np.zeros(len(self.parents))
        placed = {self.root}
        for child in range(self.root, -1, -1):
            for p in self.parents[child]:
                columns[p] = max(columns[p], columns[child] + 1)
        for child in range(self.root, -1, -1):
            row = self.parents[child]
            for p in row:
                if p in placed:
                    continue
                placed.add(p)
                rows[p] = rows[child] + row.index(self._main[child]) - row.index(p)
                if p != self._main[child] and not self.parents[p]:
                    columns[p] = columns[child] + 1 - _LEAN
        return columns, rows

    def _wire(self, child: int, parent: int) -> Arrow:
        a, b = self._ends(child, parent)
        along = (b - a) / max(float(np.linalg.norm(b - a)), 1e-9)
        side = np.array([-along[1], along[0], 0.0])
        head = [b - _HEAD * along + 0.5 * _HEAD * side, b, b - _HEAD * along - 0.5 * _HEAD * side]
        wire = Arrow(stroke_color=style.LABEL, stroke_width=style.LINE)
        wire.points = np.concatenate([joined(np.array([a, b])), joined(np.array(head))])
        return wire

    def _ends(self, child: int, parent: int) -> tuple[np.ndarray, np.ndarray]:
        """Where the arrow leaves the parent's ink and where it meets the child's."""
        a, b = self.place(parent), self.place(child)
        return a + _way_out(self.nodes[parent], a, b - a), b + _way_out(self.nodes[child], b, a - b)

    def _numbers(self, spec: str, size: float, colour: str) -> dict[int, Readout]:
        """Beneath symbols of the middle way, a little to the right; outside of the others."""
        numbers = {}
        for i, node in enumerate(self.nodes):
            number = Readout(0.0, spec, size, colour, signed=False, align="left")
            level = self._levels[i]
            x = node.get_left()[0] + (_ASIDE if level == 0 else 0.0)
            y = node.get_top()[1] + _BELOW if level > 0 else node.get_bottom()[1] - _BELOW
            numbers[i] = number.centre_on(np.array([x, y, 0.0]), LEFT)
        return numbers

    # -- use ---------------------------------------------------------------------------------------
    def place(self, node: int) -> np.ndarray:
        """Present middle of a symbol (3,), halfway up a capital."""
        symbol = self.nodes[node]
        return np.array([symbol.get_center()[0], symbol.baseline + symbol.em * CAPITAL / 2, 0.0])

    def shaft(self, child: int, parent: int, colour: str, width: float = style.STRONG) -> VMobject:
        """A plain line along an arrow as it lies now, for something to run along: a copy, to be added by the scene."""
        line = VMobject(stroke_color=colour, stroke_width=width)
        line.points = self.wires[child, parent].points[:4].copy()
        return line

    def part(self, nodes: Iterable[int]) -> VGroup:
        """Symbols, their numbers, and the arrows between them: the tree's own mobjects in a new group."""
        wanted = set(nodes)
        wires = [wire for (child, p), wire in self.wires.items() if {child, p} <= wanted]
        numbers = [number for i, number in self.numbers.items() if i in wanted]
        return VGroup(*wires, *(self.nodes[i] for i in sorted(wanted)), *numbers)

    def behind(self, node: int) -> set[int]:
        """A node and everything that it depends on."""
        return {node}.union(*(self.behind(p) for p in self.parents[node]))

    def show(self, values: Any) -> Self:
        """Numbers or readings (nodes,) beside the symbols."""
        for i, number in self.numbers.items():
            number.show(item(values, i))
        return self


def _way_out(symbol: Formula, start: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """From `start` inside a symbol's box along `direction` to a gap outside of it."""
    corners = np.array([symbol.get_corner(DL) - _GAP, symbol.get_corner(UR) + _GAP])[:, :2]
    way = np.where(np.abs(direction[:2]) < 1e-9, 1e-9, direction[:2])
    reach = np.where(way > 0, corners[1] - start[:2], corners[0] - start[:2]) / way
    return np.asarray(direction * float(reach.min()))


def _set_to_fit(
    symbols: Sequence[str], colours: Sequence[str], columns: np.ndarray, width: float, size: float
) -> list[Formula]:
    """All symbols in one size, with room for an arrow between neighbouring columns."""
    while True:
        nodes = [Formula(symbol, size, colour) for symbol, colour in zip(symbols, colours, strict=True)]
        level = [max((nodes[i].width for i in np.flatnonzero(columns == c)), default=0) for c in set(columns)]
        widest = max(level)
        pitch = (width - widest) / max(columns.max(), 1)
        if pitch >= widest + 2 * _GAP + _SHORTEST or size <= style.SMALL_SIZE:
            return nodes
        size = max(style.SMALL_SIZE, 0.94 * size)


def _demo() -> list[Mobject]:
    marks = ["(L-2)", "(L-1)", "(L)"]
    symbols: list[str] = ["a^((L-3))"]
    parents: list[tuple[int, ...]] = [()]
    for mark in marks:
        before = len(symbols) - 1
        symbols += [f"w^({mark})", f"b^({mark})", f"z^({mark})", f"a^({mark})"]
        n = len(symbols)
        parents += [(), (), (n - 4, before, n - 3), (n - 2,)]
    symbols, parents = [*symbols, "y", "C"], [*parents, (), (len(symbols) - 1, len(symbols))]
    chain = GraphTree(symbols, parents, 13, 3.7, number_format="+.4f").shift([0, 1.75, 0])
    chain.show(np.linspace(-1, 1, len(symbols)))
    few: list[tuple[int, ...]] = [(), (), (), (0, 1, 2), (3,), (), (4, 5)]
    small = GraphTree(["w", "a", "b", "z", "a'", "y", "C"], few, 6, 2.4)
    twice: list[tuple[int, ...]] = [(), (), (0,), (1,), (2, 3), (3, 4), (5,)]
    softmax = GraphTree(["h_1", "h_2", "e_1", "e_2", "s", "p", "L"], twice, 6, 2.2)
    return [chain, small.shift([-3.5, -2.2, 0]), softmax.shift([3.5, -2.2, 0])]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
