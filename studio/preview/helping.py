"""The process behind a one-click render, a check or the list of scenes: prints its progress, a line of JSON at a time.

Ends when its standard input does, so that it never outlives the preview.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from typing import Any

from engine.errors import UserError
from studio.build import build
from studio.catalog import find, scenes
from studio.jobs import JobFailed
from studio.order import Order
from studio.project import renders_folder
from studio.quality import QUALITIES

BEHIND = {"render": 4, "check": 8, "shelf": 16}  # how far each stands behind what the author is looking at


class Told:
    """What `build` wants of a progress display, as lines of JSON."""

    def __init__(self) -> None:
        self._bars: dict[str, list[Any]] = {}
        self._said = 0.0

    def add(self, name: str, text: str, total: int | None) -> None:
        """A job begins."""
        self._bars[name] = [text, 0, total or 0]
        self._say(True)

    def report(self, name: str, what: str, count: int) -> None:
        """`count` more are done."""
        if name in self._bars:
            if what.startswith("of "):
                self._bars[name][2] = int(what.split()[1])
            self._bars[name][1] += count
            self._say(False)

    def finish(self, name: str) -> None:
        """The job is done."""
        self._bars.pop(name, None)

    def _say(self, now: bool) -> None:
        if (now or time.monotonic() - self._said > 0.2) and self._bars:
            self._said = time.monotonic()
            text, done, total = list(self._bars.values())[-1]
            say({"what": text, "done": done, "total": total})


def say(message: dict[str, Any]) -> None:
    """One line for the preview."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _end_with_preview() -> None:
    while os.read(0, 4096):  # not sys.stdin: its lock would still be held when the interpreter ends
        pass
    os.killpg(0, signal.SIGTERM)  # this process leads its own group: the build's workers go with it


def main() -> int:
    """`render SCENE QUALITY`, `check SCENE` or `shelf`, as the command line says; the exit code tells how it went."""
    what, *more = sys.argv[1:]
    os.nice(BEHIND[what])
    threading.Thread(target=_end_with_preview, daemon=True).start()
    try:
        if what == "render":
            _render(*more)
        elif what == "check":
            _check(*more)
        else:
            _shelf()
    except (UserError, JobFailed, OSError) as error:
        say({"text": str(error)})
        return 1
    return 0


def _render(name: str, letter: str) -> None:
    (info,) = find((name,))
    (built,) = build(Order((info,), letter), Told())  # type: ignore[arg-type]
    say({"text": str(built.path), "done": built.frames, "total": built.frames})


def _check(name: str) -> None:
    from studio import check_all
    from studio.training import make_traces

    infos = find((name,))
    make_traces(infos[0].traces, Told())  # type: ignore[arg-type]
    (report,) = check_all.check(infos, 1, Told())  # type: ignore[arg-type]
    say({"findings": report.as_dict()["findings"]})


def _shelf() -> None:
    """Whether what lies rendered is what would be made now: a line for each scene and quality."""
    from studio.freshness import examine
    from studio.snapshot import live

    snapshot = live()
    for info in scenes():
        for letter, quality in QUALITIES.items():
            if (renders_folder() / quality.folder / f"{info.name}.mp4").is_file():
                found = examine(info, Order((info,), letter), snapshot)
                say({"scene": info.name, "letter": letter, "state": found.state, "why": "; ".join(found.reasons)[:300]})


if __name__ == "__main__":
    sys.exit(main())
