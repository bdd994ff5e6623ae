"""`reel where`: what every number at one moment of a video is, and where it came from."""

from __future__ import annotations

import json
from typing import Any

import click

from studio.commands.options import as_json


@click.command()
@click.argument("place", metavar="VIDEO@SECONDS")
@click.option("-q", "--quality", type=click.Choice(["l", "m", "h", "p", "k"]), help="Which render of a scene.")
@as_json
def command(place: str, quality: str | None, json_: bool) -> None:
    """Tell what is on a video at a moment: scene, section, training step, and the source of every number on it.

    VIDEO is a file, or a scene's name (its finest render is meant). Answers come from the sidecar that was written
    with the render, so they hold for that video whatever has been changed since.

    \b
    Example:
      reel where ThreeCities@12.5
      reel where renders/1080p60/film.mp4@10:21 --json
    """
    from studio import where

    video, time = where.moment(place, quality)
    answer = where.answer(video, time)
    if json_:
        click.echo(json.dumps(answer.as_dict(), indent=1, ensure_ascii=False))
    else:
        _print(answer)


def _print(answer: Any) -> None:
    click.echo(f"{answer.scene} {answer.scene_seconds:.2f} s, section “{answer.section}”, training step {answer.step}")
    if answer.caption:
        click.echo(f"  “{answer.caption}”")
    click.echo(f"{answer.video} frame {answer.frame}, sha256 {answer.sha256[:16]}…, gradreel {answer.made_by}")
    for origin in answer.origins:
        state = "as recorded" if origin.here else "not on this disk as it was: values are those kept with the video"
        seed = "" if origin.seed is None else f", seed {origin.seed}"
        click.echo(f"trace {origin.trace}: experiment {origin.experiment}{seed}, sha256 {origin.digest[:16]}…, {state}")
    for one in sorted(answer.shown, key=lambda one: (one.kind, one.name)):
        index = f"[{', '.join(map(str, one.index))}]" if one.index else ""
        step = "" if one.step is None else f" at step {one.step}"
        transform = f", {one.transform}" if one.transform else ""
        source = f"{one.trace} {one.array}{index}{step}{transform}"
        click.echo(f"  {one.kind:<12} {one.name:<40} {_value(one.value):>12}  {source}")


def _value(value: Any) -> str:
    if value is None:
        return "(an array)"
    if isinstance(value, list):
        return f"({len(value)} values)"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
