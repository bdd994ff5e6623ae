"""Notes, while a scene is stepped, what stands on each frame and where it came from. The table is `studio.shown`'s."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from manim import Mobject, VMobject

from studio.check.naming import Names
from studio.shown import MOST_ELEMENTS, NOW, Table

_INK = 0.02  # opacity from which something counts as visible


class Recorder:
    """Give it every frame of a scene, in order; it looks only at those that differ from the frame before."""

    def __init__(self) -> None:
        self._things: dict[tuple[Any, ...], dict[str, Any]] = {}
        self._kept: list[Mobject] = []  # so that no id is used twice
        self._visible: list[dict[str, Any]] = []
        self._names: Names | None = None
        self._address = ""
        self._frame = -1

    def see(self, frame: Any, address: str) -> None:
        """Take in one frame; `address` is its own."""
        self._frame = frame.index
        if address == self._address:
            return
        self._address = address
        if self._names is None:
            self._names = Names(frame.scene)
        now = frame.scene.now()
        visible = []
        for mobject in frame.drawn:
            if "_origin" in mobject.__dict__ or "reading" in mobject.__dict__:
                visible += [self._note(mobject, now, *found) for found in sources(mobject)]
        before = {id(thing) for thing in self._visible}
        for thing in self._visible:
            thing["frames"][-1][1] = frame.index - 1
        for thing in visible:
            if id(thing) not in before:
                thing["frames"].append([frame.index, frame.index])
        self._visible = visible

    def table(self) -> Table:
        """What has been seen."""
        for thing in self._visible:
            thing["frames"][-1][1] = self._frame
        return {"things": list(self._things.values())}

    def _note(self, mobject: Mobject, now: int, source: Any, index: tuple[int, ...], value: Any) -> dict[str, Any]:
        """The thing that this mobject is while it shows this source; its value is kept."""
        step = NOW if source.step == now else source.step
        key = (id(mobject), source.trace, source.array, index, source.transform, step)
        thing = self._things.get(key)
        if thing is None:
            assert self._names is not None
            self._kept.append(mobject)
            thing = self._things[key] = {
                "name": self._names.path(mobject), "kind": kind_of(mobject), "trace": source.trace,
                "array": source.array, "index": list(index), "transform": source.transform, "step": step,
                "frames": [], "values": {},
            }  # fmt: skip
        of = "" if source.step is None else str(source.step)
        if of not in thing["values"]:
            thing["values"][of] = plain(value)
        return thing


def sources(mobject: Mobject) -> Iterator[tuple[Any, tuple[int, ...], Any]]:
    """Every (source, whole index, value) that a drawn mobject shows."""
    if isinstance(mobject, VMobject) and not _inked(mobject):
        return
    origin = mobject.__dict__.get("_origin")
    if origin is not None:
        given, index = origin
        while isinstance(given, list | tuple) and index:
            given, index = given[index[0]], index[1:]
        source = getattr(given, "source", None)
        if source is not None:
            yield source, (*source.index, *index), given.value[index] if index else given.value
        return
    for one in mobject.__dict__.get("readings") or (mobject.__dict__.get("reading"),):
        source = getattr(one, "source", None)
        if source is not None:
            yield source, source.index, one.value


def _inked(mobject: VMobject) -> bool:
    return bool(
        mobject.fill_rgbas[0, 3] > _INK or (mobject.stroke_rgbas[0, 3] > _INK and mobject.stroke_width > 0)
    )  # fmt: skip


def kind_of(mobject: Mobject) -> str:
    """What sort of thing it is, in words: "length bar" for LengthBar; a Readout is a number."""
    name = type(mobject).__name__
    if name == "Readout":
        return "number"
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()


def plain(value: Any) -> Any:
    """A value as JSON keeps it: nine digits, None for arrays that are too large, text for what is no number."""
    array = np.asarray(value)
    if array.size > MOST_ELEMENTS:
        return None
    if array.ndim:
        return [plain(one) for one in array]
    number = float(array)
    return float(f"{number:.9g}") if np.isfinite(number) else str(number)
