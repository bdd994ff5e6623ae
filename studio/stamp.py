"""The first question of every build: has anything changed at all? Answered from hashes, without importing much.

After a build a stamp is left: the hash of everything it could have read, and of every file it wrote. When both are
as they were, there is nothing to do. Whatever is odd about a stamp counts as "something changed".
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from studio.project import ROOT, read_record, renders_folder, traces_folder, write_bytes

SOURCES = ("engine", "scenes", "studio")


def state(asked: Sequence[object], traces: Iterable[Path], root: Path = ROOT) -> str:
    """Hash of all that a build could read: sources, data, the manifests of `traces`, installed versions, the order."""
    hasher = hashlib.sha256(repr(asked).encode())
    for path in _files(root):
        hasher.update(path.relative_to(root).as_posix().encode() + b"\0")
        hasher.update(hashlib.sha256(path.read_bytes()).digest())
    for folder in traces:
        manifest = folder / "manifest.json"
        hasher.update(str(folder).encode())
        hasher.update(manifest.read_bytes() if manifest.is_file() else b"missing")
    hasher.update(repr((sys.version, sorted(_versions()))).encode())
    return hasher.hexdigest()


def _files(root: Path) -> list[Path]:
    found = [path for package in SOURCES for path in (root / package).rglob("*.py")]
    found += [*(root / "scenes").glob("*.toml"), root / "pyproject.toml"]
    found += [path for path in (root / "studio" / "page").rglob("*") if path.is_file()]
    for path in (root / "data").rglob("*"):
        top = path.relative_to(root / "data").parts[0]
        if path.is_file() and top not in ("traces", "mnist") and not path.name.startswith("."):
            found.append(path)
    return sorted(path for path in found if "__pycache__" not in path.parts)


def _versions() -> list[str]:
    """Names of the installed packages' metadata folders, which carry their versions."""
    place = Path(str(metadata.distribution("manim").locate_file("")))
    return [path.name for path in place.glob("*.dist-info")]


def recall(name: str, now: str) -> dict[str, Any] | None:
    """What the build `name` reported when it last ended, if everything is still as it left it."""
    stamp = read_record(_path(name))
    try:
        if stamp["state"] != now:
            return None
        for file, digest in stamp["files"].items():
            if hashlib.sha256(Path(file).read_bytes()).hexdigest() != digest:
                return None
        report = stamp["report"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return report if isinstance(report, dict) else None


def leave(name: str, now: str, files: Iterable[Path], report: dict[str, Any]) -> None:
    """Remember that the build `name` ended in state `now`, wrote `files` and reported `report`."""
    digests = {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    write_bytes(_path(name), json.dumps({"state": now, "files": digests, "report": report}, indent=1).encode())


def trace_folders(names: Iterable[str]) -> list[Path]:
    """Where the traces of these experiments lie."""
    return [traces_folder() / name for name in dict.fromkeys(names)]


def _path(name: str) -> Path:
    return renders_folder() / ".stamps" / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.json"
