"""The warm process: Manim, the libraries and the author's modules loaded; forks a child for each thing to be done.

A child drops every module that an edit has reached and imports it afresh, so what it shows is the code as it now
stands. The warm process itself runs the scene once, for no other reason than to fill the caches of pure functions
(outlines of words, decoded borders); nothing of that run is kept or shown.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
from pathlib import Path
from typing import Any

from studio.preview import household, typesetter
from studio.preview.wire import Line, Message, WireError

KEPT = ("studio", "studio.worker", "studio.jobs", "studio.warm")  # as in studio.worker: these make the processes


def main(path: str, ident: str, root: str, stacks: str) -> None:
    """Serve the preview listening at `path`: load what lies below `root`, then fork as told."""
    household.settle()
    from studio import warm  # noqa: F401

    try:
        line = Line(path, {"ident": ident})
    except OSError:  # the preview has ended while this process was being started
        os._exit(1)
    typesetter.use_remote(str(Path(path).with_name("typeset.sock")))
    _import_from(root)
    household.tell_stack_to(f"{stacks}/{ident}")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children: the system buries them
    try:
        while True:
            message, _ = line.receive()
            if message["do"] == "warm":
                line.send({"kind": "warmed", "modules": _warm(message)})
            elif message["do"] == "fork" and os.fork() == 0:
                line.close()
                _be_child(path, message, stacks)
    except WireError:
        os._exit(0)


def _import_from(root: str) -> None:
    """Import the project's modules from `root`, never from the live tree."""
    sys.path.insert(0, root)
    sys.dont_write_bytecode = True
    for name in project_modules():
        if name not in KEPT and not name.startswith("studio.preview"):
            del sys.modules[name]
    for package in ("engine", "scenes", "studio"):
        module = sys.modules.get(package)
        if module is not None:
            module.__path__ = [str(Path(root) / package)]


def project_modules() -> list[str]:
    """Names of the loaded modules that belong to the project."""
    return [name for name in sys.modules if name.split(".")[0] in ("engine", "scenes", "studio")]


def drop(names: list[str] | None) -> None:
    """Forget the modules `names`, or every module of the project when None, so that they are imported afresh."""
    for name in project_modules() if names is None else names:
        if name not in KEPT and not name.startswith("studio.preview"):
            sys.modules.pop(name, None)
            package, _, last = name.rpartition(".")
            if package in sys.modules and hasattr(sys.modules[package], last):
                delattr(sys.modules[package], last)


def _warm(message: Message) -> list[str]:
    """Import what the scene needs and leap through it once. The author's mistakes are not this process's business."""
    from studio.preview import tasks

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with household.watching_parent():
        _leap(tasks, message)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.collect()
    gc.freeze()  # so that the forks' garbage collector leaves these pages alone, and shared
    return [name for name in project_modules() if name not in KEPT]


def _leap(tasks: Any, message: Message) -> None:
    with contextlib.suppress(Exception, SystemExit):
        tasks.leap_through(message["job"])


def _be_child(path: str, message: Message, stacks: str) -> None:
    """In the fork: do the one task that `message` names, and end."""
    code = 0
    try:
        household.die_with_parent()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        household.tell_stack_to(f"{stacks}/{message['ident']}")
        line = Line(path, {"ident": message["ident"]})
        drop(message["drop"])
        _perform({**message, "socket": path, "stacks": stacks}, line)
    except WireError:
        code = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _perform(message: Message, line: Line) -> None:
    from studio.preview import proving, scouting, tasks
    from studio.preview.mistakes import described

    by_name = {
        "look": tasks.look, "prove": proving.prove, "survey": scouting.survey, "scout": scouting.scout,
        "judge": tasks.judge, "train": tasks.train,
    }  # fmt: skip
    try:
        by_name[message["task"]](message, line)
        done: dict[str, Any] = {"kind": "done"}
    except WireError:
        raise
    except BaseException as error:
        done = {"kind": "mistake", "mistake": described(error, Path(message["job"]["root"]))}
    line.send(done)
