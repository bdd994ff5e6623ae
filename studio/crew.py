"""Workers on every core: hands out jobs, longest first, survives workers that die. Knows nothing of films.

Any executor with `submit` will do; the default one forks from a server that has Manim loaded.
"""

from __future__ import annotations

import heapq
import itertools
import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import Any

from studio import worker
from studio.jobs import JobFailed

ATTEMPTS = 3
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
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["studio.warm"])
        # A bare pipe: each message is one write of a few bytes, so workers need no lock to share it.
        self._ear, self._mouth = self._context.Pipe(duplex=False)
        self._report = report
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self._pool: Any = None  # a concurrent.futures executor
        self._waiting: list[_Task] = []
        self._running: dict[Future[Any], _Task] = {}
        self._numbers = itertools.count()

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self._end_pool(kill=kind is not None)
        self._mouth.send(None)
        self._listener.join(timeout=1)

    def submit(self, call: tuple[Any, ...], label: str, then: Callable[[Any], None], cost: float = 0.0) -> None:
        """Queue `call` = (function, *arguments); `then(result)` runs here, in this thread, and may submit more.

        `label` names the job in an error message; jobs of higher `cost` start sooner.
        """
        heapq.heappush(self._waiting, _Task(-cost, next(self._numbers), call, label, then))

    def drain(self) -> None:
        """Work until nothing is queued or running. JobFailed when a job fails, or dies three times."""
        while self._waiting or self._running:
            self._fill()
            done, _ = wait(self._running, return_when=FIRST_COMPLETED)
            for future in done:
                task = self._running.pop(future)
                try:
                    result = future.result()
                except BrokenProcessPool:
                    self._recover(task)
                    break
                task.then(result)

    def _fill(self) -> None:
        if self._pool is None:
            self._pool = self._open_pool()
        try:
            while self._waiting and len(self._running) < self._jobs:
                task = heapq.heappop(self._waiting)
                self._running[self._pool.submit(*task.call)] = task
        except BrokenProcessPool:
            self._recover(task)

    def _open_pool(self) -> Any:
        return ProcessPoolExecutor(
            self._jobs, mp_context=self._context, initializer=worker.start, initargs=(self._mouth,)
        )

    def _recover(self, broken: _Task) -> None:
        """A worker died: nobody can tell whose job killed it, so each job that was running has one attempt less."""
        for task in [broken, *self._running.values()]:
            task.attempt += 1
            if task.attempt > ATTEMPTS:
                raise JobFailed(f"{task.label}: its worker died {ATTEMPTS} times (killed, or out of memory)", 1)
            heapq.heappush(self._waiting, task)
        self._running.clear()
        self._end_pool(kill=True)

    def _end_pool(self, kill: bool) -> None:
        if self._pool is None:
            return
        if kill:
            for process in list((getattr(self._pool, "_processes", None) or {}).values()):
                process.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool = None
        self._running.clear()

    def _listen(self) -> None:
        while (item := self._ear.recv()) is not None:
            if self._report is not None:
                self._report(*item)
