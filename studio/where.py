"""What is on a video at one moment, and where each number of it came from. Reads sidecars and traces, draws nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import UserError
from engine.trace import Trace, TraceError
from studio import shown, sidecar
from studio.project import renders_folder, traces_folder
from studio.quality import QUALITIES


@dataclass(slots=True)
class Origin:
    """A trace behind a scene: experiment, seed, hash, and whether the trace on this disk still is that one."""

    trace: str
    experiment: str
    seed: Any
    digest: str
    here: bool


@dataclass(slots=True)
class Answer:
    """Everything that is known of one frame."""

    video: str
    sha256: str
    made_by: str  # version of gradreel
    scene: str
    frame: int  # of the video
    seconds: float
    scene_seconds: float
    section: str
    step: int
    caption: str
    origins: list[Origin] = field(default_factory=list)
    shown: list[shown.Shown] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


def moment(text: str, letter: str | None = None) -> tuple[Path, float]:
    """The video and the seconds that `VIDEO@SECONDS` means; VIDEO may be a scene's name, SECONDS m:ss."""
    name, at, when = text.rpartition("@")
    if not at or not name:
        raise UserError(f"{text}: say VIDEO@SECONDS, such as ThreeCities@12.5")
    try:
        minutes, _, seconds = when.rpartition(":")
        time = float(seconds) + 60 * float(minutes or 0)
    except ValueError:
        raise UserError(f"{text}: {when!r} is no time in seconds") from None
    if not np.isfinite(time) or time < 0:
        raise UserError(f"{text}: {when} is no time in a video")
    return _video(name, letter), time


def _video(name: str, letter: str | None) -> Path:
    path = Path(name)
    if path.suffix:
        if not path.is_file():
            raise UserError(f"{name}: no such file")
        return path
    letters = [letter] if letter else sorted(QUALITIES, key=lambda one: -QUALITIES[one].height)
    for one in letters:
        found = sorted((renders_folder() / QUALITIES[one].folder).glob(f"{name}.*"))
        for video in found:
            if video.suffix in (".mp4", ".mov", ".webm", ".gif"):
                return video
    raise UserError(f"{name}: not rendered yet: run `reel render {name}` first")


def answer(video: Path, time: float) -> Answer:
    """What is on `video` at `time` seconds. UserError when it is too late, or the sidecar missing or damaged."""
    content = sidecar.load(video)
    try:
        rate = content["rate"]
        frame = int(time * rate + 1e-6)
        for scene in content["scenes"]:
            if scene["first"] <= frame < scene["first"] + scene["frames"]:
                return _answer(content, scene, frame, rate)
        length = max(scene["first"] + scene["frames"] for scene in content["scenes"]) / rate
    except (KeyError, TypeError, ValueError, IndexError):
        raise UserError(f"{sidecar.path_of(video)}: damaged: render the video again") from None
    raise UserError(f"{video.name}@{time:g}: the video lasts {length:.2f} s")


def _answer(content: dict[str, Any], scene: dict[str, Any], frame: int, rate: int) -> Answer:
    inside = frame - scene["first"]
    seconds = inside / rate
    step = next(step for first, step in reversed(scene["steps"]) if first <= inside)
    section = next((name for name, first in reversed(scene["sections"]) if first <= inside), "")
    caption = next((text for start, end, text in scene["captions"] if start <= seconds < end), "")
    made_from = scene["made_from"]
    origins, here = [], {}
    for name, of in made_from["traces"].items():
        found = (_load(folder) for folder in dict.fromkeys((name, str(of["experiment"]))))
        trace = next((trace for trace in found if trace is not None and trace.digest == of["trace"]), None)
        origins.append(Origin(name, str(of["experiment"]), of["seed"], of["trace"], trace is not None))
        here[str(of["experiment"])] = trace
    things = [_completed(one, here) for one in shown.at(scene["shown"], inside, step)]
    return Answer(
        content["video"], content["sha256"], made_from["gradreel"], scene["scene"], frame, frame / rate, seconds,
        section, step, caption, origins, things,
    )  # fmt: skip


def _load(name: str) -> Trace | None:
    try:
        return Trace.load(traces_folder() / name)
    except TraceError:
        return None


def _completed(one: shown.Shown, traces: dict[str, Trace | None]) -> shown.Shown:
    """A value that the sidecar was too small for is read from the trace, if that is still the one."""
    trace = traces.get(one.trace)
    if one.value is not None or trace is None or one.transform:
        return one
    try:
        reading = trace.constant(one.array) if one.step is None else trace.at(one.array, one.step)
        value = np.asarray(reading.value)[one.index]
    except (TraceError, IndexError):
        return one
    fields = asdict(one) | {"value": value.tolist()}
    return shown.Shown(**fields)
