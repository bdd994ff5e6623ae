"""What things on screen are called in a scene's own words, and which line of the scene made them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

from manim import Mobject, Scene

_DEEPEST: Final = 7  # attributes of attributes
_MARK: Final = "_made_at"
_SKIPPED: Final = ("stage.py", "atlas.py")  # helpers: the line that called them says more


def scene_files(scene_class: type[Scene]) -> frozenset[str]:
    """The source files of the scene's class and of the classes that it inherits from, the stage's left out."""
    modules = {sys.modules.get(cls.__module__) for cls in scene_class.__mro__ if cls is not Scene}
    files = {getattr(module, "__file__", None) or "" for module in modules}
    return frozenset(f for f in files if f and "site-packages" not in f and Path(f).name not in _SKIPPED)


@contextmanager
def lines_recorded(files: frozenset[str]) -> Iterator[None]:
    """While it lasts, every mobject remembers the innermost line in `files` that was running when it was made."""
    original = Mobject.__init__

    def mark(mobject: Mobject) -> None:
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and frame.f_code.co_filename not in files:
            frame = frame.f_back
        if frame is not None:
            mobject.__dict__[_MARK] = (frame.f_code.co_filename, frame.f_lineno)

    def init(self: Mobject, *args: Any, **kwargs: Any) -> None:
        mark(self)
        original(self, *args, **kwargs)

    def copied(self: Mobject) -> Mobject:  # what `copy.copy` would do; parts make many mobjects from one template
        twin: Mobject = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        mark(twin)
        return twin

    Mobject.__init__, Mobject.__copy__ = init, copied
    try:
        yield
    finally:
        Mobject.__init__ = original
        del Mobject.__copy__


class Names:
    """Names by way of the attributes that hold things: `network.weight_numbers[0, 1, 0]`."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._paths: dict[int, str] = {}
        self._kept: list[Mobject] = []  # so that no id is used twice
        self._parents: dict[int, Mobject] = {}

    def made_at(self, mobject: Mobject) -> str:
        """The line that made the mobject, or the nearest thing around it whose line is known."""
        self._know(mobject)
        here: Mobject | None = mobject
        while here is not None:
            mark = here.__dict__.get(_MARK)
            if mark is not None:
                return f"{_short(mark[0])}:{mark[1]}"
            here = self._parents.get(id(here))
        return ""

    def name(self, mobject: Mobject) -> str:
        """What the scene calls it, and what it says if it says something."""
        self._know(mobject)
        path = self._paths.get(id(mobject)) or self._from_parent(mobject)
        return f"{path}{_says(mobject)}"

    def path(self, mobject: Mobject) -> str:
        """What the scene calls it, without what it says."""
        self._know(mobject)
        return self._paths.get(id(mobject)) or self._from_parent(mobject)

    def _from_parent(self, mobject: Mobject) -> str:
        parent = self._parents.get(id(mobject))
        if parent is None:
            return type(mobject).__name__
        place = next((i for i, child in enumerate(parent.submobjects) if child is mobject), -1)
        return f"{self.path(parent)}[{place}]"

    def _know(self, mobject: Mobject) -> None:
        if id(mobject) not in self._parents and id(mobject) not in self._paths:
            self._look_around()
            self._paths.setdefault(id(mobject), type(mobject).__name__)
            self._kept.append(mobject)

    def _look_around(self) -> None:
        """Walk the scene's attributes, and those of the parts found there, breadth first: short names win."""
        self._paths.clear()
        self._parents.clear()
        self._kept = [*self._scene.mobjects, *self._scene.foreground_mobjects]
        for root in list(self._kept):
            for member in root.get_family():
                for child in member.submobjects:
                    self._parents.setdefault(id(child), member)
        waiting = [(name, value) for name, value in vars(self._scene).items() if _public(name)]
        for _ in range(_DEEPEST):
            later: list[tuple[str, Any]] = []
            for path, value in waiting:
                if isinstance(value, Mobject):
                    if id(value) in self._paths:
                        continue
                    self._paths[id(value)] = path
                    self._kept.append(value)
                later += _held(path, value)
            waiting = later


_MANIMS: Final = ("submobjects", "mobjects", "foreground_mobjects", "moving_mobjects", "static_mobjects", "animations")
_INSIDE: Final = frozenset((*_MANIMS, "waivers", "target", "saved_state", "renderer", "camera", "manager"))


def _held(path: str, value: Any) -> list[tuple[str, Any]]:
    """What an attribute's value holds in turn, each with its name."""
    if isinstance(value, Mobject):
        return [(f"{path}.{name}", v) for name, v in vars(value).items() if _public(name)]
    if isinstance(value, dict):
        return [(f"{path}[{_key(key)}]", v) for key, v in value.items() if _may_hold(v)]
    if isinstance(value, list | tuple) and len(value) < 5000:
        return [(f"{path}[{number}]", v) for number, v in enumerate(value) if _may_hold(v)]
    return []


def _public(name: str) -> bool:
    return not name.startswith("_") and name not in _INSIDE


def _may_hold(value: Any) -> bool:
    return isinstance(value, Mobject | list | tuple | dict)


def _key(key: Any) -> str:
    return ", ".join(map(str, key)) if isinstance(key, tuple) else repr(key)


def _says(mobject: Mobject) -> str:
    for attribute in ("shown_text", "string", "source"):
        said = getattr(mobject, attribute, None)
        if isinstance(said, str):
            return f" “{said if len(said) <= 40 else said[:38] + '…'}”"
    return ""


def _short(file: str) -> str:
    path = Path(file)
    return f"{path.parent.name}/{path.name}" if path.parent.name in ("scenes", "tests") else path.name
