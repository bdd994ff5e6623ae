"""Rebuilding: nothing changed, one beat changed, one and two workers; and Manim itself on the same scene."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from studio.project import ROOT, traces_folder

SCENE = "ThreeCities"
FILE = "scenes/cities.py"


def _timed(words: list[str], root: Path, renders: Path) -> tuple[float, str]:
    """Wall seconds and output of a command run in a copy of the project."""
    env = {**os.environ, "PYTHONPATH": str(root), "GRADREEL_RENDERS": str(renders)}
    env["GRADREEL_TRACES"] = str(traces_folder())
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", *words], cwd=root, env=env, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    return seconds, done.stdout


def _copy(folder: Path) -> Path:
    """The project's sources and data, to be edited."""
    root = folder / "project"
    for name in ("engine", "scenes", "studio", "data"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("traces", "__pycache__", "mnist"))
    shutil.copyfile(ROOT / "pyproject.toml", root / "pyproject.toml")
    return root


def _row(what: str, seconds: float, against: float, note: str = "") -> None:
    print(f"  {what:<52} {seconds:7.2f} s   {seconds / against:6.3f} × a full render   {note}")


def main() -> None:
    """Each row in a copy of the project, one after the other."""
    render = ["studio.cli", "render", SCENE]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        root = _copy(folder)
        _timed([*render, "-ql"], root, folder / "warm-up")  # traces fresh, libraries in the disk cache
        one, _ = _timed([*render, "-qm", "-j", "1"], root, folder / "one")
        two, _ = _timed([*render, "-qm", "-j", "2"], root, folder / "two")
        _row("full render, one worker", one, one)
        _row("full render, two workers", two, one, f"{one / two:.2f} × as fast")
        nothing, _ = _timed([*render, "-qm"], root, folder / "two")
        _row("nothing changed", nothing, one)
        path = root / FILE
        text = path.read_text()
        path.write_text(text.replace("9.0, 13.0)", "9.0, 12.5)"))
        beat, out = _timed([*render, "-qm", "-j", "1"], root, folder / "one")
        drawn = re.search(r"(\d+) of (\d+) frames", out)
        _row("the last beat's pace changed", beat, one, f"{drawn[0]} drawn" if drawn else "")
        path.write_text(text)
        _timed([*render, "-qm", "-j", "1"], root, folder / "one")
        path.write_text(text.replace("self.wait(style.PAUSE)", "self.wait(2 * style.PAUSE)"))
        end, out = _timed([*render, "-qm", "-j", "1"], root, folder / "one")
        drawn = re.search(r"(\d+) of (\d+) frames", out)
        _row("one number in the last beat changed", end, one, f"{drawn[0]} drawn" if drawn else "")
        path.write_text("# a comment\n" + text)
        comment, out = _timed([*render, "-qm", "-j", "1"], root, folder / "one")
        _row("a comment", comment, one)
        path.write_text(text)
        manim = ["manim", "render", "-qm", "--media_dir", str(folder / "media"), FILE, SCENE]
        cold, _ = _timed(manim, root, folder)
        warm, _ = _timed(manim, root, folder)
        _row("Manim's own command, cold", cold, one)
        _row("Manim's own command, nothing changed", warm, one)
