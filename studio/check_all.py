"""Checks scenes: one here, many on every core. What is looked at, and how, is in studio/check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from studio import tasks
from studio.catalog import SceneInfo
from studio.check.findings import Report
from studio.crew import Crew
from studio.jobs import SceneJob
from studio.progress import Progress
from studio.snapshot import taken
from studio.stills import scene_job

LETTER = "l"  # stepped at the lowest rate; sizes are judged as at 1080p whatever the letter


def check(
    infos: Sequence[SceneInfo], jobs: int, progress: Progress, overrides: dict[str, str] | None = None
) -> list[Report]:
    """A report for each scene, in order. JobFailed when a scene cannot be stepped at all.

    The traces are there; `overrides` has the folders of those that stand in for a scene's own, by its name.
    """
    made = [scene_job(info, LETTER, overrides) for info in infos]
    # One alone is sooner done here than in a worker that must start first.
    raw = [tasks.check_scene(made[0])] if len(made) == 1 else _on_every_core(made, jobs, progress)
    return [Report.from_dict(one) for one in raw]


def _on_every_core(made: Sequence[SceneJob], jobs: int, progress: Progress) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}

    def keep(name: str, report: dict[str, Any]) -> None:
        found[name] = report
        progress.finish(name)

    with taken() as snapshot, Crew(jobs, progress.report) as crew:
        for job in made:
            progress.add(job.name, f"checking {job.name}", None)
            task = (tasks.check_scene, replace(job, root=str(snapshot.root)))
            crew.submit(task, job.name, partial(keep, job.name))
        crew.drain()
    return [found[job.name] for job in made]
