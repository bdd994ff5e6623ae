"""An author's hour with the preview: edits at random, and after each the preview must show what the code now says.

    python tests/author.py --seconds 3600

Captions, colours, a part, the pace of a beat, an experiment's learning rate, the engine are edited, by several kinds
of saving; code is broken and mended; the playhead moves. When all is quiet, a process that has never run before, with
no store and no traces, steps the scene: the preview must have come to the same frames, by their addresses, and show one
of them, drawn at random, as that process draws it. Ends with "N edits, all shown", or at the first that is not.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from PIL import Image

from bench import preview as bench
from studio.project import traces_folder

SCENE: Final = "ThreeCities"
APART: Final = 4.0  # levels, of 255, that a video's frame may be off in the mean
QUIET: Final = 1.5  # seconds without news after which nothing more is expected of an edit
EDITS: Final = (  # file, what stands there, what it becomes
    ("scenes/cities.py", '"One step against', '"One step {n} against'),
    ("scenes/cities.py", 'title="mean loss', 'title="mean {n} loss'),
    ("scenes/cities.py", "run_steps(min(8, self.last()), 1.0)", "run_steps(min(8, self.last()), 1.{d})"),
    ("scenes/style.py", "BAR_OPACITY: Final = 0.38", "BAR_OPACITY: Final = 0.3{d}"),
    ("scenes/style.py", 'COAST: Final = "#5D574E"', 'COAST: Final = "#5D57{d}{d}"'),
    ("scenes/parts/sparkline.py", "_GAP = 0.12", "_GAP = 0.1{d}"),
    ("data/experiments/cities3.toml", "learning_rate = 0.05", "learning_rate = 0.0{d}1"),
    ("engine/optim.py", '"""', '"""{n} '),
)
BREAKS: Final = (  # the same, and the word that the page must say
    ("scenes/cities.py", "        self.read()\n", "        self.read(\n", "SyntaxError"),
    ("scenes/cities.py", "        self.build_map()\n", "        self.build_maps()\n", "AttributeError"),
    ("scenes/style.py", "HAIRLINE: Final", "HAIR_LINE: Final", "HAIRLINE"),
    ("scenes/parts/sparkline.py", "import numpy as np\n", "import numpyy as np\n", "numpyy"),
    ("data/experiments/cities3.toml", "steps = 400", 'steps = "many"', "steps"),
)
TRUTH: Final = """
import json, sys
from engine import experiments
from studio import stills
from studio.catalog import find
from studio.project import traces_folder
(info,) = find((sys.argv[1],))
for name in info.traces:
    experiments.run(name, traces_folder())
