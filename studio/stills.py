"""Single frames: which frame is meant, and its picture, drawn exactly as the film would show it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from engine.errors import UserError
from engine.trace import Trace
from studio import plan, worker
from studio.build import known_score, store
from studio.catalog import SceneInfo
from studio.jobs import SceneJob, ScoreRecord
from studio.project import ROOT, traces_folder
from studio.snapshot import live


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
            number = int(self.at * rate + 1e-6)
            if not 0 <= number < count:
                raise UserError(f"--at: {self.at:g}: the scene lasts {count / rate:.2f} s")
            return number
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
    digests = {name: Trace.load(folder).digest for name, folder in job.traces}
    key = plan.score_key(plan.inputs(job, live(), digests))
    record = known_score(store(), key)
    if record is None:
        data = worker.address_scene(job)
        store().put("score", key, data)
        record = ScoreRecord.from_bytes(data)
    return record


def pictures(job: SceneJob, frames: list[int]) -> dict[int, Image.Image]:
    """The pictures of `frames`, RGBA."""
    drawn: list[tuple[int, np.ndarray]] = worker.draw_frames(job, tuple(sorted(set(frames))))
    return {number: Image.fromarray(pixels) for number, pixels in drawn}


def png(image: Image.Image, **text: Any) -> bytes:
    """`image` as PNG bytes, with `text` in its metadata."""
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    for name, value in text.items():
        info.add_text(name, str(value))
    out = io.BytesIO()
    image.save(out, "PNG", pnginfo=info)
    return out.getvalue()
