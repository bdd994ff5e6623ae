"""Draws a whole scene in the one pass that steps it: every frame is named, hashed, drawn and encoded as it comes.

Where the bytes go is the caller's business; nothing is stored here.
"""

from __future__ import annotations

from collections.abc import Callable

from manim import Scene

from studio import stepper
from studio.encode import ChunkEncoder
from studio.jobs import JobFailed, ScoreRecord
from studio.recorder import Recorder

Deliver = Callable[[list[str], bytes], None]  # with the addresses of a chunk's frames


class Passage:
    """The visitor of that pass; `record` is what it has seen. A chunk has `size` frames, fewer where a section ends."""

    def __init__(
        self, size: int, encoder: Callable[[], ChunkEncoder], deliver: Deliver, report: Callable[[int], None]
    ) -> None:
        self.record = ScoreRecord()
        self._size, self._encoder, self._deliver, self._report = size, encoder, deliver, report
        self._recorder = Recorder()
        self._chunk: ChunkEncoder | None = None
        self._first = 0  # of the chunk's frames

    def visit(self, frame: stepper.Frame) -> None:
        """Take in the next frame.

        Raises:
            JobFailed: nobody can tell what it looks like before it is drawn, so that no store may keep it.
        """
        if (frame.index - frame.section_first) % self._size == 0:
            self._finish()
            self._chunk, self._first = self._encoder(), frame.index
        assert self._chunk is not None
        recipe, name = frame.recipe, frame.name
        if name.startswith("?"):
            scene = type(frame.scene).__name__
            raise JobFailed(f"{scene}: frame {frame.index} shows something whose look cannot be told beforehand", 1)
        self._recorder.see(frame, recipe)
        record = self.record
        repeats = frame.index > self._first and record.addresses[-1] == name
        self._chunk.add(None if repeats else frame.draw())
        record.addresses.append(name)
        record.recipes.append(recipe)
        record.steps.append(frame.scene.now())
        self._report(1)

    def _finish(self) -> None:
        if self._chunk is not None:
            self._deliver(self.record.addresses[self._first :], self._chunk.finish())
            self._chunk = None

    def through(self, scene_class: type[Scene]) -> ScoreRecord:
        """All of the scene; what stepping it told, with addresses and recipes of all frames."""
        score = stepper.step(scene_class, self.visit)
        self._finish()
        self.record.tell(score, self._recorder.table())
        return self.record
