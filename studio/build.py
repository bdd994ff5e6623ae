"""The build: fresh traces, stepped scenes, missing chunks drawn on every core, films joined. Draws nothing itself."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from engine.errors import UserError
from engine.trace import Trace
from studio import arrays, forks, plan, premiere, scratch, speeds, stamp, tasks
from studio.built import Built
from studio.catalog import SceneInfo
from studio.crew import Crew
from studio.encode import decoded
from studio.jobs import Chunk, Drawn, JobFailed, SceneJob, ScoreRecord
from studio.memory import memory_of
from studio.order import Order
from studio.progress import Progress
from studio.project import renders_folder, traces_folder
from studio.publish import DamagedChunk, publish, store
from studio.snapshot import Snapshot, taken
from studio.store import Store
from studio.training import copy_of, refresh_traces


def build(order: Order, progress: Progress) -> list[Built]:
    """Bring every scene's video up to date; returns what was done.

    Raises JobFailed (a scene or a worker failed), UserError (bad input) or OSError (the disk).
    """
    scratch.sweep(renders_folder())
    try:
        return _build(order, progress)
    finally:
        scratch.sweep(renders_folder())  # what workers had to leave that were killed


def _build(order: Order, progress: Progress) -> list[Built]:
    forks.start()  # it loads Manim while the sources are copied and looked at
    with taken(order.root) as snapshot, Crew(order.jobs, progress.report) as crew:
        wanted = [name for info in order.scenes for name in info.traces if name not in dict(order.overrides)]
        refresh_traces([*wanted, *order.extra], snapshot, crew, progress)
        read = stamp.sources(snapshot.root)
        built = [Built(info, _job(info, order, snapshot), sources_hash=read) for info in order.scenes]
        with _elsewhere(order, built, snapshot, progress) as hands:
            _step_all(built, order, snapshot, hands or crew, progress)
            _draw_all(built, order, snapshot, hands or crew, progress)
            for item in built:
                try:
                    item.path = publish(item, order)
                except DamagedChunk:  # it is gone from the store now, and only it is drawn again
                    _draw_all([item], order, snapshot, hands or crew, progress)
                    item.path = publish(item, order)
    return built


def _elsewhere(
    order: Order, built: list[Built], snapshot: Snapshot, progress: Progress
) -> AbstractContextManager[Crew | None]:
    """The crew of a cluster, when one was asked for."""
    if order.cluster is None:
        return nullcontext()
    from studio.cluster import ClusterCrew, pack

    bundle = pack(snapshot.root, [trace for item in built for trace in item.job.traces])
    return ClusterCrew(order.cluster, bundle, progress.report, order.insecure)


def _job(info: SceneInfo, order: Order, snapshot: Snapshot) -> SceneJob:
    overrides = dict(order.overrides)
    sources = {name: Path(overrides.get(name, traces_folder() / name)) for name in info.traces}
    folders = tuple((name, str(copy_of(source, snapshot))) for name, source in sources.items())
    return SceneJob(str(snapshot.root), info.module, info.name, folders, order.letter, order.transparent)


def _step_all(built: list[Built], order: Order, snapshot: Snapshot, crew: Crew, progress: Progress) -> None:
    """Know every frame's address: from the store, or by stepping the scene; of a new scene only how long it is."""
    kept = store()
    traces: dict[str, Trace] = {}
    for item in built:
        for name, folder in item.job.traces:
            if folder not in traces:
                traces[folder] = Trace.load(folder)
                arrays.note(kept, traces[folder])
            item.sources[name] = _source(traces[folder])
        item.inputs = plan.inputs(item.job, snapshot, {name: of["trace"] for name, of in item.sources.items()})
        item.key = plan.score_key(item.inputs)
        item.record = known_score(kept, item.key)
        if item.record is None:
            if order.cluster is None:  # whose machines have no store
                item.memory = memory_of(item.job, snapshot, kept)
                item.new = order.plays is None and not _known_of(item, order, kept)
            progress.add(item.info.name, f"stepping {item.info.name}", None)
            if item.new:
                crew.submit((tasks.outline_scene, item.job, True), item.info.name, partial(_learn, item, kept))
            else:
                _step(item, kept, crew, progress)
    crew.drain()
    for item in built:
        _keep_plays(item, order)
        assert item.record is not None
        item.chunks = plan.chunks_of(item.record, item.job, order.format, snapshot)


def _known_of(item: Built, order: Order, kept: Store) -> bool:
    """Whether anything tells of the scene having been drawn at this size before, so that some of it may be left."""
    note = kept.path("begun", plan.begun_key(item.job))
    return note.exists() or (order.folder / f"{item.info.name}.json").exists()


def _step(item: Built, kept: Store, crew: Crew, progress: Progress, first: bool = False) -> None:
    """Have the scene stepped, before anything else if `first`; what is new is hashed when it is drawn."""

    def then(data: bytes) -> None:
        _learn(item, kept, ScoreRecord.from_bytes(data))
        if not first:
            progress.finish(item.info.name)

    call = (tasks.address_scene, item.job, item.memory, not item.new)
    crew.submit(call, item.info.name, then, math.inf if first else 0.0)


