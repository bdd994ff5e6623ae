"""Questions answered by a fork of this process, on another core, while this one goes on. Knows no question."""

from __future__ import annotations

import os
import select
import signal
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final, NoReturn

_LENGTH: Final = struct.Struct("!Q")
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Errand:
    """Sends a copy of this process to find `answers`; use as a context manager, and `receive` them one by one.

    Where a process cannot be forked, or one with threads should not be (they might hold locks for ever), an answer is
    found here when it is asked for; and so are those that the copy failed to find, so that whoever asks sees why.
    """

    def __init__(self, answers: Callable[[], Iterator[bytes]]) -> None:
        self._answers = answers
        self._process = 0
        self._pipe = -1
        self._received = 0
        self._here: Iterator[bytes] | None = None

    def __enter__(self) -> Errand:
        threads = threading.active_count() > 1 or "numpy" in sys.modules  # with it come those of its BLAS
        if hasattr(os, "fork") and not threads:
            self._pipe, writing = os.pipe()
            before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)  # until the copy knows what they mean to it
            try:
                self._process = os.fork()
                if not self._process:
                    self._be_gone(writing, before)
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
            os.close(writing)
        return self

    def __exit__(self, *error: object) -> None:
        if self._process:
            os.close(self._pipe)
            os.kill(self._process, signal.SIGTERM)  # what it has still to say is not waited for
            os.waitpid(self._process, 0)
            self._process = 0

    def is_back(self) -> bool:
        """Whether the next answer is there; if not, it may be quicker to do without."""
        return not self._process or bool(select.select([self._pipe], [], [], 0)[0])

    def receive(self) -> bytes:
        """The next answer."""
        found = self._read() if self._process and self._here is None else None
        if found is None:
            if self._here is None:
                self._here = self._answers()
                for _ in range(self._received):
                    next(self._here)
            found = next(self._here)
        self._received += 1
        return found

    def _read(self) -> bytes | None:
        """The next answer of the other process; None when it has failed."""
        head = _read_all(self._pipe, _LENGTH.size)
        return _read_all(self._pipe, _LENGTH.unpack(head)[0]) if head else None

    def _be_gone(self, writing: int, mask: set[Any]) -> NoReturn:
        """In the fork: answer, say nothing else, and end without anything that this process would do at its end."""
        try:
            os.close(self._pipe)  # its sender's end
            for number in (signal.SIGINT, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)  # the process that sent it ends it
            signal.signal(signal.SIGTERM, _give_up)
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            os.nice(10)  # whoever asked comes first, with all its threads
            for answer in self._answers():
                with os.fdopen(os.dup(writing), "wb") as pipe:
                    pipe.write(_LENGTH.pack(len(answer)) + answer)
        finally:
            os._exit(0)


def _give_up(number: int, frame: object) -> NoReturn:
    raise SystemExit  # whatever is being written is taken back on the way out


def _read_all(pipe: int, count: int) -> bytes | None:
    found = b""
    while len(found) < count:
        more = os.read(pipe, count - len(found))
        if not more:
            return None
        found += more
    return found
