"""What a forked child does that runs ahead of the proof: it jumps from chunk to chunk and draws what has changed.

The proof follows, frame by frame, and has the last word: what it does not come to as well is drawn again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from studio.preview import tasks
from studio.preview.piece import Piece
from studio.preview.proving import asked
from studio.preview.wire import Line, Message


def scout(message: Message, line: Line) -> None:
    """Look at the first frame of every chunk and the last of every play, and draw chunks that begin otherwise.

    As in `prove`, `standing` are the addresses of first frames of chunks that need not be drawn, and whoever asked says
    whether a chunk is to be drawn here. Those that must end before frame `start` are left to others. At the end the
    addresses of all frames that were looked at are told.
    """
    scene_class = tasks.prepare(message["job"])
    from studio.jumper import jump
    from studio.recalling import remembered

    os.nice(1)  # looks come first
    walk = _Scout(message, line)
    with remembered(tuple(message["memory"])):
        jump(scene_class, walk.pick, walk.visit, walk.meet)
        walk.finish()
    line.send({"kind": "scouted", "seen": walk.seen})


class _Scout:
    """Picks the frames that a jump visits, and is the visitor."""

    def __init__(self, message: Message, line: Line) -> None:
        self._message, self._line = message, line
        self._standing = frozenset(message["standing"])
        self._size = int(message["size"])
        self.seen: list[tuple[int, str]] = []  # frame, address
        self._next = 0  # the next frame to be visited
        self._start = 0  # first frame of the next chunk that is not begun
        self._section = 0
        self._scene: Any = None
        self._piece: Piece | None = None

    def meet(self, scene: Any) -> None:
        """The scene is about to play."""
        self._scene = scene

    def pick(self, first: int, count: int) -> Iterator[int]:
        """Frames of the play that begins at `first` and has `count`: decided one after the other, as they are seen."""
        sections = self._scene.renderer.score.sections
        if sections and sections[-1].first != self._section:
            self.finish()
            self._section = self._start = self._next = sections[-1].first
        last = first + count - 1
        while self._next < last:
            yield self._next
        if count:
            yield last

    def visit(self, frame: Any) -> None:
        """Look at a frame, and draw it if its chunk is being drawn."""
        index, address = frame.index, frame.name
        if index == self._start:
            self.finish()
            self._begin(index, address)
        self.seen.append((index, address))
        if self._piece is not None:
            if address.startswith("?"):  # nobody can tell whether it looks the same next time
                self._piece.leave()
                self._end()
            else:
                self._piece.add(frame, address)
        self._next = index + 1 if self._piece is not None else max(self._start, index + 1)

    def finish(self) -> None:
        """No frame of the present chunk will come any more."""
        if self._piece is not None:
            self._piece.finish()
            self._end()

    def _begin(self, index: int, address: str) -> None:
        """A chunk begins here."""
        self._start += self._size
        changed = address not in self._standing and not address.startswith("?")
        if changed and self._start > self._message["start"] and asked(self._line, index):
            from studio.recalling import doubt

            doubt()
            self._piece = Piece(index, self._message["drawing"], self._line)

    def _end(self) -> None:
        from studio.recalling import trust

        self._piece = None
        trust()
