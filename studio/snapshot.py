"""A copy of the sources and the data as they were when a build began; workers read nothing else. Builds nothing."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio import scratch
from studio.closure import closure, code_digest, file_digest
from studio.project import ROOT

PACKAGES = ("engine", "scenes", "studio")
LEFT_OUT = {"traces", "mnist"}  # folders of data/: outputs, and what a user fetched


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`root` holds engine/, scenes/, studio/ and data/; `data` is the hash of each data file by its name.

    What is asked of its code is found out once: its files do not change, or it is no longer used when they do.
    """

    root: Path
    data: dict[str, str]
    _told: dict[tuple[str, ...], Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def traces(self) -> Path:
        """Where the build's own copies of the traces lie."""
        return self.root / "data" / "traces"

    def code(self, *modules: str) -> dict[str, str]:
        """Hash of what each file says that `modules` reach by imports; comments and docstrings do not count."""
        found = self._told.get(("code", *modules))
        if found is None:
            names = [_name(path, self.root) for path in closure(self.root, modules)]
            found = self._told["code", *modules] = {name: self.code_of(name) for name in names}
        return dict(found)

    def code_of(self, name: str) -> str:
        """Hash of what one file of code says, by its path below the root."""
        return file_digest(self.root / name).hex()[:24]

    def files(self, *modules: str) -> str:
        """Hash of what the files of just these modules say."""
        found = self._told.get(("files", *modules))
        if found is None:
            paths = [self.root.joinpath(*module.split(".")).with_suffix(".py") for module in modules]
            found = self._told["files", *modules] = code_digest(paths, self.root)
        return str(found)


def live(root: Path = ROOT) -> Snapshot:
    """The tree itself, uncopied: for looking at one frame, where nothing is kept that an edit could spoil."""
    return Snapshot(root, _digests(root))


@contextmanager
def taken(root: Path = ROOT) -> Iterator[Snapshot]:
    """Copy the sources and the data of `root` to a private folder, for as long as the context lasts."""
    scratch.sweep()
    with scratch.folder() as folder:
        target = Path(folder)
        for package in PACKAGES:
            _copy_tree(root / package, target / package)
        _copy_tree(root / "data", target / "data")
        shutil.copy2(root / "pyproject.toml", target / "pyproject.toml")
        for name in LEFT_OUT - {"traces"}:
            if (root / "data" / name).is_dir():
                (target / "data" / name).symlink_to(root / "data" / name)
        yield Snapshot(target, _digests(target))


def take_folder(source: Path, target: Path) -> bool:
    """Link the files of folder `source` into a new folder `target`, or copy them; False when there was none to take.

    What lies in `source` is never changed in place, only replaced as a whole, so a link is as good as a copy.
    """
    try:
        files = sorted(path for path in source.iterdir() if path.is_file())
        target.mkdir(parents=True, exist_ok=True)
        for path in files:
            copy = target / path.name
            copy.unlink(missing_ok=True)
            try:
                copy.hardlink_to(path)
            except OSError:  # another disk, or one without links
                shutil.copyfile(path, copy)
    except (FileNotFoundError, NotADirectoryError):  # not there, or replaced at this very moment
        return False
    return bool(files)


def _copy_tree(source: Path, target: Path) -> None:
    for path in sorted(source.rglob("*")):
        parts = path.relative_to(source).parts
        if path.is_file() and "__pycache__" not in parts and parts[0] not in LEFT_OUT and not path.name.startswith("."):
            copy = target.joinpath(*parts)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


def _digests(root: Path) -> dict[str, str]:
    """Hash of every data file, and of the scenes' own data such as film.toml."""
    found = {}
    paths = [*(root / "data").rglob("*"), *(root / "scenes").glob("*.toml")]
    for path in sorted(paths):
        if path.is_file() and is_data(_name(path, root)):
            found[_name(path, root)] = hashlib.sha256(path.read_bytes()).hexdigest()[:24]
    return found


def is_data(name: str) -> bool:
    """Whether a file, by its path below the root, is one whose contents could change any scene."""
    parts = name.split("/")
    if parts[-1].startswith("."):
        return False
    if parts[0] == "data":
        return len(parts) < 3 or parts[1] not in LEFT_OUT
    return parts[0] == "scenes" and len(parts) == 2 and name.endswith(".toml")


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
