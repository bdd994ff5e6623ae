"""`reel sheet`: a contact sheet of a scene, or one page for the whole film."""

from __future__ import annotations

from pathlib import Path

import click

from engine.errors import UserError
from studio.commands.options import open_file, quality, stand_in, standing_in


@click.command()
@click.argument("names", nargs=-1, metavar="[SCENE...]")
@click.option("--all", "all_", is_flag=True, help="The whole film on one page.")
@click.option(
    "-n", "--number", type=click.IntRange(1, 400), default=12, show_default=True, help="Frames of each scene."
)
@quality("m")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Default: renders/sheets/.")
@click.option("-p", "--preview", is_flag=True, help="Open it when done.")
@stand_in
def command(
    names: tuple[str, ...], all_: bool, number: int, quality: str, output: Path | None, preview: bool,
    trace: str | None,
) -> None:  # fmt: skip
    """Draw a page of frames, each with its time, section, training step and caption.

    \b
    Example:
      reel sheet ThreeCities -n 16 -o sheet.png
      reel sheet --all
    """
    from studio import sheet, stills
    from studio.catalog import find, scenes
    from studio.progress import Progress
    from studio.project import renders_folder, write_bytes
    from studio.training import make_traces

    if bool(names) == all_:
        raise UserError("sheet: name scenes, or say --all")
    if all_ and trace is not None:
        raise UserError("--trace: name the scenes that are to be drawn from it; no run fits the whole film")
    infos = [info for info in scenes() if info.chapter] if all_ else find(names)
    overrides, needed = standing_in(trace, infos)
    with Progress() as progress:
        make_traces(needed, progress)
    cells = []
    for info in infos:
        job = stills.scene_job(info, quality, overrides)
        record = stills.score(job)
        frames = sheet.spread(record, number)
        drawn = stills.pictures(job, frames)
        for frame in frames:
            when, step, caption = sheet.describe(record, frame, job.quality.rate)
            head = f"{info.name} {when}" if len(infos) > 1 else when
            cells.append(sheet.Cell(drawn[frame], (head, step, caption)))
    name = "film" if all_ else "-".join(info.name for info in infos)
    path = output or renders_folder() / "sheets" / f"{name}.png"
    write_bytes(path, stills.png(sheet.lay_out(cells)))
    click.echo(str(path))
    if preview:
        open_file(path)
