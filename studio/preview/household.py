"""What every child process of the preview does first: it dies with its parent, and can say where it hangs."""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from multiprocessing import connection
from types import FrameType
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def settle(orphans: bool = True) -> None:
    """Signals as a worker needs them; an orphan is ended by the system, or where that is impossible by a thread."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    if orphans and not die_with_parent():
        parent = multiprocessing.parent_process()
        if parent is not None:
            threading.Thread(target=_die_with, args=(parent.sentinel,), daemon=True).start()


def step_back() -> None:
    """Leave the cores to whoever looks at a frame, to the server and to the page, as long as they want them."""
    os.nice(5)


def die_with_parent() -> bool:
    """Ask Linux to kill this process when the one that forked it dies; False where there is no such thing."""
    if sys.platform != "linux":
        return False
    before = os.getppid()
    done = ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) == 0
    if os.getppid() != before:  # it died while we asked
        os._exit(1)
    return done


def _die_with(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


@contextlib.contextmanager
def watching_parent() -> Iterator[None]:
    """While it lasts, look every second whether the preview still lives, and end with it: without a thread."""
    parent = multiprocessing.parent_process()

    def look(number: int, frame: FrameType | None) -> None:
        if parent is not None and connection.wait([parent.sentinel], 0):
            os._exit(1)

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, 1.0, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)


def tell_stack_to(path: str) -> None:
    """On SIGUSR1 write the stack of the main thread to `path`, even when the interpreter is stuck in C code."""
    faulthandler.register(signal.SIGUSR1, file=open(path, "w"), all_threads=False)  # noqa: SIM115, PTH123
