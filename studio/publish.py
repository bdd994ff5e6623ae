"""A scene's chunks joined to a video, and what lies beside it: subtitles, the record, the sidecar. Draws nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from studio import memory, sidecar
from studio.built import Built
from studio.encode import JOINING, codec_for, frame_count, join
from studio.jobs import Chunk, JobFailed
from studio.order import Order
from studio.project import read_record, renders_folder, version, write_bytes, write_whole
from studio.store import Store
from studio.subtitles import Captions, srt, vtt

BESIDE: Final = (".srt", ".vtt", sidecar.SUFFIX)
_ASIDE: Final = ("inputs", "scores", "memory", "beside")  # what a record holds besides what the video shows


class DamagedChunk(JobFailed):
    """A chunk that the store held is no video of the right length; it has been thrown away."""


def store() -> Store:
    """The project's store of scores and chunks."""
    return Store(renders_folder() / ".store")


def sound_chunk(kept: Store, chunk: Chunk) -> bytes:
    """A chunk's bytes from the store, opened and counted; DamagedChunk when it is none of the right length."""
    data = kept.get("chunk", chunk.key)
    try:
        if data is not None and frame_count(data) == chunk.frames:
            return data
    except ValueError:
        pass
    kept.path("chunk", chunk.key).unlink(missing_ok=True)
    raise DamagedChunk(f"{kept.path('chunk', chunk.key)}: damaged while it was needed: run the same command again", 1)


def publish(item: Built, order: Order) -> Path:
    """Bring a scene's video and what lies beside it up to date; writes nothing that stands already."""
    assert item.record is not None
    plays = "-n{}-{}".format(*order.plays) if order.plays else ""
    path = order.out or order.folder / f"{item.info.name}{plays}.{order.format}"
    info = describe(item)
    before = read_record(path.with_suffix(".json")).get("memory")
    aside = {"inputs": item.inputs, "scores": [item.key], "memory": item.memory[1] if item.memory else before}
    if standing(path, info, aside):
        return path
    kept = store()
    chunks = [sound_chunk(kept, chunk) for chunk in item.chunks]
    meta = {"title": item.info.name, "comment": json.dumps(info["made_from"], sort_keys=True)}
    rate = item.job.quality.rate
    if order.format == "gif":
        from studio.gif import write_gif

        addresses = item.record.addresses
        write_whole(path, lambda temporary: write_gif(chunks, temporary, rate, addresses))
    else:
        container = codec_for(order.format, order.transparent).container
        captions = item.record.captions
        write_whole(path, lambda temporary: join(chunks, temporary, container, rate, meta, captions=captions))
    stretch = sidecar.Stretch(item.info.name, 0, item.record, info["made_from"])
    lay_beside(path, info, aside, item.record.captions, lambda sha: sidecar.write(path, sha, rate, [stretch]))
    return path


def lay_beside(
    path: Path, info: dict[str, Any], aside: dict[str, Any], captions: Captions, write_sidecar: Callable[[str], None]
) -> None:
    """Write the subtitles, the sidecar and, last of all, the record that says that everything stands."""
    said = list(captions)
    write_bytes(path.with_suffix(".srt"), srt(said).encode())
    write_bytes(path.with_suffix(".vtt"), vtt(said).encode())
    sha256 = _digest(path)
    write_sidecar(sha256)
    beside = {suffix: _digest(path.with_suffix(suffix)) for suffix in BESIDE}
    record = {**info, "sha256": sha256, **aside, "beside": beside}
    write_bytes(path.with_suffix(".json"), json.dumps(record, indent=1).encode())


def describe(item: Built) -> dict[str, Any]:
    """The record that lies beside a video: what it was made from and what it shows when."""
    assert item.record is not None
    return {
        "scene": item.info.name,
        "made_from": {"gradreel": version(), "traces": item.sources},
        "joining": JOINING,
        "picture": {"width": item.job.quality.width, "height": item.job.quality.height, "rate": item.job.quality.rate},
        "chunks": [chunk.key for chunk in item.chunks],
        "sections": item.record.sections,
        "captions": item.record.captions,
        "steps": item.record.steps,
    }


def standing(path: Path, info: Mapping[str, Any], aside: Mapping[str, Any]) -> bool:
    """Whether the video and all that lies beside it are, byte for byte, what `info` describes.

    When only `aside` has changed, such as the hash of a source in which nothing visible did, the record is renewed.
    """
    known = read_record(path.with_suffix(".json"))
    before = {name: known.pop(name, None) for name in _ASIDE}
    wanted = json.loads(json.dumps({**info, "sha256": known.get("sha256")}))
    if wanted != known or not _unchanged(path, known["sha256"], before["beside"]):
        return False
    if any(before[name] != json.loads(json.dumps(value)) for name, value in aside.items()):
        record = {**info, "sha256": known["sha256"], **aside, "beside": before["beside"]}
        write_bytes(path.with_suffix(".json"), json.dumps(record, indent=1).encode())
    return True


def _unchanged(path: Path, sha256: object, beside: object) -> bool:
    try:
        if not isinstance(beside, dict) or set(beside) != set(BESIDE) or _digest(path) != sha256:
            return False
        return all(_digest(path.with_suffix(suffix)) == digest for suffix, digest in beside.items())
    except OSError:
        return False


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def needed(records: Iterable[Mapping[str, Any]]) -> set[tuple[str, str]]:
    """(kind, key) of everything in the store that the videos with these records are made of."""
    found: set[tuple[str, str]] = set()
    for record in records:
        for one in (record, *_tables(record.get("scenes"))):
            found.update(("chunk", str(key)) for key in one.get("chunks") or ())
            found.update(("score", str(key)) for key in one.get("scores") or ())
            found.add((memory.KIND, str(one.get("memory"))))
    return found


def _tables(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
