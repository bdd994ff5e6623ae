"""`reel check` from the page: runs it in a process of its own, tells what it found, and marks it old after an edit."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

from studio.preview.hub import Hub
from studio.preview.renders import Errand, helper
from studio.preview.wire import Message

MOST = 200  # findings shown


class Findings(Errand):
    """What is wrong with the scene that is shown, once somebody has asked; afterwards kept up to date."""

    def __init__(self, hub: Hub) -> None:
        super().__init__()
        self._hub = hub
        self._scene = ""
        self._found: list[Message] = []

    def check(self, scene: str) -> None:
        """Look through `scene` now."""
        self.stop()
        self._found = self._found if scene == self._scene else []
        self._scene = scene
        self._task = asyncio.create_task(self._check(scene))

    def edited(self) -> None:
        """The code is another now: what was found may be so no longer."""
        self.stop()
        if self._scene:
            self._tell("done", old=True)

    def settled(self, scene: str) -> None:
        """The pictures of `scene` are up to date again: so should be what was found in it."""
        if scene == self._scene and (self._task is None or self._task.done()):
            self.check(scene)

    def opened(self) -> None:
        """Another scene is shown, of which nothing is known."""
        self.stop()
        self._scene, self._found = "", []
        self._hub.tell("findings", None)

    def names(self, number: int) -> list[str]:
        """What the things are called that a finding is about."""
        return [thing["name"] for thing in self._found[number]["things"]] if 0 <= number < len(self._found) else []

    async def _check(self, scene: str) -> None:
        self._tell("going", old=True)
        self._process = process = await helper("check", scene)
        assert process.stdout is not None
        said: dict[str, Any] = {}
        async for line in process.stdout:
            with contextlib.suppress(ValueError):
                said.update(json.loads(line))
        if await process.wait() != 0 or "findings" not in said:
            self._tell("failed", text=said.get("text", "the check failed"))
            return
        self._found = said["findings"][:MOST]
        self._tell("done")

    def _tell(self, state: str, old: bool = False, text: str = "") -> None:
        shown = [
            {"kind": f["kind"], "time": f["time"], "until": f["until"], "text": _words(f)} for f in self._found
        ]  # fmt: skip
        self._hub.tell("findings", {"state": state, "findings": shown, "old": old, "text": text})


def _words(finding: Message) -> str:
    who = " and ".join(t["name"] + (f" ({t['made_at']})" if t["made_at"] else "") for t in finding["things"])
    more = f"; {finding['alike']} more alike" if finding["alike"] else ""
    return f"{who}: {finding['what']}{more}" if who else f"{finding['what']}{more}"
