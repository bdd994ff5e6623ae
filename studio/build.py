"""The build: fresh traces, stepped scenes, missing chunks drawn on every core, films joined. Draws nothing itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from engine import experiments
from engine.errors import UserError
from engine.trace import Trace
from studio import plan, scratch, sidecar, speeds, worker
from studio.catalog import SceneInfo
from studio.crew import Crew
from studio.encode import JOINING, codec_for, frame_count, join
from studio.jobs import Chunk, Drawn, JobFailed, SceneJob, ScoreRecord
from studio.order import Order
from studio.progress import Progress
from studio.project import renders_folder, traces_folder, version, write_bytes, write_whole
from studio.snapshot import Snapshot, taken
from studio.store import Store
from studio.subtitles import srt, vtt


@dataclass(slots=True)
class Built:
    """One scene's share of a build."""

    info: SceneInfo
    job: SceneJob
    inputs: dict[str, str] = field(default_factory=dict)
    key: str = ""
    record: ScoreRecord | None = None
    chunks: list[Chunk] = field(default_factory=list)
    drawn: int = 0  # frames drawn in this build
    seconds: float = 0.0  # CPU that drawing them took
    stepped: bool = False
    path: Path | None = None
    offset: int = 0  # number in the scene of the first frame that is wanted

    @property
    def frames(self) -> int:
        """Frames of the whole scene."""
        return len(self.record.addresses) if self.record else 0


def store() -> Store:
    """The project's store of scores and chunks."""
    return Store(renders_folder() / ".store")


def refresh_traces(
    names: Sequence[str], snapshot: Snapshot, crew: Crew, progress: Progress, force: bool = False
) -> None:
    """Train every experiment in `names` whose trace is missing or stale."""
    folder = traces_folder()
    stale = [name for name in dict.fromkeys(names) if force or not experiments.is_fresh(name, folder)]
    for name in stale:
        shown = experiments.trace_name(name)
        progress.add(shown, f"training {shown}", None)
        call = (worker.run_trace, str(snapshot.root), name, str(folder), force)
        crew.submit(call, f"trace {shown}", partial(_finish, progress, shown))
    crew.drain()


def _finish(progress: Progress, name: str, _: object) -> None:
    progress.finish(name)


def build(order: Order, progress: Progress) -> list[Built]:
    """Bring every scene's video up to date; returns what was done.

    Raises JobFailed (a scene or a worker failed), UserError (bad input) or OSError (the disk).
    """
    scratch.sweep(renders_folder())
    with taken(order.root) as snapshot, Crew(order.jobs, progress.report) as crew:
        wanted = [name for info in order.scenes for name in info.traces if name not in dict(order.overrides)]
        refresh_traces([*wanted, *order.extra], snapshot, crew, progress)
        built = [Built(info, _job(info, order, snapshot)) for info in order.scenes]
        with _elsewhere(order, built, snapshot, progress) as hands:
            _step_all(built, order, snapshot, hands or crew, progress)
            _draw_all(built, order, snapshot, hands or crew, progress)
        for item in built:
            item.path = _publish(item, order)
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


def make_traces(names: Sequence[str], progress: Progress) -> None:
    """Bring traces up to date without building anything; starts no worker when all are fresh."""
    if all(experiments.is_fresh(name, traces_folder()) for name in names):
        return
    with taken() as snapshot, Crew(1, progress.report) as crew:
        refresh_traces(names, snapshot, crew, progress)


def _job(info: SceneInfo, order: Order, snapshot: Snapshot) -> SceneJob:
    overrides = dict(order.overrides)
    folders = tuple((name, overrides.get(name, str(traces_folder() / name))) for name in info.traces)
    return SceneJob(str(snapshot.root), info.module, info.name, folders, order.letter, order.transparent)


def _step_all(built: list[Built], order: Order, snapshot: Snapshot, crew: Crew, progress: Progress) -> None:
    """Know every frame's address: from the store, or by stepping the scene."""
    kept = store()
    digests: dict[str, str] = {}
    for item in built:
        for _, folder in item.job.traces:
            if folder not in digests:
                digests[folder] = Trace.load(folder).digest
        item.inputs = plan.inputs(item.job, snapshot, {name: digests[folder] for name, folder in item.job.traces})
        item.key = plan.score_key(item.inputs)
        item.record = known_score(kept, item.key)
        if item.record is None:
            progress.add(item.info.name, f"stepping {item.info.name}", None)
            call = (worker.address_scene, item.job)
            crew.submit(call, item.info.name, partial(_learn, item, kept, progress))
    crew.drain()
    for item in built:
        _keep_plays(item, order)
        assert item.record is not None
        item.chunks = plan.chunks_of(item.record, item.job, order.format, snapshot)


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


def _learn(item: Built, kept: Store, progress: Progress, data: bytes) -> None:
    item.record, item.stepped = ScoreRecord.from_bytes(data), True
    if not item.record.addresses:
        raise JobFailed(f"{item.info.path.name}:{item.info.line}: {item.info.name} plays nothing: there is no frame", 1)
    kept.put("score", item.key, data)
    progress.finish(item.info.name)


