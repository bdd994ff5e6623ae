"""Looking before rendering: the check against a 1080p60 render of the same scene, and stills cold and warm."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

from bench.frames import rendering, stepping
from studio import stills, tasks
from studio.catalog import find
from studio.jobs import SceneJob
from studio.quality import QUALITIES

SCENE = "ThreeCities"
SCENES = (SCENE, "FourCities", "ChainRule", "DigitNetwork", "LanguageModel")
TIMES = 5


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _command(*words: str) -> tuple[float, float]:
    """(wall, CPU) seconds of `reel` with `words` in a process of its own."""
    return _run("-c", "from studio.entry import main; main()", *words)


def _run(*words: str) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), _cpu_of_children()
    subprocess.run([sys.executable, *words], check=True, capture_output=True)
    return time.perf_counter() - wall, _cpu_of_children() - cpu


def main() -> None:
    """Measure on ThreeCities; its trace must be there."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GRADREEL_RENDERS"] = folder
        (info,) = find((SCENE,))
        job = stills.scene_job(info, "h")
        wall, cpu = _command("check", SCENE)
        low = tasks.outline_scene(stills.scene_job(info, "l"))
        seconds = len(low.addresses) / QUALITIES["l"].rate
        every = 16  # one piece of 120 frames in so many is drawn, and stands for the others
        drawn = rendering(job, lambda frame: frame // 120 % every == 0)
        frames = seconds * QUALITIES["h"].rate
        first, _ = stepping(job)
        render = (drawn.each + first.each) * frames / 1000
        print(f"check of {seconds:.0f} s: {wall:.1f} s wall, {cpu:.1f} s CPU = {cpu / seconds * 30:.1f} s for 30 s")
        print(f"1080p60 render of it: {render:.0f} s CPU; the check takes {100 * cpu / render:.0f} % of that")
        for name in SCENES:
            walls = [_command("still", name, "--at", "14", "-o", f"{folder}/a.png")[0] for _ in range(TIMES)]
            print(f"still, cold: {_spread(walls)} (at 14 s of {name}, never stepped)")
        stills.score(job)
        _command("still", SCENE, "--step", "10", "-o", f"{folder}/a.png")
        walls = [_command("still", SCENE, "--step", "40", "-o", f"{folder}/a.png")[0] for _ in range(TIMES)]
        print(f"still, cold: {_spread(walls)} (of {SCENE}, stepped before)")
        imports = [_run("-c", "import manim")[0] for _ in range(TIMES)]
        print(f"in the same run, for comparison: `import manim` alone {_spread(imports)}")
        print(f"still, warm: {_spread(_warm(job, seconds))}")


def _warm(job: SceneJob, seconds: float) -> list[float]:
    """Wall seconds of stills all over a scene that has been stepped, in this process, which has drawn one before."""
    walls = []
    for number in range(10):
        start = time.perf_counter()
        moment = stills.Moment(at=seconds * (number + 0.5) / 10)
        stills.png(stills.still(job, moment, stills.known(job)).image)
        walls.append(time.perf_counter() - start)
    return walls[1:]


def _spread(seconds: list[float]) -> str:
    return f"median {statistics.median(seconds):.2f} s, {min(seconds):.2f} to {max(seconds):.2f} s"


if __name__ == "__main__":
    main()
