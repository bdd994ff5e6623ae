"""What is known of one pane of the page, and how the pages are told. Decides nothing and draws nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from studio.catalog import SceneInfo
from studio.jobs import Chunk, SceneJob, ScoreRecord
from studio.preview.drawing import Heap
from studio.preview.wire import Message
from studio.stills import Moment

if TYPE_CHECKING:
    from studio.preview.workshop import Workshop

TELL_EVERY = 0.25  # seconds between two reports of progress


@dataclass(slots=True)
class Version:
    """A scene as some state of the code drew it."""

    number: int
    key: str
    job: SceneJob
    record: ScoreRecord
    chunks: list[Chunk] = field(default_factory=list)
    generation: int = 0  # the redrawing that last found it to be today's
    proved: int = 0  # frames whose address is known to be today's; the others are those of the version before


class Pane:
    """One scene on the page; `name` is "main" or "other"."""

    def __init__(
        self, name: str, workshop: Workshop, info: SceneInfo, overrides: dict[str, str], wish: Moment | None = None
    ) -> None:
        self.name, self.shop, self.info, self.overrides = name, workshop, info, overrides
        self.wish = wish  # where the playhead is to stand as soon as the scene's frames are known
        self.playhead = 0
        self.version: Version | None = None
        self.before: Version | None = None  # the last good one, for comparison
        self.mistake: Message | None = None
        self.state, self.progress = "starting", {"what": "", "done": 0, "total": 0}
        self.still: Message | None = None
        self.generation = 0
        self._heap: Heap | None = None
        self._told = 0.0
        self._numbers = 0

    # -- telling ---------------------------------------------------------------------------------------
    def _place(self) -> None:
        if self.version is not None:
            self.shop.bank.place(self.name, self.version.record, self.version.chunks)
        if self.before is not None:
            self.shop.bank.place(f"{self.name}-before", self.before.record, self.before.chunks)

    def _tell_state(self, state: str, progress: Message | None = None, now: bool = True) -> None:
        self.state = state
        self.progress = progress or {"what": "", "done": 0, "total": 0}
        if progress is not None and not now and time.monotonic() - self._told < TELL_EVERY:
            return
        self._told = time.monotonic()
        self.shop.hub.tell(self.name, self.described())

    def described(self) -> Message:
        """The pane's state as the page gets it."""
        quality = self.shop.quality
        return {
            "scene": self.info.name, "about": self.info.about, "file": f"scenes/{self.info.path.name}:{self.info.line}",
            "traces": list(self.info.traces), "shown_traces": self.shop.shown_traces(self.info, self.overrides),
            "state": self.state, "progress": self.progress, "mistake": self.mistake, "generation": self.generation,
            "width": quality.width, "height": quality.height, "rate": quality.rate,
            "playhead": self.playhead, "placed": self.wish is None,
        }  # fmt: skip

    def _tell_score(self) -> None:
        if self.version is not None:
            numbers = {"now": self._mark(self.version), "before": self._mark(self.before)}
            self.shop.hub.tell(f"{self.name}-score", numbers)
            self._tell_chunks()

    def _mark(self, version: Version | None) -> Message | None:
        if version is None:
            return None
        return {
            "number": version.number,
            "proved": version.proved,
            "generation": version.generation,
            "frames": len(version.record.addresses),
        }

    def _tell_chunks(self) -> None:
        self._told = time.monotonic()
        if self.version is None:
            return
        known, heap = self.version.proved, self._heap
        rows = []
        for chunk in self.version.chunks:
            state = "stale" if chunk.last >= known else heap.state(chunk) if heap is not None else "fresh"
            share = heap.share(chunk) if heap is not None and state == "redrawing" else 0.0
            rows.append([chunk.first, chunk.last, state, round(share, 2)])
        self.shop.hub.tell(f"{self.name}-chunks", rows)

    def score(self, which: str) -> Message | None:
        """All that the page needs to know of the frames of a version, "now" or "before"."""
        version = self.version if which == "now" else self.before
        if version is None:
            return None
        record = version.record
        return {
            "number": version.number, "proved": version.proved, "generation": version.generation,
            "addresses": record.addresses, "sections": record.sections, "captions": record.captions,
            "plays": record.plays, "steps": record.steps,
        }  # fmt: skip
