"""What a trace of prompts tells of one lens: where the dots are at each slice, and by what they lie together.

A lens is one way of seeing the prompts as vectors, slice after slice (engine.mapping). Nothing is drawn here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from engine.trace import Reading, Trace, TraceError
from scenes import style
from scenes.parts.flatland import Flatland
from scenes.parts.island_names import Island
from scenes.parts.projection import Box

NEXT, TOPIC, ENDING = range(3)  # kinds of labels, in the order of the trace's own axis
SORTED: Final = 0.3  # above chance, from which a map counts as sorted by a kind of label
MIXED: Final = 0.15  # above chance, up to which it knows nothing of it


@dataclass(frozen=True, slots=True)
class Run:
    """Slices `first` … `last` in which the map is sorted by `kind` before all; `best` is where it is most so."""

    kind: int
    first: int
    last: int
    best: int


class Lens:
    """The lens `name` of `trace`, on the plane as large as it can be in `box`."""

    def __init__(self, trace: Trace, name: str, box: Box) -> None:
        self.trace, self.name = trace, name
        self.words: dict[str, Any] = trace.manifest["lenses"][name]
        self.task: dict[str, Any] = trace.manifest["task"]
        self.flat = Flatland.fit(np.asarray(self.of("frame").value).tolist(), box)
        self.points = self.of("points")
        self._scene = self.flat.to_scene(np.asarray(self.points.value))
        self.kinds = [np.asarray(trace.constant(key).value) for key in ("labels", "topics", "endings")]
        self.names = [list(map(str, self.task[key])) for key in ("classes", "topics", "endings")]
        self.colours = style.MANY_COLOURS[: len(self.names[NEXT])]

    def of(self, array: str) -> Reading:
        """One of the lens's arrays."""
        return self.trace.constant(f"{self.name}.{array}")

    def __len__(self) -> int:
        """How many slices there are."""
        return len(self._scene)

    @property
    def count(self) -> int:
        """How many prompts there are."""
        return self._scene.shape[1]

    @property
    def extent(self) -> float:
        """Longer side of the plane's frame, in its own units."""
        x0, x1, y0, y1 = self.flat.frame
        return max(x1 - x0, y1 - y0)

    @property
    def texts(self) -> Sequence[str]:
        """The prompts."""
        return list(self.task["texts"])

    # -- places ------------------------------------------------------------------------------------
    def places(self, at: float) -> np.ndarray:
        """Scene points (prompts, 3) at slice `at`; between two slices every dot eases straight from one to the next."""
        low = int(np.clip(np.floor(at), 0, len(self) - 1))
        way = float(at) - low
        if way <= 0 or low + 1 >= len(self):
            return np.asarray(self._scene[low])
        way = way * way * (3 - 2 * way)
        return np.asarray(self._scene[low] + way * (self._scene[low + 1] - self._scene[low]))

    def reached(self, at: float) -> int:
        """The slice that is shown, or was last passed."""
        return int(np.clip(np.floor(at + 1e-6), 0, len(self) - 1))

    def ground(self, at: float) -> tuple[Any, ...]:
        """What `Territory.show` takes: regions and distances of the slice, of the next one, and how far between."""
        here = self.reached(at)
        after = min(here + 1, len(self) - 1)
        way = float(np.clip(at - here, 0, 1))
        shares, far = self.of("regions"), self.of("regions.distance")
        return shares[here], far[here], shares[after], far[after], way * way * (3 - 2 * way)

    # -- by what the dots lie together -------------------------------------------------------------
    def agreement(self, at: int) -> Reading:
        """(kinds,) share of prompts whose nearest dots have its label most often."""
        return self.of("plane.accuracy")[at]

    def beyond(self, at: int, kind: int) -> float:
        """The same above chance: 0 is none, 1 is perfect."""
        return float(self.of("plane.beyond_chance")[at, kind])

    def runs(self) -> list[Run]:
        """By what the map is sorted before all, from the first slice to the last; slices sorted by nothing belong to
        no run."""
        found: list[Run] = []
        for at in range(len(self)):
            levels = [self.beyond(at, kind) for kind in range(3)]
            kind = int(np.argmax(levels))
            if levels[kind] < SORTED:
                continue
            if found and found[-1].kind == kind and found[-1].last == at - 1:
                before = found[-1]
                best = at if levels[kind] > self.beyond(before.best, kind) else before.best
                found[-1] = Run(kind, before.first, at, best)
            else:
                found.append(Run(kind, at, at, at))
        return found

    def islands(self, at: int, kind: int) -> list[Island]:
        """Groups of dots in which one label dominates, largest first, as the trace found them."""
        member = np.asarray(self.of("islands.member").value)[at, kind]
        sizes, values = (np.asarray(self.of(f"islands.{key}").value)[at, kind] for key in ("size", "value"))
        found = []
        for number in np.flatnonzero(sizes):
            value = int(values[number])
            name = self.names[kind][value]
            found.append(Island(self._scene[at][member == number], f"… {name}" if kind == ENDING else name))
        return found

    def outside(self, at: int, kind: int) -> np.ndarray:
        """Which dots are in no island of that kind: bool (prompts,)."""
        return np.asarray(np.asarray(self.of("islands.member").value)[at, kind] < 0)

    # -- prompts to be read out --------------------------------------------------------------------
    def four(self, before: Run | None) -> list[int]:
        """Four prompts that lie in two pairs in the run `before`, and in two other pairs at the end.

        Two labels of that run's kind times two next words, near the middles of their islands and short; when the map
        has no such islands, the shortest prompt of each of the most common next words. In the order of their cards.
        """
        end, labels = len(self) - 1, self.kinds[NEXT]
        found: list[int] = []
        if before is not None and before.kind != NEXT:
            found = self._two_by_two(before)
        if not found:
            common = np.argsort(-np.bincount(labels), kind="stable")[:4]
            found = [self._shortest(labels == c) for c in common]
        return sorted((int(i) for i in found), key=lambda i: -self._scene[end][i, 1])

    def _two_by_two(self, before: Run) -> list[int]:
        member = np.asarray(self.of("islands.member").value)[before.best, before.kind]
        inside = member >= 0
        right = self.kinds[before.kind] == np.asarray(self.of("islands.value").value)[before.best, before.kind][member]
        end = np.asarray(self.of("islands.member").value)[-1, NEXT]
        truly = self.kinds[NEXT] == np.asarray(self.of("islands.value").value)[-1, NEXT][end]
        usable = inside & right & (end >= 0) & truly
        best: tuple[float, list[int]] | None = None
        sizes = np.bincount(member[usable], minlength=1)
        groups = [int(g) for g in np.argsort(-sizes, kind="stable")[:6] if sizes[g]]
        for a in groups:
            for b in groups:
                if self._value(before, b) == self._value(before, a) or b <= a:
                    continue
                cells = self._cells(usable, member, end, a, b)
                for first in sorted(cells):
                    for second in (c for c in sorted(cells) if c > first):
                        chosen = [cells[first][a], cells[first][b], cells[second][a], cells[second][b]]
                        cost = float(sum(len(self.texts[i]) for i in chosen))
                        if best is None or cost < best[0]:
                            best = cost, chosen
        return best[1] if best else []

    def _shortest(self, among: np.ndarray) -> int:
        """The first of the shortest prompts where `among` (prompts,) is true."""
        return min((int(i) for i in np.flatnonzero(among)), key=lambda i: (len(self.texts[i]), i))

    def _value(self, run: Run, island: int) -> int:
        return int(np.asarray(self.of("islands.value").value)[run.best, run.kind, island])

    def _cells(self, usable: np.ndarray, member: np.ndarray, end: np.ndarray, a: int, b: int) -> dict[int, Any]:
        """For each island at the end that has dots from both `a` and `b`, the shortest prompt from each."""
        cells: dict[int, dict[int, int]] = {}
        for goal in np.unique(end[usable]):
            both = {}
            for start in (a, b):
                here = usable & (member == start) & (end == goal)
                if here.any():
                    both[start] = self._shortest(here)
            if len(both) == 2:
                cells[int(goal)] = both
        return cells


def lens_names(trace: Trace, over: str) -> list[str]:
    """The lenses of a trace whose slices are `over` "layers" or "training"; TraceError when it holds no map at all."""
    lenses = trace.manifest.get("lenses")
    if not lenses or "texts" not in trace.manifest.get("task", {}):
        raise TraceError(f"{trace.name}: holds no map of prompts: it needs lenses, as language_map has")
    return [name for name, words in lenses.items() if words.get("over") == over]


def is_encoder(words: dict[str, Any]) -> bool:
    """Whether a lens is of MiniLM, which encodes sentences and guesses no words."""
    return str(words["title"]).startswith("MiniLM")
