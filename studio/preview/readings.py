"""Which numbers stand on a frame, where, and which array, step and index each was read from. Draws nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import config

MOST = 4000


def readings_on(frame: Any) -> list[dict[str, Any]]:
    """Every mobject on `frame` that keeps a reading and can be seen: its box, value and source.

    Boxes are (left, top, right, bottom) as shares of the frame's width and height.
    """
    seen = {id(mobject) for mobject in frame.drawn}
    found: list[dict[str, Any]] = []
    visited: set[int] = set()
    for mobject in [*frame.scene.mobjects, *frame.scene.foreground_mobjects]:
        for member in mobject.get_family():
            reading, counts = getattr(member, "reading", None), getattr(member, "shows", None) == "step"
            if (reading is None and not counts) or id(member) in visited or len(found) >= MOST:
                continue
            visited.add(id(member))
            if any(id(part) in seen for part in member.get_family()):
                found += [_step_of(frame, member)] if counts else [_described(member, one) for one in _several(reading)]
    return found


def boxes_of(frame: Any, names: list[str]) -> list[list[float]]:
    """Where the things stand that the check calls by `names`, as far as they are on the frame."""
    from studio.check.naming import Names

    naming = Names(frame.scene)
    found: list[list[float]] = []
    for mobject in [*frame.scene.mobjects, *frame.scene.foreground_mobjects]:
        for member in mobject.get_family():
            if len(found) < len(names) and naming.name(member) in names and _has_ink(member):
                found.append(_box(member))
    return found


def _has_ink(mobject: Any) -> bool:
    return any(len(member.points) for member in mobject.get_family())


def _box(mobject: Any) -> list[float]:
    """(left, top, right, bottom) as shares of the frame's width and height."""
    width, height = config.frame_width, config.frame_height
    left, bottom = mobject.get_left()[0] / width + 0.5, 0.5 - mobject.get_bottom()[1] / height
    right, top = mobject.get_right()[0] / width + 0.5, 0.5 - mobject.get_top()[1] / height
    return [round(float(x), 5) for x in (left, top, right, bottom)]


def _several(reading: Any) -> list[Any]:
    return list(reading) if isinstance(reading, list | tuple) else [reading]


def _described(mobject: Any, reading: Any) -> dict[str, Any]:
    source = getattr(reading, "source", None)
    index = list(getattr(source, "index", ()) or ())
    return {
        "text": f"{getattr(source, 'array', None) or 'no array'}{index or ''}",
        "box": _box(mobject),
        "kind": type(mobject).__name__,
        "shown": getattr(mobject, "shown_text", None),
        "value": _value(getattr(reading, "value", reading)),
        "trace": getattr(source, "trace", None),
        "array": getattr(source, "array", None),
        "step": getattr(source, "step", None),
        "index": index,
        "transform": getattr(source, "transform", ""),
    }


def _step_of(frame: Any, counter: Any) -> dict[str, Any]:
    """A counter shows no array's element but the step that the scene stands at."""
    step = frame.scene.now()
    return {
        "text": "the step on stage", "box": _box(counter), "kind": type(counter).__name__, "shown": None, "value": step,
        "trace": frame.scene.trace_name or None, "array": None, "step": step, "index": [], "transform": "",
    }  # fmt: skip


def _value(value: Any) -> Any:
    """A number as it is, a small array as a list, a large one as its shape."""
    array = np.asarray(value)
    if array.size > 64:
        return "×".join(map(str, array.shape))
    return array.tolist() if array.dtype.kind in "fiub" else str(value)
