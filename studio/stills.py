"""Single frames: which frame is meant, and its picture, drawn exactly as the film would show it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from PIL import Image

from engine.errors import UserError
from studio import remembered, tasks
from studio.catalog import SceneInfo
from studio.jobs import SceneJob, ScoreRecord
from studio.project import ROOT, renders_folder, traces_folder
from studio.store import Store

FRESH: Final = b"fresh"
STALE: Final = b"stale"


@dataclass(frozen=True, slots=True)
class Moment:
    """Which frame of a scene is meant; at most one of the fields is set, none means the last frame."""

    at: float | None = None  # seconds
    step: int | None = None  # training step: the first frame that shows it
    section: str | None = None  # the last frame of that section

    def frame(self, record: ScoreRecord, rate: int) -> int:
        """The frame's number; UserError when the scene has no such moment."""
        count = len(record.addresses)
        if self.at is not None:
            if not 0 <= self.at < count / rate:  # what is no number is not either
                raise UserError(f"--at: {self.at:g}: the scene lasts {count / rate:.2f} s")
            return min(int(self.at * rate + 1e-6), count - 1)
        if self.step is not None:
            return _frame_of_step(record, self.step)
        if self.section is not None:
            return _end_of_section(record, self.section)
        return count - 1


def _frame_of_step(record: ScoreRecord, step: int) -> int:
    for number, shown in enumerate(record.steps):
        if shown == step:
            return number
    raise UserError(f"--step: {step}: never shown; the scene shows steps {min(record.steps)} to {max(record.steps)}")


def _end_of_section(record: ScoreRecord, name: str) -> int:
    ends = [first for _, first in record.sections[1:]] + [len(record.addresses)]
    for (section, _), end in zip(record.sections, ends, strict=True):
        if section == name:
            return end - 1
    raise UserError(f"--section: {name}: no such section; there are {', '.join(n for n, _ in record.sections)}")


def scene_job(info: SceneInfo, letter: str, overrides: dict[str, str] | None = None) -> SceneJob:
    """A job on the sources as they are now."""
    folders = tuple((name, (overrides or {}).get(name, str(traces_folder() / name))) for name in info.traces)
    return SceneJob(str(ROOT), info.module, info.name, folders, letter)


def score(job: SceneJob) -> ScoreRecord:
    """What stepping the scene tells: from the store, or by stepping it here and now."""
    record = known(job)
    if record is None:
        key = _key(job)
        data = tasks.address_scene(job)  # no memory: what an edit spoils meanwhile must not be remembered
        if key == _key(job):  # else somebody edited meanwhile, and nobody knows what was read
            _store().put("score", key, data)
            remembered.keep(job, key)
        record = ScoreRecord.from_bytes(data)
    return record


def known(job: SceneJob) -> ScoreRecord | None:
    """What the store knows of the scene as it stands, if it has been stepped."""
    key = remembered.score_key(job)
    if key is None:
        key = _key(job)
        if _store().has("score", key):
            remembered.keep(job, key)
    data = _store().get("score", key)
    try:
        return None if data is None else ScoreRecord.from_bytes(data)
    except ValueError:
        return None


def _key(job: SceneJob) -> str:
    from engine.trace import Trace
    from studio import plan
    from studio.snapshot import live

    digests = {name: Trace.load(folder).digest for name, folder in job.traces}
    return plan.score_key(plan.inputs(job, live(), digests))


def _store() -> Store:
    return Store(renders_folder() / ".store")


def pictures(job: SceneJob, frames: list[int]) -> dict[int, Image.Image]:
    """The pictures of `frames`, RGBA; frames whose address is known are jumped to, others are stepped to."""
    wanted = tuple(sorted(set(frames)))
    record = known(job)
    addresses = () if record is None else tuple(record.addresses[frame] for frame in wanted)
    drawn: list[tuple[int, np.ndarray]] = tasks.draw_frames(job, wanted, addresses)
    return {number: Image.fromarray(pixels) for number, pixels in drawn}


@dataclass(frozen=True, slots=True)
class Still:
    """One frame: its number, the training step that it shows, its picture (RGBA)."""

    frame: int
    step: int
    image: Image.Image


def standing(job: SceneJob, traces: list[str], thorough: bool) -> Iterator[bytes]:
    """How a scene stands: FRESH, or STALE when one of `traces` must be made first; then its `known` score, or nothing.

    With `thorough` no memory of the project's files tells: a trace may come from elsewhere.
    """
    fresh = not thorough and remembered.score_key(job) is not None
    if not fresh:
        from engine.experiments import is_fresh

        fresh = all(is_fresh(trace, traces_folder()) for trace in traces)
    yield FRESH if fresh else STALE
    record = known(job)
    yield b"" if record is None else record.to_bytes()


def still(job: SceneJob, moment: Moment, record: ScoreRecord | None) -> Still:
    """The frame that `moment` means. UserError when the scene has no such moment.

    With the `record` of a scene that has been stepped before it is known which frame that is, and a jump proves to be
    exact; otherwise the scene is stepped up to that frame here, each frame on the way, and told no more than it needs.
    """
    if record is not None:
        frame = moment.frame(record, job.quality.rate)
        ((_, pixels),) = tasks.draw_frames(job, (frame,), (record.addresses[frame],))
        return Still(frame, record.steps[frame], Image.fromarray(pixels))
    at = None if moment.at is None else int(moment.at * job.quality.rate + 1e-6)
    if at is None and moment.step is None:
        at = moment.frame(tasks.outline_scene(job), job.quality.rate)  # sections and length are told by a jump
    found, seen = tasks.find_frame(job, at, moment.step)
    if found is None:
        moment.frame(seen, job.quality.rate)  # says why there is none
        raise UserError(f"{job.name}: no such frame")
    return Still(found[0], seen.steps[-1], Image.fromarray(found[1]))


def png(image: Image.Image, **text: Any) -> bytes:
    """`image` as PNG bytes, with `text` in its metadata."""
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    for name, value in text.items():
        info.add_text(name, str(value))
    out = io.BytesIO()
    image.save(out, "PNG", pnginfo=info, compress_level=2)  # three times as fast as the default
    return out.getvalue()
