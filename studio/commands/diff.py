"""`reel diff`: what changed between two builds or commits of a scene, or between two traces."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from engine.errors import UserError
from studio.commands.options import as_json, quality


@click.command()
@click.argument("old")
@click.argument("new")
@quality()
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Stills side by side, as a PNG.")
@as_json
def command(old: str, new: str, quality: str, output: Path | None, json_: bool) -> None:
    """Compare OLD and NEW: two videos, two traces' folders, or a scene at two commits (REVISION:SCENE).

    \b
    Example:
      reel diff HEAD~1:ThreeCities HEAD:ThreeCities -o changes.png
      reel diff old/ThreeCities.mp4 renders/480p15/ThreeCities.mp4
      reel diff data/traces/cities3 other/cities3
    """
    from studio import difference

    with ExitStack() as stack:
        a, b = (_resolve(text, quality, stack) for text in (old, new))
        if isinstance(a, Path) != isinstance(b, Path):
            raise UserError(f"diff: {old} and {new}: one is a trace, the other a video")
        if isinstance(a, Path) and isinstance(b, Path):
            found = difference.of_videos(a, b)
        else:
            found = difference.of_traces(a, b)
    click.echo(json.dumps(found.data, indent=1) if json_ else "\n".join(found.lines))
    if output is not None and found.pictures:
        from studio.project import write_bytes
        from studio.stills import png

        write_bytes(output, png(difference.side_by_side(found.pictures)))
        click.echo(str(output), err=json_)


def _resolve(text: str, letter: str, stack: ExitStack) -> Any:
    """A trace, or the path of a video."""
    path = Path(text)
    if path.is_dir():
        from engine.trace import Trace

        return Trace.load(path)
    if path.is_file():
        return path
    revision, colon, name = text.rpartition(":")
    if not colon:
        raise UserError(f"{text}: neither a trace's folder nor a video nor REVISION:SCENE or REVISION:EXPERIMENT")
    return _at_revision(revision, name, letter, stack)


def _at_revision(revision: str, name: str, letter: str, stack: ExitStack) -> Any:
    """The scene's video or the experiment's trace, made wholly by the project as it was at a revision."""
    import os
    import subprocess
    import sys

    from engine.trace import Trace
    from studio import difference

    root = stack.enter_context(difference.checked_out(revision))
    is_trace = (root / "data" / "experiments" / f"{name}.toml").is_file()
    video = root / f"{name}.mp4"
    words = ["trace", name] if is_trace else ["render", name, "-q", letter, "-o", str(video)]
    env = {**os.environ, "PYTHONPATH": str(root), "GRADREEL_RENDERS": str(root / "renders")}
    env["GRADREEL_TRACES"] = str(root / "data" / "traces")
    click.echo(f"{revision}: reel {' '.join(words[:2])}", err=True)
    command_line = [sys.executable, "-m", "studio.cli", *words]
    done = subprocess.run(command_line, cwd=root, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it failed"])[-1].removeprefix("reel: ")
        raise UserError(f"{revision}:{name}: {reason}")
    return Trace.load(root / "data" / "traces" / name) if is_trace else video
