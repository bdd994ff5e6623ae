"""`reel status`: a line for each scene: fresh, stale or missing, and why."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from studio.commands.options import as_json, quality


@click.command()
@click.argument("names", nargs=-1, metavar="[SCENE...]")
@quality()
@as_json
def command(names: tuple[str, ...], quality: str, json_: bool) -> None:
    """Tell what is fresh and what is stale, without building anything.

    \b
    Example:
      reel status -qh
      reel status ThreeCities --json
    """
    from studio.catalog import find, scenes
    from studio.freshness import examine
    from studio.order import Order
    from studio.snapshot import live

    infos = find(names) if names else [info for info in scenes() if info.chapter]
    snapshot = live()
    order = Order(tuple(infos), quality)
    found = [examine(info, order, snapshot) for info in infos]
    if json_:
        click.echo(json.dumps([asdict(item) for item in found], indent=1))
        return
    colours = {"fresh": "green", "stale": "yellow", "missing": "red"}
    for item in found:
        state = click.style(f"{item.state:<8}", fg=colours[item.state])
        click.echo(f"{item.name:<20} {state} {'; '.join(item.reasons)}")
