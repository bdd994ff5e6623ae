"""What forked children do that run ahead of the proof: a survey looks what has changed, a scout draws it.

Both jump. The proof follows, frame by frame, and has the last word: what it does not come to as well is drawn again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from studio.preview import household, tasks
from studio.preview.piece import Piece
from studio.preview.wire import Line, Message


def samples(first: int, last: int, size: int) -> tuple[int, int, int]:
    """Three frames of a chunk, of `size` frames unless it was cut short: its first, one in the middle, its last."""
    return first, min(first + size // 2, last), last


def survey(message: Message, line: Line) -> None:
    """Look at the first, middle and last frame of every chunk, and at the last of every play.

    Tells the addresses of those frames, the sections, and how many frames there are.
    """
    scene_class = tasks.prepare(message["job"])
    from studio.recalling import remembered

    household.step_back()
    size, seen = int(message["size"]), []

    def pick(section: int, first: int, count: int) -> list[int]:
        among = {0, size // 2, size - 1}
        last = first + count - 1
        return [frame for frame in range(first, last + 1) if frame == last or (frame - section) % size in among]

    with remembered(tuple(message["memory"])):
        score = _jumped(scene_class, pick, lambda frame: seen.append((frame.index, frame.name)))
    sections = [section.first for section in score.sections]
    line.send({"kind": "surveyed", "seen": seen, "sections": sections, "frames": score.frames})


def scout(message: Message, line: Line) -> None:
    """Draw the chunks that begin with the frames `wanted` (rising), unless whoever asked says that others do."""
    scene_class = tasks.prepare(message["job"])
    from studio.recalling import remembered

    household.step_back()
    walk = _Scout(message, line)
    with remembered(tuple(message["memory"])):
        _jumped(scene_class, walk.pick, walk.visit)
        walk.finish()
    line.send({"kind": "scouted"})


def _jumped(scene_class: Any, pick: Callable[..., Any], visit: Callable[[Any], None]) -> Any:
    """Jump through the scene; `pick` is also told the first frame of the section that a play belongs to."""
    from studio.jumper import jump

    met: list[Any] = []

    def picked(first: int, count: int) -> Any:
        sections = met[0].renderer.score.sections
        return pick(sections[-1].first if sections else 0, first, count)

    return jump(scene_class, picked, visit, met.append)


class _Scout:
    """Picks the frames that a scout's jump visits, and is the visitor."""

    def __init__(self, message: Message, line: Line) -> None:
        self._message, self._line = message, line
        self._wanted = [int(first) for first in reversed(message["wanted"])]  # the next one last
        self._section = 0
        self._end = 0  # the first frame after the chunk that is being drawn, if no section cuts it short
        self._piece: Piece | None = None

    def pick(self, section: int, first: int, count: int) -> Iterator[int]:
        """Frames of the play that begins at `first` and has `count`: decided one after the other, as they are seen."""
        if section != self._section:
            self.finish()
            self._section = section
        for frame in range(first, first + count):
            if self._piece is not None or frame in self._wanted[-1:]:
                yield frame

    def visit(self, frame: Any) -> None:
        """Draw a frame, or ask whether to begin with it."""
        index = frame.index
        if self._piece is not None and index == self._end:
            self.finish()
        if self._wanted[-1:] == [index]:
            self._wanted.pop()
            self._begin(index)
        if self._piece is None:
            return
        address = frame.name
        if address.startswith("?"):  # nobody can tell whether it looks the same next time
            self._piece.leave()
            self._leave()
        else:
            self._piece.add(frame, address)

    def finish(self) -> None:
        """No frame of the present chunk will come any more."""
        if self._piece is not None:
            self._piece.finish()
            self._leave()

    def _begin(self, first: int) -> None:
        self._line.send({"kind": "wanted", "first": first})
        if self._line.receive()[0]["draw"]:
            from studio.recalling import doubt

            doubt()
            self._piece = Piece(first, self._message["drawing"], self._line)
            self._end = first + int(self._message["size"])

    def _leave(self) -> None:
        from studio.recalling import trust

        self._piece = None
        trust()
