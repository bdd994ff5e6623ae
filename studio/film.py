"""Scenes joined to a film: chapter marks, subtitles over the whole length, one file. Renders no scene."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from studio import filmpage, sidecar
from studio.built import Built
from studio.catalog import Chapter
from studio.catalog import chapters as all_chapters
from studio.encode import JOINING, Mark, codec_for, join
from studio.order import Order
from studio.project import version, write_whole
from studio.publish import describe, lay_beside, sound_chunk, standing, store
from studio.quality import QUALITIES


def publish(built: Sequence[Built], chapters: Sequence[Chapter], order: Order) -> Path:
    """Join the scenes of `chapters` into one video with all that belongs beside it; writes nothing that stands."""
    path = order.folder / f"{film_name(chapters)}.{order.format}"
    info = _contents(built, chapters, order)
    aside = {"inputs": {}, "scores": [item.key for item in built]}
    if not standing(path, info, aside):
        _join(path, built, info, order)
        stretches = list(_stretches(built, info["scenes"]))
        rate = QUALITIES[order.letter].rate
        lay_beside(path, info, aside, info["captions"], lambda sha: sidecar.write(path, sha, rate, stretches))
    if order.format != "gif":  # a page plays videos only
        filmpage.publish(path, page_path(path), info)
    return path


def _join(path: Path, built: Sequence[Built], info: dict[str, Any], order: Order) -> None:
    rate = QUALITIES[order.letter].rate
    if order.format == "gif":
        from studio.gif import write_gif

        addresses = [address for item in built if item.record for address in item.record.addresses]
        write_whole(path, lambda temporary: write_gif(_pieces(built), temporary, rate, addresses))
        return
    meta = {"title": "gradreel", "comment": json.dumps(info["made_from"], sort_keys=True)}
    container = codec_for(order.format, order.transparent).container
    marks = [Mark(m["title"], m["start"], m["end"]) for m in info["chapters"]]
    captions = [tuple(caption) for caption in info["captions"]]
    write_whole(path, lambda temporary: join(_pieces(built), temporary, container, rate, meta, marks, captions))


def page_path(video: Path) -> Path:
    """Where the page of a film lies."""
    stem = "index" if video.stem == "film" else video.stem
    return video.with_name(f"{stem}.html" if video.suffix == ".mp4" else f"{stem}{video.suffix.replace('.', '-')}.html")


def _stretches(built: Sequence[Built], scenes: list[dict[str, Any]]) -> Iterator[sidecar.Stretch]:
    """The film's scenes, each with the frame it begins at, for the sidecar."""
    records = {item.info.name: item.record for item in built}
    for scene in scenes:
        record = records[scene["scene"]]
        assert record is not None
        yield sidecar.Stretch(scene["scene"], scene["first"], record, scene["made_from"])


def film_name(chapters: Sequence[Chapter]) -> str:
    """`film` for the whole film, else the numbers of its chapters, such as `film-1-3`."""
    numbers = [chapter.number for chapter in chapters]
    whole = [chapter.number for chapter in all_chapters()]
    return "film" if numbers == whole else "film-" + "-".join(map(str, numbers))


def _pieces(built: Sequence[Built]) -> Iterator[bytes]:
    kept = store()
    for item in built:
        for chunk in item.chunks:
            yield sound_chunk(kept, chunk)


def _contents(built: Sequence[Built], chapters: Sequence[Chapter], order: Order) -> dict[str, Any]:
    """What the film holds: its scenes with the frame each starts at, its chapters, all captions."""
    rate = QUALITIES[order.letter].rate
    scenes, captions, marks, frame = [], [], [], 0
    for chapter in chapters:
        start = frame
        for item in built:
            if item.info.name in chapter.scenes:
                assert item.record is not None
                scenes.append({"first": frame, "frames": item.frames, **describe(item)})
                at = frame / rate
                captions += [(s + at, e + at, text) for s, e, text in item.record.captions]
                frame += item.frames
        marks.append({"title": f"{chapter.number}. {chapter.title}", "start": start / rate, "end": frame / rate})
    return {"made_from": {"gradreel": version(), "scenes": [s["scene"] for s in scenes]},
            "joining": JOINING, "chapters": marks, "captions": captions, "scenes": scenes}  # fmt: skip
