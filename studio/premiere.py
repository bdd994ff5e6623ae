"""Scenes that were never drawn: they are named while they are drawn, in one pass or by jumps. Draws nothing itself."""

from __future__ import annotations

import itertools
from functools import partial

from studio import plan, speeds, tasks
from studio.built import Built
from studio.crew import Crew
from studio.jobs import UNSTEADY, Chunk, Drawn, JobFailed, ScoreRecord, proof_of
from studio.order import Order
from studio.publish import store
from studio.snapshot import Snapshot
from studio.store import Store


def in_one_pass(missing: list[tuple[Built, list[Chunk]]], order: Order) -> set[str]:
    """Names of the new scenes that are drawn while they are stepped, and not a second time by jumps."""
    frames = {item.info.name: sum(chunk.frames for chunk in absent) for item, absent in missing if item.new}
    others = sum(chunk.frames for item, absent in missing if not item.new for chunk in absent)
    return plan.in_one_pass(frames, others, order.jobs)


def film(item: Built, order: Order, snapshot: Snapshot, crew: Crew) -> None:
    """Have a new scene drawn in the pass that steps it.

    Raises (when the crew works):
        JobFailed: jumps have come to other frames, and so does a second pass: no store may keep such pictures.
    """
    kept = store()

    def then(drawn: Drawn) -> None:
        record = ScoreRecord.from_bytes(drawn.record)
        alike = all(record.recipes[frame : frame + 1] == [recipe] for frame, recipe in item.samples.items())
        record.recipes, item.record, item.new = [], record, False
        item.chunks = plan.chunks_of(record, item.job, order.format, snapshot)
        item.seconds += drawn.seconds
        speeds.note(order.letter, item.info.name, item.seconds / max(1, item.drawn))
        if alike:
            kept.put("score", item.key, record.to_bytes())
        else:
            crew.submit((tasks.address_scene, item.job), item.info.name, partial(steady, record))

    def steady(first: ScoreRecord, again: bytes) -> None:
        pairs = itertools.zip_longest(first.addresses, ScoreRecord.from_bytes(again).addresses)
        wrong = [frame for frame, (one, other) in enumerate(pairs) if one != other]
        if wrong:
            raise JobFailed(UNSTEADY.format(item.info.name, wrong[0], wrong[-1]), 1)
        kept.put("score", item.key, first.to_bytes())

    encoded, size = plan.encoding(item.job, order.format, snapshot), plan.chunk_size(item.job)
    call = (tasks.film_scene, item.job, order.format, str(kept.folder), size, item.memory, encoded)
    crew.submit(call, item.info.name, then, float(item.frames))


def name(item: Built, order: Order, snapshot: Snapshot, kept: Store) -> None:
    """Give the frames whose pixels were hashed while they were drawn their addresses, if stepping came to the same."""
    record = item.record
    assert record is not None
    for first, addresses, recipes in item.told:
        for frame, (address, recipe) in enumerate(zip(addresses, recipes, strict=True), first):
            if frame < len(record.recipes) and proof_of([recipe]) == proof_of([record.recipes[frame]]):
                record.addresses[frame] = address
    if record.is_hashed:
        record.recipes = []
        kept.put("score", item.key, record.to_bytes())
    item.chunks = plan.chunks_of(record, item.job, order.format, snapshot)
    item.told, item.new = [], False
