"""Whether each scene's renders are what the code would make now: looked up in peace, by a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable

from studio.catalog import SceneInfo
from studio.preview.renders import Errand, end_group, helper
from studio.project import renders_folder
from studio.quality import QUALITIES

PEACE = 2.5  # seconds without an edit before anything is looked up


class Shelf(Errand):
    """What lies in renders/, by scene and quality. `changed` is called when something new is known."""

    def __init__(self, changed: Callable[[], None]) -> None:
        super().__init__()
        self._changed = changed
        self._states: dict[tuple[str, str], tuple[str, str]] = {}  # scene, quality -> fresh or stale, and why

    def of(self, info: SceneInfo) -> dict[str, tuple[str, str]]:
        """The qualities that the scene lies rendered in: each fresh, stale or unsure, and why."""
        folder = renders_folder()
        there = [q for q, at in QUALITIES.items() if (folder / at.folder / f"{info.name}.mp4").is_file()]
        return {letter: self._states.get((info.name, letter), ("unsure", "")) for letter in there}

    def edited(self) -> None:
        """The code is another now: nothing is sure any more."""
        self.stop()
        self._states.clear()

    def settled(self) -> None:
        """Nothing is being drawn: there is time to look."""
        self.stop()
        self._task = asyncio.create_task(self._look())

    async def _look(self) -> None:
        await asyncio.sleep(PEACE)
        self._process = process = await helper("shelf")
        assert process.stdout is not None
        try:
            async for line in process.stdout:
                with contextlib.suppress(ValueError):
                    said = json.loads(line)
                    if "scene" in said:
                        self._states[said["scene"], said["letter"]] = (said["state"], said["why"])
                        self._changed()
            await process.wait()
        finally:
            end_group(process)
