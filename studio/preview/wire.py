"""Messages between the preview and its child processes: a line of JSON and some bytes each, over a Unix socket.

Nothing is unpickled, and a message has a bounded size, whatever a child sends.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import socket
import struct
from pathlib import Path
from typing import Any, Final

Message = dict[str, Any]
_SIZES: Final = struct.Struct("<II")  # bytes of JSON, bytes of payload
MAX_JSON: Final = 32 * 1024 * 1024
MAX_PAYLOAD: Final = 128 * 1024 * 1024


class WireError(ConnectionError):
    """The other end is gone, or speaks nonsense."""


def packed(message: Message, payload: bytes = b"") -> bytes:
    """One message as bytes."""
    text = json.dumps(message).encode()
    return _SIZES.pack(len(text), len(payload)) + text + payload


def _sizes(head: bytes) -> tuple[int, int]:
    text, payload = _SIZES.unpack(head)
    if text > MAX_JSON or payload > MAX_PAYLOAD:
        raise WireError(f"a message of {text} + {payload} bytes is too long")
    return text, payload


class Line:
    """The child's end: blocking, one thread."""

    def __init__(self, path: Path | str, hello: Message | None = None) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(str(path))
        if hello is not None:
            self.send({**hello, "pid": os.getpid()})

    def send(self, message: Message, payload: bytes = b"") -> None:
        """Send one message; WireError when nobody is there to hear it."""
        try:
            self._socket.sendall(packed(message, payload))
        except OSError as error:
            raise WireError(str(error)) from error

    def receive(self) -> tuple[Message, bytes]:
        """Wait for a message; WireError when the other end is gone."""
        text, payload = _sizes(self._exactly(_SIZES.size))
        message = json.loads(self._exactly(text))
        return message, self._exactly(payload)

    def spoken(self) -> bool:
        """Whether something (a message or the end) waits to be received."""
        return bool(select.select([self._socket], [], [], 0)[0])

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _exactly(self, count: int) -> bytes:
        parts = []
        while count:
            try:
                part = self._socket.recv(min(count, 1 << 20))
            except OSError as error:
                raise WireError(str(error)) from error
            if not part:
                raise WireError("the other end is gone")
            parts.append(part)
            count -= len(part)
        return b"".join(parts)


async def receive(reader: asyncio.StreamReader) -> tuple[Message, bytes]:
    """The preview's end: wait for a message; WireError when the child is gone or speaks nonsense."""
    try:
        text, payload = _sizes(await reader.readexactly(_SIZES.size))
        message = json.loads(await reader.readexactly(text))
        data = await reader.readexactly(payload)
    except (asyncio.IncompleteReadError, OSError, ValueError) as error:
        raise WireError(str(error)) from error
    if not isinstance(message, dict):
        raise WireError("not a message")
    return message, data
