"""`reel why`: at which level a scene is stale, because of what, and which of its seconds would be drawn again."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from studio.commands.options import as_json, quality


@click.command()
@click.argument("name", metavar="SCENE")
@quality()
@as_json
def command(name: str, quality: str, json_: bool) -> None:
    """Tell why a scene would be trained, stepped or drawn again, and which time ranges.

    The three levels: its traces (what they were made from), its sources (what stepping it reads), its picture (which
    frames would look different). When the sources changed the scene is stepped here, without drawing, to find out.

    \b
    Example:
      reel why ThreeCities -qh
    """
    from studio.catalog import find
    from studio.freshness import examine
    from studio.order import Order
    from studio.snapshot import live

    (info,) = find((name,))
    found = examine(info, Order((info,), quality), live(), thorough=True)
    if json_:
        click.echo(json.dumps(asdict(found), indent=1))
        return
    click.echo(f"{found.name}: {found.state}")
    for reason in found.reasons:
        click.echo(f"  {reason}")
    if found.missing_frames is not None:
        click.echo(f"  {found.missing_frames} of {found.frames} frames are not in the store and would be drawn")
