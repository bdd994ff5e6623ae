"""Whether a scene's video is what the sources would make now, and if not, because of what. Builds nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine import experiments
from engine.trace import Trace
from studio import arrays, plan
from studio.build import known_score
from studio.catalog import SceneInfo
from studio.jobs import Chunk
from studio.order import Order
from studio.project import read_record, traces_folder
from studio.publish import store
from studio.snapshot import Snapshot
from studio.stills import scene_job, score


@dataclass(slots=True)
class Freshness:
    """One scene's state at one quality."""

    name: str
    state: str  # fresh, stale, missing
    reasons: list[str] = field(default_factory=list)
    missing_frames: int | None = None  # None while the scene has not been stepped
    frames: int | None = None


def examine(info: SceneInfo, order: Order, snapshot: Snapshot, thorough: bool = False) -> Freshness:
    """Compare what lies in renders/ with what a build would make.

    A `thorough` look steps the scene when its sources have changed, to learn which seconds look different.
    """
    path = order.folder / f"{info.name}.{order.format}"
    found = Freshness(info.name, "fresh")
    for name in info.traces:
        if not experiments.is_fresh(name, traces_folder()):
            missing = not (traces_folder() / name / "manifest.json").is_file()
            found.reasons.append(f"trace {name}: {'not recorded yet' if missing else _trace_reason(name)}")
    if not found.reasons:
        _compare(info, order, snapshot, found, thorough)
    if not path.is_file():
        found.state = "missing"
    elif found.reasons:
        found.state = "stale"
    return found


def _trace_reason(name: str) -> str:
    """Which of the experiment's inputs differ from those that the trace was made from."""
    before = read_record(traces_folder() / name / "made_from.json")
    if not before:
        return "its record of what it was made from is missing or damaged"
    now = experiments.made_from(name)
    changed = [f"{part}: {key}" for part in ("experiment", "data", "code") for key in _differing(before, now, part)]
    return "changed " + ", ".join(changed[:4]) if changed else "damaged or interrupted"


def _differing(before: dict[str, Any], now: dict[str, Any], part: str) -> list[str]:
    old, new = before.get(part) or {}, now.get(part) or {}
    return sorted(key for key in {*old, *new} if old.get(key) != new.get(key))


def _compare(info: SceneInfo, order: Order, snapshot: Snapshot, found: Freshness, thorough: bool) -> None:
    job = scene_job(info, order.letter)
    traces = {name: Trace.load(folder) for name, folder in job.traces}
    now = plan.inputs(job, snapshot, {name: trace.digest for name, trace in traces.items()})
    beside = _beside(order, info.name)
    record = known_score(store(), plan.score_key(now))
    if record is None:
        before = beside.get("inputs") or {}
        changed = sorted(name for name in {*before, *now} if before.get(name) != now.get(name)) if before else []
        changed = [_with_arrays(name, before, traces) for name in changed]
        found.reasons.append(f"changed: {', '.join(changed)}" if changed else "never stepped with these sources")
        if not thorough:
            return
        record = score(job)
    chunks = plan.chunks_of(record, job, order.format, snapshot)
    found.frames = len(record.addresses)
    found.missing_frames = sum(c.frames for c in chunks if not store().has("chunk", c.key))
    shown = [*beside.get("chunks", []), *[""] * len(chunks)]
    changed_chunks = [c for c, old in zip(chunks, shown, strict=False) if c.key != old]
    if changed_chunks or len(beside.get("chunks", [])) != len(chunks):
        found.reasons.append(f"picture differs in {_ranges(changed_chunks, job.quality.rate) or 'its length'}")


def _with_arrays(name: str, before: dict[str, Any], traces: dict[str, Trace]) -> str:
    """The name of an input that changed; of a trace, also which of its arrays did."""
    kind, _, trace = name.partition(" ")
    if kind != "trace" or trace not in traces:
        return name
    names = arrays.changed(store(), str(before.get(name, "")), traces[trace])
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return f"{name} ({', '.join(names[:4])}{more})" if names else name


def _beside(order: Order, name: str) -> dict[str, Any]:
    return read_record(order.folder / f"{name}.json")


def _ranges(chunks: list[Chunk], rate: int) -> str:
    """Times of `chunks`, neighbours joined: "2.0–6.0 s, 8.0–9.5 s"."""
    spans: list[list[int]] = []
    for chunk in chunks:
        if spans and spans[-1][1] == chunk.first:
            spans[-1][1] = chunk.last + 1
        else:
            spans.append([chunk.first, chunk.last + 1])
    return ", ".join(f"{first / rate:.1f}–{end / rate:.1f} s" for first, end in spans)