job = stills.scene_job(info, "l")
record = stills.score(job)
frame = int(float(sys.argv[2]) * len(record.addresses))
stills.pictures(job, [frame])[frame].convert("RGB").save(sys.argv[3])
print(json.dumps([frame, record.addresses]))
"""


class Author:
    """Who edits the project that a preview runs on."""

    def __init__(self, preview: bench.Preview, folder: Path, chance: random.Random) -> None:
        self.preview, self.folder, self.chance = preview, folder, chance
        files = {edit[0] for edit in (*EDITS, *BREAKS)}
        self.texts = {name: (preview.project / name).read_text(encoding="utf-8") for name in files}
        self.changes: dict[tuple[str, str], str] = {}  # what stands in place of a file's words, for now

    def save(self, name: str) -> None:
        """Write the file as all changes make it: in place, or as editors that save by renaming do."""
        text = self.texts[name]
        for (file, old), new in self.changes.items():
            if file == name:
                assert old in text, (file, old)
                text = text.replace(old, new, 1)
        path = self.preview.project / name
        if self.chance.random() < 0.5:
            path.write_text(text, encoding="utf-8")
        else:
            other = path.with_name(f".{path.name}.new")
            other.write_text(text, encoding="utf-8")
            other.replace(path)

    def edit(self) -> str:
        """One change, or the undoing of one."""
        name, old, new = self.chance.choice(EDITS)
        if (name, old) in self.changes and self.chance.random() < 0.3:
            del self.changes[name, old]
        else:
            self.changes[name, old] = new.format(n=self.chance.randrange(1000), d=self.chance.randrange(1, 10))
        self.save(name)
        return name

    def several(self) -> str:
        """Several changes before the first can have been drawn."""
        names = []
        for _ in range(self.chance.randrange(2, 5)):
            names.append(self.edit())
            time.sleep(self.chance.choice((0.0, 0.1, 0.4, 1.2)))
        return ", ".join(dict.fromkeys(names))

    def breaking(self) -> str:
        """A mistake, which the page tells, and its mending."""
        name, old, new, word = self.chance.choice(BREAKS)
        self.changes[name, old] = new
        self.save(name)
        self.preview.settled("broken", seconds=60)
        told = json.dumps(self.preview.topics["main"]["mistake"])
        assert word in told, f"{word} is not in {told}"
        if self.chance.random() < 0.3:
            self.edit()  # elsewhere, or in the same file: it stays broken
            time.sleep(QUIET)
            self.preview.settled("broken", seconds=60)
        del self.changes[name, old]
        self.save(name)
        return f"{name} broken ({word}) and mended"

    def scrubbing(self) -> str:
        """An edit, and the playhead somewhere else before it is drawn."""
        name = self.edit()
        for _ in range(3):
            frame = self.chance.randrange(int(self.preview.topics["main-score"]["now"]["frames"]))
            self.preview.post("playhead", show="main", frame=frame)
            time.sleep(self.chance.choice((0.0, 0.1, 0.5)))
        return f"{name}, scrubbing"

    def settled(self) -> None:
        """Wait until everything is drawn, and no news comes any more."""
        end = time.monotonic() + 120
        quiet_since = time.monotonic()
        generation = self.preview.generation()
        while time.monotonic() - quiet_since < QUIET:
            if self.preview.state() != "fresh" or self.preview.generation() != generation:
                quiet_since, generation = time.monotonic(), self.preview.generation()
            assert time.monotonic() < end, f"never fresh: {self.preview.topics['main']}"
            time.sleep(0.05)

    def check(self, js: Callable[[str], object] | None) -> None:
        """Compare with what a process without a past makes of the same files."""
        share = self.chance.random()
        with tempfile.TemporaryDirectory(dir=self.folder) as place:
            environment = {**os.environ, "PYTHONPATH": str(self.preview.project), "GRADREEL_RENDERS": f"{place}/r",
                           "GRADREEL_TRACES": f"{place}/t", "PYTHONDONTWRITEBYTECODE": "1"}  # fmt: skip
            command = [sys.executable, "-c", TRUTH, SCENE, str(share), f"{place}/truth.png"]
            told = subprocess.run(command, cwd=self.preview.project, env=environment, check=True, capture_output=True)
            frame, addresses = json.loads(told.stdout.splitlines()[-1])
            drawn = np.asarray(Image.open(f"{place}/truth.png"), dtype=float)
        ours = self.preview.score()["addresses"]
        assert len(ours) == len(addresses), f"{len(ours)} frames, not {len(addresses)}"
        wrong = [number for number, pair in enumerate(zip(ours, addresses, strict=True)) if pair[0] != pair[1]]
        assert not wrong, f"frames {wrong[:10]} are not those of the code"
        status, data = self.preview.ask(f"frame/{addresses[frame]}")
        assert status == 200, f"frame {frame}: {status}"
        apart = float(np.abs(np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=float) - drawn).mean())
        assert apart < APART, f"frame {frame} is {apart:.1f} levels off"
        if js is not None:
            js(f"preview.player.go({frame})")
            self.preview.until(lambda: js("return preview.main.shown") == f"frame/{addresses[frame]}", 10)


def at_rest(preview: bench.Preview) -> float:
    """Megabytes of all its processes, when nothing is going on in the background any more."""
    time.sleep(8)
    return preview.memory() / 1e6


def main() -> int:
    """Edit until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    chance = random.Random(options.seed)
    end, number = time.monotonic() + options.seconds, 0
    with tempfile.TemporaryDirectory(prefix="author-") as name:
        folder = Path(name)
        project = bench.copy(folder / "project")
        with bench.Preview(project, folder / "renders", project / "data" / "traces", SCENE, limit=60) as preview:
            preview.listen().settled(seconds=400)
            js = bench.page_of(preview)
            author = Author(preview, folder, chance)
            print(f"seed {options.seed}, traces from {traces_folder()}", flush=True)
            while time.monotonic() < end:
                number += 1
                deed = chance.choices((author.edit, author.several, author.breaking, author.scrubbing), (6, 2, 2, 2))[0]
                began = time.monotonic()
                done = "?"
                try:
                    done = deed()
                    author.settled()
                    took = time.monotonic() - began - QUIET
                    author.check(js)
                except (AssertionError, subprocess.CalledProcessError) as error:
                    more = getattr(error, "stderr", b"").decode()[-2000:]
                    print(f"{number:5d} FAILED after {deed.__name__} ({done}): {error} {more}; {author.changes}")
                    return 1
                print(f"{number:5d} {took:5.1f} s {deed.__name__:<10} {done}", flush=True)
                if number in (5, 50) or number % 100 == 0:
                    print(f"      memory at rest {at_rest(preview):.0f} MB", flush=True)
            print(f"{number} edits, all shown; memory at rest {at_rest(preview):.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
