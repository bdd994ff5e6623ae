"""In a forked child: draws ahead of the proof, by jumps from the playhead on, what looks like nothing seen before.

A chunk is stored under the key of the very frames that were drawn, so one that stepping does not come to is never
shown: it has only cost time. Who draws which chunk is decided by whoever asked.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from studio.preview.wire import Line, Message


def ahead(message: Message, line: Line) -> None:
    """Jump through the scene and draw, chunk after chunk, from frame `start` on."""
    from studio.jumper import jump
    from studio.preview.tasks import prepare

    scene_class = prepare(message["job"])
    os.nice(2)
    drawing = _Ahead(message, line)
    start = message["start"]
    jump(scene_class, lambda first, count: range(max(first, start), first + count), drawing.visit)
    drawing.close()


class _Ahead:
    """The visitor: draws the chunks that begin with a picture that is not `known`, if it may."""

    def __init__(self, message: Message, line: Line) -> None:
        self._message, self._line = message, line
        self._known = frozenset(message["known"])
        self._encoder: Any = None  # while a chunk is drawn
        self._first = 0
        self._addresses: list[str] = []

    def visit(self, frame: Any) -> None:
        """Take in the next frame."""
        if (frame.index - frame.section_first) % self._message["size"] == 0:
            self.close()
            if frame.name not in self._known:
                self._ask(frame.index)
        if self._encoder is None:
            return
        name = frame.name
        self._encoder.add(None if self._addresses[-1:] == [name] else frame.draw())
        self._addresses.append(name)

    def _ask(self, first: int) -> None:
        from studio.encode import ChunkEncoder, codec_for
        from studio.quality import QUALITIES

        self._line.send({"kind": "wish", "first": first})
        if self._line.receive()[0]["go"]:
            self._encoder = ChunkEncoder(codec_for("mp4", False), QUALITIES[self._message["job"]["letter"]])
            self._first, self._addresses = first, []

    def close(self) -> None:
        """End the chunk that is being drawn, if one is, and store it."""
        from studio.plan import chunk_key
        from studio.store import Store

        if self._encoder is None:
            return
        key = ""
        if not any(name.startswith("?") for name in self._addresses):
            key = chunk_key(self._message["encoding"], self._addresses)
            Store(Path(self._message["store"])).put("chunk", key, self._encoder.finish())
        self._line.send({"kind": "drawn", "first": self._first, "key": key})
        self._encoder = None
