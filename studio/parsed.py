"""What parsing the text of a source file told, kept from run to run: parsing is most of what finding out takes.

It is kept by the text's own hash, so it is never out of date, and with a hash of the whole file, so that damage is
forgetting.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from pathlib import Path
from typing import Any, Final

from studio.project import renders_folder, write_bytes

_MOST: Final = 4000  # files remembered
_known: dict[str, Any] | None = None
_learnt: dict[str, Any] = {}
_lock = threading.Lock()


def recall(data: bytes) -> Any:
    """What was kept for this text; None when nothing was."""
    global _known
    if _known is None:
        _known = _load()
    return _known.get(_name(data))


def learn(data: bytes, told: Any) -> None:
    """Keep for this text what JSON can hold; `save` writes it."""
    with _lock:
        _learnt[_name(data)] = told


def save() -> None:
    """Write down what has been learnt, if anything has."""
    global _known
    with _lock:
        if not _learnt:
            return
        kept = _load()
        _known = {**(kept if len(kept) < _MOST else {}), **_learnt}
        _learnt.clear()
        body = json.dumps(_known).encode()
    try:
        write_bytes(_path(), hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
    except OSError:
        return  # nobody will miss it: a folder that cannot be written to is told of by whoever must write there


def _load() -> dict[str, Any]:
    try:
        digest, _, body = _path().read_bytes().partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != digest:
            return {}
        found = json.loads(body)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _name(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:40]


def _path() -> Path:
    version = "{}.{}.{}".format(*sys.version_info)  # syntax trees look different in others
    return renders_folder() / ".store" / f"parsed-{version}.json"
