"""`reel clean`: remove what can be rebuilt and is not needed, never what cannot be rebuilt."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import click

from studio import memory
from studio.project import read_record, renders_folder, traces_folder
from studio.publish import needed
from studio.store import Store

VIDEOS = (".mp4", ".mov", ".webm", ".gif")


@click.command()
@click.option("--store", "store_only", is_flag=True, help="Only the store: what no video in renders/ is made of.")
@click.option("--all", "everything", is_flag=True, help="Everything in renders/, the current film and its store too.")
@click.option("--traces", is_flag=True, help="The recorded traces as well.")
@click.option("--older-than", type=click.FloatRange(0), metavar="DAYS", help="Only what was made longer ago.")
@click.option("--dry-run", is_flag=True, help="Say what would go, remove nothing.")
def command(store_only: bool, everything: bool, traces: bool, older_than: float | None, dry_run: bool) -> None:
    """Remove what the current film does not need: videos of other scenes, unused pieces in the store.

    The film and the videos of its scenes stay, and in the store whatever they are made of, so that nothing of the
    film has to be drawn again. --all removes everything.

    \b
    Example:
      reel clean --older-than 30
      reel clean --all
    """
    renders = renders_folder()
    limit = time.time() - (older_than or 0) * 86_400
    doomed = list(renders.glob("*")) if everything else _unneeded(renders, store_only)
    if traces:
        doomed += list(traces_folder().glob("*"))
    count = size = 0
    for path in doomed:
        try:  # a build may be at work: what it takes away first is gone as well
            if path.stat().st_mtime > limit:
                continue
            count, size = count + 1, size + _size(path)
            if not dry_run:
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()
        except FileNotFoundError:
            continue
    click.echo(f"{'would remove' if dry_run else 'removed'} {count} entries, {size / 1e6:.1f} MB, from {renders}")


def _unneeded(renders: Path, store_only: bool) -> list[Path]:
    """Videos that are not of the current film, with what lies beside them; records that no other video is made of."""
    from studio.catalog import chapters

    film = {name for chapter in chapters() for name in chapter.scenes}
    kept, doomed = [], []
    for video in (path for path in renders.glob("*/[!.]*") if path.suffix in VIDEOS):
        record = read_record(video.with_suffix(".json"))
        if store_only or video.stem in film or video.stem.startswith("film"):
            kept.append(record)
        else:
            doomed += [path for path in video.parent.glob(f"{video.stem}.*") if path.name.startswith(f"{video.stem}.")]
    wanted = needed(kept)
    for kind, key, path in Store(renders / ".store").records():
        if kind in ("chunk", "score", memory.KIND) and (kind, key) not in wanted:
            doomed.append(path)
    return list(dict.fromkeys(doomed))


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(p.stat().st_size for p in path.rglob("*") if p.is_file())
