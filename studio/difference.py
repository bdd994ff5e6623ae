"""What differs between two builds of a scene or two traces: time ranges, arrays, pixels. Builds and judges nothing."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from engine.errors import UserError
from engine.trace import Trace
from studio import scratch
from studio.project import ROOT, read_record


@dataclass(slots=True)
class Difference:
    """Lines for a person, the same as data, and pairs of pictures (label, before, after)."""

    lines: list[str] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    pictures: list[tuple[str, Image.Image, Image.Image]] = field(default_factory=list)


# -- traces ------------------------------------------------------------------------------------------
def of_traces(old: Trace, new: Trace) -> Difference:
    """Arrays that differ, the largest relative difference first."""
    found = Difference()
    gone, come = sorted(set(old.names()) - set(new.names())), sorted(set(new.names()) - set(old.names()))
    found.lines += [f"only in the old: {name}" for name in gone] + [f"only in the new: {name}" for name in come]
    rows = []
    for name in sorted(set(old.names()) & set(new.names())):
        a, b = _whole(old, name), _whole(new, name)
        if a.shape != b.shape:
            rows.append((np.inf, name, f"shape {a.shape} → {b.shape}"))
        elif a.tobytes() != b.tobytes():
            gap = np.abs(a.astype(float) - b.astype(float))
            largest = float(np.nanmax(gap))
            where = tuple(int(i) for i in np.unravel_index(int(np.nanargmax(gap)), gap.shape))
            scale = float(np.nanmax(np.abs(a.astype(float)))) or 1.0
            rows.append((largest / scale, name, f"largest difference {largest:.3g} at {where}"))
    rows.sort(key=lambda row: (-row[0], row[1]))
    found.lines += [f"{name}: {text}" for _, name, text in rows] or ["no array differs"]
    found.data = {"gone": gone, "come": come, "arrays": {name: text for _, name, text in rows}}
    return found


def _whole(trace: Trace, name: str) -> np.ndarray:
    spec = trace.spec(name)
    return np.asarray(trace.constant(name).value if spec.stream == "constant" else trace.series(name))


# -- videos ------------------------------------------------------------------------------------------
def of_videos(old: Path, new: Path, most: int = 4) -> Difference:
    """Time ranges in which the frames differ, and the `most` most different ones side by side."""
    found = Difference()
    gaps, rate = [], 0.0
    worst: list[tuple[float, int, Image.Image, Image.Image]] = []
    with av.open(str(old)) as a, av.open(str(new)) as b:
        rate = float(a.streams.video[0].average_rate or 1)
        for number, (one, two) in enumerate(zip(a.decode(video=0), b.decode(video=0), strict=False)):
            if (one.width, one.height) != (two.width, two.height):
                raise UserError(f"{new}: its pictures are {two.width}x{two.height}, those of {old} another size")
            before, after = one.to_ndarray(format="rgb24"), two.to_ndarray(format="rgb24")
            gap = 0 if before.tobytes() == after.tobytes() else int(np.abs(before.astype(int) - after).max())
            gaps.append(gap)
            if gap and (len(worst) < most or gap > worst[-1][0]):
                worst = sorted([*worst, (gap, number, one.to_image(), two.to_image())], key=lambda w: -w[0])[:most]
        lengths = [int(v.streams.video[0].frames) for v in (a, b)]
    spans = _spans([gap > 0 for gap in gaps])
    found.lines = [f"{s / rate:.2f}–{e / rate:.2f} s: largest difference {max(gaps[s:e])} of 255" for s, e in spans]
    if lengths[0] != lengths[1]:
        found.lines.append(f"length: {lengths[0]} → {lengths[1]} frames")
    found.lines = found.lines or ["no frame differs"]
    found.data = {"rate": rate, "spans": [[s / rate, e / rate] for s, e in spans], "frames": lengths}
    found.pictures = [(f"{n / rate:.2f} s", one, two) for _, n, one, two in sorted(worst, key=lambda w: w[1])]
    return found


def _spans(flags: list[bool]) -> list[tuple[int, int]]:
    """Runs of True as (first, end)."""
    edges = np.flatnonzero(np.diff([0, *map(int, flags), 0]))
    return [(int(edges[i]), int(edges[i + 1])) for i in range(0, len(edges), 2)]


def side_by_side(pictures: list[tuple[str, Image.Image, Image.Image]]) -> Image.Image:
    """A page: before, after, and where they differ, a row for each pair."""
    from studio.sheet import Cell, lay_out

    cells = []
    for label, before, after in pictures:
        gap = np.abs(np.asarray(before, dtype=int) - np.asarray(after, dtype=int)).max(axis=2)
        shown = Image.fromarray(np.where(gap > 0, 64 + gap * 3 // 4, 0).astype(np.uint8)).convert("RGB")
        cells += [
            Cell(before, (label, "before", "")),
            Cell(after, (label, "after", "")),
            Cell(shown, (label, "where", "")),
        ]
    return lay_out(cells, columns=3)


# -- commits -----------------------------------------------------------------------------------------
@contextmanager
def checked_out(revision: str) -> Iterator[Path]:
    """The project as it was at a git revision, in a temporary folder."""
    done = subprocess.run(["git", "archive", "--format=tar", revision], cwd=ROOT, capture_output=True)
    if done.returncode:
        reason = (done.stderr.decode(errors="replace").strip().splitlines() or ["git refused"])[-1]
        raise UserError(f"{revision}: no such revision: {reason}")
    with scratch.folder() as folder:
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            archive.extractall(folder, filter="data")
        yield Path(folder)


def described(video: Path) -> dict[str, Any]:
    """The record beside a video, or nothing."""
    return read_record(video.with_suffix(".json"))
