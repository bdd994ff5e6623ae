"""After every kind of edit the rebuilt scene equals a clean build byte for byte, and only what changed was drawn.

The edits are those that an ordinary cache gets wrong: a custom animation's body, a function two imports away called
through its module, a class attribute, a memory-mapped array, an object with slots, and so on.
"""

import hashlib
import os

import numpy as np
import pytest
import tiny

from studio import catalog
from studio.build import build
from studio.order import Order
from studio.progress import Progress

SCENE = '''"""One scene made of everything that is edited."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from manim import Circle, Create, FadeIn, Square, UP, RIGHT, VMobject

from scenes import style, middle
from scenes.parts.typesetting import Text
from scenes.parts.wobble import Wobble
from scenes.stage import TraceScene

DATA = Path(__file__).resolve().parents[1] / "data"
CURVE = DATA / "curve.npy"


class Point:
    __slots__ = ("x", "y")

    def __init__(self, x: float, y: float) -> None:
        self.x, self.y = x, y


class Edited(TraceScene):
    """Three sections, each a second long."""

    size = 1.0

    def construct(self) -> None:
        self.first()
        self.second()
        self.third()

    def first(self) -> None:
        self.next_section("first")
        disc = Circle(radius=self.size, color=style.POSITIVE)
        over, under = Square(fill_opacity=1, side_length=0.2), Square(fill_opacity=1, color=style.NEGATIVE)
        self.add(under.scale(0.05), over)
        self.play(Create(disc), run_time=1.0)
        self.remove(disc, over, under)

    def second(self) -> None:
        self.next_section("second")
        self.add_subcaption("It wobbles.", duration=1.0)
        square = Square(side_length=middle.length(), stroke_width=json.loads((DATA / "width.json").read_text()))
        point = Point(0.5, 0.25)
        square.shift([point.x, point.y, 0])
        self.play(Wobble(square), run_time=1.0)
        self.remove(square)

    def third(self) -> None:
        self.next_section("third")
        curve = VMobject(stroke_color=style.NEGATIVE)
        curve.set_points_as_corners(np.load(CURVE, mmap_mode="r"))
        self.add(Text("Madrid"))
        self.play(FadeIn(curve), run_time=1.0)
'''
WOBBLE = '''"""A custom animation."""

from manim import Animation


class Wobble(Animation):
    def interpolate_mobject(self, alpha: float) -> None:
        self.mobject.restore() if hasattr(self.mobject, "saved_state") else self.mobject.save_state()
        self.mobject.rotate(0.3 * alpha)
'''
MIDDLE = '''"""One import away."""

from scenes import far


def length() -> float:
    return 1.0 + far.extra()
'''
FAR = '''"""Two imports away."""


def extra() -> float:
    return 0.25
'''


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The project, and a store that already holds its first build."""
    folder = tiny.make(tmp_path_factory.mktemp("edits") / "project")
    for name, text in {"edited": SCENE, "middle": MIDDLE, "far": FAR, "parts/wobble": WOBBLE}.items():
        (folder / "scenes" / f"{name}.py").write_text(text)
    (folder / "scenes" / "tiny.py").unlink()
    (folder / "scenes" / "film.toml").write_text('title = "t"\n[[chapter]]\ntitle = "c"\nscenes = ["Edited"]\n')
    (folder / "data" / "width.json").write_text("4")
    save(folder, 1.0)
    return folder


def save(folder, height):
    np.save(folder / "data" / "curve.npy", np.array([[-2, 0, 0], [0, height, 0], [2, 0, 0.0]]))


def replace(name, old, new):
    def edit(folder):
        path = folder / "scenes" / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return edit


def all_old(folder):
    for path in folder.rglob("*.py"):
        os.utime(path, (0, 0))


EDITS = {  # what is done: (the edit, the sections that must be drawn again)
    "a comment": (replace("edited.py", "from __future__", "# a comment\nfrom __future__"), ""),
    "a docstring": (replace("edited.py", "Three sections, each", "Four score sections, each"), ""),
    "a comment in the engine": (lambda f: (f / "engine" / "trace.py").open("a").write("\n# a comment\n"), ""),
    "times set to 1970": (all_old, ""),
    "an unused module": (lambda f: (f / "scenes" / "parts" / "unused.py").write_text("X = 1\n"), ""),
    "a name, nothing else": (replace("edited.py", "disc", "ring"), ""),
    "a class attribute": (replace("edited.py", "size = 1.0", "size = 1.5"), "first"),
    "a scene's method": (replace("edited.py", "Create(disc)", "FadeIn(disc)"), "first"),
    "a style": (replace("style.py", 'POSITIVE: Final = "#58C4DD"', 'POSITIVE: Final = "#58C4CC"'), "first"),
    "a custom animation's body": (replace("parts/wobble.py", "0.3 * alpha", "0.6 * alpha"), "second"),
    "a function one import away": (replace("middle.py", "1.0 +", "1.5 +"), "second"),
    "a function two imports away": (replace("far.py", "0.25", "0.85"), "second"),
    "an object with slots": (replace("edited.py", "Point(0.5, 0.25)", "Point(0.5, 0.75)"), "second"),
    "a memory-mapped array": (lambda f: save(f, 2.0), "third"),
    "a data file": (lambda f: (f / "data" / "width.json").write_text("9"), "second"),
    "another data file, read by nobody": (lambda f: (f / "data" / "other.json").write_text("1"), ""),
    "the font": (replace("parts/outlines.py", 'Final = ("New Computer Modern", ', "Final = ("), "third"),
    "the order of drawing": (replace("edited.py", "(under.scale(0.05), over)", "(over, under.scale(0.05))"), "first"),
    "a width of a line": (replace("edited.py", "POSITIVE)", "POSITIVE, stroke_width=2)"), "first"),
    "a rate function": (replace("edited.py", "Create(disc), ", "Create(disc), rate_func=lambda t: t, "), "first"),
    "code of the engine that gives the same": (replace("../engine/trace.py", "_some(", "_few("), ""),
    "another animation's class": (replace("edited.py", "FadeIn(curve)", "Create(curve)"), "third"),
    "a caption": (replace("edited.py", "It wobbles.", "It wobbles a lot."), ""),
    "a pause": (replace("edited.py", "FadeIn(curve), run_time=1.0", "FadeIn(curve), run_time=1.4"), "third"),
    "the order of methods": (
        replace(
            "edited.py",
            "        self.first()\n        self.second()\n",
            "        self.second()\n        self.first()\n",
        ),
        "",
    ),
}  # fmt: skip


def render(folder, renders, monkeypatch):
    monkeypatch.setenv("GRADREEL_RENDERS", str(renders))
    order = Order(tuple(catalog.scenes(folder)), root=folder, jobs=1)
    (item,) = build(order, Progress(quiet=True))
    beside = [item.path.with_suffix(suffix).read_bytes() for suffix in (".srt", ".vtt")]
    return item, [hashlib.sha256(data).hexdigest() for data in (item.path.read_bytes(), *beside)]


@pytest.mark.parametrize("name", EDITS)
def test_an_edit(project, tmp_path_factory, tmp_path, monkeypatch, name):
    edit, sections = EDITS[name]
    kept = project.parent / "renders"
    first, before = render(project, kept, monkeypatch)
    sources = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    try:
        edit(project)
        item, after = render(project, kept, monkeypatch)
        _, clean = render(project, tmp_path / "clean", monkeypatch)
    finally:
        for path in project.rglob("*"):
            if path.is_file() and path not in sources and "__pycache__" not in path.parts:
                path.unlink()
        for path, data in sources.items():
            path.write_bytes(data)
    assert after == clean
    starts = dict(item.record.sections)
    assert list(starts) in (["first", "second", "third"], ["second", "first", "third"])
    assert item.drawn == (21 if name == "a pause" else 15 if sections else 0)
    if sections:
        changed = [c.first for c, old in zip(item.chunks, first.chunks, strict=True) if c.key != old.key]
        assert changed == [starts[sections]]
    assert (after == before) == (not sections and name not in ("a caption", "the order of methods"))
