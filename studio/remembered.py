"""What was found out about the project's files as they stand, so that an unchanged project is not looked into twice.

A look at one frame needs to know that its traces are fresh and under which key its scene was stepped; working that
out reads and parses every source. Here it is kept with a fingerprint of all files (names, sizes, times), as `make`
would. It only ever saves time: a frame is drawn from a score kept here only if it proves to be the frame meant.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from studio.jobs import SceneJob
from studio.project import ROOT, renders_folder, write_bytes

_FOLDERS: Final = ("engine", "scenes", "studio", "data")
_LEFT_OUT: Final = ("__pycache__", "traces", "mnist")
_MOST: Final = 500  # jobs remembered


def score_key(job: SceneJob) -> str | None:
    """The key under which the scene was stepped, its traces being fresh; None when anything has been touched."""
    files, key = _load().get(_name(job), ("", ""))
    return key if files and files == fingerprint(job) else None


def keep(job: SceneJob, key: str) -> None:
    """Remember that all is fresh and that this is the scene's key."""
    known = _load()
    kept = known if len(known) < _MOST else {}
    write_bytes(_path(), json.dumps({**kept, _name(job): (fingerprint(job), key)}).encode())


def fingerprint(job: SceneJob) -> str:
    """Hash of the names, sizes and times of every file that a frame could depend on."""
    hasher = hashlib.sha256(f"{sys.version} {_stamp(Path(sysconfig.get_paths()['purelib']))}".encode())
    for folder in _FOLDERS:
        for path, size, time in sorted(_files(ROOT / folder)):
            hasher.update(f"{path} {size} {time}\n".encode())
    for _, folder in job.traces:
        for path, size, time in sorted(_files(Path(folder))):
            hasher.update(f"{path} {size} {time}\n".encode())
    return hasher.hexdigest()


def _files(folder: Path) -> Iterator[tuple[str, int, int]]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in _LEFT_OUT:
                        yield from _files(Path(entry.path))
                elif not entry.name.startswith("."):
                    status = entry.stat()
                    yield entry.path, status.st_size, status.st_mtime_ns
    except FileNotFoundError:
        yield str(folder), -1, 0


def _stamp(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _name(job: SceneJob) -> str:
    return " ".join((job.module, job.name, job.letter, *(f"{name}={folder}" for name, folder in job.traces)))


def _path() -> Path:
    return renders_folder() / ".store" / "remembered.json"


def _load() -> dict[str, tuple[str, str]]:
    """Job -> (fingerprint, key), as kept; nothing when there is nothing, or it is damaged."""
    try:
        content = json.loads(_path().read_bytes())
        return {str(job): (str(files), str(key)) for job, (files, key) in content.items() if str(key).isalnum()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}
