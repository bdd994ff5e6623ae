"""`reel still`: one frame of a scene, exactly as the film shows it."""

from __future__ import annotations

from pathlib import Path

import click

from engine.errors import UserError
from studio.commands.options import open_file, quality, stand_in, standing_in


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
    from studio import remembered, stills
    from studio.catalog import find
    from studio.project import renders_folder, write_bytes

    if sum(value is not None for value in (at, step, section)) + last > 1:
        raise UserError("still: say one of --at, --step, --section and --last")
    (info,) = find((name,))
    overrides, needed = standing_in(trace, (info,))
    job = stills.scene_job(info, quality, overrides)
    if trace is not None or remembered.score_key(job) is None:
        _freshen(needed)
    found = stills.still(job, stills.Moment(at, step, section))
    path = output or renders_folder() / "stills" / f"{name}-{found.frame:05d}.png"
    write_bytes(path, stills.png(found.image, scene=name, frame=found.frame, step=found.step))
    click.echo(str(path))
    if preview:
        open_file(path)


def _freshen(traces: list[str]) -> None:
    """Train what is missing or stale."""
    from engine.experiments import is_fresh
    from studio.project import traces_folder

    if all(is_fresh(name, traces_folder()) for name in traces):
        return  # without what training needs having been imported
    from studio.progress import Progress
    from studio.training import make_traces

    with Progress() as progress:
        make_traces(traces, progress)
