"""`reel doctor`: what is installed, what is missing, and how to get it."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata

import click

from studio.commands.options import as_json
from studio.project import renders_folder, traces_folder


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: is it there (`ok`), what was found, how to get it, and can gradreel do without it."""

    name: str
    ok: bool
    found: str
    remedy: str = ""
    optional: bool = False


@click.command()
@as_json
@click.pass_context
def command(ctx: click.Context, json_: bool) -> None:
    """Look at everything that gradreel needs; exit 1 when something it cannot do without is missing.

    \b
    Example:
      reel doctor
      reel doctor --json
    """
    found = [check() for check in _checks()]
    if json_:
        click.echo(json.dumps([asdict(item) for item in found], indent=1))
    else:
        for item in found:
            mark = click.style("ok", fg="green") if item.ok else click.style("--" if item.optional else "NO", fg="red")
            click.echo(f"{mark}  {item.name:<20} {item.found}" + (f"\n    {item.remedy}" if not item.ok else ""))
    ctx.exit(0 if all(item.ok or item.optional for item in found) else 1)


def _checks() -> list[Callable[[], Finding]]:
    again = "run ./setup.sh"
    return [
        _python,
        lambda: _library("cairo", "libcairo2-dev"),
        lambda: _library("pangocairo", "libpango1.0-dev"),
        lambda: _package("manim", again),
        lambda: _package("typst", again),
        _fonts,
        _encoder,
        lambda: _package("umap-learn", again, module="umap"),
        lambda: _package("torch", "extra llm: .venv/bin/pip install -e '.[llm]'", optional=True),
        lambda: _package("transformers", "extra llm: .venv/bin/pip install -e '.[llm]'", optional=True),
        lambda: _package("tokenizers", "extra language: .venv/bin/pip install -e '.[language]'", optional=True),
        lambda: _package("distributed", "extra cluster: .venv/bin/pip install -e '.[cluster]'", optional=True),
        _space,
        _writing,
    ]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", sys.version_info >= (3, 11), version, "install Python 3.11 or newer")


def _library(name: str, package: str) -> Finding:
    how = f"sudo apt-get install {package}  (dnf: {name.removesuffix('cairo') or 'cairo'}-devel, brew: cairo pango)"
    try:
        done = subprocess.run(["pkg-config", "--modversion", name], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return Finding(name, False, "pkg-config is missing", "sudo apt-get install pkg-config")
    return Finding(name, done.returncode == 0, done.stdout.strip() or "missing", how)


def _package(name: str, remedy: str, module: str = "", optional: bool = False) -> Finding:
    if importlib.util.find_spec(module or name) is None:
        return Finding(name, False, "not installed", remedy, optional)
    return Finding(name, True, metadata.version(name), remedy, optional)


def _fonts() -> Finding:
    try:
        import typst

        families = set(typst.Fonts(include_system_fonts=False).families())
    except (ImportError, AttributeError, RuntimeError) as error:
        return Finding("fonts", False, str(error), "run ./setup.sh")
    wanted = {"New Computer Modern", "New Computer Modern Math"}
    return Finding("fonts", wanted <= families, ", ".join(sorted(families)), "run ./setup.sh: the fonts lie in typst")


def _encoder() -> Finding:
    try:
        import av

        av.Codec("libx264", "w")
    except (ImportError, ValueError) as error:
        return Finding("encoder", False, f"libx264: {error}", "run ./setup.sh: it lies in the package av")
    return Finding("encoder", True, f"libx264 in av {av.__version__}")


def _space() -> Finding:
    place = renders_folder()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free / 1e9
    return Finding("disk space", free > 1, f"{free:.1f} GB free for {renders_folder()}", "reel clean, or make room")


def _writing() -> Finding:
    refused = []
    for folder in (renders_folder(), traces_folder()):
        place = folder
        while not place.exists():
            place = place.parent
        if not os.access(place, os.W_OK):
            refused.append(str(place))
    found = "renders and traces can be written" if not refused else f"no writing in {', '.join(refused)}"
    return Finding("write access", not refused, found, "chown the folder, or set GRADREEL_RENDERS and GRADREEL_TRACES")
