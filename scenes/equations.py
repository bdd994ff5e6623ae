"""Recorded graphs as formulas: what each node is, and by what it changes, as Typst. No number and no mobject here.

Nothing is typed for a certain network: a node's name says its letter, its layer and its neurons, its operation says
how it comes about and what its derivatives are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from scenes.parts.formula import named

_NAME: Final = re.compile(r"([A-Za-z]+?)(\d+)?(?:_(\d+))?")
EQ: Final = named("eq", "=")

Symbols = Sequence[str]


@dataclass(frozen=True, slots=True)
class Operation:
    """How an operation is written: its value, and its derivative by parent number `i`, both from their symbols.

    `rate` takes the node's own symbol, its parents' and `i`; `short`, when given, is the same without the working out.
    `pairs` says that the second half of the parents belongs to the first, term by term.
    """

    value: Callable[[Symbols], str]
    rate: Callable[[str, Symbols, int], str]
    short: Callable[[str, Symbols, int], str] | None = None


def _halves(parents: Symbols) -> list[tuple[str, str]]:
    n = len(parents) // 2
    return list(zip(parents[:n], parents[n : 2 * n], strict=True))


def _affine_rate(own: str, parents: Symbols, i: int) -> str:
    n = len(parents) // 2
    return "1" if i == 2 * n else parents[i + n] if i < n else parents[i - n]


def _squares_rate(own: str, parents: Symbols, i: int) -> str:
    a, y = _halves(parents)[i % (len(parents) // 2)]
    return f"2 ({a} - {y})" if i < len(parents) // 2 else f"- 2 ({a} - {y})"


def _entropy(parents: Symbols) -> str:
    terms = [f"{y} ln {a} + (1 - {y}) ln (1 - {a})" for a, y in _halves(parents)]
    return f"- ({' + '.join(terms)})"


def _entropy_rate(own: str, parents: Symbols, i: int) -> str:
    a, y = _halves(parents)[i % (len(parents) // 2)]
    return f"({a} - {y}) / ({a} (1 - {a}))" if i < len(parents) // 2 else f"ln (1 - {a}) - ln {a}"


def _squash(word: str, worked_out: str) -> Operation:
    """A function of one number; `worked_out` is its derivative, with `a` for its value and `z` for its argument."""
    return Operation(
        lambda p: f"{word}({p[0]})",
        lambda own, p, i: re.sub(r"\b[az]\b", lambda m: own if m.group() == "a" else p[0], worked_out),
        lambda own, p, i: f"{word}'({p[0]})",
    )


OPERATIONS: Final[dict[str, Operation]] = {
    "affine": Operation(lambda p: " + ".join([*(f"{w} {a}" for w, a in _halves(p)), p[-1]]), _affine_rate),
    "sigmoid": _squash("sigma", "a (1 - a)"),
    "tanh": _squash("tanh", "1 - (a)^2"),
    "relu": _squash('"ReLU"', 'cases(1 & " if " z > 0, 0 & " else")'),
    "squared_error": Operation(lambda p: " + ".join(f"({a} - {y})^2" for a, y in _halves(p)), _squares_rate),
    "cross_entropy": Operation(_entropy, _entropy_rate),
    "+": Operation(lambda p: " + ".join(p), lambda own, p, i: "1"),
    "*": Operation(lambda p: f"{p[0]} {p[1]}", lambda own, p, i: p[1 - i]),
    "/": Operation(
        lambda p: f"({p[0]}) / ({p[1]})",
        lambda own, p, i: f"1 / ({p[1]})" if i == 0 else f"- ({p[0]}) / ({p[1]})^2",
    ),
    "exp": Operation(lambda p: f"e^({p[0]})", lambda own, p, i: f"e^({p[0]})"),
    "ln": Operation(lambda p: f"ln ({p[0]})", lambda own, p, i: f"1 / ({p[0]})"),
    "neg": Operation(lambda p: f"- {p[0]}", lambda own, p, i: "-1"),
}


def layer_mark(layer: int, last: int) -> str:
    """How a layer is marked above a letter: (L) for the last one, (L-1) for the one before."""
    return "(L)" if layer == last else f"(L-{last - layer})"


def letter_of(name: str) -> str:
    """The letter that a node's name begins with."""
    found = _NAME.fullmatch(name)
    return found.group(1) if found else name


class Equations:
    """Typst for the nodes of one graph, given its names, operations and parents.

    Every symbol is a part called `n<node>`, so that terms can be found again, moved and coloured.
    """

    def __init__(self, names: Sequence[str], ops: Sequence[str], parents: Sequence[Sequence[int]]) -> None:
        self.names, self.ops, self.parents = tuple(names), tuple(ops), tuple(map(tuple, parents))
        layers = [found.group(2) for found in map(_NAME.fullmatch, self.names) if found]
        self.last = max((int(layer) for layer in layers if layer), default=0)

    def plain(self, node: int) -> str:
        """A node's symbol without a name: w^((L)), a_2^((L-1)), y, C."""
        found = _NAME.fullmatch(self.names[node])
        if found is None:
            return f'"{self.names[node]}"'
        letter, layer, places = found.groups()
        below = "" if places is None else f"_({' '.join(places)})"
        above = "" if layer is None else f"^({layer_mark(int(layer), self.last)})"
        return (letter if len(letter) == 1 else f'"{letter}"') + below + above

    def symbol(self, node: int, tag: str = "") -> str:
        """The symbol as a part called `n<node><tag>`."""
        return named(f"n{node}{tag}", self.plain(node))

    def _written(self, node: int, tag: str) -> list[str]:
        return [self.symbol(parent, tag) for parent in self.parents[node]]

    def value(self, node: int, tag: str = "") -> str:
        """How a node that is no leaf comes about from its parents."""
        return OPERATIONS[self.ops[node]].value(self._written(node, tag))

    def definition(self, node: int) -> str:
        """The whole equation: the node's symbol, =, its value."""
        return f"{self.symbol(node)} {EQ} {named('value', self.value(node))}"

    def rate(self, child: int, parent: int, sign: str = "partial") -> str:
        """∂child/∂parent as a fraction whose two signs are parts `up` and `down`; another `sign` for finite changes."""
        up, down = named("up", sign), named("down", sign)
        return f"({up} {self.symbol(child)}) / ({down} {self.symbol(parent)})"

    def slope(self, child: int, parent: int, tag: str = "") -> str:
        """What the local derivative is, as short as it can be said: σ′(z), or 2 (a − y)."""
        operation = OPERATIONS[self.ops[child]]
        return (operation.short or operation.rate)(*self._asked(child, parent, tag))

    def worked_out(self, child: int, parent: int, tag: str = "") -> str | None:
        """The same worked out, σ (1 − σ), where `slope` only names it; else None."""
        operation = OPERATIONS[self.ops[child]]
        return operation.rate(*self._asked(child, parent, tag)) if operation.short else None

    def _asked(self, child: int, parent: int, tag: str) -> tuple[str, list[str], int]:
        return self.symbol(child, tag), self._written(child, tag), self.parents[child].index(parent)
