"""What a build would do and about how long it would take, said without doing it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from studio import speeds
from studio.catalog import SceneInfo
from studio.freshness import Freshness, examine
from studio.order import Order
from studio.snapshot import live

START: Final = 1.2  # seconds until workers are there
STEPPING: Final = 0.002  # seconds a frame, of any size, that a scene whose sources have changed is stepped for


def forecast(infos: Sequence[SceneInfo], order: Order) -> list[str]:
    """A line for each scene and one for the sum."""
    snapshot = live()
    lines, total = [], 0.0
    for info in infos:
        found = examine(info, order, snapshot, thorough=True)
        seconds = (found.missing_frames or 0) * speeds.expected(order.letter, info.name) / order.jobs
        if found.state != "fresh":
            seconds += (found.frames or 0) * STEPPING / min(order.jobs, len(infos))
        total += seconds
        lines.append(f"{info.name}: {_what(found, seconds)}")
    total += START if total else 0.0
    return [*lines, f"all together about {total:.0f} s on {order.jobs} workers, training left out"]


def _what(found: Freshness, seconds: float) -> str:
    if found.state == "fresh":
        return "nothing"
    if found.missing_frames is None:
        return "; ".join(found.reasons) + ": train, then step and draw what differs"
    return f"draw {found.missing_frames} of {found.frames} frames, about {seconds:.0f} s ({'; '.join(found.reasons)})"
