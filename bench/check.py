"""Looking before rendering: the check against a 1080p60 render of the same scene, and stills cold and warm."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time

from bench.frames import rendering, stepping
from studio import stills, tasks
from studio.catalog import find
from studio.quality import QUALITIES

SCENE = "ThreeCities"


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _command(*words: str) -> tuple[float, float]:
    """(wall, CPU) seconds of `reel` with `words` in a process of its own."""
    wall, cpu = time.perf_counter(), _cpu_of_children()
    subprocess.run([sys.executable, "-m", "studio.cli", *words], check=False, capture_output=True)
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
        wall, cpu = _command("still", SCENE, "--at", "14", "-o", f"{folder}/a.png")
        print(f"still, cold: {wall:.2f} s wall, {cpu:.2f} s CPU (at 14 s of a scene that was never stepped)")
        stills.score(job)
        _command("still", SCENE, "--step", "10", "-o", f"{folder}/a.png")
        wall, cpu = _command("still", SCENE, "--step", "40", "-o", f"{folder}/a.png")
        print(f"still, cold: {wall:.2f} s wall, {cpu:.2f} s CPU (the scene having been stepped before)")
        stills.still(job, stills.Moment(step=20), stills.known(job))
        start, began = time.perf_counter(), time.process_time()
        stills.png(stills.still(job, stills.Moment(step=40), stills.known(job)).image)
        print(f"still, warm: {time.perf_counter() - start:.2f} s wall, {time.process_time() - began:.2f} s CPU")


if __name__ == "__main__":
    main()
