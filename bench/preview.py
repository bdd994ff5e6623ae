"""The preview against Manim's own command line: save to picture, save to whole scene, scrubbing, memory.

Both sides are measured in turn in one run, so the ratios hold on a busy machine too. GRADREEL_BENCH_EDITS sets how
many edits are made (20), GRADREEL_BENCH_MEMORY how many the memory is followed over (200).
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from previewing import Preview

from studio.project import ROOT, traces_folder

SCENE, MODULE = "ThreeCities", "scenes/cities.py"
OLD, NEW = 'title="mean loss', 'title="{} mean loss'
EDITS = int(os.environ.get("GRADREEL_BENCH_EDITS", "20"))
MEMORY_EDITS = int(os.environ.get("GRADREEL_BENCH_MEMORY", "200"))
MANIM_RUNS = 3


def copy(folder: Path) -> Path:
    """The project as it is, to be edited."""
    for name in ("engine", "scenes", "studio"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "data", folder / "data", ignore=shutil.ignore_patterns("traces", "mnist"))
    shutil.copytree(traces_folder(), folder / "data" / "traces")
    shutil.copyfile(ROOT / "pyproject.toml", folder / "pyproject.toml")
    return folder


def manim(project: Path, *words: str) -> float:
    """Seconds of `manim -ql` on the scene, from the shell, as an author without the preview would wait."""
    with tempfile.TemporaryDirectory() as media:
        command = [sys.executable, "-m", "manim", "-ql", "--disable_caching", "--media_dir", media, *words,
                   str(project / MODULE), SCENE]  # fmt: skip
        start = time.perf_counter()
        subprocess.run(command, cwd=project, env={**os.environ, "PYTHONPATH": str(project)}, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        return time.perf_counter() - start


def spread(times: list[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    ordered = sorted(times)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]


def say(what: str, times: list[float], against: float | None = None) -> None:
    """One line of the table."""
    middle, late = spread(times)
    ratio = f"   {middle / against:.3f} of Manim's {against:.2f} s" if against else ""
    print(f"{what:<46} median {1000 * middle:7.0f} ms   p95 {1000 * late:7.0f} ms{ratio}", flush=True)


def page_of(preview: Preview) -> Callable[[str], object]:
    """The page in headless Chromium, reporting when a picture is painted; called with JavaScript."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for flag in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
    ):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(str(shutil.which("chromedriver"))))
    driver.get(preview.url)
    driver.execute_script(
        "window.at = {}; window.painted = (pane, path) => "
        "{ if (pane === 'main') at[path] ??= performance.timeOrigin + performance.now() }"
    )
    return driver.execute_script


def edit(preview: Preview, number: int) -> float:
    """Change the scene in a way that no earlier edit did; the moment of the save."""
    path = preview.project / MODULE
    text = (ROOT / MODULE).read_text(encoding="utf-8").replace(OLD, NEW.format(number))
    start = time.time()
    path.write_text(text, encoding="utf-8")
    return start


def saves(preview: Preview, js: Callable[[str], object]) -> tuple[list[float], list[float]]:
    """Seconds from a save to its picture on the page, and to the whole scene drawn."""
    firsts, wholes = [], []
    for number in range(EDITS):
        generation = preview.generation()
        js("window.at = {}; preview.main.still = null")
        start = edit(preview, number)
        preview.until(partial(_newer, preview, generation))
        address = preview.topics["main-still"]["address"]
        painted = preview.until(partial(js, f"return at['frame/{address}']"))
        firsts.append(float(painted) / 1000 - start)
        preview.settled(generation=generation + 1, seconds=300)
        wholes.append(time.time() - start)
        time.sleep(0.5)
    return firsts, wholes


def scrubs_built(preview: Preview, js: Callable[[str], object]) -> list[float]:
    """Seconds on the page from moving the playhead to the picture of a step that is drawn already."""
    times = []
    addresses = preview.score()["addresses"]
    for number in range(EDITS):
        frame = (number * 379 + 57) % len(addresses)
        path = f"frame/{addresses[frame]}"
        js(f"window.at = {{}}; window.start = performance.timeOrigin + performance.now(); preview.player.go({frame})")
        preview.until(partial(js, f"return preview.main.shown === '{path}'"))
        times.append(max(0.0, float(js(f"return (at['{path}'] ?? start) - start")) / 1000))
    return times


def scrubs_unbuilt(preview: Preview) -> list[float]:
    """Seconds to the picture of a frame that an edit a moment ago has left undrawn."""
    times = []
    frames = len(preview.score()["addresses"])
    for number in range(EDITS):
        preview.settled(seconds=300)
        generation, frame = preview.generation(), frames - 40 - number
        edit(preview, 5000 + number)
        preview.until(partial(_newer, preview, generation))
        preview.history.clear()
        start = time.time()
        preview.post("playhead", show="main", frame=frame)
        times.append(preview.until(partial(_seen, preview, frame)) - start)
    return times


def _newer(preview: Preview, generation: int) -> bool:
    return preview.topics["main-still"]["generation"] > generation


def _begun(preview: Preview, generation: int) -> bool:
    return preview.generation() > generation


def _seen(preview: Preview, frame: int) -> float | None:
    """When a look at `frame` came in."""
    stills = [(at, value) for at, topic, value in list(preview.history) if topic == "main-still" and value]
    return next((at for at, value in stills if value["frame"] == frame), None)


def memory(preview: Preview) -> tuple[float, float]:
    """Megabytes of the whole family of processes after 5 edits and after the last one, at rest."""
    found = []
    for number in range(1, MEMORY_EDITS + 1):
        generation = preview.generation()
        edit(preview, 9000 + number)
        preview.until(partial(_begun, preview, generation))
        if number in (5, MEMORY_EDITS):
            preview.settled(generation=generation + 1, seconds=300)
            time.sleep(6)
            found.append(preview.memory() / 1e6)
        else:
            time.sleep(0.6)
    return found[0], found[-1]


def main() -> None:
    """Print the table of issue 9."""
    with tempfile.TemporaryDirectory(prefix="gradreel-bench-") as name:
        folder = Path(name)
        project = copy(folder / "project")
        with Preview(
            project, folder / "renders", project / "data" / "traces", SCENE, "--at", "20", limit=60
        ) as preview:
            preview.listen().settled(seconds=400)
            js = page_of(preview)
            time.sleep(6)
            stills = [manim(project, "-s") for _ in range(MANIM_RUNS)]
            firsts, wholes = saves(preview, js)
            stills += [manim(project, "-s") for _ in range(MANIM_RUNS)]
            films = [manim(project)]
            frames = preview.topics["main-score"]["now"]["frames"]
            say("save to the frame under the playhead, on the page", firsts, statistics.median(stills))
            say(f"save to the whole scene ({frames / 15:.0f} s long)", wholes, statistics.median(films))
            say("the same for 30 s, in proportion", [t * 450 / frames for t in wholes])
            say("scrub to a step already built", scrubs_built(preview, js))
            say("scrub to a step not yet built", scrubs_unbuilt(preview))
            early, late = memory(preview)
            print(f"memory {early:.0f} MB after 5 edits, {late:.0f} MB after {MEMORY_EDITS}: {late / early:.2f} of it")


if __name__ == "__main__":
    main()
