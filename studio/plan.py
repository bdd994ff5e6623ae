"""What has to be done: keys of scores and chunks, and how missing work is cut up for the workers. Does none of it."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import metadata
from typing import Any, Final

from studio.encode import codec_for
from studio.jobs import Chunk, SceneJob, ScoreRecord, proof_of
from studio.quality import Quality
from studio.snapshot import Snapshot

CHUNK_SECONDS: Final = 2.0
RUNS_EACH: Final = 5  # for a worker: no frame tells how long it will take, so whoever is done first takes the next run
JUMPING_SHARE: Final = 0.01  # of drawing a frame, for each that comes before: jumping there
REPEAT_SHARE: Final = 0.4  # of drawing and encoding a frame: encoding the same picture again
_LIBRARIES: Final = ("manim", "numpy", "scipy", "pillow", "typst", "shapely", "pycairo", "svgelements")
_PIXELS: Final = ("manim", "numpy", "av", "cairo", "pycairo")  # with FFmpeg's libraries: all that draws and encodes
PROCESSOR: Final = "processor"
_DRAWING: Final = (
    "scenes.camera", "scenes.parts.raster", "studio.stepper", "studio.frames", "studio.easel", "studio.encode",
    "studio.bands",
)  # fmt: skip


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Installed versions of everything that turns a scene into bytes."""
    import av
    import cairo

    found = {name: metadata.version(name) for name in _LIBRARIES}
    ffmpeg = {name: ".".join(map(str, v)) for name, v in av.library_versions.items()}
    return {**found, "av": av.__version__, "cairo": cairo.cairo_version_string(), **ffmpeg, PROCESSOR: _processor()}


def _processor() -> str:
    """What decides the last bits of sums: the instructions that NumPy finds here, and its BLAS's kernels."""
    import numpy as np
    from threadpoolctl import threadpool_info  # type: ignore[import-untyped]

    config: Any = np.show_config(mode="dicts")
    kernels = {row["architecture"] for row in threadpool_info() if "architecture" in row}
    return " ".join([*sorted(config.get("SIMD Extensions", {}).get("found", [])), "with BLAS", *sorted(kernels)])


def record_key(kind: str, **parts: object) -> str:
    """Key of a record of the store that depends on `parts`, all of which JSON can tell apart."""
    text = json.dumps({"kind": kind, **parts}, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def inputs(job: SceneJob, snapshot: Snapshot, trace_digests: dict[str, str]) -> dict[str, str]:
    """Everything that could change what stepping the scene tells, by name: files, traces, settings, versions."""
    return {
        "scene": f"{job.module}.{job.name}",
        "picture": "{}x{} at {}".format(*picture_of(job.quality)) + (", transparent" if job.transparent else ""),
        **snapshot.code(job.module, "studio.stepper", "studio.recorder", "studio.late"),
        **snapshot.data,
        **{f"trace {name}": digest for name, digest in trace_digests.items()},
        **{f"version of {name}": version for name, version in versions().items()},
    }


def score_key(found: dict[str, str]) -> str:
    """Key of what stepping a scene with these `inputs` tells."""
    return record_key("score", **found)


def begun_key(job: SceneJob) -> str:
    """Key of the note that this scene was drawn at this size before, or begun to be, whatever the sources were."""
    parts = {"scene": f"{job.module}.{job.name}", "picture": picture_of(job.quality), "transparent": job.transparent}
    return record_key("begun", **parts)


def encoding(job: SceneJob, format_: str, snapshot: Snapshot) -> dict[str, object]:
    """All that turns drawn frames into the bytes of a chunk."""
    codec = codec_for(format_, job.transparent)
    return {
        "codec": (codec.name, codec.pixels, codec.container, codec.options),
        "picture": picture_of(job.quality),
        "transparent": job.transparent,
        "versions": {name: v for name, v in versions().items() if name in _PIXELS or name.startswith("lib")},
        "drawing": snapshot.files(*_DRAWING),
    }


def chunk_key(encoded: dict[str, object], addresses: Sequence[str]) -> str:
    """Key of the chunk with these frames."""
    return record_key("chunk", **encoded, frames=addresses)


def chunk_size(job: SceneJob) -> int:
    """Frames of a chunk that no section cuts short."""
    return round(CHUNK_SECONDS * job.quality.rate)


def chunks_of(record: ScoreRecord, job: SceneJob, format_: str, snapshot: Snapshot) -> list[Chunk]:
    """The scene's frames as chunks of about two seconds, none of them across a section."""
    encoded = encoding(job, format_, snapshot)
    size = chunk_size(job)
    edges = sorted({first for _, first in record.sections} | {0, len(record.addresses)})
    found = []
    for start, end in itertools.pairwise(edges):
        for first in range(start, end, size):
            last = min(first + size, end) - 1
            addresses = record.addresses[first : last + 1]
            key = chunk_key(encoded, addresses) if all(addresses) else ""
            if not key:
                addresses = record.recipes[first : last + 1] or [""]
            repeats = sum(a == b for a, b in itertools.pairwise(addresses))
            proof = proof_of(addresses) if addresses[0] else ""
            found.append(Chunk(first, last, key, proof, repeats, addresses[0]))
    return found


def picture_of(quality: Quality) -> tuple[int, int, int]:
    """Width and height in pixels, frames a second."""
    return quality.width, quality.height, quality.rate


def cut(chunks: Sequence[Chunk], parts: int, falling: bool = False) -> list[tuple[Chunk, ...]]:
    """Cut rising chunks into at most `parts` runs that cost about the same, or evenly less and less when `falling`.

    A run costs what its frames do, those that repeat the one before less, and a little for all that lies before them.
    """
    shares = [float(parts - n) if falling else 1.0 for n in range(parts)]
    low, high = 0.0, sum(c.frames for c in chunks) * (1 + JUMPING_SHARE) + chunks[-1].last
    for _ in range(40):
        limit = (low + high) / 2
        if len(_greedy(chunks, limit, shares)) <= parts:
            high = limit
        else:
            low = limit
    return _greedy(chunks, high, shares)


def in_one_pass(frames: Mapping[str, int], others: int, hands: int) -> set[str]:
    """Of new scenes, by name and length, those that are best drawn whole, each in the pass that steps it.

    That spares stepping them twice; but the shorter ones are cut up, as many as it takes, with `others` (frames that
    are cut up anyway), to keep the rest of the hands busy while one is still at the longest.
    """
    rising = sorted(frames, key=lambda name: (frames[name], name))
    while rising and others < (hands - 1) * frames[rising[-1]]:
        others += frames[rising.pop(0)]
    return set(rising)


def cost(chunks: Sequence[Chunk]) -> float:
    """Frames' worth of work that drawing `chunks` in one pass takes."""
    return sum(c.frames - (1 - REPEAT_SHARE) * c.repeats for c in chunks) + JUMPING_SHARE * chunks[-1].last


def _greedy(chunks: Sequence[Chunk], limit: float, shares: Sequence[float]) -> list[tuple[Chunk, ...]]:
    runs: list[list[Chunk]] = []
    for chunk in chunks:
        if runs and cost([*runs[-1], chunk]) <= limit * shares[min(len(runs), len(shares)) - 1]:
            runs[-1].append(chunk)
        else:
            runs.append([chunk])
    return [tuple(run) for run in runs]
