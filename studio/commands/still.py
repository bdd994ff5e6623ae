"""`reel still`: one frame of a scene, exactly as the film shows it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.errors import UserError
from studio.commands.options import open_file, quality, stand_in, standing_in
from studio.errand import Errand

if TYPE_CHECKING:
    from studio.jobs import SceneJob, ScoreRecord


@click.command()
@click.argument("name", metavar="SCENE")
@click.option("--at", type=float, help="The frame at this second.")
@click.option("--step", type=int, help="The first frame that shows this training step.")
@click.option("--section", help="The last frame of this section.")
@click.option("--last", is_flag=True, help="The last frame (the default).")
@quality("h")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Default: renders/stills/.")
@click.option("-p", "--preview", is_flag=True, help="Open it when done.")
@stand_in
def command(
    name: str, at: float | None, step: int | None, section: str | None, last: bool, quality: str,
    output: Path | None, preview: bool, trace: str | None,
) -> None:  # fmt: skip
    """Draw one frame as a PNG: pixel for pixel the frame of the film before encoding.

    \b
    Example:
      reel still ThreeCities --step 40 -o step40.png
    """
    if sum(value is not None for value in (at, step, section)) + last > 1:
        raise UserError("still: say one of --at, --step, --section and --last")
    with Errand(partial(_standing, name, quality, trace)) as errand:
        from studio import stills
        from studio.project import renders_folder, write_bytes

        job, needed = _meant(name, quality, trace)
        found = stills.still(job, stills.Moment(at, step, section), _record(job, needed, errand))
        path = output or renders_folder() / "stills" / f"{name}-{found.frame:05d}.png"
        write_bytes(path, stills.png(found.image, scene=name, frame=found.frame, step=found.step))
        click.echo(str(path))
    if preview:
        open_file(path)


def _meant(name: str, quality: str, trace: str | None) -> tuple[SceneJob, list[str]]:
    """The job on the scene, with the trace that stands in for its own, if any; and the traces that it needs."""
    from studio import stills
    from studio.catalog import find

    (info,) = find((name,))
    overrides, needed = standing_in(trace, (info,))
    return stills.scene_job(info, quality, overrides), needed


def _record(job: SceneJob, needed: list[str], errand: Errand) -> ScoreRecord | None:
    """The scene's score, if it is known by now; the traces that the scene needs are made first."""
    from studio import stills, worker
    from studio.jobs import ScoreRecord

    worker.load(job)  # Manim, while the other process finds out how the scene stands
    if errand.receive() == stills.STALE:
        _train(needed)
        return None
    told = errand.receive() if errand.is_back() else b""  # stepping is quicker than waiting for what would spare it
    return ScoreRecord.from_bytes(told) if told else None


def _standing(name: str, quality: str, trace: str | None) -> Iterator[bytes]:
    """How the scene stands: what the other process finds out."""
    from studio import stills

    return stills.standing(*_meant(name, quality, trace), thorough=trace is not None)


def _train(traces: list[str]) -> None:
    """Record the traces anew."""
    from studio.progress import Progress
    from studio.training import make_traces

    with Progress() as progress:
        make_traces(traces, progress)
