"""The film as slides: a clip for each section, shown by reveal.js, all of it in one folder that works offline."""

from __future__ import annotations

import html
import itertools
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from studio.built import Built
from studio.encode import codec_for, join
from studio.jobs import Chunk
from studio.order import Order
from studio.project import write_bytes, write_whole
from studio.publish import sound_chunk, store

VENDOR = Path(__file__).with_name("page") / "vendor"
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<link rel="stylesheet" href="reveal.css">
<style>html, body {{ background: #000; }} .reveal aside.notes {{ display: none; }}</style>
<div class="reveal"><div class="slides">
{slides}
</div></div>
<script src="reveal.js"></script>
<script>Reveal.initialize({{ hash: true, controls: false, transition: "none", backgroundTransition: "none" }});</script>
</html>
"""
# Browsers let a video begin by itself only when it is muted; films are silent anyway.
SLIDE = """<section data-background-video="{clip}" data-background-video-muted
data-background-size="contain" data-background-color="#000000">
<aside class="notes">{notes}</aside></section>"""


def publish(built: Sequence[Built], order: Order, title: str) -> Path:
    """Write slides/ beside the videos: index.html, reveal.js and a clip for each section; returns the page's path."""
    folder = order.folder / "slides"
    slides = []
    for item in built:
        for number, (name, chunks) in enumerate(sections(item)):
            clip = folder / f"{item.info.name}-{number:02d}.{order.format}"
            _write_clip(clip, chunks, order, item.job.quality.rate)
            notes = html.escape(_said(item, chunks)) or html.escape(name)
            slides.append(SLIDE.format(clip=clip.name, notes=notes))
    for name in ("reveal.js", "reveal.css", "reveal.LICENSE"):
        write_whole(folder / name, lambda temporary, name=name: shutil.copyfile(VENDOR / name, temporary))  # type: ignore[misc]
    path = folder / "index.html"
    write_bytes(path, PAGE.format(title=html.escape(title), slides="\n".join(slides)).encode())
    return path


def sections(item: Built) -> Iterator[tuple[str, list[Chunk]]]:
    """The scene's sections in order, each with its chunks."""
    assert item.record is not None
    starts = [(name, first) for name, first in item.record.sections if first > 0]
    first_name = next((name for name, first in item.record.sections if first == 0), "")
    edges = [(first_name, 0), *starts, ("", len(item.record.addresses))]
    for (name, first), (_, end) in itertools.pairwise(edges):
        yield name, [chunk for chunk in item.chunks if first <= chunk.first < end]


def _write_clip(path: Path, chunks: Sequence[Chunk], order: Order, rate: int) -> None:
    kept, container = store(), codec_for(order.format, False).container
    write_whole(path, lambda place: join((sound_chunk(kept, c) for c in chunks), place, container, rate, {}))


def _said(item: Built, chunks: Sequence[Chunk]) -> str:
    """The narration that begins during these chunks: the speaker's notes."""
    assert item.record is not None
    rate = item.job.quality.rate
    start, end = chunks[0].first / rate, (chunks[-1].last + 1) / rate
    return " ".join(text for at, _, text in item.record.captions if start <= at < end)
