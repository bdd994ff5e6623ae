"""The file beside each video that says what is on it when: `NAME.where.json`. Written with the render, read by `where`.

It holds, for each scene of the video: the frame it begins at, its sections, the training step of every frame, the
traces with their hashes, and the table of things shown (`studio.shown`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine.errors import UserError
from studio import shown
from studio.jobs import ScoreRecord
from studio.project import write_bytes

SUFFIX: Final = ".where.json"
_LARGEST: Final = 512 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Stretch:
    """One scene of a video: `record` is its score, `made_from` what `build.describe` says of its traces."""

    scene: str
    first: int  # frame of the video at which it begins
    record: ScoreRecord
    made_from: dict[str, Any]


def path_of(video: Path) -> Path:
    """Where a video's sidecar lies."""
    return video.with_suffix(SUFFIX)


def write(video: Path, sha256: str, rate: int, stretches: Sequence[Stretch]) -> None:
    """Lay the sidecar beside `video`, whose bytes hash to `sha256`."""
    scenes = [
        {
            "scene": one.scene,
            "first": one.first,
            "frames": len(one.record.addresses),
            "made_from": one.made_from,
            "sections": one.record.sections,
            "captions": one.record.captions,
            "steps": shown.runs(one.record.steps),
            "shown": one.record.shown,
        }
        for one in stretches
    ]
    content = {"video": video.name, "sha256": sha256, "rate": rate, "scenes": scenes}
    write_bytes(path_of(video), json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode())


def stands(video: Path, sha256: str) -> bool:
    """Whether a sidecar lies there for the video with this hash."""
    try:
        with path_of(video).open("rb") as file:
            return f'"sha256":"{sha256}"'.encode() in file.read(4096)
    except OSError:
        return False


def load(video: Path) -> dict[str, Any]:
    """The sidecar's content; UserError with one line when there is none or it is damaged."""
    path = path_of(video)
    try:
        if path.stat().st_size > _LARGEST:
            raise UserError(f"{path}: larger than any sidecar")
        content = json.loads(path.read_bytes())
        if not isinstance(content["scenes"], list) or not isinstance(content["rate"], int):
            raise TypeError
    except FileNotFoundError:
        raise UserError(f"{path}: no such file: render the video again to have it written") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UserError(f"{path}: damaged: render the video again") from None
    return dict(content)
