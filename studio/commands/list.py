"""`reel list`: every scene, read from the sources without importing Manim."""

from __future__ import annotations

import json
from typing import Any

import click

from studio.catalog import chapters, scenes
from studio.commands.options import as_json
from studio.project import renders_folder, traces_folder
from studio.quality import QUALITIES


@click.command()
@as_json
def command(json_: bool) -> None:
    """List every scene: name, trace, what it shows, and the qualities it is rendered in.

    A quality in brackets means that a render of it lies in renders/; `reel status` tells whether it is still fresh.

    \b
    Example:
      reel list
      reel list --json | jq '.[].name'
    """
    rows: list[dict[str, Any]] = [
        {
            "name": info.name,
            "chapter": info.chapter,
            "trace": info.trace,
            "also": list(info.also),
            "about": info.about,
            "file": f"{info.path.name}:{info.line}",
            "traced": all((traces_folder() / name / "manifest.json").is_file() for name in info.traces),
            "rendered": [
                q for q, at in QUALITIES.items() if (renders_folder() / at.folder / f"{info.name}.mp4").is_file()
            ],
        }
        for info in scenes()
    ]
    if json_:
        click.echo(json.dumps(rows, indent=1))
        return
    titles = {chapter.number: f"Chapter {chapter.number}: {chapter.title}" for chapter in chapters()}
    shown = None
    for row in rows:
        if row["chapter"] != shown:
            shown = row["chapter"]
            click.echo(click.style(titles.get(shown, "In no chapter"), bold=True))
        state = f"[{','.join(row['rendered'])}]" if row["rendered"] else "traced" if row["traced"] else "-"
        click.echo(f"  {row['name']:<20} {row['trace']:<14} {state:<9} {row['about']}")
