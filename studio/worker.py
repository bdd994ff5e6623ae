"""What a worker process needs before it can do any of its `tasks`: a start, the right sources, Manim, a way to report.

Imports the project's scenes from the snapshot that the job names, never from the live tree, so that an edit during
a build changes nothing in it. This module itself imports nothing of the scenes.
"""

from __future__ import annotations

import functools
import gc
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from studio import scratch
from studio.jobs import JobFailed, SceneJob

P = ParamSpec("P")
R = TypeVar("R")
_KEPT = ("studio", "studio.worker", "studio.tasks", "studio.jobs", "studio.scratch")  # what this module itself runs on
_progress: Any = None  # the pipe's end that a pool's initializer leaves here


def start(progress: Any) -> None:
    """Initialise a worker of a pool: Ctrl-C is the parent's business, and an orphan ends itself."""
    global _progress
    _progress = progress
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_die_with, args=(parent.sentinel,), daemon=True).start()


def _die_with(sentinel: int) -> None:
    multiprocessing.connection.wait([sentinel])
    os._exit(1)


def use_snapshot(root: str) -> None:
    """Import engine, scenes and studio from `root` from now on; whatever was imported from elsewhere is dropped."""
    if sys.path[:1] == [root] or Path(root) == Path(__file__).resolve().parents[1]:
        return
    sys.path.insert(0, root)
    sys.dont_write_bytecode = True
    for name in list(sys.modules):
        if name.split(".")[0] in ("engine", "scenes", "studio") and name not in _KEPT:
            del sys.modules[name]
    for package in ("engine", "scenes", "studio"):
        module = sys.modules.get(package)
        if module is not None:
            module.__path__ = [str(Path(root) / package)]


def telling(function: Callable[P, R]) -> Callable[P, R]:
    """Whatever goes wrong in `function` leaves the process as a JobFailed of one line."""

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except JobFailed:
            raise
        except Exception as error:
            raise _explain(error) from None

    return wrapped


def _explain(error: Exception) -> JobFailed:
    """One line: what went wrong, and the last line of the project's own code on the way there."""
    details = traceback.format_exc()
    code = getattr(error, "exit_code", None)
    if isinstance(code, int):
        return JobFailed(str(error), code, details)
    if isinstance(error, OSError) and error.strerror:
        return JobFailed(f"{error.filename or 'disk'}: {error.strerror}", 1, details)
    where = ""
    for entry in traceback.extract_tb(error.__traceback__):
        for package in ("scenes", "engine"):
            if f"/{package}/" in entry.filename and "site-packages" not in entry.filename:
                where = f"{package}/{entry.filename.rsplit(f'/{package}/', 1)[1]}:{entry.lineno}: "
    first = (str(error).splitlines() or [""])[0]
    return JobFailed(f"{where}{type(error).__name__}: {first}", 1, details)


def prepare(job: SceneJob, place: str) -> Any:
    """Configure Manim and import the scene's class."""
    import importlib

    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    from studio import late  # noqa: F401

    use_snapshot(job.root)
    from studio import heap, stepper

    heap.keep()
    stepper.configure(job.quality, Path(place), job.transparent)
    stage = importlib.import_module("scenes.stage")
    scene_class = getattr(importlib.import_module(job.module), job.name)
    stage.TraceScene.traces = {name: Path(folder) for name, folder in job.traces}
    threadpool_limits(1)  # sums of many threads have other last bits, and every core has its own worker
    return stepper, scene_class


@telling
def load(job: SceneJob) -> None:
    """Prepare for tasks on this scene, so that they need not wait for Manim and the scene's module.

    To be called in a process that is there for nothing else.
    """
    gc.disable()  # else all that is loaded would be looked through once before it counts as settled
    try:
        with scratch.folder() as place:
            prepare(job, place)
        from studio import late

        late.settle()
    finally:
        gc.enable()


def report(name: str, what: str, count: int) -> None:
    """Tell the parent of `count` more frames or steps; `what` they were."""
    if _progress is not None:
        _progress.send((name, what, count))