def _draw_all(built: list[Built], order: Order, snapshot: Snapshot, crew: Crew, progress: Progress) -> None:
    """Draw every chunk that the store does not hold, each only once however many scenes share it."""
    kept = store()
    claimed: set[str] = set()
    missing: list[tuple[Built, list[Chunk]]] = []
    for item in built:
        absent = []
        for chunk in item.chunks:
            if chunk.key not in claimed and (order.force or not kept.has("chunk", chunk.key)):
                claimed.add(chunk.key)
                absent.append(chunk)
        if absent:
            missing.append((item, absent))
            item.drawn = sum(chunk.frames for chunk in absent)
            progress.add(item.info.name, item.info.name, item.drawn)
    total = sum(item.drawn for item, _ in missing)
    for item, absent in missing:
        parts = max(1, round(order.jobs * item.drawn / total))
        for run in plan.cut([chunk.later(item.offset) for chunk in absent], parts):
            call = (worker.draw_chunks, item.job, run, order.format, str(kept.folder))
            label = f"{item.info.name} frames {run[0].first}–{run[-1].last}"
            crew.submit(call, label, partial(_receive, item, order), plan.cost(run))
    crew.drain()
    for item, _ in missing:
        progress.finish(item.info.name)


def _receive(item: Built, order: Order, drawn: Drawn) -> None:
    """Keep what came back as bytes, after opening and counting it; note how long drawing took."""
    wanted = {chunk.key: chunk.frames for chunk in item.chunks}
    for key, data in drawn.chunks:
        try:
            sound = frame_count(data) == wanted.get(key)
        except ValueError:
            sound = False
        if not sound:
            raise JobFailed(f"{item.info.name}: a worker returned a damaged chunk", 1)
        store().put("chunk", key, data)
    item.seconds += drawn.seconds
    speeds.note(order.letter, item.info.name, item.seconds / max(1, item.drawn))


def _publish(item: Built, order: Order) -> Path:
    """Join the scene's chunks and lay its subtitles and its record beside it; does nothing when all that stands."""
    assert item.record is not None
    plays = "-n{}-{}".format(*order.plays) if order.plays else ""
    path = order.out or order.folder / f"{item.info.name}{plays}.{order.format}"
    beside = path.with_suffix(".json")
    info = describe(item, order)
    if path.is_file() and standing(beside, info, path):
        return path
    kept = store()
    chunks = [sound_chunk(kept, chunk) for chunk in item.chunks]
    codec = codec_for(order.format, order.transparent)
    meta = {"title": item.info.name, "comment": json.dumps(info["made_from"], sort_keys=True)}
    rate = item.job.quality.rate
    if order.format == "gif":
        from studio.gif import write_gif

        write_whole(path, lambda temporary: write_gif(chunks, temporary, rate))
    else:
        captions = item.record.captions
        write_whole(path, lambda temporary: join(chunks, temporary, codec.container, rate, meta, captions=captions))
    write_bytes(path.with_suffix(".srt"), srt(item.record.captions).encode())
    write_bytes(path.with_suffix(".vtt"), vtt(item.record.captions).encode())
    info |= {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "inputs": item.inputs}
    write_bytes(beside, json.dumps(info, indent=1).encode())
    sidecar.write(path, info["sha256"], rate, [sidecar.Stretch(item.info.name, 0, item.record, info["made_from"])])
    return path


def describe(item: Built, order: Order) -> dict[str, Any]:
    """The record that lies beside a video: what it was made from and what it shows when."""
    assert item.record is not None
    sources = {}
    for name, folder in item.job.traces:
        trace = Trace.load(folder)
        sources[name] = {
            "experiment": trace.name,
            "trace": trace.digest,
            "seed": (trace.manifest.get("experiment") or {}).get("seed"),
        }
    return {
        "scene": item.info.name,
        "made_from": {"gradreel": version(), "traces": sources},
        "joining": JOINING,
        "picture": {"width": item.job.quality.width, "height": item.job.quality.height, "rate": item.job.quality.rate},
        "chunks": [chunk.key for chunk in item.chunks],
        "sections": item.record.sections,
        "captions": item.record.captions,
        "steps": item.record.steps,
    }


def standing(beside: Path, info: dict[str, Any], path: Path) -> bool:
    """Whether the video is the one that `info` describes, byte for byte, with its sidecar beside it."""
    try:
        known = json.loads(beside.read_bytes())
        known.pop("inputs", None)  # a comment more or less in them does not change the video
        wanted = json.loads(json.dumps(info))
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        return {**wanted, "sha256": sha256} == known and sidecar.stands(path, sha256)
    except (OSError, ValueError):
        return False


def sound_chunk(kept: Store, chunk: Chunk) -> bytes:
    """A chunk's bytes from the store, opened and counted; JobFailed when it was damaged since it was drawn."""
    data = kept.get("chunk", chunk.key)
    try:
        if data is not None and frame_count(data) == chunk.frames:
            return data
    except ValueError:
        pass
    kept.path("chunk", chunk.key).unlink(missing_ok=True)
    raise JobFailed(f"{kept.path('chunk', chunk.key)}: damaged while it was needed: run the same command again", 1)
