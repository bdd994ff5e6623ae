"""The server from which processes are forked with everything loaded. Ctrl-C is not its business. Draws nothing."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import tempfile
from functools import lru_cache
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import ForkServerContext
from typing import Any, Final

from studio import scratch
from studio.project import environment

PRELOADED: Final = ["studio.warm"]


def context() -> ForkServerContext:
    """Where processes are started from; the server itself is started by `start`."""
    return multiprocessing.get_context("forkserver")


def start() -> None:
    """Start the server, which loads what is `PRELOADED`.

    It is deaf to Ctrl-C from its first moment: the terminal sends that to every process of a command. Python's own
    server takes precautions only after its imports, which take seconds, and would die with a traceback. A blocked
    signal stays blocked across exec and fork. The tracker that the server starts beside itself unblocks it again, so
    that one comes first.
    """
    context().set_forkserver_preload(PRELOADED)
    _sockets()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    sys.warnoptions.append("ignore")
    try:
        # It must outlive a closed terminal, to tidy up after all others, and does so silently: who stops a build that
        # takes long to end (cli.GRACE) need not hear of semaphores that were left to it.
        resource_tracker.ensure_running()
    finally:
        sys.warnoptions.remove("ignore")
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        # What is forked agrees on the order of sets and on the last bits of sums.
        with environment(PYTHONHASHSEED="0", OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1"):
            forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end() -> None:
    """End the server at once: while it still loads Manim it would not notice that its parent ends."""
    pid = getattr(getattr(forkserver, "_forkserver", None), "_forkserver_pid", None)
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@lru_cache(maxsize=1)
def _sockets() -> tempfile.TemporaryDirectory[str]:
    """Where this process keeps its sockets. multiprocessing's own folder for them would outlive a kill for good."""
    folder = scratch.folder()
    config: dict[str, Any] = getattr(multiprocessing.current_process(), "_config", {})
    if len(folder.name) < 70:  # the name of a socket may not be longer than about 100 bytes
        config.setdefault("tempdir", folder.name)
    return folder
