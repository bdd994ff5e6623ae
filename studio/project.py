"""Where things lie on disk, and writing files whole or not at all. Nothing is computed here."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from studio import scratch

ROOT: Final = Path(__file__).resolve().parents[1]


def traces_folder() -> Path:
    """Where traces live: data/traces, or what GRADREEL_TRACES names."""
    return Path(os.environ.get("GRADREEL_TRACES") or ROOT / "data" / "traces").absolute()


def renders_folder() -> Path:
    """Where everything rebuildable goes: renders, or what GRADREEL_RENDERS names."""
    return Path(os.environ.get("GRADREEL_RENDERS") or ROOT / "renders").absolute()


def version() -> str:
    """gradreel's version, from pyproject.toml's own line."""
    for line in (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines():
        if line.startswith("version"):
            return line.split('"')[1]
    return "unknown"


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write(temporary)` make a file beside `path`, then put it in place at once; a failure leaves nothing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = scratch.beside(path)
    except OSError as error:
        raise _about(path, error) from error
    try:
        write(temporary)
        _sync(temporary)
        temporary.chmod(0o644)
        temporary.replace(path)
        _sync(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise _about(path, error) from error
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _about(path: Path, error: OSError) -> OSError:
    """The same error, naming the file that was wanted: a failing `write` itself names none."""
    return OSError(error.errno or 0, error.strerror or str(error), str(path))


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path`, whole or not at all."""
    write_whole(path, lambda temporary: temporary.write_bytes(data))


def read_record(path: Path) -> dict[str, Any]:
    """The JSON object in file `path`; an empty one when it is missing, damaged, hostile or anything else."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError, MemoryError):
        return {}
    return found if isinstance(found, dict) else {}


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """Set environment variables for a while."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
