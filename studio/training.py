"""Traces brought up to date, and taken into a build's snapshot as they are at that moment. Draws nothing.

A build reads only its own copies (links, where the disk allows): a trace that somebody else records anew meanwhile
changes nothing in it. A copy is read through once when it is taken, so damage means training again, not an error.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from engine import experiments
from engine.trace import Trace
from studio import tasks
from studio.crew import Crew
from studio.progress import Progress
from studio.project import traces_folder
from studio.snapshot import Snapshot, take_folder, taken


def refresh_traces(
    names: Sequence[str], snapshot: Snapshot, crew: Crew, progress: Progress, force: bool = False
) -> None:
    """Train every experiment in `names` whose trace is missing, stale or damaged; `snapshot.traces` has them all."""
    folder, copies = traces_folder(), snapshot.traces
    for name in dict.fromkeys(names):
        shown = experiments.trace_name(name)
        if not force and take_folder(folder / shown, copies / shown) and experiments.is_fresh(name, copies, True):
            continue
        progress.add(shown, f"training {shown}", None)
        call = (tasks.run_trace, str(snapshot.root), name, str(folder), force, str(copies))
        crew.submit(call, f"trace {shown}", partial(_finish, progress, shown))
    crew.drain()


def _finish(progress: Progress, name: str, _: object) -> None:
    progress.finish(name)


def make_traces(names: Sequence[str], progress: Progress) -> None:
    """Bring traces up to date without building anything; starts no worker when all are fresh."""
    if all(experiments.is_fresh(name, traces_folder()) for name in names):
        return
    with taken() as snapshot, Crew(1, progress.report) as crew:
        refresh_traces(names, snapshot, crew, progress)


def copy_of(source: Path, snapshot: Snapshot) -> Path:
    """The build's own copy of the trace in folder `source`; TraceError when it is missing or damaged."""
    copy = snapshot.traces / source.name
    if source.parent != traces_folder():
        copy = snapshot.root / "given" / hashlib.sha256(str(source).encode()).hexdigest()[:16]
    if not copy.is_dir():
        Trace.load(source).verify()  # the error names the user's own folder
        take_folder(source, copy)
    return copy
