"""`reel check`: what is wrong with a scene, before it is rendered."""

from __future__ import annotations

import json
from typing import Any

import click

from engine.errors import UserError
from studio.commands.options import as_json, stand_in, standing_in, workers


@click.command()
@click.argument("names", nargs=-1, metavar="[SCENE...]")
@stand_in
@as_json
@workers
def command(names: tuple[str, ...], trace: str | None, json_: bool, jobs: int) -> int:
    """Look at every state of scenes (by default of the whole film) without drawing them.

    Says what a viewer could not read, follow or believe, each with its time and the line that made it; exits with 1
    when there is anything. docs/authoring.md explains every kind of finding, and how a scene waives one.

    \b
    Example:
      reel check ThreeCities
      reel check ThreeCities --trace mycities.toml
    """
    from studio import check_all
    from studio.catalog import find, scenes
    from studio.progress import Progress
    from studio.training import make_traces

    if trace is not None and not names:
        raise UserError("--trace: name the scenes that are to be checked on it; no run fits the whole film")
    infos = find(names) if names else [info for info in scenes() if info.chapter]
    overrides, needed = standing_in(trace, infos)
    with Progress() as progress:
        make_traces(needed, progress)
        reports = check_all.check(infos, jobs, progress, overrides)
    if json_:
        click.echo(json.dumps([report.as_dict() for report in reports], indent=1, ensure_ascii=False))
    else:
        for report in reports:
            _print(report)
    return int(any(report.findings for report in reports))


def _print(report: Any) -> None:
    for finding in report.findings:
        click.echo(finding.line())
    for finding in report.waived:
        click.echo(f"{finding.line()} — waived: {finding.waived}")
    found = f"{len(report.findings)} finding{'s' * (len(report.findings) != 1)}" if report.findings else "nothing wrong"
    waived = f", {len(report.waived)} waived" if report.waived else ""
    click.echo(f"{report.scene}: {found}{waived} ({report.states} states of {report.frames} frames looked at)")
