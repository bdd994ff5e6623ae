"""For tests of the check: look at one scene and give its report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.trace import Trace
from scenes.stage import TraceScene
from studio import scratch as scratch_files
from studio import stepper
from studio.check.findings import Report
from studio.check.inspector import inspect
from studio.quality import QUALITIES


def report_of(scene_class: type[TraceScene], folders: dict[str, Path] | None = None, **attributes: Any) -> Report:
    """The check's report on a scene; `folders` says where its traces lie."""
    folders = folders or {}
    before = TraceScene.traces
    TraceScene.traces = {**before, **folders}
    try:
        with scratch_files.folder() as scratch:
            stepper.configure(QUALITIES["l"], Path(scratch))
            traces = [Trace.load(folder) for folder in folders.values()]
            return inspect(scene_class, {trace.name: trace for trace in traces})
    finally:
        TraceScene.traces = before


def kinds(report: Report) -> set[str]:
    """Kinds of all findings."""
    return {finding.kind for finding in report.findings}
