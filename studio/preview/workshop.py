"""What the panes of a preview share: sources, processes, store, pictures, pages; and the loop from save to redraw."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine import experiments
from engine.errors import UserError
from studio import catalog
from studio.build import store
from studio.catalog import SceneInfo
from studio.jobs import SceneJob
from studio.preview.bank import Bank
from studio.preview.drawing import Told
from studio.preview.findings import Findings
from studio.preview.hub import Hub
from studio.preview.kept import KeptStill
from studio.preview.mirror import Mirror
from studio.preview.nursery import Child, Nursery
from studio.preview.renders import Renders
from studio.preview.shelf import Shelf
from studio.preview.show import Show
from studio.preview.warmth import Warmth
from studio.preview.watcher import changes
from studio.preview.wire import Message
from studio.project import ROOT, traces_folder
from studio.quality import QUALITIES
from studio.snapshot import LEFT_OUT, Snapshot
from studio.stills import Moment


class Workshop:
    """One running preview. Use as an async context manager: leaving it ends every process it started."""

    def __init__(self, letter: str = "l", limit: float = 10.0, cores: int | None = None) -> None:
        self.letter, self.quality = letter, QUALITIES[letter]
        self.limit, self.training_limit = limit, 600.0  # seconds without a sign of life
        self.cores = cores or os.cpu_count() or 1
        self.traces = traces_folder()
        self.store, self.hub = store(), Hub()
        self.bank = Bank(self.store)
        self.stop = asyncio.Event()
        self.training = asyncio.Lock()  # one at a time
        self.shows: dict[str, Show] = {}
        self.infos: list[SceneInfo] = []
        self._marks: dict[str, tuple[int, int]] = {}  # of the traces shown: when and how large
        self.snapshot = Snapshot(ROOT, {})
        self._engine: dict[str, bytes] = {}  # its code when this process imported it, by file
        self._nursery = Nursery()
        self.mirror = Mirror(self._nursery.folder / "tree")
        self.warmth = Warmth(self._nursery, self.mirror)
        self.shelf = Shelf(self.tell_scenes)
        self.renders, self.findings = Renders(self.hub, self.shelf.settled), Findings(self.hub)

    async def __aenter__(self) -> Workshop:
        self.mirror.follow()
        for name in LEFT_OUT - {"traces"}:
            if (ROOT / "data" / name).is_dir():
                (self.mirror.folder / "data" / name).symlink_to(ROOT / "data" / name)
        self.snapshot, self._engine = self.mirror.snapshot(), self._engine_now()
        self._read_catalog()
        self.tell_scenes()
        await self._nursery.__aenter__()
        self._reading = asyncio.create_task(self.mirror.read_through())
        return self

    async def __aexit__(self, *error: object) -> None:
        self.stop.set()
        self.hub.close()
        self._reading.cancel()
        for show in self.shows.values():
            await show.close()
        await self.renders.close()
        await self.findings.close()
        await self.shelf.close()
        await self.warmth.close()
        await self._nursery.__aexit__(*error)

    # -- the loop --------------------------------------------------------------------------------------
    async def watch(self) -> None:
        """Until `stop` is set: after each save, redraw the panes that it touches."""
        async for _ in changes(ROOT, self.stop):
            self.follow()

    def follow(self) -> bool:
        """Look whether the sources differ from what was last seen; if so, redraw the panes that this touches."""
        change = self.mirror.follow()
        if not change:
            return self._follow_traces()
        self.snapshot = self.mirror.snapshot()
        self.shelf.edited()
        self._read_catalog()
        for show in self.shows.values():
            show.info = self._info(show.info.name) or show.info
            traces = self.touches_traces(change.paths)
            if traces or show.mistake is not None or show.reaches(change.paths) or not show.is_current():
                show.refresh(traced=not traces)
                self.findings.edited()
        self.tell_scenes()
        if any(name.startswith("studio/preview/") for name in change.paths):
            self.say("the preview's own code changed: start it again to use it")
        return True

    def _follow_traces(self) -> bool:
        """A trace may have been recorded anew by somebody else, such as `reel trace` in another terminal."""
        marks = self._trace_marks()
        at_rest = all(show.state in ("fresh", "drawing", "broken") for show in self.shows.values())
        if marks == self._marks or not at_rest:
            return False  # a pane that is at work is judged when it is done
        self._marks = marks
        moved = [show for show in self.shows.values() if not show.is_current()]
        for show in moved:
            self.warmth.spoil()
            show.refresh()
        return bool(moved)

    def _trace_marks(self) -> dict[str, tuple[int, int]]:
        found = {}
        for show in self.shows.values():
            for name in self.shown_traces(show.info, show.overrides):
                with contextlib.suppress(OSError):
                    stat = (self.traces / name / "manifest.json").stat()
                    found[name] = (stat.st_mtime_ns, stat.st_size)
        return found

    def touches_traces(self, paths: frozenset[str]) -> bool:
        """Whether an edit may have made a trace stale."""
        return any(name.startswith(("engine/", "data/")) for name in paths)

    def settled(self, show: Show) -> None:
        """A pane has all its pictures: there is time to renew the warm process."""
        self.warmth.renew(self.told(self.scene_job(show.info, show.overrides)))
        self.findings.settled(show.info.name)
        self.shelf.settled()
        self.tell_scenes()

    def say(self, line: str) -> None:
        """A line on the terminal, if it still is there."""
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(f"preview: {line}\n")
            sys.stderr.flush()

    def end(self, child: Child) -> None:
        """A child has done its work."""
        self._nursery.dismiss(child)

    # -- scenes ------------------------------------------------------------------------------------------
    def open(self, name: str, wish: Moment | None = None) -> None:
        """Show the scene `name` in the main pane; UserError when there is none."""
        info = self._info(name)
        if info is None:
            (info,) = catalog.find((name,), self.mirror.folder)
        self.findings.opened()
        self._replace("main", Show("main", self, info, {}, wish))
        self.compare(None)

    def keep(self, name: str, moment: Moment, write: Callable[[bytes], None]) -> None:
        """Keep one frame of the scene `name` drawn; `write` gets its PNG after every edit."""
        (info,) = catalog.find((name,), self.mirror.folder)
        self._replace("main", KeptStill(self, info, moment, write))

    def check(self) -> None:
        """Look through the main pane's scene for what a viewer would dislike; the findings go to the pages."""
        self.findings.check(self.shows["main"].info.name)

    def compare(self, experiment: str | None) -> None:
        """Show the main pane's scene on another experiment's trace beside it; None takes it away."""
        if experiment is None:
            self._replace("other", None)
            return
        main = self.shows["main"]
        if experiment not in experiments.names() or not main.info.trace:
            raise UserError(f"{experiment[:80]}: no experiment that {main.info.name} could be drawn from")
        other = Show("other", self, main.info, {main.info.trace: experiment})
        other.playhead = main.playhead
        self._replace("other", other)

    def _replace(self, name: str, show: Show | None) -> None:
        before = self.shows.pop(name, None)
        if before is not None:
            task = asyncio.create_task(before.close())
            self._closing = task  # kept from the garbage collector
        for topic in ("", "-score", "-chunks", "-still"):
            self.hub.tell(name + topic, None)
        if show is not None:
            self.shows[name] = show
            show.refresh()
        self.tell_scenes()

    def _info(self, name: str) -> SceneInfo | None:
        return next((info for info in self.infos if info.name == name), None)

    def _read_catalog(self) -> None:
        """Read which scenes there are; while a file does not parse, those that were known stay."""
        try:
            self.infos = catalog.scenes(self.mirror.folder)
        except UserError as error:
            if not self.infos:
                raise
            self.say(str(error).replace(str(self.mirror.folder) + "/", ""))

    def tell_scenes(self) -> None:
        """Every scene with the qualities it lies rendered in, and what it could be compared on."""
        shown = self.shows["main"].info.name if "main" in self.shows else ""
        self.hub.tell("experiments", experiment_names())
        self.hub.tell("scenes", [
            {"name": info.name, "chapter": info.chapter, "about": info.about, "trace": info.trace,
             "shown": info.name == shown,
             "traced": all((self.traces / name / "manifest.json").is_file() for name in info.traces),
             "rendered": self.shelf.of(info)}
            for info in self.infos
        ])  # fmt: skip

    # -- jobs ----------------------------------------------------------------------------------------------
    async def stale_traces(self, names: list[str], told: Told) -> list[str]:
        """Those of the experiments that must be trained before their scene can be drawn; `told` waits for a child.

        Once the engine's code has been edited, this process's own copy of it cannot judge: a child does.
        """
        wanted = list(dict.fromkeys(names))
        if not wanted or self._engine == self._engine_now():
            # Not in a thread: in Python 3.11 two threads that parse at the same time disturb each other.
            return [name for name in wanted if not experiments.is_fresh(name, self.traces)]
        more = {"experiments": wanted, "folder": str(self.traces)}
        async with self.warmth.fork("judge", self.plain_job(), **more) as child:
            return list((await told(child))[0]["stale"])

    def _engine_now(self) -> dict[str, bytes]:
        contents = self.mirror.contents()
        return {name: contents[name] for name in contents if name.startswith("engine/") and name.endswith(".py")}

    def shown_traces(self, info: SceneInfo, overrides: dict[str, str]) -> list[str]:
        """Names of the traces that a pane draws."""
        return [overrides.get(name, name) for name in info.traces]

    def scene_job(self, info: SceneInfo, overrides: dict[str, str]) -> SceneJob:
        """The build's own kind of job, on the mirror."""
        folders = tuple((name, str(self.traces / overrides.get(name, name))) for name in info.traces)
        return SceneJob(str(self.mirror.folder), info.module, info.name, folders, self.letter)

    def told(self, job: SceneJob) -> Message:
        """A job as it is told to a child."""
        quality = job.quality
        return {
            "root": job.root, "module": job.module, "name": job.name, "traces": [list(t) for t in job.traces],
            "letter": job.letter, "picture": [quality.width, quality.height, quality.rate],
        }  # fmt: skip

    def plain_job(self) -> Message:
        """For tasks that need no scene."""
        return {"root": str(self.mirror.folder)}

    def folder_of(self, trace: str) -> Path | None:
        """Where a trace lies that one of the panes shows; None for any other name."""
        shown = {name for show in self.shows.values() for name in self.shown_traces(show.info, show.overrides)}
        return self.traces / trace if trace in shown else None


def experiment_names() -> list[str]:
    """What a scene can be compared on."""
    return list(experiments.names())


def state(shop: Workshop) -> dict[str, Any]:
    """Everything that a page needs once, when it opens."""
    return {"experiments": experiment_names(), "qualities": list(QUALITIES), "letter": shop.letter}
