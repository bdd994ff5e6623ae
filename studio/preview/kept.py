"""A PNG that is kept equal to one frame of a scene as the code now stands. Shows no page and draws no film."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from studio.build import known_score
from studio.catalog import SceneInfo
from studio.jobs import SceneJob, ScoreRecord
from studio.preview.show import Show
from studio.stills import Moment

if TYPE_CHECKING:
    from studio.preview.workshop import Workshop

LAST = 1 << 40  # a frame beyond the end: the look takes the last one


class KeptStill(Show):
    """Draws the frame that `moment` means after every edit and hands it to `write`."""

    def __init__(self, workshop: Workshop, info: SceneInfo, moment: Moment, write: Callable[[bytes], None]) -> None:
        super().__init__("main", workshop, info, {})
        self._moment, self._write = moment, write
        self._record: ScoreRecord | None = None  # of the code as it was: good enough for a first guess

    def is_current(self) -> bool:
        """Nobody has kept account: draw after every edit, it is one frame."""
        return False

    async def _drawn_after_edit(self) -> None:
        """Draw the frame; where only stepping tells which it is, the one it was before comes first."""
        self._job = job = await self._prepared()
        rate = job.quality.rate
        if self._moment.step is None and self._moment.section is None:
            await self._put(LAST if self._moment.at is None else int(self._moment.at * rate + 1e-6))
        else:
            guess = None if self._record is None else self._moment.frame(self._record, rate)
            if guess is not None:
                await self._put(guess)
            self._record = await self._known(job)
            if (frame := self._moment.frame(self._record, rate)) != guess:
                await self._put(frame)
        self._tell_state("fresh")
        self.shop.settled(self)

    async def _put(self, frame: int) -> None:
        _, png = await self.look(frame, format="PNG")
        self.mistake = None
        self._write(png)

    async def _known(self, job: SceneJob) -> ScoreRecord:
        key = self._key(job)
        record = known_score(self.shop.store, key)
        if record is None:
            payload = await self._stepped(job)
            self.shop.store.put("score", key, payload)
            record = ScoreRecord.from_bytes(payload)
        return record
