"""Workers on every core: hands out jobs, longest first, survives workers that die or hang. Knows nothing of films.

Any executor with `submit` will do; the default one forks from a server that has Manim loaded.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import Any, Final

from studio import forks, scratch, worker
from studio.jobs import JobFailed

ATTEMPTS = 3
PATIENCE: Final = 300.0  # seconds without a word from any worker until those at work count as hanging
DYING: Final = 2.0  # seconds that a killed worker may take to be gone
_BROKEN: Final = (BrokenProcessPool, EOFError, ConnectionError)  # a worker is gone, or the server they fork from
Report = Callable[[str, str, int], None]


@dataclass(order=True, slots=True)
class _Task:
    rank: float  # most costly first
    number: int
    call: tuple[Any, ...] = field(compare=False)
    label: str = field(compare=False)
    then: Callable[[Any], None] = field(compare=False)
    attempt: int = field(default=1, compare=False)


class Crew:
    """A pool of `jobs` worker processes. Use as a context manager: leaving it ends every worker."""

    def __init__(self, jobs: int, report: Report | None = None) -> None:
        self._jobs = max(1, jobs)
        self._context = forks.context()
        # A bare pipe: each message is one write of a few bytes, so workers need no lock to share it.
        self._ear, self._mouth = self._context.Pipe(duplex=False)
        self._report = report
        self._patience = patience()
        self._heard = time.monotonic()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self._pool: Any = None  # a concurrent.futures executor
        self._waiting: list[_Task] = []
        self._suspects: list[_Task] = []  # were running when a worker died: each is tried again alone
        self._running: dict[Future[Any], _Task] = {}
        self._numbers = itertools.count()

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is not None and not issubclass(kind, Exception):  # the program ends, and all that is its own with it
            forks.end()
        self._end_pool()
        self._mouth.send(None)
        self._listener.join(timeout=1)

    def submit(self, call: tuple[Any, ...], label: str, then: Callable[[Any], None], cost: float = 0.0) -> None:
        """Queue `call` = (function, *arguments); `then(result)` runs here, in this thread, and may submit more.

        `label` names the job in an error message; jobs of higher `cost` start sooner.
        """
        heapq.heappush(self._waiting, _Task(-cost, next(self._numbers), call, label, then))

    def drain(self) -> None:
        """Work until nothing is queued or running. JobFailed when a job fails, or dies or hangs three times."""
        self._heard = time.monotonic()
        while self._waiting or self._suspects or self._running:
            self._fill()
            done, _ = wait(self._running, timeout=1.0, return_when=FIRST_COMPLETED)
            if not done and self._running and time.monotonic() - self._heard > self._patience:
                self._recover(why=f"said nothing for {self._patience:.0f} s")
            for future in done:
                self._heard = time.monotonic()
                task = self._running[future]
                try:
                    result = future.result()
                except _BROKEN:
                    self._recover()
                    break
                except Exception as error:
                    raise self._told(error, task.label) from None
                del self._running[future]
                task.then(result)

    def _fill(self) -> None:
        """Hand out as much as there are hands; whoever is under suspicion works alone."""
        while len(self._running) < self._jobs and (self._suspects or self._waiting):
            if self._suspects and self._running:
                return
            task = self._suspects.pop() if self._suspects else heapq.heappop(self._waiting)
            try:
                if self._pool is None:
                    self._pool = self._open_pool()
                future = self._pool.submit(*task.call)
            except _BROKEN:
                self._recover(task)
                continue
            self._running[future] = task
            if task.attempt > 1:
                return

    def _told(self, error: Exception, label: str) -> Exception:
        """The error of a job, as this crew's caller shall see it."""
        return error

    def _open_pool(self) -> Any:
        forks.start()
        return ProcessPoolExecutor(
            self._jobs, mp_context=self._context, initializer=worker.start, initargs=(self._mouth,)
        )

    def _recover(self, *others: _Task, why: str = "died (killed, or out of memory)") -> None:
        """A worker died or hangs, and nobody can tell whose job did it: each that was running is tried again alone."""
        for task in (*self._running.values(), *others):
            task.attempt += 1
            if task.attempt > ATTEMPTS:
                raise JobFailed(f"{task.label}: tried {ATTEMPTS} times, and its worker {why}", 1)
            self._suspects.append(task)
        self._end_pool()
        self._heard = time.monotonic()

    def _end_pool(self) -> None:
        """End every worker at once: nothing they could still be doing is wanted."""
        if self._pool is None:
            return
        processes = list((getattr(self._pool, "_processes", None) or {}).values())
        for process in processes:
            process.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)
        deadline = time.monotonic() + DYING  # nobody tells of their end when the server they were forked from is gone
        while any(not scratch.is_dead(p.pid) for p in processes) and time.monotonic() < deadline:
            time.sleep(0.005)
        self._pool = None
        self._running.clear()

    def _listen(self) -> None:
        while (item := self._ear.recv()) is not None:
            self._heard = time.monotonic()
            if self._report is not None:
                with contextlib.suppress(Exception):  # a display that fails must not stop the workers' mouths
                    self._report(*item)


def patience() -> float:
    """Seconds of silence after which workers count as hanging; GRADREEL_PATIENCE sets another number."""
    try:
        return float(os.environ["GRADREEL_PATIENCE"])
    except (KeyError, ValueError):
        return PATIENCE
