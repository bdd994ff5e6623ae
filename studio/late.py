"""Manim, imported in half the time: libraries that it imports and films hardly ever use wait until they are touched.

Graphs (networkx), highlighted code (bs4), rotations by SciPy, sound (pydub), Manim's own video writer (av) and the
network (urllib.request) are replaced by stand-ins while Manim is imported. A stand-in fetches the real thing when it
is called or asked about, so whoever calls them sees no difference. Manim also reads manim.cfg from the home and
working folders while it is imported, so both are empty folders meanwhile.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
import threading
import urllib
from typing import Any, Final

import tqdm

from studio import scratch

PUT_OFF: Final = ("networkx", "bs4", "scipy.spatial.transform", "pydub", "av", "urllib.request")
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
    stand_ins = {name: Late(name) for name in PUT_OFF if name not in sys.modules}
    modules: dict[str, Any] = sys.modules
    modules.update(stand_ins)
    if "urllib.request" in stand_ins:  # asked for as a part of its package, not by a name of the asker's own
        urllib.request = stand_ins["urllib.request"]  # type: ignore[attr-defined]
    collecting = gc.isenabled()
    gc.disable()  # of what is imported now hardly anything goes again: looking for that takes an eighth of the time
    try:
        import manim  # noqa: F401
    finally:
        if collecting:
            gc.enable()
        for name, stand_in in stand_ins.items():
            if modules.get(name) is stand_in:
                del modules[name]


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

# Manim's progress bars would make a lock for several processes, which a killed worker leaves behind for good.
tqdm.tqdm.set_lock(threading.RLock())
