"""`reel render`: scenes to video."""

from __future__ import annotations

from pathlib import Path

import click

from engine.errors import UserError
from studio.commands.options import open_file, quality, resolve_trace, stand_in, workers


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="SCENE...")
@quality()
@click.option("-p", "--preview", is_flag=True, help="Open the video when done.")
@click.option("-t", "--transparent", is_flag=True, help="Transparent background (mov or webm).")
@click.option("--format", "format_", type=click.Choice(["mp4", "webm", "mov", "gif"]), help="mp4, or mov with -t.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Where the video goes.")
@click.option("--force", is_flag=True, help="Draw every frame again, whatever the store holds.")
@stand_in
@workers
def command(
    names: tuple[str, ...], quality: str, preview: bool, transparent: bool, format_: str | None, output: Path | None,
    force: bool, trace: str | None, jobs: int,
) -> None:  # fmt: skip
    """Render scenes. A trace that is missing or stale is trained first; only frames that changed are drawn.

    \b
    Example:
      reel render ThreeCities -qh -p
      reel render ThreeCities --trace mycities.toml
    """
    from studio.build import Order, build
    from studio.catalog import find
    from studio.progress import Progress

    format_ = format_ or ("mov" if transparent else "mp4")
    infos = find(names)
    if output is not None and len(infos) > 1:
        raise UserError("-o: takes one scene at a time; leave it out to render several")
    if output is not None and output.suffix != f".{format_}":
        raise UserError(f"-o: {output.name}: must end in .{format_}, as the format does")
    if transparent and format_ not in ("mov", "webm"):
        raise UserError(f"--format: {format_} cannot be transparent; use mov or webm")
    overrides, extra = [], []
    if trace is not None:
        folder, experiment = resolve_trace(trace)
        overrides = [(info.trace, folder) for info in infos if info.trace]
        extra = [experiment] if experiment else []
    out = output.absolute() if output is not None else None
    order = Order(tuple(infos), quality, format_, transparent, jobs, tuple(overrides), tuple(extra), force, out)
    with Progress() as progress:
        built = build(order, progress)
    for item in built:
        click.echo(f"{item.info.name}: {item.drawn} of {item.frames} frames drawn: {item.path}")
    if preview:
        for item in built:
            assert item.path is not None
            open_file(item.path)
