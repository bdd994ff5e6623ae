"""The preview against Manim's own command line: save to picture, save to whole scene, scrubbing, memory.

The first is measured on several scenes of chapter 1, the rest on the first of them; the whole scene is redrawn after
edits of the kinds that authors make, in turn. Both sides are measured in one run, so the ratios hold on a busy machine
too. GRADREEL_BENCH_EDITS sets how many edits are made (20),
GRADREEL_BENCH_MEMORY how many the memory is followed over (200).
"""

from __future__ import annotations

import atexit
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
import browsing
from previewing import Preview

from studio.project import ROOT, traces_folder

EDITS = int(os.environ.get("GRADREEL_BENCH_EDITS", "20"))
MEMORY_EDITS = int(os.environ.get("GRADREEL_BENCH_MEMORY", "200"))
MANIM_RUNS = 3


class Edit(NamedTuple):
    """The scene, or the kind of edit, that `name` says; the file, and the text in it that each edit changes."""

    name: str
    file: str
    old: str
    new: str


SCENES = (
    Edit("ThreeCities", "scenes/cities.py", 'title="mean loss', 'title="{} mean loss'),
    Edit("ToyModel", "scenes/toy_model.py", 'Text("longitude, degrees', 'Text("{} longitude, degrees'),
    Edit("ComputeBlocks", "scenes/compute_blocks.py", 'Text("all bars', 'Text("{} all bars'),
    Edit("NeuronLines", "scenes/neuron_lines.py", 'Text("slope m"', 'Text("{} slope m"'),
)
FIRST = SCENES[0]
KINDS = (
    Edit("words of the narration", "scenes/cities.py", '"One step against', '"One step {} against'),
    Edit("the opacity of all bars, in style.py", "scenes/style.py", "= 0.38", "= 0.3{}"),
    Edit(
        "the pace of a beat",
        "scenes/cities.py",
        "run_steps(min(8, self.last()), 1.0)",
        "run_steps(min(8, self.last()), 1.0{}1)",
    ),
    Edit("the pace of the last beat", "scenes/cities.py", "9.0, 30.0,", "9.0, 30.{}1,"),
    Edit("a title seen throughout", "scenes/cities.py", 'title="mean loss', 'title="mean {} loss'),
)
# On the page: when a look at the frame under the playhead with today's code stands on the canvas, by generation.
WATCH = """
window.at = {};
window.painted = (pane, path) => { if (pane === 'main') at[path] ??= performance.timeOrigin + performance.now() };
setInterval(() => { const pane = preview.main, still = pane.still;
  if (still && still.generation === pane.info?.generation && pane.shown === `frame/${still.address}`)
    at[still.generation] ??= performance.timeOrigin + performance.now(); }, 4)
"""


def copy(folder: Path) -> Path:
    """The project as it is, to be edited."""
    for name in ("engine", "scenes", "studio"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "data", folder / "data", ignore=shutil.ignore_patterns("traces", "mnist"))
    shutil.copytree(traces_folder(), folder / "data" / "traces")
    shutil.copyfile(ROOT / "pyproject.toml", folder / "pyproject.toml")
    return folder


def manim(project: Path, scene: Edit, *words: str) -> float:
    """Seconds of `manim -ql` on the scene, from the shell, as an author without the preview would wait."""
    with tempfile.TemporaryDirectory() as media:
        command = [sys.executable, "-m", "manim", "-ql", "--disable_caching", "--media_dir", media, *words,
                   str(project / scene.file), scene.name]  # fmt: skip
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
    print(f"{what:<60} median {1000 * middle:7.0f} ms   p95 {1000 * late:7.0f} ms{ratio}", flush=True)


def page_of(preview: Preview) -> Callable[[str], object]:
    """The page in headless Chromium, reporting when a picture is painted; called with JavaScript."""
    driver = browsing.opened()
    atexit.register(driver.quit)
    driver.get(preview.url)
    driver.execute_script(WATCH)
    return driver.execute_script


@lru_cache
def _as_it_was(path: Path, old: str) -> str:
    """The file's text before the first edit; it holds what the edits are going to change."""
    text = path.read_text(encoding="utf-8")
    assert old in text, path
    return text


def edit(preview: Preview, number: int, scene: Edit = FIRST) -> float:
    """Change the scene in a way that no earlier edit did; the moment of the save."""
    return _saved(preview.project / scene.file, scene.old, scene.new.format(number))


