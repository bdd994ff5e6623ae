"""A copy of the sources and the data as they were when a build began; workers read nothing else. Builds nothing."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from studio.closure import closure, code_digest
from studio.project import ROOT

PACKAGES = ("engine", "scenes", "studio")
LEFT_OUT = {"traces", "mnist"}  # folders of data/: outputs, and what a user fetched


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`root` holds engine/, scenes/, studio/ and data/; `data_digest` is the hash of everything in data/."""

    root: Path
    data_digest: str

    def code(self, *modules: str) -> str:
        """Hash of what `modules` and all that they import say, comments and docstrings aside."""
        return code_digest(closure(self.root, modules), self.root)

    def files(self, *modules: str) -> str:
        """Hash of what the files of just these modules say."""
        paths = [self.root.joinpath(*module.split(".")).with_suffix(".py") for module in modules]
        return code_digest(paths, self.root)


def live(root: Path = ROOT) -> Snapshot:
    """The tree itself, uncopied: for looking at one frame, where nothing is kept that an edit could spoil."""
    return Snapshot(root, _digest(root / "data"))


@contextmanager
def taken(root: Path = ROOT) -> Iterator[Snapshot]:
    """Copy the sources and the data of `root` to a private folder, for as long as the context lasts."""
    with tempfile.TemporaryDirectory(prefix="gradreel-snapshot-") as folder:
        target = Path(folder)
        for package in PACKAGES:
            _copy_tree(root / package, target / package)
        _copy_tree(root / "data", target / "data")
        shutil.copy2(root / "pyproject.toml", target / "pyproject.toml")
        for name in LEFT_OUT - {"traces"}:
            if (root / "data" / name).is_dir():
                (target / "data" / name).symlink_to(root / "data" / name)
        yield Snapshot(target, _digest(target / "data"))


def _copy_tree(source: Path, target: Path) -> None:
    for path in sorted(source.rglob("*")):
        parts = path.relative_to(source).parts
        if path.is_file() and "__pycache__" not in parts and parts[0] not in LEFT_OUT and not path.name.startswith("."):
            copy = target.joinpath(*parts)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


def _digest(folder: Path) -> str:
    hasher = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(part in LEFT_OUT for part in path.relative_to(folder).parts[:1]):
            hasher.update(path.relative_to(folder).as_posix().encode() + b"\0")
            hasher.update(hashlib.sha256(path.read_bytes()).digest())
    return hasher.hexdigest()
