"""What the forked children do: look at a frame, prove every frame's address and draw chunks, judge traces, train.

Each runs once in a process of its own and answers over its line. Nothing here decides what is to be done.
"""

from __future__ import annotations

import gc
import importlib
import io
import os
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image

from studio.jobs import ScoreRecord
from studio.preview import household
from studio.preview.wire import Line, Message

BATCH = 12  # frames between two reports of the proof


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


# -- prove and draw --------------------------------------------------------------------------------
def prove(message: Message, line: Line) -> None:
    """Step the whole scene, frame after frame, and tell every frame's address: in batches, then all as a score.

    At the first frame of every chunk (of those in `park`, when that is given) a fork is left behind. It waits there,
    in exactly the state that stepping has come to, until it is told to draw the chunk.
    """
    scene_class = prepare(message["job"])
    from studio import stepper
    from studio.recalling import remembered

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    os.nice(1)  # looks come first
    proof = _Proof(message, line)
    with remembered(tuple(message["memory"])):
        score = stepper.step(scene_class, proof.visit)
    if proof.chunk is not None:
        return  # this is a fork, and it has drawn a chunk that ends with the scene
    record = proof.record
    record.tell(score, proof.recorder.table())
    line.send({"kind": "score"}, record.to_bytes())
    line.receive()  # the forks live as long as this process: whoever asked will end it


class _Proof:
    """The visitor of `prove`, and in its forks the one that draws."""

    def __init__(self, message: Message, line: Line) -> None:
        self._message, self._line = message, line
        self._told = 0
        from studio.recorder import Recorder

        self.record = ScoreRecord()
        self.recorder = Recorder()
        self.chunk: Message | None = None  # in a fork: what it draws
        self._encoder: Any = None
        self._last = ""

    def visit(self, frame: Any) -> None:
        """Note the frame's address; leave a fork behind where a chunk starts. In a fork: draw."""
        if self.chunk is None and self._starts_chunk(frame):
            self._park(frame.index)
        if self.chunk is not None:
            self._draw(frame)
            return
        self.recorder.see(frame, frame.recipe)
        self.record.addresses.append(frame.name)
        self.record.steps.append(frame.scene.now())
        if frame.index % BATCH == 0:
            self._tell(frame)

    def _starts_chunk(self, frame: Any) -> bool:
        starts = (frame.index - frame.section_first) % self._message["size"] == 0
        return starts and (self._message["park"] is None or frame.index in self._message["park"])

    def _tell(self, frame: Any) -> None:
        record = self.record
        sections = [(s.name, s.first) for s in frame._renderer.score.sections]
        self._line.send({"kind": "proved", "addresses": record.addresses[self._told :],
                         "steps": record.steps[self._told :], "sections": sections})  # fmt: skip
        self._told = len(record.addresses)

    def _park(self, first: int) -> None:
        """Fork; the fork waits for its chunk and, once it knows it, goes on as the one that draws."""
        from studio.recalling import forget

        if os.fork():
            return
        self._line.close()
        household.die_with_parent()
        forget()  # what is drawn proves itself pixel by pixel
        ident = f"{self._message['ident']}/{first}"
        household.tell_stack_to(f"{self._message['stacks']}/{ident.replace('/', '-')}")
        self._line = Line(self._message["socket"], {"ident": ident})
        self.chunk, _ = self._line.receive()
        os.nice(1)  # and what is still to be proved comes before what only has to be drawn

    def _draw(self, frame: Any) -> None:
        from studio.encode import ChunkEncoder, codec_for
        from studio.quality import QUALITIES
        from studio.store import Store

        chunk = self.chunk
        assert chunk is not None
        if self._encoder is None:
            self._encoder = ChunkEncoder(codec_for("mp4", False), QUALITIES[self._message["job"]["letter"]])
        address = frame.name
        if address != chunk["addresses"][frame.index - chunk["first"]]:
            self._line.send({"kind": "impure", "frame": frame.index})
            os._exit(0)
        self._encoder.add(None if self._last == address else frame.draw())
        self._last = address
        self._line.send({"kind": "frame", "frame": frame.index})
        if frame.index == chunk["last"]:
            Store(Path(chunk["store"])).put("chunk", chunk["key"], self._encoder.finish())
            self._line.send({"kind": "drawn", "key": chunk["key"]})
            os._exit(0)


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


TASKS: dict[str, Callable[[Message, Line], None]] = {"look": look, "prove": prove, "judge": judge, "train": train}
