"""The whole film at 1080p60, and the table of rebuilding: gradreel against Manim's own command on the same scenes.

Wall times want a quiet machine. GRADREEL_BENCH_SCENES (names with commas between them) takes only some scenes, and
GRADREEL_BENCH_QUALITY another quality than h; GRADREEL_BENCH_WARM=0 leaves out Manim's second, warm run.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

from bench.build import copied, timed
from studio.catalog import SceneInfo, scenes

NOTHING = 0.5  # seconds; the goals of issue 8
FASTER = 2.5


def chosen() -> list[SceneInfo]:
    """The scenes to be measured: all of the film, or those that GRADREEL_BENCH_SCENES names."""
    names = os.environ.get("GRADREEL_BENCH_SCENES")
    return [info for info in scenes() if info.chapter and (not names or info.name in names.split(","))]


def row(what: str, value: str, goal: str, met: bool) -> None:
    """One line of the table."""
    print(f"  {what:<58} {value:>22}   goal {goal:<8} {'met' if met else 'MISSED'}", flush=True)


def main() -> None:
    """The table, one row after the other."""
    infos, letter = chosen(), os.environ.get("GRADREEL_BENCH_QUALITY", "h")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        root = copied(folder)
        whole = len(infos) == sum(1 for info in scenes() if info.chapter)
        film = ["studio.cli", *(["film"] if whole else ["render", *(info.name for info in infos)]), "-q", letter]
        timed(["studio.cli", "still", infos[0].name, "-o", str(folder / "a.png")], root, folder / "warm-up")
        ours, out = timed(film, root, folder / "ours")
        frames = sum(int(count) for count in re.findall(r"of (\d+) frames", out))
        print(f"  {len(infos)} scenes, {frames} frames: gradreel {ours:.0f} s on all cores", flush=True)
        nothing, out = timed(film, root, folder / "ours")
        row("nothing changed, whole film", f"{nothing:.2f} s", f"{NOTHING} s", nothing <= NOTHING and _none_drawn(out))
        _comment(root, film, folder)
        theirs = _manim(root, infos, letter, folder)
        row("whole film against manim -a", f"{theirs / ours:.2f} x as fast", f"{FASTER} x", theirs >= FASTER * ours)
        if os.environ.get("GRADREEL_BENCH_WARM") != "0":
            warm = _manim(root, infos, letter, folder)
            print(f"  Manim with a warm cache, nothing changed: {warm:.1f} s, gradreel {nothing:.2f} s")
        shutil.rmtree(folder / "media", ignore_errors=True)


def _none_drawn(out: str) -> bool:
    drawn = re.findall(r": (\d+) of \d+ frames drawn", out)
    return bool(drawn) and set(drawn) == {"0"}


def _comment(root: Path, film: list[str], folder: Path) -> None:
    """A comment in the engine: traces are known equal, no frame is drawn."""
    with (root / "engine" / "net.py").open("a") as file:
        file.write("\n# a comment\n")
    seconds, out = timed(film, root, folder / "ours")
    row("comment-only edit of the engine", f"{seconds:.1f} s", "0 frames", _none_drawn(out))


def _manim(root: Path, infos: list[SceneInfo], letter: str, folder: Path) -> float:
    """Seconds that Manim's own command takes for the same scenes, file by file as `manim -a` would."""
    total = 0.0
    for path in dict.fromkeys(info.path for info in infos):
        names = [info.name for info in infos if info.path == path]
        words = ["manim", "render", f"-q{letter}", "--media_dir", str(folder / "media"), f"scenes/{path.name}", *names]
        began = time.perf_counter()
        timed(words, root, folder)
        total += time.perf_counter() - began
        print(f"    Manim {path.stem} {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    return total
