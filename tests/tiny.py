"""A project of the smallest size that is still real: gradreel's own engine, stage and studio, and two tiny scenes."""

from __future__ import annotations

import shutil
from pathlib import Path

from studio.project import ROOT

SCENES = '''"""Two tiny scenes."""

from __future__ import annotations

import numpy as np
from manim import Circle, Square, RIGHT

from scenes import style
from scenes.parts.field import CountField
from scenes.parts.readout import Readout
from scenes.stage import TraceScene


class Counting(TraceScene):
    """A number that changes, and a picture that does."""

    trace_name = "cities3"

    def construct(self) -> None:
        self.readout = Readout(0.0, ".4f")
        self.follow(self.readout, lambda step: self.readout.show(self.trace.at("loss", step)))
        field = CountField((9,), (style.TEXT,), 2.0).shift(3 * RIGHT)
        self.follow(field, lambda step: field.show(3.0 + step))
        self.add(self.readout, field)
        self.next_section("slow")
        self.add_subcaption("It counts.", duration=1.0)
        self.run_steps(10, 10.0)
        self.next_section("fast")
        self.run_steps(30, 20.0)
        self.wait(1.0)


class Moving(TraceScene):
    """A disc that moves, and a longer play than four seconds."""

    colour = style.POSITIVE

    def construct(self) -> None:
        disc = Circle(color=self.colour)
        self.add(disc)
        self.next_section("move")
        self.play(disc.animate.shift(RIGHT), run_time=2.0)
        self.next_section("turn")
        self.play(Square().animate.rotate(1.0), run_time=4.5)
'''

FILM = """title = "tiny"

[[chapter]]
title = "Everything"
scenes = ["Counting", "Moving"]
"""


def make(folder: Path) -> Path:
    """Make the project in `folder` and return it."""
    for package in ("engine", "studio", "scenes"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    for path in (folder / "scenes").glob("*.py"):
        if path.name not in ("__init__.py", "stage.py", "updaters.py", "style.py", "camera.py", "layout.py"):
            path.unlink()
    (folder / "data" / "experiments").mkdir(parents=True)
    for name in ("cities.json", "experiments/cities3.toml"):
        shutil.copyfile(ROOT / "data" / name, folder / "data" / name)
    shutil.copyfile(ROOT / "pyproject.toml", folder / "pyproject.toml")
    (folder / "scenes" / "tiny.py").write_text(SCENES)
    (folder / "scenes" / "film.toml").write_text(FILM)
    return folder
