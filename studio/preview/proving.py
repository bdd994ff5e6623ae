"""What a forked child does that proves a scene: it steps every frame, and tells what each of them would look like.

What has changed is drawn on the way, or by forks that are left behind where a chunk begins. Nothing here decides what
is to be drawn.
"""

from __future__ import annotations

import os
import signal
from typing import Any

from studio.jobs import ScoreRecord
from studio.preview import household, tasks
from studio.preview.piece import Piece
from studio.preview.wire import Line, Message

BATCH = 12  # frames between two reports of the proof


def prove(message: Message, line: Line) -> None:
    """Step the whole scene, frame after frame, and tell every frame's address: in batches, then all as a score.

    At the first frame of every chunk (of those in `park`, when that is given) a fork is left behind. It waits there,
    in exactly the state that stepping has come to, until it is told to draw the chunk. If it is to `ask`, whoever
    asked says at each chunk whether a fork is to be left behind, or the chunk drawn here and now, or nothing done.
    """
    scene_class = tasks.prepare(message["job"])
    from studio import stepper
    from studio.recalling import remembered

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    household.step_back()
    proof = _Proof(message, line)
    with remembered(tuple(message["memory"])):
        score = stepper.step(scene_class, proof.visit)
        proof.finish()
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
        self._order: Message | None = None  # in a fork: what it draws
        self._piece: Piece | None = None

    def visit(self, frame: Any) -> None:
        """Note the frame's address, and draw it if that was wished. In a fork: draw."""
        address = frame.name
        if self._order is None and self._starts_chunk(frame):
            self.finish()
            self._begin(frame.index, address)
        if self._order is not None:
            self._drawn_by_order(frame, address)
            return
        if self._piece is not None:
            self._drawn_by_the_way(frame, address)
        self.recorder.see(frame, frame.recipe)
        self.record.addresses.append(address)
        self.record.steps.append(frame.scene.now())
        if frame.index % BATCH == 0:
            self._tell(frame)

    def finish(self) -> None:
        """No frame of the present chunk will come any more."""
        if self._order is not None:  # a fork whose chunk the scene's end has cut short
            os._exit(0)
        if self._piece is not None:
            self._piece.finish()
            self._end()

    def _begin(self, first: int, address: str) -> None:
        """A chunk begins here: leave a fork behind, or draw it, or neither."""
        park = self._message["park"]
        what = "park" if park is None or first in park else "leave"
        if self._message["ask"]:
            self._line.send({"kind": "begins", "first": first, "address": address})
            what = self._line.receive()[0]["do"]
        if what == "park":
            self._park(first)
        elif what == "draw":
            from studio.recalling import doubt

            doubt()
            self._piece = Piece(first, self._message["drawing"], self._line)

    def _end(self) -> None:
        from studio.recalling import trust

        self._piece = None
        trust()

    def _drawn_by_the_way(self, frame: Any, address: str) -> None:
        assert self._piece is not None
        if address.startswith("?"):  # nobody can tell whether it looks the same next time
            self._piece.leave()
            self._end()
        else:
            self._piece.add(frame, address)

    def _starts_chunk(self, frame: Any) -> bool:
        return bool((frame.index - frame.section_first) % self._message["size"] == 0)

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
        self._order, _ = self._line.receive()
        self._piece = Piece(first, self._message["drawing"], self._line)
        os.nice(1)  # and what is still to be proved comes before what only has to be drawn

    def _drawn_by_order(self, frame: Any, address: str) -> None:
        order, piece = self._order, self._piece
        assert order is not None and piece is not None
        if address != order["addresses"][frame.index - order["first"]]:
            self._line.send({"kind": "impure", "frame": frame.index})
            os._exit(0)
        piece.add(frame, address)
        if frame.index == order["last"]:
            piece.finish()
            os._exit(0)
