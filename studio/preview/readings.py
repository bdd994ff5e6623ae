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
            reading = getattr(member, "reading", None)
            if reading is None or id(member) in visited or len(found) >= MOST:
                continue
            visited.add(id(member))
            if any(id(part) in seen for part in member.get_family()):
                found.extend(_described(member, one) for one in _several(reading))
    return found


def _several(reading: Any) -> list[Any]:
    return list(reading) if isinstance(reading, list | tuple) else [reading]


def _described(mobject: Any, reading: Any) -> dict[str, Any]:
    left, bottom = mobject.get_left()[0], mobject.get_bottom()[1]
    right, top = mobject.get_right()[0], mobject.get_top()[1]
    width, height = config.frame_width, config.frame_height
    box = [left / width + 0.5, 0.5 - top / height, right / width + 0.5, 0.5 - bottom / height]
    source = getattr(reading, "source", None)
    return {
        "box": [round(float(x), 5) for x in box],
        "kind": type(mobject).__name__,
        "shown": getattr(mobject, "shown_text", None),
        "value": _value(getattr(reading, "value", reading)),
        "trace": getattr(source, "trace", None),
        "array": getattr(source, "array", None),
        "step": getattr(source, "step", None),
        "index": list(getattr(source, "index", ()) or ()),
        "transform": getattr(source, "transform", ""),
    }


def _value(value: Any) -> Any:
    """A number as it is, a small array as a list, a large one as its shape."""
    array = np.asarray(value)
    if array.size > 64:
        return "×".join(map(str, array.shape))
    return array.tolist() if array.dtype.kind in "fiub" else str(value)
