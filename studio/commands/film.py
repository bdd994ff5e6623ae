"""`reel film`: every scene of the film, joined, with chapter marks and subtitles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from engine.errors import UserError
from studio import stamp
from studio.catalog import Chapter
from studio.commands.options import on_cluster, open_file, quality, workers
from studio.order import Order


@click.command()
@quality()
@click.option("-p", "--preview", is_flag=True, help="Open the film when done.")
@click.option("--format", "format_", type=click.Choice(["mp4", "webm", "mov", "gif"]), default="mp4", show_default=True)
@click.option("--slides", is_flag=True, help="Also as slides: a clip for each section, with reveal.js, offline.")
@click.option("--chapters", "wanted", metavar="1,3", help="Only these chapters.")
@on_cluster
@click.option("--dry-run", is_flag=True, help="Say what would be done and about how long it takes; do nothing.")
@workers
def command(
    quality: str,
    preview: bool,
    format_: str,
    slides: bool,
    wanted: str | None,
    cluster: str | None,
    insecure_cluster: bool,
    dry_run: bool,
    jobs: int,
) -> None:
    """Render the whole film: train what is stale, draw what changed, join everything.

    \b
    Example:
      reel film -ql
      reel film -qh --chapters 1,2
    """
    from studio import catalog

    chapters = _chosen(catalog.chapters(), wanted)
    infos = catalog.find(tuple(name for chapter in chapters for name in chapter.scenes))
    if slides and format_ == "gif":
        raise UserError("--slides: are videos, not GIFs; use mp4, webm or mov")
    order = Order(tuple(infos), quality, format_, jobs=jobs, cluster=cluster, insecure=insecure_cluster)
    if dry_run:
        from studio.forecast import forecast

        click.echo("\n".join(forecast(infos, order)))
        return
    asked = repr(("film", [chapter.number for chapter in chapters], quality, format_, slides))
    report = stamp.recall(asked, stamp.now(asked, [name for info in infos for name in info.traces]))
    report = report or _build(order, chapters, slides, asked)
    click.echo("\n".join(report["lines"]))
    if preview:
        open_file(Path(report["path"]))


def _build(order: Order, chapters: list[Chapter], slides: bool, asked: str) -> dict[str, Any]:
    """Build and join, leave a stamp, and return what to tell the user."""
    from studio.build import build
    from studio.film import page_path, publish
    from studio.progress import Progress
    from studio.publish import BESIDE, DamagedChunk

    with Progress() as progress:
        built = build(order, progress)
        try:
            path = publish(built, chapters, order)
        except DamagedChunk:  # of a scene whose video stood; thrown away now, so that only it is drawn again
            built = build(order, progress)
            path = publish(built, chapters, order)
    drawn, frames = sum(item.drawn for item in built), sum(item.frames for item in built)
    files = [path, *(item.path for item in built if item.path is not None)]
    beside = [file.with_suffix(suffix) for file in files for suffix in (".json", *BESIDE)]
    also = []
    if order.format != "gif":
        beside += [page_path(path), path.with_name("poster.png")]
        also.append(f"page: {page_path(path)}")
    if slides:
        from studio.slides import publish as publish_slides

        page = publish_slides(built, order, "gradreel")
        beside.append(page)
        also.append(f"slides: {page}")
    unchanged = {"lines": [f"film: 0 of {frames} frames drawn: {path}", *also], "path": str(path)}
    stamp.leave(asked, stamp.of_build(asked, built), [*files, *beside], unchanged)
    return {**unchanged, "lines": [f"film: {drawn} of {frames} frames drawn: {path}", *also]}


def _chosen(chapters: list[Chapter], wanted: str | None) -> list[Chapter]:
    if wanted is None:
        return chapters
    numbers = {chapter.number: chapter for chapter in chapters}
    try:
        asked = [int(part) for part in wanted.split(",")]
    except ValueError:
        raise UserError(f"--chapters: {wanted}: not numbers with commas between them, such as 1,3") from None
    for number in asked:
        if number not in numbers:
            raise UserError(f"--chapters: {number}: no such chapter; there are {', '.join(map(str, numbers))}")
    return [numbers[number] for number in sorted(set(asked))]
