"""The content-addressed store: bytes by key, written whole, checked when read. Knows nothing of films.

A record carries its own kind and key and the hash of its payload. Whatever is damaged, missing or misplaced is a
miss, never an error: the worst that damage can do is to have work done again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from studio.project import write_bytes

_MAGIC: Final = b"gradreel-record-1\n"
_MAX_HEADER: Final = 4096


class Store:
    """Records under `folder`, one file each: `folder/kind/ab/abcdef…`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, kind: str, key: str) -> Path:
        """Where the record lies or would lie; `key` is hexadecimal."""
        if not key.isalnum() or not kind.isalnum():
            raise ValueError(f"not a key: {kind}/{key}")
        return self.folder / kind / key[:2] / key

    def get(self, kind: str, key: str) -> bytes | None:
        """The payload, or None when there is no such record or it is damaged in any way."""
        try:
            data = self.path(kind, key).read_bytes()
        except OSError:
            return None
        return _payload(data, kind, key)

    def has(self, kind: str, key: str) -> bool:
        """Whether a sound record is there; reads it whole."""
        return self.get(kind, key) is not None

    def put(self, kind: str, key: str, payload: bytes) -> None:
        """Write a record; OSError when the disk refuses."""
        header = {"kind": kind, "key": key, "sha256": hashlib.sha256(payload).hexdigest(), "bytes": len(payload)}
        line = json.dumps(header, sort_keys=True).encode() + b"\n"
        write_bytes(self.path(kind, key), _MAGIC + line + payload)

    def records(self) -> Iterator[tuple[str, str, Path]]:
        """Every file that looks like a record: kind, key, path."""
        for path in sorted(self.folder.glob("*/??/*")):
            if not path.name.startswith("."):
                yield path.parent.parent.name, path.name, path


def _payload(data: bytes, kind: str, key: str) -> bytes | None:
    if not data.startswith(_MAGIC):
        return None
    end = data.find(b"\n", len(_MAGIC), len(_MAGIC) + _MAX_HEADER)
    if end < 0:
        return None
    try:
        header = json.loads(data[len(_MAGIC) : end])
    except (ValueError, RecursionError):
        return None
    payload = data[end + 1 :]
    expected = {"kind": kind, "key": key, "sha256": hashlib.sha256(payload).hexdigest(), "bytes": len(payload)}
    return payload if header == expected else None
