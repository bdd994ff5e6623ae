"""`reel preview`: a page that shows a scene as the code now stands."""

from __future__ import annotations

import asyncio

import click

from engine.errors import UserError
from studio.commands.options import quality


@click.command()
@click.argument("name", metavar="[SCENE]", required=False)
@click.option("--at", type=float, help="Put the playhead at this second.")
@click.option("--step", type=int, help="Put the playhead where this training step is first shown.")
@click.option("--section", help="Put the playhead at the end of this section.")
@click.option("--still", is_flag=True, help="No page: keep one PNG up to date, and print its path.")
@quality("l")
@click.option("--limit", type=click.FloatRange(0.5, 600), default=10.0, show_default=True,
              help="Seconds without a frame after which a scene counts as hanging.")  # fmt: skip
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on loopback; a free one by default.")
@click.option("--open/--no-open", "open_", default=True, help="Open the page in the browser.")
def command(
    name: str | None, at: float | None, step: int | None, section: str | None, still: bool, quality: str,
    limit: float, port: int, open_: bool,
) -> None:  # fmt: skip
    """Show a scene as the code now stands: save a file, and the frame you are looking at is redrawn at once.

    \b
    Example:
      reel preview ThreeCities
      reel preview ThreeCities --step 40
      reel preview ThreeCities --still --at 12
    """
    from studio.catalog import find, scenes
    from studio.preview import running
    from studio.project import renders_folder
    from studio.stills import Moment

    if sum(value is not None for value in (at, step, section)) > 1:
        raise UserError("preview: say one of --at, --step and --section")
    name = name or scenes()[0].name
    find((name,))
    wish = Moment(at, step, section)
    if still:
        path = renders_folder() / "stills" / f"{name}.png"
        click.echo(str(path))
        asyncio.run(running.keep_still(name, wish, quality, limit, path))
    else:
        wanted = wish if wish != Moment() else None

        def announce(url: str) -> None:
            click.echo(f"{name}: {url}\nCtrl-C ends it.")
            if open_:
                click.launch(url)

        asyncio.run(running.serve(name, wanted, quality, limit, port, announce))
