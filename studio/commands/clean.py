"""`reel clean`: remove what can be rebuilt, never what cannot."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import click

from studio.project import renders_folder, traces_folder
from studio.store import Store


@click.command()
@click.option("--store", "store_only", is_flag=True, help="Only the store: what no rendered video needs.")
@click.option("--traces", is_flag=True, help="The recorded traces as well.")
@click.option("--older-than", type=click.FloatRange(0), metavar="DAYS", help="Only what was made longer ago.")
@click.option("--dry-run", is_flag=True, help="Say what would go, remove nothing.")
def command(store_only: bool, traces: bool, older_than: float | None, dry_run: bool) -> None:
    """Remove renders; with --store only chunks that no video in renders/ is made of.

    \b
    Example:
      reel clean --store --older-than 30
    """
    renders = renders_folder()
    limit = time.time() - (older_than or 0) * 86_400
    doomed = _unused(renders) if store_only else [p for p in renders.glob("*") if renders.is_dir()]
    if traces:
        doomed += [p for p in traces_folder().glob("*") if p.is_dir()]
    doomed = [path for path in doomed if path.stat().st_mtime <= limit]
    size = sum(_size(path) for path in doomed)
    for path in doomed:
        if not dry_run:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    click.echo(f"{'would remove' if dry_run else 'removed'} {len(doomed)} entries, {size / 1e6:.1f} MB, from {renders}")


def _unused(renders: Path) -> list[Path]:
    """Records of the store that none of the rendered videos is joined from."""
    import json

    needed: set[str] = set()
    for path in renders.glob("*/*.json"):
        try:
            found = json.loads(path.read_bytes())
        except (OSError, ValueError):
            continue
        needed.update(found.get("chunks", []))
        for scene in found.get("scenes", []):
            needed.update(scene.get("chunks", []))
    return [path for kind, key, path in Store(renders / ".store").records() if kind == "chunk" and key not in needed]


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(p.stat().st_size for p in path.rglob("*") if p.is_file())
