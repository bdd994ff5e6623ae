"""From an edit to a scene whose frames are all known and drawn: versions of it, and the proof of a new one."""

from __future__ import annotations

import asyncio
import itertools
import time

from engine.trace import Trace
from studio import plan
from studio.build import known_score
from studio.jobs import SceneJob, ScoreRecord
from studio.preview.drawing import Heap, Signature
from studio.preview.handling import PROOF, Handling
from studio.preview.looking import begun
from studio.preview.pane import TELL_EVERY, Version
from studio.preview.scouting import samples


class Redrawing(Handling):
    """A pane that proves and draws what its scene's code says."""

    _inputs: dict[str, str]  # what the last key was made of

    def _key(self, job: SceneJob) -> str:
        digests = {name: Trace.load(folder).digest for name, folder in job.traces}
        self._inputs = plan.inputs(job, self.shop.snapshot, digests)
        return plan.score_key(self._inputs)

    async def _versioned(self, job: SceneJob) -> Version:
        """The scene's frames by address: from memory, from the store, or by stepping it."""
        current = self.version
        try:
            key = self._key(job)
        except SyntaxError:  # found while following imports: a child that imports the file says where
            await self.look(self.playhead)
            raise
        if current is not None and current.key == key and current.proved == len(current.record.addresses):
            current.generation = self.generation
            self._tell_score()
            return current
        record = known_score(self.shop.store, key)
        if record is None:
            record = await self._proved(job, key)
        else:
            self._adopt(job, key, record)
        assert self.version is not None
        return self.version

    def _adopt(self, job: SceneJob, key: str, record: ScoreRecord) -> None:
        """All frames of the scene are known."""
        version = self._begun(job, key, record)
        version.chunks = plan.chunks_of(record, job, "mp4", self.shop.snapshot)
        version.proved = len(record.addresses)
        self._place()
        if self.wish is not None:
            self.playhead, self.wish = self.wish.frame(record, job.quality.rate), None
            self._look_at(self.playhead)
            self._tell_state(self.state)
        self.playhead = min(self.playhead, len(record.addresses) - 1)
        self._tell_score()

    def _begun(self, job: SceneJob, key: str, record: ScoreRecord) -> Version:
        """The version under `key`, in the place of the present one."""
        if self.version is None or self.version.key != key:
            if self.version is not None and self.version.proved == len(self.version.record.addresses):
                self.before = self.version
            self._numbers += 1
            self.version = Version(self._numbers, key, job, record)
        self.version.record, self.version.generation = record, self.generation
        return self.version

    async def _proved(self, job: SceneJob, key: str) -> ScoreRecord:
        """Step the scene; what has changed is drawn meanwhile where that is quickest, and the rest afterwards."""
        self._tell_state("stepping")
        old = self.version
        total = len(old.record.addresses) if old else 0
        partial = ScoreRecord()
        heap = self._heap = Heap(lambda: self.playhead)
        heap.standing = self._standing(old)
        async with self._surveying(job, heap), self._stepping(job, heap, None, ahead=True) as (child, hands):
            while True:
                message, payload = await self._words_or(hands, child)
                if message["kind"] == "score":
                    break
                if await self._heard(message, child, heap):
                    continue
                partial.addresses += message["addresses"]
                partial.steps += message["steps"]
                partial.sections = [(name, first) for name, first in message["sections"]]
                self._learn(job, key, partial, old)
                await heap.tell()
                self._tell_state("stepping", {"what": "", "done": len(partial.addresses), "total": total}, now=False)
            record = ScoreRecord.from_bytes(payload)
            self._adopt(job, key, record)
            await self._finished(heap, hands)
        await self._steady(job, record, heap)
        self.shop.store.put("score", key, payload)
        return record

    def _standing(self, version: Version | None) -> set[Signature]:
        """Signatures of those chunks of a version that are drawn."""
        found: set[Signature] = set()
        if version is None:
            return found
        for chunk in version.chunks:
            if self.shop.store.has("chunk", chunk.key):
                first, middle, last = samples(chunk.first, chunk.last, plan.chunk_size(version.job))
                addresses = version.record.addresses
                found.add((addresses[first], addresses[middle], addresses[last]))
        return found

    async def _steady(self, job: SceneJob, record: ScoreRecord, heap: Heap) -> None:
        """What the proof has drawn on its way has been seen once: jumps must come to the same, or a second proof.

        Raises Broken.
        """
        seen = heap.seen
        alike = seen and all(record.addresses[frame : frame + 1] == [seen[frame]] for frame in seen)
        if alike or PROOF not in heap.done.values():
            return
        again = await self._stepped(job)
        pairs = itertools.zip_longest(record.addresses, ScoreRecord.from_bytes(again).addresses)
        wrong = next((frame for frame, (one, other) in enumerate(pairs) if one != other), None)
        if wrong is not None:
            raise self._impure(wrong)

    async def _stepped(self, job: SceneJob) -> bytes:
        """What stepping the scene tells, as bytes; nothing is drawn."""
        told, orders = self.shop.told(job), {**self._orders(job), "size": 1}
        async with self.shop.warmth.fork("prove", told, park=[], ask=False, **orders) as child:
            message, payload = await self._words(child)
            while message["kind"] != "score":
                message, payload = await self._words(child)
        return payload

    def _learn(self, job: SceneJob, key: str, partial: ScoreRecord, old: Version | None) -> None:
        """Show and draw the first frames while the others are still being stepped."""
        assert self._heap is not None
        chunks = plan.chunks_of(partial, job, "mp4", self.shop.snapshot)[:-1]
        for chunk in chunks:
            if chunk.key not in self._heap.known and not self.shop.store.has("chunk", chunk.key):
                self._heap.add(chunk, partial)
            self._heap.known.add(chunk.key)
        known = len(partial.addresses)
        rest = old.record if old is not None else ScoreRecord()
        mixed = ScoreRecord(
            partial.addresses + rest.addresses[known:],
            partial.sections + [s for s in rest.sections if s[1] >= known],
            rest.captions,
            rest.plays,
            partial.steps + rest.steps[known:],
        )
        version = self._begun(job, key, mixed)
        end = chunks[-1].last if chunks else -1
        version.chunks = chunks + [c for c in (old.chunks if old else []) if c.first > end]
        version.proved = known
        if time.monotonic() - self._told > TELL_EVERY:
            self._place()
            self._tell_score()

    async def _drawn(self, version: Version) -> None:
        """Draw every chunk of a known version that the store does not hold."""
        missing = [chunk for chunk in version.chunks if not self.shop.store.has("chunk", chunk.key)]
        heap = self._heap = Heap(lambda: self.playhead)
        self._tell_chunks()
        if not missing:
            return
        async with self._stepping(version.job, heap, [chunk.first for chunk in missing]) as (child, hands):
            finished = begun(self._finished(heap, hands))
            words = begun(self._words(child))
            try:
                while not finished.done():
                    await asyncio.wait([words, finished], return_when=asyncio.FIRST_COMPLETED)
                    if words.done():
                        if words.result()[0]["kind"] == "score":
                            break
                        words = begun(self._words(child))
                await finished
            finally:
                words.cancel()
                finished.cancel()
