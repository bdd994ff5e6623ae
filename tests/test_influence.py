"""What must have no say in a film: manim.cfg of any folder, home, locale, time zone, umask, hash seed, threads."""

import hashlib
import os
import stat
import subprocess
import sys

import pytest
import tiny
from manim import config

from studio import stepper
from studio.quality import QUALITIES

CONFIG = "[CLI]\nbackground_color = WHITE\nframe_rate = 7\npixel_width = 100\nbackground_opacity = 0.5\nseed = 3\n"
FILES = ("Counting.mp4", "Counting.vtt", "Moving.mp4", "film.mp4", "film.srt", "film.where.json", "index.html")
SETTINGS = '''

class Moving2(TraceScene):
    """What a scene could pick up from the world around it."""

    def construct(self) -> None:
        import locale, random, time
        import numpy as np
        order = "".join(sorted(set("gradient"), key=lambda c: 0))  # as the set happens to be ordered
        self.add(Readout(float(random.random()), ".4f"), Readout(float(np.random.rand()), ".4f").shift(RIGHT))
        self.add(Readout(float(order.index("g")), ".1f").shift(2 * RIGHT))
        self.add(Readout(float(time.localtime(0).tm_hour), ".1f").shift(3 * RIGHT))
        self.add(Readout(float(len(locale.format_string("%.1f", 1234.5, grouping=True))), ".1f").shift(4 * RIGHT))
        self.wait(0.5)
'''


def build(folder, cwd, before=None, **env):
    """Build the film in a world of its own; digests of what came out."""
    renders = folder / "renders"
    whole = {**os.environ, "PYTHONPATH": str(folder.parent / "project"), "GRADREEL_RENDERS": str(renders)}
    whole |= {"GRADREEL_TRACES": str(folder / "traces"), **env}
    done = subprocess.run(
        [sys.executable, "-m", "studio.cli", "film", "-j", "1"], cwd=cwd, env=whole, capture_output=True, text=True,
        timeout=300, preexec_fn=before,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = {name: hashlib.sha256((renders / "480p15" / name).read_bytes()).hexdigest() for name in FILES}
    return found, {stat.S_IMODE((renders / "480p15" / name).stat().st_mode) for name in FILES}


@pytest.mark.slow
def test_nothing_around_it_has_a_say_in_a_film(tmp_path):
    project = tiny.make(tmp_path / "project")
    plain, modes = build(tmp_path / "plain", project)
    home = tmp_path / "home"
    for place in (home / ".config" / "manim", home / "here"):
        place.mkdir(parents=True)
        (place / "manim.cfg").write_text(CONFIG)
    (home / "manim.cfg").write_text(CONFIG)
    hostile, hostile_modes = build(
        tmp_path / "hostile", home / "here", lambda: os.umask(0o077), HOME=str(home), XDG_CONFIG_HOME=str(home),
        LC_ALL="tr_TR.UTF-8", LANG="de_DE.UTF-8", TZ="Pacific/Kiritimati", PYTHONHASHSEED="77", OMP_NUM_THREADS="7",
        OPENBLAS_NUM_THREADS="5", SOURCE_DATE_EPOCH="12345", COLUMNS="20", PYTHONUTF8="0",
    )  # fmt: skip
    assert hostile == plain
    assert modes == hostile_modes == {0o644}


def test_what_a_scene_picks_up_from_around_it_is_the_same_for_every_worker(tmp_path, monkeypatch):
    """Seeds are set, sets are ordered alike; what is left of the world (time, locale) is the checker's business."""
    project = tiny.make(tmp_path / "project")
    with (project / "scenes" / "tiny.py").open("a") as file:
        file.write(SETTINGS)
    film = project / "scenes" / "film.toml"
    film.write_text(film.read_text().replace('"Moving"]', '"Moving", "Moving2"]'))
    one, _ = build(tmp_path / "one", project, PYTHONHASHSEED="1")
    two, _ = build(tmp_path / "two", project, PYTHONHASHSEED="2")
    assert one == two


def test_nor_has_what_a_scene_before_it_set(tmp_path):
    stepper.configure(QUALITIES["l"], tmp_path)
    first = dict(config._d)
    config.background_color, config.frame_width, config.max_files_cached = "#FFFFFF", 3.0, 7
    config.save_last_frame = True
    config._d["something"] = "new"
    stepper.configure(QUALITIES["l"], tmp_path)
    assert dict(config._d) == first
    stepper._shipped.clear()  # as in a new process: everything is read again
    stepper.configure(QUALITIES["l"], tmp_path)
    assert dict(config._d) == first
