"""What a worker does, a function for each task: steps a scene and hashes, draws or looks at its frames; trains.

Every function can be called by name from another process or machine: bytes and plain data in, bytes and plain data out.
"""

from __future__ import annotations

import functools
import multiprocessing
import time
from pathlib import Path
from typing import Any

from studio import scratch
from studio.jobs import Chunk, Drawn, JobFailed, SceneJob, ScoreRecord, Told
from studio.worker import prepare, report, telling, use_snapshot

_AT_ONCE = 5  # builds with different sources that may record the same trace at the same time


@telling
def address_scene(job: SceneJob, memory: tuple[str, str] | None = None, paint: bool = True) -> bytes:
    """Step the whole scene without drawing; returns its `ScoreRecord` as bytes.

    With a `memory` (studio.memory) rasters are painted only if they are not remembered; without `paint` none is, and
    frames that would need one are told by their recipes.
    """
    with scratch.folder() as place:
        stepper, scene_class = prepare(job, place)
        from studio.recalling import remembered
        from studio.recorder import Recorder

        record, recorder = ScoreRecord(), Recorder()

        def visit(frame: Any) -> None:
            recipe = frame.recipe
            recorder.see(frame, recipe)
            record.recipes.append(recipe)
            record.addresses.append(frame.name if paint or frame.is_told else "")
            record.steps.append(frame.scene.now())
            if frame.index % 30 == 29:
                report(job.name, "stepped", 30)

        with remembered(memory):
            score = stepper.step(scene_class, visit)
    if record.is_hashed:
        record.recipes = []
    record.tell(score, recorder.table())
    return record.to_bytes()


@telling
def draw_chunks(
    job: SceneJob, chunks: tuple[Chunk, ...], format_: str, store: str | None, force: bool = False, unhashed: Any = None
) -> Drawn:
    """Draw and encode `chunks` (rising, not overlapping) in one pass over the scene.

    With a `store` folder each chunk is put there as soon as it is done and none is returned; without, the bytes
    are returned. What the store already holds is not drawn unless `force`. A frame that looks different from
    what was stepped is an error: it depends on more than its trace, step and layout, and no store may keep it.

    Chunks without a key get theirs here, from the pixels: `unhashed` is the memory of what the rasters came to, and
    what `plan.encoding` says.
    """
    began = time.process_time()

    with scratch.folder() as place:
        _, scene_class = prepare(job, place)
        from studio.drawing import draw
        from studio.encode import ChunkEncoder, codec_for
        from studio.plan import chunk_key
        from studio.recalling import learning
        from studio.store import Store

        made: list[tuple[str, bytes]] = []
        told: list[Told] = []
        codec = codec_for(format_, job.transparent)
        memory, encoded = unhashed or (None, {})

        def deliver(chunk: Chunk, addresses: list[str], recipes: list[str], data: bytes) -> None:
            key = chunk.key
            if not key:
                key = chunk_key(encoded, addresses)
                told.append((chunk.first, addresses, recipes))
            if store is not None:
                Store(Path(store)).put("chunk", key, data)
            else:
                made.append((key, data))
            learn()

        if store is not None and not force:  # an earlier attempt, or another build, may have drawn some
            chunks = tuple(c for c in chunks if not c.key or not Store(Path(store)).has("chunk", c.key))
        if chunks:
            say = functools.partial(report, job.name, "drawn")
            with learning(memory) as learn:
                draw(scene_class, chunks, lambda: ChunkEncoder(codec, job.quality), deliver, say)
    return Drawn(made, time.process_time() - began, told)


@telling
def film_scene(job: SceneJob, format_: str, store: str, size: int, memory: Any, encoded: dict[str, object]) -> Drawn:
    """Step, name, draw and encode the whole scene in one pass; its chunks of `size` frames go to the `store` folder.

    `memory` and `encoded` are as `unhashed` above.
    """
    began = time.process_time()
    with scratch.folder() as place:
        _, scene_class = prepare(job, place)
        from studio.encode import ChunkEncoder, codec_for
        from studio.passage import Passage
        from studio.plan import chunk_key
        from studio.recalling import learning
        from studio.store import Store

        codec = codec_for(format_, job.transparent)
        with learning(memory) as learn:

            def deliver(addresses: list[str], data: bytes) -> None:
                Store(Path(store)).put("chunk", chunk_key(encoded, addresses), data)
                learn()

            say = functools.partial(report, job.name, "drawn")
            record = Passage(size, lambda: ChunkEncoder(codec, job.quality), deliver, say).through(scene_class)
    return Drawn([], time.process_time() - began, [], record.to_bytes())


