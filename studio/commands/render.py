"""`reel render`: scenes to video."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from engine.errors import UserError
from studio import stamp
from studio.catalog import find
from studio.commands.options import on_cluster, open_file, quality, resolve_trace, stand_in, workers
from studio.order import Order


class Plays(click.ParamType):
    """Manim's -n: "3" is from play 3 on, "3,5" plays 3 to 5."""

    name = "from,to"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """As (from, to), to included; -1 stands for the last play."""
        first, comma, last = str(value).partition(",")
        try:
            found = int(first), int(last) if comma else -1
        except ValueError:
            found = -1, -1
        if found[0] < 0 or -1 < found[1] < found[0]:
            self.fail(f"{value}: not two rising numbers with a comma between them, such as 2,5", param, ctx)
        return found


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="SCENE...")
@quality()
@click.option("-p", "--preview", is_flag=True, help="Open the video when done.")
@click.option("-t", "--transparent", is_flag=True, help="Transparent background (mov or webm).")
@click.option("--format", "format_", type=click.Choice(["mp4", "webm", "mov", "gif"]), help="mp4, or mov with -t.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Where the video goes.")
@click.option("--force", is_flag=True, help="Draw every frame again, whatever the store holds.")
@stand_in
@click.option("-n", "plays", type=Plays(), metavar="FROM,TO", help="Only these plays, counted from 0, as in Manim.")
@on_cluster
@click.option("--dry-run", is_flag=True, help="Say what would be done and about how long it takes; do nothing.")
@workers
def command(
    names: tuple[str, ...], quality: str, preview: bool, transparent: bool, format_: str | None, output: Path | None,
    force: bool, trace: str | None, plays: tuple[int, int] | None, cluster: str | None, insecure_cluster: bool,
    dry_run: bool, jobs: int,
) -> None:  # fmt: skip
    """Render scenes. A trace that is missing or stale is trained first; only frames that changed are drawn.

    \b
    Example:
      reel render ThreeCities -qh -p
      reel render ThreeCities --trace mycities.toml
    """
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
    order = Order(
        tuple(infos), quality, format_, transparent, jobs, tuple(overrides), tuple(extra), force, out,
        cluster, insecure_cluster, plays,
    )  # fmt: skip
    if dry_run:
        from studio.forecast import forecast

        click.echo("\n".join(forecast(infos, order)))
        return
    asked = repr(("render", names, quality, format_, transparent, overrides, out, plays))
    names_of_traces = [name for info in infos for name in info.traces]
    report = None if force or extra else stamp.recall(asked, stamp.now(asked, names_of_traces, dict(overrides)))
    if report is None:
        report = _build(order, asked)
    for line in report["lines"]:
        click.echo(line)
    if preview:
        for path in report["paths"]:
            open_file(Path(path))


def _build(order: Order, asked: str) -> dict[str, Any]:
    """Build, leave a stamp, and return what to tell the user."""
    from studio.build import build
    from studio.progress import Progress
    from studio.publish import BESIDE

    with Progress() as progress:
        built = build(order, progress)
    paths = [item.path for item in built if item.path is not None]
    lines = [f"{item.info.name}: {{}} of {item.frames} frames drawn: {item.path}" for item in built]
    beside = [path.with_suffix(suffix) for path in paths for suffix in (".json", *BESIDE)]
    unchanged = {"lines": [line.format(0) for line in lines], "paths": [str(path) for path in paths]}
    stamp.leave(asked, stamp.of_build(asked, built), [*paths, *beside], unchanged)
    return {**unchanged, "lines": [line.format(item.drawn) for line, item in zip(lines, built, strict=True)]}
