"""What the forked children do with a line or two: look at a frame, judge traces, train. Decides nothing.

Each runs once in a process of its own and answers over its line.
"""

from __future__ import annotations

import gc
import importlib
import io
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image

from studio.preview.wire import Line, Message


def prepare(job: Message) -> Any:
    """Configure Manim for `job` and import its scene's class."""
    from studio import heap, stepper
    from studio.quality import Quality

    heap.keep()
    width, height, rate = job["picture"]
    stepper.configure(Quality("", width, height, rate), Path(job["scratch"]))
    stage = importlib.import_module("scenes.stage")
    scene_class = getattr(importlib.import_module(job["module"]), job["name"])
    stage.TraceScene.traces = {name: Path(folder) for name, folder in job["traces"]}
    return scene_class


def leap_through(job: Message) -> None:
    """Begin and finish every play of the scene; draw nothing."""
    scene_class = prepare(job)
    from studio.jumper import jump

    jump(scene_class, lambda first, count: (), lambda frame: None)


# -- look ----------------------------------------------------------------------------------------
def look(message: Message, line: Line) -> None:
    """See one frame: number `frame`, or the last one when the scene ends sooner.

    It is reached by jumps, so positions that were added up may differ in their last bits from those that stepping
    reaches; a drawn chunk replaces what a look has shown, and nothing of a look is stored.
    """
    from contextlib import nullcontext

    gc.disable()  # it takes a tenth of the time, and this process ends with its answer
    scene_class = prepare(message["job"])
    from studio.check.naming import lines_recorded, scene_files
    from studio.jumper import jump
    from studio.stepper import Enough

    seen: list[int] = []

    def visit(frame: Any) -> None:
        seen.append(frame.index)
        line.send(*_seen(frame, message))
        raise Enough

    wanted = message["frame"]
    with lines_recorded(scene_files(scene_class)) if message.get("want") == "things" else nullcontext():
        while not seen:
            score = jump(scene_class, partial(_only, wanted), visit)
            if not seen and score.frames == 0:
                raise ValueError(f"{message['job']['name']} plays nothing: there is no frame")
            wanted = score.frames - 1


def _only(wanted: int, first: int, count: int) -> tuple[int, ...]:
    return (wanted,) if first <= wanted < first + count else ()


def _seen(frame: Any, message: Message) -> tuple[Message, bytes]:
    found = {"kind": "seen", "frame": frame.index, "address": frame.address.hex(), "step": frame.scene.now()}
    if message.get("want") == "readings":
        from studio.preview.readings import readings_on

        return {**found, "readings": readings_on(frame)}, b""
    if message.get("want") == "things":
        from studio.preview.readings import boxes_of

        return {**found, "boxes": boxes_of(frame, message["names"])}, b""
    return found, encoded(frame.draw(), message.get("format", "JPEG"))


def encoded(pixels: Any, format_: str) -> bytes:
    """RGBA pixels (rows, columns, 4) as a JPEG or PNG."""
    out = io.BytesIO()
    image = Image.fromarray(pixels).convert("RGB")
    if format_ == "PNG":
        image.save(out, "PNG", compress_level=3)
    else:
        image.save(out, "JPEG", quality=92, subsampling=0)
    return out.getvalue()


# -- traces --------------------------------------------------------------------------------------
def judge(message: Message, line: Line) -> None:
    """Which of `experiments` have no trace in `folder` that the engine, as it now stands, would record."""
    from engine import experiments

    folder = Path(message["folder"])
    stale = [name for name in message["experiments"] if not experiments.is_fresh(name, folder)]
    line.send({"kind": "judged", "stale": stale})


def train(message: Message, line: Line) -> None:
    """Record an experiment's trace, telling how far it is."""
    from engine import experiments

    def progress(done: int, total: int) -> None:
        line.send({"kind": "trained", "done": done, "total": total})

    experiments.run(message["experiment"], Path(message["folder"]), progress=progress)