@telling
def draw_frames(job: SceneJob, frames: tuple[int, ...], addresses: tuple[str, ...] = ()) -> list[tuple[int, Any]]:
    """Draw single frames (rising numbers): each number with its pixels, uint8 (rows, columns, 4) RGBA.

    With their `addresses` the scene is jumped through, and each frame proves by its address to be the one that
    stepping comes to; if one does not, or without addresses, all frames are stepped to.
    """
    with scratch.folder() as place:
        stepper, scene_class = prepare(job, place)
        if addresses:
            jumped = _jump_to(scene_class, dict(zip(frames, addresses, strict=True)), stepper.Enough)
            if jumped is not None:
                return jumped
        wanted, drawn = set(frames), []

        def visit(frame: Any) -> None:
            if frame.index in wanted:
                frame.paint()
                drawn.append((frame.index, frame.draw().copy()))
                if len(drawn) == len(wanted):
                    raise stepper.Enough

        stepper.step(scene_class, visit)
    return drawn


def _jump_to(scene_class: Any, addresses: dict[int, str], enough: type[Exception]) -> list[tuple[int, Any]] | None:
    """Draw frames by jumps; None as soon as one is not what it should be."""
    from studio import jumper

    drawn: list[tuple[int, Any]] = []
    proved = True

    def visit(frame: Any) -> None:
        nonlocal proved
        frame.paint()
        proved = proved and frame.address.hex() == addresses[frame.index]
        if not proved:
            raise enough
        drawn.append((frame.index, frame.draw().copy()))
        if len(drawn) == len(addresses):
            raise enough

    jumper.jump(scene_class, lambda first, count: [f for f in addresses if first <= f < first + count], visit)
    return drawn if proved and len(drawn) == len(addresses) else None


@telling
def find_frame(job: SceneJob, number: int | None, step: int | None) -> tuple[tuple[int, Any] | None, ScoreRecord]:
    """Go to frame `number`, or to the first that shows training step `step`, and draw it, RGBA as above.

    The frame and its pixels are None when there is no such frame. The record has the steps seen up to there, and
    no addresses but an empty one for each frame: nothing was hashed.
    """
    with scratch.folder() as place:
        stepper, scene_class = prepare(job, place)
        from studio import seeker

        record, found = ScoreRecord(), []

        def visit(frame: Any) -> None:
            record.addresses.append("")
            record.steps.append(frame.scene.now())
            if wanted(frame.scene, frame.index):
                frame.paint()
                found.append((frame.index, frame.draw().copy()))
                raise stepper.Enough

        def wanted(scene: Any, frame: int) -> bool:
            return frame == number or (step is not None and scene.now() == step)

        seeker.seek(scene_class, wanted, visit)
    return (found[0] if found else None), record


@telling
def outline_scene(job: SceneJob, samples: bool = False) -> ScoreRecord:
    """Sections, captions, plays and the number of frames (as empty addresses), told by a jump through the scene.

    With `samples` it has recipes too: of the last frame of each play, the others empty.
    """
    with scratch.folder() as place:
        _, scene_class = prepare(job, place)
        from studio import jumper

        seen: dict[int, str] = {}

        def pick(first: int, count: int) -> list[int]:
            return [first + count - 1] if samples and count else []

        score = jumper.jump(scene_class, pick, lambda frame: seen.update({frame.index: frame.recipe}))
    record = ScoreRecord([""] * score.frames, steps=[0] * score.frames)
    record.tell(score)
    record.recipes = [seen.get(frame, "") for frame in range(score.frames)] if samples else []
    return record


@telling
def check_scene(job: SceneJob) -> dict[str, Any]:
    """Look at every state of a scene without drawing it; returns a `studio.check.findings.Report` as plain data."""
    with scratch.folder() as place:
        _, scene_class = prepare(job, place)
        from engine.trace import Trace
        from studio.check.inspector import inspect

        traces = [Trace.load(folder) for _, folder in job.traces]
        return inspect(scene_class, {trace.name: trace for trace in traces}).as_dict()


@telling
def run_trace(root: str, experiment: str, folder: str, force: bool = False, copies: str | None = None) -> str:
    """Train `experiment` (a name, or the path of a TOML file) and record it below `folder`; returns its digest.

    `copies` is a folder that gets the trace too, made from just these sources even if somebody else, with other
    sources, records it at the same time.
    """
    use_snapshot(root)
    # Where processes are forked numba guards its threads with a semaphore of the system's, left behind by every worker
    # that is ended; nothing is forked here.
    multiprocessing.set_start_method("spawn", force=True)
    from engine import experiments

    name = experiments.trace_name(experiment)
    before = [0]

    def progress(done: int, total: int) -> None:
        report(name, f"of {total} steps", done - before[0])
        before[0] = done

    for attempt in range(_AT_ONCE):
        trace = experiments.run(experiment, Path(folder), progress=progress, force=force and not attempt)
        if copies is None:
            return str(trace.digest)
        from studio.snapshot import take_folder

        take_folder(Path(folder) / name, Path(copies) / name)
        if experiments.is_fresh(experiment, copies, thorough=True):
            return str(trace.digest)
    raise JobFailed(f"trace {name}: others record it from other sources all the time: stop them and try again", 1)
