"""Temporary folders and files that name their owner, so that those of a killed process can be told and swept."""

from __future__ import annotations

import os
import re
import shutil
import socket
import tempfile
from pathlib import Path
from typing import Final

_HOST: Final = re.sub(r"[^A-Za-z0-9]", "", socket.gethostname())[:24] or "host"
_MARK: Final = re.compile(r"gradreel~([A-Za-z0-9]+)~(\d+)~(\d+)~")


def mark() -> str:
    """What the name of everything temporary holds: this machine, this process and when it began."""
    return f"gradreel~{_HOST}~{os.getpid()}~{_began(os.getpid())}~"


def folder() -> tempfile.TemporaryDirectory[str]:
    """A private folder in the system's temporary place, gone when the context ends or the process is swept."""
    return tempfile.TemporaryDirectory(prefix=mark())


def beside(path: Path) -> Path:
    """An empty temporary file in the folder of `path`, to be renamed to it; made for this process alone."""
    handle, name = tempfile.mkstemp(prefix=f".{mark()}", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    return Path(name)


def sweep(*roots: Path) -> int:
    """Remove what dead processes of this machine left in the temporary place and below `roots`; returns how much."""
    count = 0
    places = [*Path(tempfile.gettempdir()).glob("gradreel~*"), *(p for r in roots for p in r.rglob(".gradreel~*"))]
    for path in places:
        found = _MARK.search(path.name)
        if found and found[1] == _HOST and not _alive(int(found[2]), int(found[3])):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
            count += 1
    return count


def _alive(process: int, began: int) -> bool:
    """Whether this very process is alive; numbers of processes are used again, so its beginning counts too."""
    return not is_dead(process) and _began(process) == began


def is_dead(process: int) -> bool:
    """Whether a process has ended, even if nobody has asked yet how it did."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    state = _status(process)
    return state is not None and state[0] in "ZX"


def _began(process: int) -> int:
    """When a process began, in the kernel's own clock; 0 where nobody can tell."""
    state = _status(process)
    return 0 if state is None else int(state[19])


def _status(process: int) -> list[str] | None:
    """What the kernel says of a process, from its state on; None where it says nothing."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        return fields if len(fields) > 19 else None
    except (OSError, IndexError):
        return None
