"""Checks scenes: one here, many on every core. What is looked at, and how, is in studio/check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from studio import worker
from studio.catalog import SceneInfo
from studio.check.findings import Report
from studio.crew import Crew
from studio.progress import Progress
from studio.snapshot import taken
from studio.stills import scene_job
from studio.training import make_traces

LETTER = "l"  # stepped at the lowest rate; sizes are judged as at 1080p whatever the letter


def check(infos: Sequence[SceneInfo], jobs: int, progress: Progress) -> list[Report]:
    """A report for each scene, in order. JobFailed when a scene cannot be stepped at all."""
    make_traces([name for info in infos for name in info.traces], progress)
    if len(infos) == 1:  # sooner done here than in a worker that must start first
        raw = [worker.check_scene(scene_job(infos[0], LETTER))]
    else:
        raw = _on_every_core(infos, jobs, progress)
    return [Report.from_dict(one) for one in raw]


def _on_every_core(infos: Sequence[SceneInfo], jobs: int, progress: Progress) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}

    def keep(name: str, report: dict[str, Any]) -> None:
        found[name] = report
        progress.finish(name)

    with taken() as snapshot, Crew(jobs, progress.report) as crew:
        for info in infos:
            progress.add(info.name, f"checking {info.name}", None)
            job = replace(scene_job(info, LETTER), root=str(snapshot.root))
            crew.submit((worker.check_scene, job), info.name, partial(keep, info.name))
        crew.drain()
    return [found[info.name] for info in infos]
