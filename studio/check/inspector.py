"""Steps one scene without drawing it and lets every rule look at every state. The rules themselves are elsewhere.

It steps at Manim's low frame rate; a training step that falls between two frames of that rate, but not of a finer
one, is put on stage in between, so that every step which a render shows is judged.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
from manim import Scene

from engine.trace import Trace
from scenes.parts.raster import Raster
from studio import jumper, stepper
from studio.check import clearance, legibility, pacing, statefulness
from studio.check.collector import Collector
from studio.check.digits import constants_of, undeclared
from studio.check.findings import Report
from studio.check.geometry import meeting
from studio.check.naming import lines_recorded, scene_files
from studio.check.palette import Palette, class_colours
from studio.check.provenance import Provenance
from studio.check.seen import Seen, Words
from studio.check.sight import Faults, Observer, Sight, boxes

FINEST: Final = 60  # frames a second of the finest render
PICTURES: Final = 0.5  # seconds after which a picture behind a text is looked at anew, while it keeps changing


def inspect(scene_class: type[Scene], traces: Mapping[str, Trace]) -> Report:
    """Everything wrong with a scene. `traces`: by their own names. Manim must have been configured (stepper)."""
    began = time.process_time()
    report = Report(scene_class.__name__)
    with lines_recorded(scene_files(scene_class)):
        collector = Collector(scene_class.__name__)
        inspector = Inspector(collector, traces)
        score = stepper.step(scene_class, inspector.visit)
        inspector.close(score)
        second = statefulness.SecondVisit(inspector.looks, inspector.steps, collector.tell)

        def visit(frame: Any) -> None:
            collector.stand_at(frame.time, frame.section)
            second.visit(frame)

        jumper.jump(scene_class, statefulness.wanted, visit, collector.meet)
    collector.close(report)
    report.frames, report.states = score.frames, inspector.states
    report.seconds = time.process_time() - began
    return report


class Inspector:
    """The visitor of the first way through the scene."""

    def __init__(self, collector: Collector, traces: Mapping[str, Trace]) -> None:
        self._collector, self._traces = collector, traces
        self._observer = Observer()
        self._movement = pacing.Movement()
        self._palette = Palette(class_colours(t.manifest.get("task") or {} for t in traces.values()))
        self._provenance: Provenance | None = None
        self._constants: dict[str, str] = {}
        self._scene: Any = None
        self._step: float | None = None
        self._alone: dict[int, tuple[Any, Faults]] = {}  # what was found of a text by itself
        self._together: dict[int, tuple[Any, Faults]] = {}  # and of a text among other things
        self._coloured: dict[int, tuple[Any, Faults]] = {}
        self._rasters: dict[int, tuple[float, int]] = {}
        self._changes: list[float] = []
        self._rate = 15.0
        self.states = 0
        self.steps: dict[str, list[int]] = {}  # section -> steps that were on screen
        self.looks: dict[int, statefulness.Look] = {}

    # -- frames ------------------------------------------------------------------------------------
    def visit(self, frame: stepper.Frame) -> None:
        """Look at one frame, and at the steps that a finer render would show before it."""
        scene: Any = frame.scene
        if scene is not self._scene:
            self._meet(scene)
        self._collector.stand_at(frame.time, frame.section)
        for _ in self._steps_between(scene):
            self._judge(self._observer.look(scene, frame.time, frame.section))
        sight = self._observer.look(scene, frame.time, frame.section)
        if sight is not None:
            self._changes.append(frame.time)
        self._judge(sight)
        if frame.index % statefulness.EVERY == 0:
            self.looks[frame.index] = statefulness.looks([seen.mobject for seen in self._observer.seen])

    def _meet(self, scene: Any) -> None:
        self._scene = scene
        self._collector.meet(scene)
        self._provenance = Provenance(self._traces, getattr(scene, "transforms", {}))
        self._constants = constants_of(scene)
        self._rate = float(scene.renderer.camera.frame_rate)

    def _steps_between(self, scene: Any) -> Iterator[int]:
        """Put the steps on stage that this frame rate leaves out and a finer one would show."""
        tracker = getattr(scene, "step", None)
        if tracker is None:
            return
        here, before = tracker.get_value(), self._step
        self._step = here
        if before is None or id(tracker) not in {id(a.mobject) for a in scene.animations or ()}:
            return
        finer = max(1, round(FINEST / self._rate))
        between = np.floor(before + (here - before) * np.arange(1, finer) / finer + 1e-6)
        for step in sorted({int(s) for s in between} - {int(np.floor(before + 1e-6)), int(np.floor(here + 1e-6))}):
            tracker.set_value(step)
            scene.update_mobjects(0)
            yield step
        if tracker.get_value() != here:
            tracker.set_value(here)
            scene.update_mobjects(0)

    def close(self, score: stepper.Score) -> None:
        """Judge what only the whole scene shows: its narration and its quiet."""
        length = score.frames / self._rate
        lines = [(caption.start, caption.end, caption.text) for caption in score.captions]
        first = score.sections[0].first / self._rate if score.sections else None

        def tell(kind: str, what: str, time: float) -> None:
            frame = round(time * self._rate)
            section = next((s.name for s in reversed(score.sections) if s.first <= frame), "")
            self._collector.stand_at(time, section)
            self._collector.tell(kind, what)

        pacing.captions(lines, first, length, tell)
        pacing.dead_time(self._changes, lines, length, tell)

    # -- states ------------------------------------------------------------------------------------
    def _judge(self, sight: Sight | None) -> None:
        """Let every rule look at a state."""
        if sight is None:
            return
        assert self._provenance is not None
        self.states += 1
        self.steps.setdefault(sight.section, []).append(sight.step)
        faults = self._provenance.judge(sight) + self._colours(sight)
        resting = [words for words in sight.words if sight.rests(words)]
        for words in resting:
            faults += self._by_itself(words, sight)
        faults += self._among_others(resting, sight)
        for kind, what, mobjects in faults:
            self._collector.tell(kind, what, *mobjects)
        self._movement.judge(sight, self._collector.tell)

    def _colours(self, sight: Sight) -> Faults:
        faults: Faults = []
        for seen in sight.seen:
            known = self._coloured.get(id(seen))
            key = (seen.version, sight.rests(seen))
            if known is None or known[0] != key:
                known = self._coloured[id(seen)] = (key, self._palette.judge(seen, sight))
            faults += known[1]
        return faults

    def _version(self, seen: Seen, sight: Sight) -> int:
        """A thing's version; that of a raster, whose pixels cost time, is renewed no more than twice a second."""
        if not isinstance(seen.mobject, Raster):
            return seen.version
        known = self._rasters.get(id(seen))
        if known is None or sight.time - known[0] >= PICTURES:
            known = self._rasters[id(seen)] = (sight.time, seen.version)
        return known[1]

    def _by_itself(self, words: Words, sight: Sight) -> Faults:
        key = (words.version, sight.view)
        known = self._alone.get(id(words))
        if known is None or known[0] != key:
            faults: Faults = []
            if words.opacity > clearance.GONE:
                faults += legibility.inside(words, sight) + legibility.large_enough(words, sight)
                faults += undeclared(words, self._constants)
            known = self._alone[id(words)] = (key, faults)
        return known[1]

    def _among_others(self, resting: list[Words], sight: Sight) -> Faults:
        """Contrast and clearance: what is near a text decides, so they are judged again when any of that changes."""
        if not resting:
            return []
        faults: Faults = []
        near = meeting(boxes(resting), boxes(sight.seen), clearance.TEXT_GAP * sight.view.pixel)
        for words, row in zip(resting, near, strict=True):
            others = [sight.seen[i] for i in np.flatnonzero(row) if sight.seen[i].words is not words]
            company = tuple((id(s), self._version(s, sight), sight.rests(s)) for s in others)
            key = (words.version, sight.view, company)
            known = self._together.get(id(words))
            if known is None or known[0] != key:
                first = words.first
                behind = [s for s in others if s.order < first]
                before = [s for s in others if s.order > first]
                found = clearance.free(words, behind, before, sight)
                if not words.faint:
                    found = found + legibility.bright_enough(words, behind, sight)
                known = self._together[id(words)] = (key, found)
            faults += known[1]
        return faults