def _saved(path: Path, old: str, new: str) -> float:
    """Save the file with `old`, as it first stood there, replaced; the moment of the save."""
    text = _as_it_was(path, old).replace(old, new)
    start = time.time()
    path.write_text(text, encoding="utf-8")
    return start


def first_frames(preview: Preview, js: Callable[[str], Any], scene: Edit) -> list[float]:
    """Seconds from a save to its picture on the page."""
    times = []
    for number in range(EDITS):
        generation = preview.generation()
        js("window.at = {}")
        start = edit(preview, number, scene)
        painted = preview.until(partial(js, f"return Object.entries(at).find(([n]) => n > {generation})?.[1]"))
        times.append(float(painted) / 1000 - start)
        preview.settled(generation=generation + 1, seconds=300)
        time.sleep(0.5)
    return times


def wholes(preview: Preview) -> dict[str, list[float]]:
    """Seconds from a save to the whole first scene drawn, by kind of edit; each is taken back before the next."""
    times: dict[str, list[float]] = {kind.name: [] for kind in KINDS}
    generation = preview.generation()
    edit(preview, 0)
    _saved(preview.project / FIRST.file, FIRST.old, FIRST.old)
    preview.settled(generation=generation + 1, seconds=300)
    time.sleep(3)
    for number in range(EDITS):
        kind = KINDS[number % len(KINDS)]
        path = preview.project / kind.file
        for target, new in ((times[kind.name], kind.new.format(number + 1)), ([], kind.old)):
            generation = preview.generation()
            start = _saved(path, kind.old, new)
            preview.settled(generation=generation + 1, seconds=300)
            target.append(time.time() - start)
            time.sleep(1.5)
    return times


def scrubs_built(preview: Preview, js: Callable[[str], Any]) -> list[float]:
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


def measure_first_frames(preview: Preview, js: Callable[[str], Any], scene: Edit) -> None:
    """Print how long the frame under the playhead takes."""
    stills = [manim(preview.project, scene, "-s") for _ in range(MANIM_RUNS)]
    firsts = first_frames(preview, js, scene)
    stills += [manim(preview.project, scene, "-s") for _ in range(MANIM_RUNS)]
    say(f"{scene.name}: save to the frame under the playhead", firsts, statistics.median(stills))


def measure_wholes(preview: Preview) -> None:
    """Print how long the whole scene takes: by kind of edit, and over all kinds."""
    film = statistics.median([manim(preview.project, FIRST) for _ in range(MANIM_RUNS)])
    frames = preview.topics["main-score"]["now"]["frames"]
    found = wholes(preview)
    for name, times in found.items():
        say(f"  whole scene after {name}", times, film)
    every = [seconds for times in found.values() for seconds in times]
    say(f"save to the whole scene ({frames / 15:.0f} s long), all kinds", every, film)
    say("  the same for 30 s, in proportion", [t * 450 / frames for t in every])


def measure_all(preview: Preview, js: Callable[[str], Any]) -> None:
    """Print the table, on a preview that shows the first scene."""
    measure_first_frames(preview, js, FIRST)
    measure_wholes(preview)
    say("scrub to a step already built", scrubs_built(preview, js))
    say("scrub to a step not yet built", scrubs_unbuilt(preview))
    for scene in SCENES[1:]:
        preview.settled(seconds=300)
        preview.post("open", scene=scene.name)
        preview.until(partial(_shown, preview, scene), 300)
        frames = preview.topics["main-score"]["now"]["frames"]
        js(f"preview.player.go({frames * 2 // 5})")
        time.sleep(6)
        measure_first_frames(preview, js, scene)
    preview.post("open", scene=FIRST.name)
    preview.until(partial(_shown, preview, FIRST), 300)
    early, late = memory(preview)
    print(f"memory {early:.0f} MB after 5 edits, {late:.0f} MB after {MEMORY_EDITS}: {late / early:.2f} of it")


def _shown(preview: Preview, scene: Edit) -> bool:
    return preview.topics["main"]["scene"] == scene.name and preview.state() == "fresh"


def main() -> None:
    """Print the table of issue 9."""
    with tempfile.TemporaryDirectory(prefix="gradreel-bench-") as name:
        folder = Path(name)
        project = copy(folder / "project")
        words = (FIRST.name, "--at", "20")
        with Preview(project, folder / "renders", project / "data" / "traces", *words, limit=60) as preview:
            preview.listen().settled(seconds=400)
            js = page_of(preview)
            time.sleep(6)
            measure_all(preview, js)


if __name__ == "__main__":
    main()
