"""Options that several commands share, each defined once, in Manim's letters. No command is defined here."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from engine.errors import UserError
from studio.project import traces_folder

if TYPE_CHECKING:
    from studio.catalog import SceneInfo

F = TypeVar("F", bound=Callable[..., Any])


def quality(default: str = "l") -> Callable[[F], F]:
    """-q l|m|h|p|k."""
    return click.option(
        "-q",
        "--quality",
        type=click.Choice(["l", "m", "h", "p", "k"]),
        default=default,
        show_default=True,
        help="854x480@15, 1280x720@30, 1920x1080@60, 2560x1440@60, 3840x2160@60.",
    )


def workers(function: F) -> F:
    """-j N."""
    return click.option(
        "-j",
        "--jobs",
        type=click.IntRange(1, 256),
        default=os.cpu_count() or 1,
        help="Worker processes; all cores by default. The result is the same for every N.",
    )(function)


def as_json(function: F) -> F:
    """--json."""
    return click.option("--json", "json_", is_flag=True, help="Print JSON for a program to read.")(function)


def stand_in(function: F) -> F:
    """--trace NAME_OR_FILE."""
    return click.option(
        "--trace",
        "trace",
        metavar="NAME_OR_FILE",
        help="Draw this run in place of the scene's own: an experiment, a trace's folder, or a TOML file of yours.",
    )(function)


def on_cluster(function: F) -> F:
    """--cluster ADDRESS and --insecure-cluster."""
    address = click.option("--cluster", metavar="ADDRESS", help="Step and draw on this Dask cluster (docs/cluster.md).")
    insecure = click.option("--insecure-cluster", is_flag=True, help="Allow plain tcp to other machines.")
    return address(insecure(function))


def resolve_trace(text: str) -> tuple[str, str | None]:
    """What `--trace` means: (folder of the trace, the experiment that must be trained for it, if any)."""
    from engine import experiments

    path = Path(text)
    if path.is_dir() and (path / "manifest.json").is_file():
        return str(path.absolute()), None
    if text.endswith(".toml"):
        if not path.is_file():
            raise UserError(f"{text}: no such file")
        experiments.refuse_namesake(path)
        experiments.prepare(path.absolute())  # bad input is told before anything is begun
        return str(traces_folder() / experiments.trace_name(path.absolute())), str(path.absolute())
    recorded = traces_folder() / text
    if text not in experiments.names() and "/" not in text and (recorded / "manifest.json").is_file():
        return str(recorded), None  # a trace that no experiment here makes, such as a user's Llama
    if path.is_dir():
        raise UserError(f"{text}: holds no manifest.json, so it is no trace")
    return str(traces_folder() / experiments.trace_name(text)), text


def standing_in(trace: str | None, infos: Sequence[SceneInfo]) -> tuple[dict[str, str], list[str]]:
    """What `--trace` comes to for `infos`: folders by the trace that they replace, and what must be trained first.

    UserError when none of the scenes is drawn from a run.
    """
    needed = [name for info in infos for name in info.traces]
    if trace is None:
        return {}, needed
    replaced = {info.trace for info in infos if info.trace}
    if not replaced:
        raise UserError(f"--trace: {', '.join(info.name for info in infos)}: drawn from no run, so none can stand in")
    folder, experiment = resolve_trace(trace)
    needed = [name for name in needed if name not in replaced] + ([experiment] if experiment else [])
    return dict.fromkeys(replaced, folder), needed


def open_file(path: Path) -> None:
    """Open `path` with the desktop's own program (Manim's -p)."""
    click.launch(str(path))
