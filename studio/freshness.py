"""Whether a scene's video is what the sources would make now, and if not, because of what. Builds nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from engine import experiments
from engine.trace import Trace
from studio import plan
from studio.build import Order, known_score, store
from studio.catalog import SceneInfo
from studio.project import traces_folder
from studio.snapshot import Snapshot
from studio.stills import scene_job


@dataclass(slots=True)
class Freshness:
    """One scene's state at one quality."""

    name: str
    state: str  # fresh, stale, missing
    reasons: list[str] = field(default_factory=list)
    missing_frames: int | None = None  # None while the scene has not been stepped
    frames: int | None = None


def examine(info: SceneInfo, order: Order, snapshot: Snapshot) -> Freshness:
    """Compare what lies in renders/ with what a build would make."""
    path = order.folder / f"{info.name}.{order.format}"
    found = Freshness(info.name, "fresh")
    for name in info.traces:
        if not experiments.is_fresh(name, traces_folder()):
            missing = not (traces_folder() / name / "manifest.json").is_file()
            found.reasons.append(f"trace {name}: {'not recorded yet' if missing else _trace_reason(name)}")
    if not found.reasons:
        _compare(info, order, snapshot, found)
    if not path.is_file():
        found.state = "missing"
    elif found.reasons:
        found.state = "stale"
    return found


def _trace_reason(name: str) -> str:
    """Which of the experiment's inputs differ from those that the trace was made from."""
    try:
        before = json.loads((traces_folder() / name / "made_from.json").read_bytes())
    except (OSError, ValueError):
        return "its record of what it was made from is missing or damaged"
    now = experiments.made_from(name)
    changed = [f"{part}: {key}" for part in ("experiment", "data", "code") for key in _differing(before, now, part)]
    return "changed " + ", ".join(changed[:4]) if changed else "damaged or interrupted"


def _differing(before: dict[str, Any], now: dict[str, Any], part: str) -> list[str]:
    old, new = before.get(part) or {}, now.get(part) or {}
    return sorted(key for key in {*old, *new} if old.get(key) != new.get(key))


def _compare(info: SceneInfo, order: Order, snapshot: Snapshot, found: Freshness) -> None:
    job = scene_job(info, order.letter)
    digests = {name: Trace.load(folder).digest for name, folder in job.traces}
    record = known_score(store(), plan.score_key(job, snapshot, digests))
    if record is None:
        found.reasons.append("its sources, data or trace changed since it was last stepped")
        return
    chunks = plan.chunks_of(record, job, order.format, snapshot)
    found.frames = len(record.addresses)
    try:
        shown = json.loads((order.folder / f"{info.name}.json").read_bytes())["chunks"]
    except (OSError, ValueError, KeyError):
        shown = []
    found.missing_frames = sum(c.frames for c in chunks if not store().has("chunk", c.key))
    if shown != [chunk.key for chunk in chunks]:
        changed = [c for c, old in zip(chunks, [*shown, *[""] * len(chunks)], strict=False) if c.key != old]
        rate = job.quality.rate
        ranges = ", ".join(f"{c.first / rate:.1f}–{(c.last + 1) / rate:.1f} s" for c in changed[:6])
        found.reasons.append(f"picture differs in {ranges or 'its length'}" + (", …" if len(changed) > 6 else ""))
