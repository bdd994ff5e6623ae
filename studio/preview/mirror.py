"""A private copy of the sources and the data that follows the live tree, file by file, and says what changed.

Children read nothing else, so an edit never reaches half of a drawing. Contents are compared, never dates.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import py_compile
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from studio import parsed
from studio.closure import imports
from studio.project import ROOT
from studio.snapshot import LEFT_OUT, PACKAGES, Snapshot, is_data

_FOLDERS: Final = (*PACKAGES, "data")
Signature = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Change:
    """Paths relative to the project's root that an edit touched."""

    edited: frozenset[str] = frozenset()
    came: frozenset[str] = frozenset()
    went: frozenset[str] = frozenset()

    @property
    def paths(self) -> frozenset[str]:
        """All of them."""
        return self.edited | self.came | self.went

    def __bool__(self) -> bool:
        return bool(self.paths)


@dataclass(slots=True)
class _Known:
    signature: Signature
    sha256: bytes


@dataclass(slots=True)
class Mirror:
    """`folder` holds engine/, scenes/, studio/ and data/ as `source` had them at the last `follow`."""

    folder: Path
    source: Path = ROOT
    _known: dict[str, _Known] = field(default_factory=dict)

    def pending(self) -> Change:
        """What differs now between the live tree and the mirror; changes nothing but what is known of dates."""
        found: dict[str, bytes] = {}
        for relative, path in self._live():
            try:
                stat = os.stat(path)  # noqa: PTH116
                signature = (stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino)
                known = self._known.get(relative)
                if known is not None and known.signature == signature:
                    found[relative] = known.sha256
                else:
                    found[relative] = hashlib.sha256(Path(path).read_bytes()).digest()
                    if known is not None and known.sha256 == found[relative]:
                        known.signature = signature
            except OSError:
                continue  # it has just gone
        edited = {name for name, digest in found.items() if name in self._known and self._known[name].sha256 != digest}
        return Change(
            frozenset(edited),
            frozenset(found.keys() - self._known.keys()),
            frozenset(self._known.keys() - found.keys()),
        )

    def follow(self) -> Change:
        """Make the mirror equal to the live tree; returns what was copied or removed."""
        change = self.pending()
        for name in sorted(change.edited | change.came):
            self._copy(name)
        for name in change.went:
            (self.folder / name).unlink(missing_ok=True)
            self._known.pop(name, None)
        return change

    def snapshot(self) -> Snapshot:
        """The mirror as the build's own kind of snapshot, with the same digests."""
        digests = {name: known.sha256.hex()[:24] for name, known in sorted(self._known.items()) if is_data(name)}
        return Snapshot(self.folder, digests)

    def contents(self) -> dict[str, bytes]:
        """sha256 of every file in the mirror."""
        return {name: known.sha256 for name, known in self._known.items()}

    async def read_through(self) -> None:
        """Find out what every file imports, a file at a time, so that the first edit need not wait for that."""
        for name, digest in self.contents().items():
            if _is_code(name):
                _used(str(self.folder), name, digest)
                await asyncio.sleep(0)
        parsed.save()

    def _live(self) -> list[tuple[str, str]]:
        """(path below the root, whole path) of every file that counts; plain text, because it is asked for all day."""
        found = []
        start = len(str(self.source)) + 1
        for folder in _FOLDERS:
            base = str(self.source / folder)
            for at, folders, files in os.walk(base):
                left_out = LEFT_OUT if at == base and folder == "data" else ()
                folders[:] = [name for name in folders if name != "__pycache__" and name not in left_out]
                paths = [f"{at}{os.sep}{name}" for name in files if not name.startswith(".") and not _is_scratch(name)]
                found += [(path[start:].replace(os.sep, "/"), path) for path in paths]
        return found

    def _copy(self, name: str) -> None:
        path, copy = self.source / name, self.folder / name
        try:
            stat = path.stat()
            data = path.read_bytes()
        except OSError:
            return
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(data)
        signature = (stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino)
        self._known[name] = _Known(signature, hashlib.sha256(data).digest())
        if name.endswith(".py"):
            # By hash: a compiled file judged by date and size would miss an edit within the same second.
            mode = py_compile.PycInvalidationMode.CHECKED_HASH
            try:
                py_compile.compile(str(copy), doraise=True, invalidation_mode=mode)
            except (py_compile.PyCompileError, OSError, ValueError):
                shutil.rmtree(copy.parent / "__pycache__" / copy.stem, ignore_errors=True)


def _is_code(name: str) -> bool:
    return name.endswith(".py") and name.partition("/")[0] in PACKAGES


def _is_scratch(name: str) -> bool:
    return name.endswith((".swp", "~"))


def reached_by(changed: frozenset[str], root: Path, contents: Mapping[str, bytes]) -> list[str]:
    """Names of all modules below `root` that import, directly or not, one of the `changed` files; those included.

    `contents` has the sha256 of every file by its name, as `Mirror.contents` gives it.
    """
    users: dict[str, set[str]] = {}
    for file, digest in contents.items():
        if not _is_code(file):
            continue
        name = _module_of(file)
        for used in _used(str(root), file, digest):
            users.setdefault(used, set()).add(name)
        package = name.rpartition(".")[0]
        if package:
            users.setdefault(package, set()).add(name)  # a package's own code runs before its modules'
    waiting = [_module_of(name) for name in changed if name.endswith(".py")]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(users.get(name, ()))
    return sorted(found)


@lru_cache(maxsize=4096)
def _used(root: str, file: str, digest: bytes) -> tuple[str, ...]:
    """What `file` imports while its content has this digest."""
    try:
        return imports(Path(root, file))
    except (OSError, SyntaxError, ValueError):
        return ()


@lru_cache(maxsize=4096)
def _module_of(file: str) -> str:
    return module_name(Path(file))


def module_name(relative: Path) -> str:
    """scenes/parts/bars.py → scenes.parts.bars; a package's __init__.py → the package."""
    parts = relative.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
