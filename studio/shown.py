"""The table of what a scene shows when: every number, bar, wire and picture with its source. Plain data, no Manim.

A table is `{"things": [...]}`. A thing is one mobject showing one place of a trace: its `name` in the scene, its
`kind`, `trace`, `array`, `index`, `transform`, and `step`: "now" for the training step on screen, a number for a
fixed one, None for what does not change. `frames` are the ranges [first, last] in which it can be seen; `values`
maps each step (as text; "" when there is none) to the value shown, None for arrays too large to keep.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

NOW: Final = "now"
MOST_ELEMENTS: Final = 64  # larger arrays are left to the trace

Table = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """Something on screen at one moment, and where it came from."""

    name: str
    kind: str
    trace: str
    array: str
    index: tuple[int, ...]
    transform: str
    step: int | None
    value: Any  # a number, a list, or None where the table does not keep it


def at(table: Table, frame: int, step: int) -> Iterator[Shown]:
    """What can be seen on a frame, in the order in which it first appeared; `step` is the one on screen."""
    for thing in table.get("things", ()):
        if any(first <= frame <= last for first, last in thing["frames"]):
            of = step if thing["step"] == NOW else thing["step"]
            value = thing["values"].get("" if of is None else str(of))
            yield Shown(
                thing["name"], thing["kind"], thing["trace"], thing["array"], tuple(thing["index"]),
                thing["transform"], of, value,
            )  # fmt: skip


def between(table: Table, first: int, end: int) -> Table:
    """The table of frames `first` … `end` - 1 alone, counted from `first` on."""
    things = []
    for thing in table.get("things", ()):
        ranges = [
            [max(a, first) - first, min(b, end - 1) - first] for a, b in thing["frames"] if a < end and b >= first
        ]
        if ranges:
            things.append({**thing, "frames": ranges})
    return {"things": things}


def runs(steps: list[int]) -> list[list[int]]:
    """The step of each frame as [first frame, step] wherever it changes."""
    return [[frame, step] for frame, step in enumerate(steps) if frame == 0 or steps[frame - 1] != step]
