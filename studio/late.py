"""Manim, imported in half the time: libraries that it imports and films hardly ever use wait until they are touched.

Graphs (networkx), implicit curves (isosurfaces), highlighted code (bs4, pygments), plugins, sound (pydub), subtitles
(srt), Pango's text, Manim's own video writer (av), watched files (watchdog) and the network (urllib.request) are
replaced by stand-ins while Manim is imported. A stand-in fetches the real thing when it is called or asked about, so
whoever calls them sees no difference. What Manim wants of SciPy and of importlib.metadata is worked out by
`studio.turn` and `studio.dists`. Manim also reads manim.cfg from the home and working folders while it is imported, so
both are empty folders meanwhile.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
import threading
import urllib  # noqa: F401 (a part of it is put off)
from typing import Any, Final

from studio import dists, scratch, turn

PUT_OFF: Final = (
    "networkx", "bs4", "pydub", "av", "urllib.request", "manim.plugins", "srt", "manimpango",
    "isosurfaces", "watchdog.observers", "pygments.formatters.html", "pygments.lexers", "pygments.styles",
)  # fmt: skip
_PARTS: Final = {"urllib.request", "importlib.metadata"}  # asked for as parts of their packages
_WORKED_OUT: Final = {"scipy.spatial.transform": turn, "importlib.metadata": dists}
_YOUNG: Final = 20_000  # objects that wait for the garbage collector to look at them; Python's own 700 are a frame's


class Late:
    """Stands in for a module, or for something in it, until that is called or asked what belongs to it."""

    def __init__(self, module: str, trail: tuple[str, ...] = ()) -> None:
        self._module, self._trail = module, trail

    def _real(self) -> Any:
        if isinstance(sys.modules.get(self._module), Late):
            del sys.modules[self._module]
        found: Any = importlib.import_module(self._module)
        for name in self._trail:
            found = getattr(found, name)
        return found

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Late(self._module, (*self._trail, name))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Whatever calling the real thing gives."""
        return self._real()(*args, **kwargs)

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, self._real())

    def __repr__(self) -> str:
        return f"<{'.'.join((self._module, *self._trail))}, not loaded yet>"


def _import_manim() -> None:
    stand_ins: dict[str, Any] = {**{name: Late(name) for name in PUT_OFF}, **_WORKED_OUT}
    stand_ins = {name: stand_in for name, stand_in in stand_ins.items() if name not in sys.modules}
    modules: dict[str, Any] = sys.modules
    modules.update(stand_ins)
    for name in _PARTS & stand_ins.keys():
        package, _, part = name.rpartition(".")
        setattr(modules[package], part, stand_ins[name])
    collecting = gc.isenabled()
    gc.disable()  # of what is imported now hardly anything goes again: looking for that takes an eighth of the time
    try:
        import manim

        for name in ("get_plugins", "list_plugins"):  # what its plugins' module gives to Manim's own namespace
            setattr(manim, name, getattr(Late("manim.plugins"), name))
    finally:
        if collecting:
            gc.enable()
        for name, stand_in in stand_ins.items():
            if modules.get(name) is stand_in:
                del modules[name]
        if vars(importlib).get("metadata") is dists:  # whoever asks for it from now on gets the real one
            del vars(importlib)["metadata"]


def _without_settings() -> None:
    with scratch.folder() as empty:
        home, folder = os.environ.get("HOME"), os.getcwd()  # noqa: PTH109 (chdir needs no Path)
        os.environ["HOME"] = empty
        os.chdir(empty)
        try:
            _import_manim()
        finally:
            os.chdir(folder)
            if home is None:
                del os.environ["HOME"]
            else:
                os.environ["HOME"] = home


def settle() -> None:
    """Take all that is loaded by now as here to stay: the garbage collector looks neither through it nor so often.

    For a process that is wholly ours, such as a worker's; not for somebody's notebook.
    """
    gc.freeze()
    gc.set_threshold(_YOUNG)


if "manim" not in sys.modules:
    _without_settings()

import tqdm  # noqa: E402 (imported with Manim, by when its version costs nothing)

# Manim's progress bars would make a lock for several processes, which a killed worker leaves behind for good.
tqdm.tqdm.set_lock(threading.RLock())
