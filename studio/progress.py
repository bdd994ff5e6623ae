"""What the user sees while it works: a line for each job with frames a second and the time left."""

from __future__ import annotations

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.text import Text


class _Speed(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.0f}/s" if task.speed else "", style="dim")


class Progress:
    """Bars on a terminal, one plain line per finished job elsewhere; on standard error, so that output stays clean."""

    def __init__(self, quiet: bool = False) -> None:
        self._console = Console(stderr=True, quiet=quiet)
        self._bars = Bars(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Speed(), TimeRemainingColumn(),
            console=self._console, disable=quiet or not sys.stderr.isatty(), transient=True,
        )  # fmt: skip
        self._tasks: dict[str, TaskID] = {}
        self._plain = not quiet and not sys.stderr.isatty()

    def __enter__(self) -> Progress:
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._bars.stop()

    def add(self, name: str, text: str, total: int | None) -> None:
        """Start the line of job `name`; `total` is None while nobody knows."""
        if name in self._tasks:
            self._bars.remove_task(self._tasks[name])
        self._tasks[name] = self._bars.add_task(text, total=total)
        if self._plain:
            self._console.print(text + (f": {total} frames" if total else ""), highlight=False)

    def report(self, name: str, what: str, count: int) -> None:
        """`count` more of `what` are done; a scene that is stepped while it is drawn is as far as its drawing is."""
        if name in self._tasks:
            if what == "stepped" and self._bars.tasks[self._bars.task_ids.index(self._tasks[name])].total is not None:
                return
            if what.startswith("of "):
                self._bars.update(self._tasks[name], total=float(what.split()[1]))
            self._bars.update(self._tasks[name], advance=count)

    def finish(self, name: str) -> None:
        """The job is done: its line goes."""
        if name in self._tasks:
            self._bars.remove_task(self._tasks.pop(name))
