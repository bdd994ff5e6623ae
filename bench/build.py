"""Rebuilding: nothing changed, one beat changed, one and two workers; and Manim itself on the same scene."""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from studio.project import ROOT, traces_folder

SCENE = "ThreeCities"
FILE = "scenes/cities.py"
RENDER = ["studio.cli", "render", SCENE]
STEPPED = ("ThreeCities", "FourCities", "ChainRule", "DigitNetwork")


def timed(words: list[str], root: Path, renders: Path) -> tuple[float, str]:
    """Wall seconds and output of a command run in a copy of the project."""
    env = {**os.environ, "PYTHONPATH": str(root), "GRADREEL_RENDERS": str(renders)}
    env["GRADREEL_TRACES"] = str(traces_folder())
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", *words], cwd=root, env=env, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    return seconds, done.stdout


def copied(folder: Path) -> Path:
    """The project's sources and data, to be edited."""
    root = folder / "project"
    for name in ("engine", "scenes", "studio", "data"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("traces", "__pycache__", "mnist"))
    shutil.copyfile(ROOT / "pyproject.toml", root / "pyproject.toml")
    (root / "data" / "traces").symlink_to(traces_folder().absolute())  # where Manim's own command finds them
    return root


def _row(what: str, seconds: float, against: float, note: str = "") -> None:
    print(f"  {what:<44} {seconds:7.2f} s   {seconds / against:6.3f} × a full render   {note}", flush=True)


def _goal(value: float, most: float) -> str:
    return f"goal {most:g}: {'met' if value <= most else 'MISSED'}"


def _least(value: float, least: float) -> str:
    return f"goal {least:g}: {'met' if value >= least else 'MISSED'}"


def _edited(root: Path, folder: Path, old: str, *news: str) -> tuple[float, str]:
    """Median of rendering after each of some edits of the scene's file, every one taken back before the next."""
    path = root / FILE
    text = path.read_text()
    if old not in text:
        raise RuntimeError(f"{FILE} no longer says {old!r}: the bench must edit something else")
    times, drawn = [], ""
    for new in news:
        path.write_text(text.replace(old, new))
        seconds, out = timed([*RENDER, "-qh", "-j", "1"], root, folder / "one")
        path.write_text(text)
        times.append(seconds)
        found = re.search(r"(\d+) of (\d+) frames", out)
        drawn = f"{found[0]} drawn" if found else ""
        timed([*RENDER, "-qh", "-j", "1"], root, folder / "one")
    return statistics.median(times), drawn


def _stepping() -> None:
    """CPU of stepping and hashing every frame at 1080p60 against drawing and encoding them: a quiet machine or not."""
    from bench import frames

    for name in STEPPED:
        job = frames.job_of(name)
        sample = lambda number: number % 600 < 60  # noqa: E731
        (first, again), draw = frames.stepping(job), frames.rendering(job, sample)
        share = again.each / draw.each
        print(f"  stepping and hashing {name:<24} {again.each:6.2f} ms of {draw.each:6.2f} ms a frame: {share:.1%}   "
              f"{_goal(share, 0.08)}; {first.each / draw.each:.1%} the first time", flush=True)  # fmt: skip


def main() -> None:
    """Each row in a copy of the project, one after the other."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        root = copied(folder)
        timed([*RENDER, "-ql"], root, folder / "warm-up")  # traces fresh, libraries in the disk cache
        one, _ = timed([*RENDER, "-qh", "-j", "1"], root, folder / "one")
        two, _ = timed([*RENDER, "-qh", "-j", "2"], root, folder / "two")
        _row("full render, one worker", one, one)
        _row("full render, two workers", two, one, f"{one / two:.2f} × as fast, {_least(one / two, 1.7)}")
        nothing, _ = timed([*RENDER, "-qh"], root, folder / "two")
        _row("nothing changed", nothing, one, _goal(nothing, 0.5))
        beat, drawn = _edited(root, folder, "1.0, 9.0,", "1.0, 8.5,")
        _row("the pace of a long beat changed", beat, one, drawn)
        pauses = [f"self.wait({length} * style.PAUSE)" for length in (2.0, 2.1, 1.9)]
        end, drawn = _edited(root, folder, "self.wait(style.PAUSE)", *pauses)
        _row("one number in the last beat changed", end, one, f"{drawn}, {_goal(end / one, 0.15)}")
        comment, drawn = _edited(root, folder, "from __future__", "# a comment\nfrom __future__")
        _row("a comment", comment, one, drawn)
        manim = ["manim", "render", "-qh", "--media_dir", str(folder / "media"), FILE, SCENE]
        cold, _ = timed(manim, root, folder)
        warm, _ = timed(manim, root, folder)
        _row("Manim's own command, cold", cold, one)
        _row("Manim's own command, nothing changed", warm, one)
    _stepping()