def _source(trace: Trace) -> dict[str, Any]:
    seed = (trace.manifest.get("experiment") or {}).get("seed")
    return {"experiment": trace.name, "trace": trace.digest, "seed": seed}


def _keep_plays(item: Built, order: Order) -> None:
    """Leave only the frames of the plays that were asked for."""
    if order.plays is None or item.record is None:
        return
    first, last = order.plays
    starts = [*item.record.plays, len(item.record.addresses)]
    if max(first, last) >= len(starts) - 1:
        raise UserError(f"-n: {item.info.name} has plays 0 to {len(starts) - 2}")
    item.offset = starts[first]
    end = starts[last + 1] if last >= 0 else starts[-1]
    item.record = item.record.between(starts[first], end, item.job.quality.rate)


def known_score(kept: Store, key: str) -> ScoreRecord | None:
    """The score that the store holds under `key`, if it holds a sound one."""
    data = kept.get("score", key)
    try:
        return ScoreRecord.from_bytes(data) if data is not None else None
    except ValueError:
        return None


def _learn(item: Built, kept: Store, record: ScoreRecord) -> None:
    item.record, item.stepped = record, True
    if item.new and not item.samples:  # this is only its outline
        item.samples = {frame: recipe for frame, recipe in enumerate(record.recipes) if recipe}
        record.recipes = []
    if not record.addresses:
        raise JobFailed(f"{item.info.path.name}:{item.info.line}: {item.info.name} plays nothing: there is no frame", 1)
    kept.put("begun", plan.begun_key(item.job), b"")
    if record.is_hashed:
        kept.put("score", item.key, record.to_bytes())


def _draw_all(built: list[Built], order: Order, snapshot: Snapshot, crew: Crew, progress: Progress) -> None:
    """Draw every chunk that the store does not hold, each only once however many scenes share it.

    A new scene is drawn as jumps come to it while it is stepped; should stepping have come to other pictures
    somewhere, those are drawn in a second round.
    """
    kept = store()
    while built:
        missing = _missing(built, order, kept)
        whole = premiere.in_one_pass(missing, order)
        total = sum(c.frames for item, absent in missing for c in absent if item.info.name not in whole)
        for item, absent in missing:
            frames = sum(chunk.frames for chunk in absent)
            item.drawn += frames
            progress.add(item.info.name, item.info.name, frames)
            if item.info.name in whole:
                premiere.film(item, order, snapshot, crew)
                continue
            if item.new:
                _step(item, kept, crew, progress, first=True)
            parts = max(1, round(plan.RUNS_EACH * order.jobs * frames / total)) if order.jobs > 1 else 1
            unhashed = (item.memory, plan.encoding(item.job, order.format, snapshot))
            late = [chunk.later(item.offset) for chunk in absent]
            falling = parts > plan.RUNS_EACH  # small ones last, so that all hands end at once
            for run in plan.cut(late, parts, falling):
                call = (tasks.draw_chunks, item.job, run, order.format, str(kept.folder), order.force, unhashed)
                label = f"{item.info.name} frames {run[0].first}–{run[-1].last}"
                crew.submit(call, label, partial(_receive, item, order, progress), plan.cost(run))
        crew.drain()
        for item, _ in missing:
            progress.finish(item.info.name)
        built = [item for item, _ in missing if item.told]
        for item in built:
            premiere.name(item, order, snapshot, kept)


def _missing(built: list[Built], order: Order, kept: Store) -> list[tuple[Built, list[Chunk]]]:
    """Of each scene the chunks that are to be drawn for it."""
    claimed: set[str] = set()
    missing: list[tuple[Built, list[Chunk]]] = []
    for item in built:
        absent = []
        for chunk in item.chunks:
            if not chunk.key:
                absent.append(chunk)
            elif chunk.key not in claimed and ((order.force and not item.drawn) or not kept.has("chunk", chunk.key)):
                claimed.add(chunk.key)
                absent.append(chunk)
        if absent:
            missing.append((item, absent))
    return missing


def _receive(item: Built, order: Order, progress: Progress, drawn: Drawn) -> None:
    """Keep what came back as bytes, after opening and decoding all of it; note how long drawing took."""
    item.told += drawn.told
    wanted = {chunk.key: chunk.frames for chunk in item.chunks}
    quality = item.job.quality
    for key, data in drawn.chunks:
        if key not in wanted or decoded(data) != (wanted[key], quality.width, quality.height):
            raise JobFailed(f"{item.info.name}: a worker returned a damaged chunk", 1)
        store().put("chunk", key, data)
        progress.report(item.info.name, "drawn", wanted[key])
    item.seconds += drawn.seconds
    speeds.note(order.letter, item.info.name, item.seconds / max(1, item.drawn))
