"""CPU seconds a frame of a scene: stepping, drawing and encoding it, against only encoding the same pixels."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from studio import stepper, tasks, worker
from studio.catalog import find
from studio.encode import ChunkEncoder, codec_for
from studio.jobs import SceneJob, ScoreRecord
from studio.stills import scene_job

PIECE = 120  # frames a chunk


@dataclass(slots=True)
class Cost:
    """CPU seconds of one pass, and how many frames it had."""

    seconds: float = 0.0
    frames: int = 0

    @property
    def each(self) -> float:
        """Milliseconds of CPU a frame."""
        return 1000 * self.seconds / max(1, self.frames)


def stepping(job: SceneJob) -> tuple[Cost, Cost]:
    """Step the whole scene, as a build does, for every frame's address: the first time, and when it is remembered."""
    costs = []
    with tempfile.TemporaryDirectory() as scratch:
        for _ in range(2):
            start = time.process_time()
            record = ScoreRecord.from_bytes(tasks.address_scene(job, (scratch, "0")))
            costs.append(Cost(time.process_time() - start, len(record.addresses)))
    return costs[0], costs[1]


def rendering(job: SceneJob, chosen: Callable[[int], bool], make: Callable[[Any], Any] | None = None) -> Cost:
    """Draw and encode the frames for which `chosen(number)`; the cost of stepping the others is left out.

    `make` may turn the scene's class into another one to be measured.
    """
    cost = Cost()
    codec = codec_for("mp4", False)
    encoder: list[ChunkEncoder] = []
    last: list[bytes] = []
    since = [time.process_time()]

    def visit(frame: stepper.Frame) -> None:
        if chosen(frame.index):
            if not encoder or cost.frames % PIECE == 0:
                _finish(encoder)
                encoder[:] = [ChunkEncoder(codec, job.quality)]
                last.clear()
            address = frame.address
            encoder[0].add(None if last == [address] else frame.draw())
            last[:] = [address]
            cost.frames += 1
            cost.seconds += time.process_time() - since[0]
        since[0] = time.process_time()

    with tempfile.TemporaryDirectory() as scratch:
        step_on, scene_class = worker.prepare(job, scratch)
        step_on.step(make(scene_class) if make else scene_class, visit)
        cost.seconds += _timed(lambda: _finish(encoder))
    return cost


def encoding(job: SceneJob, chosen: Callable[[int], bool], make: Callable[[Any], Any] | None = None) -> Cost:
    """Only encode the pixels of the same frames, each converted and handed to the encoder; `make` as for rendering."""
    cost = Cost()
    codec = codec_for("mp4", False)
    encoder: list[ChunkEncoder] = []

    def visit(frame: stepper.Frame) -> None:
        if not chosen(frame.index):
            return
        pixels = frame.draw()
        start = time.process_time()
        if not encoder or cost.frames % PIECE == 0:
            _finish(encoder)
            encoder[:] = [ChunkEncoder(codec, job.quality)]
        encoder[0].add(pixels)
        cost.frames += 1
        cost.seconds += time.process_time() - start

    with tempfile.TemporaryDirectory() as scratch:
        step_on, scene_class = worker.prepare(job, scratch)
        step_on.step(make(scene_class) if make else scene_class, visit)
        cost.seconds += _timed(lambda: _finish(encoder))
    return cost


def _finish(encoder: list[ChunkEncoder]) -> None:
    if encoder:
        encoder.pop().finish()


def _timed(call: Callable[[], None]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def job_of(name: str, letter: str = "h") -> SceneJob:
    """The scene `name` on the sources as they are."""
    return scene_job(find((name,))[0], letter)


def row(what: str, cost: Cost, floor: Cost) -> None:
    """Print one line of the table."""
    print(f"  {what:<46} {cost.each:7.1f} ms a frame   {cost.each / floor.each:5.2f} × encoding")


def main() -> None:
    """ThreeCities at 1080p60: a second of every ten, by parts of the whole."""
    from bench.plain import with_manims_own

    job = job_of("ThreeCities")
    sample = lambda number: number % 600 < 60  # noqa: E731
    floor = encoding(job, sample)
    row("the same pixels, only encoded", floor, floor)
    row("gradreel: stepped, drawn, encoded", rendering(job, sample), floor)
    few = lambda number: number % 1200 < 30  # noqa: E731
    row("with Manim's DecimalNumber, rebuilt heat map", rendering(job, few, with_manims_own), floor)
    for what, step in zip(("for the first time", "again"), stepping(job), strict=True):
        print(f"  {f'stepping and hashing alone, {what}':<46} {step.each:7.1f} ms a frame")
