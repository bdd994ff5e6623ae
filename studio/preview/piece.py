"""One chunk being drawn in a child process: frames in, one after the other; in the end its bytes are in the store."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

from studio.preview.wire import Line, Message

SIGN_EVERY: Final = 5  # frames, or a second when they are slow: a sign of life, and progress


class Piece:
    """The chunk that begins with frame `first`; `drawing` says how it is encoded and where its store is.

    Its frames must be hashed from their pixels (`studio.recalling`), not from what is remembered of them.
    """

    def __init__(self, first: int, drawing: Message, line: Line) -> None:
        from studio.encode import ChunkEncoder, codec_for
        from studio.quality import QUALITIES

        self.first = first
        self._drawing, self._line = drawing, line
        self._encoder = ChunkEncoder(codec_for("mp4", False), QUALITIES[drawing["letter"]])
        self._addresses: list[str] = []
        self._told = time.monotonic()

    def add(self, frame: Any, address: str) -> None:
        """Draw the next frame, whose address is this."""
        self._encoder.add(None if self._addresses[-1:] == [address] else frame.draw())
        self._addresses.append(address)
        if len(self._addresses) % SIGN_EVERY == 0 or time.monotonic() - self._told > 1.0:
            self._told = time.monotonic()
            self._line.send({"kind": "frame", "first": self.first, "frame": frame.index})

    def leave(self) -> None:
        """The chunk is not to be finished."""
        self._line.send({"kind": "left", "first": self.first})

    def finish(self) -> None:
        """The chunk is whole: it goes to the store, under the key of the frames that were drawn."""
        from studio.plan import chunk_key
        from studio.store import Store

        key = chunk_key(self._drawing["encoded"], self._addresses)
        Store(Path(self._drawing["store"])).put("chunk", key, self._encoder.finish())
        self._line.send({"kind": "drawn", "first": self.first, "key": key})
