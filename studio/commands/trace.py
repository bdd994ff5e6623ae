"""`reel trace`: train experiments and record their traces; tell what a trace holds."""

from __future__ import annotations

import json
from typing import Any

import click

from engine.errors import UserError
from studio.commands.options import as_json, workers


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME...]")
@click.option("--all", "all_", is_flag=True, help="Every experiment in data/experiments.")
@click.option("--force", is_flag=True, help="Train again even when the trace is fresh.")
@as_json
@workers
def command(names: tuple[str, ...], all_: bool, force: bool, json_: bool, jobs: int) -> None:
    """Train experiments and record their traces in data/traces; a fresh one is only described.

    NAME is an experiment (data/experiments/NAME.toml) or the path of a TOML file of yours.

    \b
    Example:
      reel trace cities3
      reel trace --all
      reel trace cities3 --json
    """
    from engine import experiments
    from engine.trace import Trace
    from studio.build import refresh_traces
    from studio.crew import Crew
    from studio.progress import Progress
    from studio.project import traces_folder
    from studio.snapshot import taken

    if not names and not all_:
        raise UserError(f"trace: name an experiment or say --all: there are {', '.join(experiments.names())}")
    wanted = list(dict.fromkeys([*names, *(experiments.names() if all_ else ())]))
    for name in wanted:
        experiments.prepare(name)  # bad input is told before anything is trained
    with taken() as snapshot, Progress() as progress, Crew(jobs, progress.report) as crew:
        refresh_traces(wanted, snapshot, crew, progress, force)
    traces = [Trace.load(traces_folder() / experiments.trace_name(name)) for name in wanted]
    if json_:
        described = [describe(trace) for trace in traces]
        click.echo(json.dumps(described[0] if len(described) == 1 else described, indent=1))
        return
    for trace in traces:
        _print(describe(trace))


def describe(trace: Any) -> dict[str, Any]:
    """Name, folder, steps, arrays (shape of one step, dtype, stream, meaning), first and last loss."""
    arrays = {}
    for name in trace.names():
        spec = trace.spec(name)
        arrays[name] = {
            "shape": list(spec.shape),
            "dtype": str(spec.dtype),
            "stream": spec.stream,
            "meaning": spec.meaning,
        }
    found = {
        "name": trace.name,
        "folder": str(trace.folder),
        "digest": trace.digest,
        "experiment": trace.manifest.get("experiment"),
        "arrays": arrays,
    }
    if "loss" in arrays:
        loss = trace.series("loss")
        found |= {"steps": len(loss), "first_loss": float(loss[0].mean()), "last_loss": float(loss[-1].mean())}
    return found


def _print(found: dict[str, Any]) -> None:
    click.echo(click.style(found["name"], bold=True) + f"  {found['folder']}")
    if "steps" in found:
        click.echo(f"  {found['steps']} steps, loss {found['first_loss']:.4f} → {found['last_loss']:.4f}")
    for name, array in found["arrays"].items():
        shape = "×".join(map(str, array["shape"])) or "number"
        click.echo(f"  {name:<28} {shape:<14} {array['dtype']:<8} {array['stream']:<9} {array['meaning']}")
