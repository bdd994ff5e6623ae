"""Where the command `reel` begins: a Ctrl-C while it is still loading ends it without a word. Loads nothing itself."""

from __future__ import annotations

import gc
import os
import signal


def _leave(number: int, frame: object) -> None:
    os._exit(128 + number)


def main() -> None:
    """Run `reel`."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    gc.set_threshold(20_000)  # objects that wait to be looked through; Python's own 700 are a single frame's
    from studio.cli import main as run  # its imports are most of what a short command takes

    try:
        run()
    finally:
        gc.freeze()  # nobody looks through a whole film's objects for what could be thrown away before all are
