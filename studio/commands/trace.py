"""`reel trace`: train experiments and record their traces; tell what a trace holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from engine.errors import UserError
from studio.commands.options import as_json, workers


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME...]")
@click.option("--all", "all_", is_flag=True, help="Every experiment in data/experiments.")
@click.option("--force", is_flag=True, help="Train again even when the trace is fresh.")
@click.option("--model", type=click.Path(path_type=Path), help="A Llama checkpoint's folder: record it as NAME.")
@click.option("--prompts", type=click.Path(path_type=Path), help="With --model: prompts as JSON, TOML or CSV.")
@click.option("--show", multiple=True, metavar="TEXT", help="With --model: a prompt whose inside is recorded.")
@as_json
@workers
def command(
    names: tuple[str, ...], all_: bool, force: bool, model: Path | None, prompts: Path | None, show: tuple[str, ...],
    json_: bool, jobs: int,
) -> None:  # fmt: skip
    """Train experiments and record their traces in data/traces; a fresh one is only described.

    NAME is an experiment (data/experiments/NAME.toml) or the path of a TOML file of yours.

    \b
    Example:
      reel trace cities3
      reel trace --all
      reel trace cities3 --json
      reel trace llama --model ~/Llama-3.2-1B
    """
    if model is not None:
        _record_llama(names, model, prompts, show, json_)
        return
    if prompts is not None or show:
        raise UserError("--prompts and --show: go with --model; own prompts for the map are an experiment's TOML")
    _train(names, all_, force, json_, jobs)


def _record_llama(
    names: tuple[str, ...], model: Path, prompts: Path | None, show: tuple[str, ...], json_: bool
) -> None:
    """Record a checkpoint that the user has, in the names of `tiny_lm`, so that the same scenes draw it."""
    from engine.llama import record_llama
    from studio.progress import Progress
    from studio.project import traces_folder

    if len(names) != 1:
        raise UserError("--model: give the trace one name, as in `reel trace llama --model PATH`")
    given: dict[str, Any] = {"prompts": prompts} if prompts is not None else {}
    with Progress() as progress:
        before = [0]

        def advance(done: int, total: int) -> None:
            if not before[0]:
                progress.add(names[0], f"recording {names[0]}", None)
            progress.report(names[0], f"of {total} steps", done - before[0])
            before[0] = done

        trace = record_llama(model, traces_folder(), name=names[0], shown=show, progress=advance, **given)
    _tell([trace], json_)


def _train(names: tuple[str, ...], all_: bool, force: bool, json_: bool, jobs: int) -> None:
    """Bring the named experiments' traces up to date, or all of them."""
    from engine import experiments
    from engine.trace import Trace
    from studio.crew import Crew
    from studio.progress import Progress
    from studio.project import traces_folder
    from studio.snapshot import taken
    from studio.training import refresh_traces

    if not names and not all_:
        raise UserError(f"trace: name an experiment or say --all: there are {', '.join(experiments.names())}")
    wanted = list(dict.fromkeys([*names, *(experiments.names() if all_ else ())]))
    for name in wanted:
        experiments.refuse_namesake(name)
        experiments.prepare(name)  # bad input is told before anything is trained
    with taken() as snapshot, Progress() as progress, Crew(jobs, progress.report) as crew:
        refresh_traces(wanted, snapshot, crew, progress, force)
    _tell([Trace.load(traces_folder() / experiments.trace_name(name)) for name in wanted], json_)


def _tell(traces: list[Any], json_: bool) -> None:
    described = [describe(trace) for trace in traces]
    if json_:
        click.echo(json.dumps(described[0] if len(described) == 1 else described, indent=1))
        return
    for found in described:
        _print(found)


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
