"""Every scene of the film at 1080p60: CPU a frame against encoding the same pixels, and the memory it takes."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.frames import Cost, job_of
from studio import jumper, stepper, worker
from studio.catalog import chapters
from studio.encode import ChunkEncoder, codec_for
from studio.jobs import SceneJob

EVERY, RUN = 600, 31  # of every ten seconds half a one; the first frame of each run only leads in
MOST_EACH, MOST_MEAN, MOST_MEMORY = 4.0, 1.6, 700  # × encoding, × encoding, MB


@dataclass(slots=True)
class Pass:
    """Two costs of the same frames: made, drawn and encoded; and only encoded."""

    made: Cost
    floor: Cost


def measure(job: SceneJob, compare: bool = True) -> Pass:
    """Jump to runs of frames and step through each; frames that equal the last one are encoded, but not drawn.

    Without `compare` the pixels are not encoded a second time, and memory is that of a render.
    """
    found = Pass(Cost(), Cost())
    codec, since = codec_for("mp4", False), [0.0]
    encoders: list[ChunkEncoder] = []
    last = [b"", -2]

    def pick(first: int, count: int) -> Sequence[int]:
        since[0] = time.process_time()
        return [frame for frame in range(first, first + count) if frame % EVERY < RUN]

    def visit(frame: stepper.Frame) -> None:
        leads_in = last[1] != frame.index - 1
        if leads_in:
            _finish(encoders, found)
            encoders[:] = [ChunkEncoder(codec, job.quality) for _ in range(1 + compare)]
        address = frame.address
        pixels = frame.draw()
        encoders[0].add(None if not leads_in and last[0] == address else pixels)
        now = time.process_time()
        if not leads_in:
            found.made.seconds += now - since[0]
            found.made.frames += 1
        if compare:
            encoders[1].add(pixels)
        since[0] = time.process_time()
        if not leads_in:
            found.floor.seconds += since[0] - now
            found.floor.frames += 1
        last[:] = [address, frame.index]

    with tempfile.TemporaryDirectory() as scratch:
        _, scene_class = worker.prepare(job, scratch)
        jumper.jump(scene_class, pick, visit)
        _finish(encoders, found)
    return found


def _finish(encoders: list[ChunkEncoder], found: Pass) -> None:
    """Let both encoders give out what they hold back, each at its own cost."""
    for encoder, cost in zip(encoders, (found.made, found.floor), strict=False):
        start = time.process_time()
        encoder.finish()
        cost.seconds += time.process_time() - start


def told(kind: str, name: str) -> list[float]:
    """What a process of its own, `python -m bench.scenes KIND NAME`, tells of a scene."""
    words = [sys.executable, "-m", "bench.scenes", kind, name]
    return [float(word) for word in subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()]


def tell(kind: str, name: str) -> None:
    """Measure one scene in this process: milliseconds, those of encoding, and frames; or megabytes."""
    found = measure(job_of(name), compare=kind == "--cost")
    if kind == "--cost":
        print(found.made.each, found.floor.each, found.made.frames)
    else:
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main(names: Sequence[str] = ()) -> None:
    """A table of all scenes, each in a process of its own, with the mean over each chapter; or only of `names`."""
    groups = [tuple(names)] if names else [chapter.scenes for chapter in chapters()]
    for scenes in groups:
        _table(scenes)


def _table(names: Sequence[str]) -> None:
    made, floor, frames = 0.0, 0.0, 0.0
    for name in names:
        each, least, count = told("--cost", name)
        (memory,) = told("--memory", name)
        made, floor, frames = made + each * count, floor + least * count, frames + count
        over = "  over" if each > MOST_EACH * least or memory > MOST_MEMORY else ""
        print(
            f"  {name:<20} {each:7.1f} ms a frame   {each / least:5.2f} × encoding   {memory:4.0f} MB{over}", flush=True
        )
    print(
        f"  {'all together':<20} {made / frames:7.1f} ms a frame   {made / floor:5.2f} × encoding (at most {MOST_MEAN})"
    )


if __name__ == "__main__":
    if sys.argv[1:2] in (["--cost"], ["--memory"]):
        tell(sys.argv[1], sys.argv[2])
    else:
        main(sys.argv[1:])
