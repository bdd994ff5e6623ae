"""The first question of every build: has anything changed at all? Answered from hashes, without importing much.

After a build a stamp is left: the hash of everything it could have read, and of every file it wrote. When both are
as they were, there is nothing to do. Whatever is odd about a stamp counts as "something changed".
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import xxhash

from studio.project import ROOT, read_record, renders_folder, traces_folder, write_bytes

if TYPE_CHECKING:  # it would bring half of the libraries with it
    from studio.built import Built

SOURCES = ("engine", "scenes", "studio")


def state(asked: str, sources: str, traces: Mapping[str, str]) -> str:
    """Hash of all that a build could read: the order, the `sources`, the `traces` (name -> digest), what is installed.

    A build is stamped with what it did read, its snapshot's sources and the traces it took: an edit meanwhile must
    count as a change afterwards.
    """
    text = repr((asked, sources, sorted(traces.items()), sys.version, sorted(_versions())))
    return hashlib.sha256(text.encode()).hexdigest()


def sources(root: Path = ROOT) -> str:
    """Hash of the sources and the data below `root`, the project or a snapshot of it."""
    hasher = hashlib.sha256()
    for path in _files(root):
        hasher.update(path.relative_to(root).as_posix().encode() + b"\0")
        hasher.update(hashlib.sha256(path.read_bytes()).digest())
    return hasher.hexdigest()


def now(asked: str, names: Iterable[str], overrides: Mapping[str, str] = MappingProxyType({})) -> str:
    """The state of things as they are now, for scenes that draw the traces `names`, some from folders of their own."""
    digests = {}
    for name in names:
        manifest = Path(overrides.get(name, traces_folder() / name)) / "manifest.json"
        digests[name] = hashlib.sha256(manifest.read_bytes()).hexdigest() if manifest.is_file() else "missing"
    return state(asked, sources(), digests)


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


def of_build(asked: str, built: Iterable[Built]) -> str:
    """The state of things that a build has read."""
    items = list(built)
    digests = {name: str(of["trace"]) for item in items for name, of in item.sources.items()}
    return state(asked, items[0].sources_hash, digests)


def recall(name: str, state: str) -> dict[str, Any] | None:
    """What the build `name` reported when it last ended, if everything is still as it left it."""
    stamp = read_record(_path(name))
    try:
        if stamp["state"] != state:
            return None
        for file, digest in stamp["files"].items():
            if _digest(Path(file)) != digest:
                return None
        report = stamp["report"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return report if isinstance(report, dict) else None


def leave(name: str, state: str, files: Iterable[Path], report: dict[str, Any]) -> None:
    """Remember that the build `name` ended in `state`, wrote `files` and reported `report`."""
    digests = {str(path): _digest(path) for path in files}
    write_bytes(_path(name), json.dumps({"state": state, "files": digests, "report": report}, indent=1).encode())


def _digest(path: Path) -> str:
    """Hash of a file that may be a whole film: it is to find damage, not forgery, and to take no time."""
    with path.open("rb", buffering=0) as file:
        return hashlib.file_digest(file, xxhash.xxh3_128).hexdigest()


def _path(name: str) -> Path:
    return renders_folder() / ".stamps" / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.json"
