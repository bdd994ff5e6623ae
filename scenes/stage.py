"""The stage that every scene of the film stands on: its trace, its step, its beats. Draws nothing by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from manim import Mobject, Scene, ValueTracker

from engine.trace import Trace, TraceError
from scenes.camera import StageCamera
from scenes.style import READ_RATE
from scenes.updaters import Updaters

TRACES = Path(__file__).resolve().parents[1] / "data" / "traces"


class TraceScene(Scene):
    """A scene that tells one recorded run.

    Every visible thing is a function of (trace, step, layout): `follow` ties a part to the step, `run_steps` moves
    the step, and nothing else changes a part's numbers.
    """

    trace_name: ClassVar[str] = ""  # the experiment whose trace the scene draws; read by `reel` without importing
    also: ClassVar[tuple[str, ...]] = ()  # further traces it opens
    traces: ClassVar[dict[str, Path]] = {}  # where a named trace lies, when not in data/traces
    # What `reel check` must be told (docs/authoring.md): numbers in words and formulas, with what they are; and
    # functions behind the names given to `Reading.through`.
    constants: ClassVar[Mapping[str, str]] = {}
    transforms: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.waivers: list[tuple[str, Mobject | None, str]] = []
        self._updaters = Updaters()
        kwargs.setdefault("camera_class", StageCamera)
        super().__init__(*args, **kwargs)

    def setup(self) -> None:
        """Open the trace and stand at its first step."""
        super().setup()
        self.step = ValueTracker(0.0)
        if self.trace_name:
            self.trace = self.open_trace(self.trace_name)

    def update_mobjects(self, dt: float) -> None:
        """Call the updaters of all that is in the scene; `dt` are the seconds since the last time."""
        for mobject in self.mobjects:
            self._updaters.call(mobject, dt)

    def open_trace(self, name: str) -> Trace:
        """The trace that the experiment `name` left, or the one put in its place by `--trace`."""
        return Trace.load(self.traces.get(name, TRACES / name))

    def require(self, fits: bool, what: str) -> None:
        """Refuse a trace that this scene cannot draw, in one line saying `what` it needs."""
        if not fits:
            raise TraceError(f"{self.trace.name}: does not fit {type(self).__name__}: it needs {what}")

    def waive(self, kind: str, part: Mobject | None, why: str) -> None:
        """Accept what `reel check` finds of this kind about `part` (anything, when None), because `why`."""
        self.waivers.append((kind, part, why))

    # -- the step --------------------------------------------------------------------------------
    def now(self) -> int:
        """The training step shown: whole, so that every number on screen was recorded."""
        return int(np.floor(self.step.get_value() + 1e-6))

    def follow(self, part: Mobject, show: Callable[[int], object]) -> Mobject:
        """Let `show(step)` set `part` whenever the step changes; it must not depend on what was shown before."""
        shown: list[int] = []

        def update(_: Mobject) -> None:
            step = self.now()
            if shown != [step]:
                show(step)
                shown[:] = [step]

        update.rests = lambda: shown == [self.now()]  # type: ignore[attr-defined]
        part.add_updater(update, call_updater=True)
        return part

    def run_steps(
        self,
        upto: int,
        speed: float,
        to_speed: float | None = None,
        towards: Mapping[ValueTracker, float] | None = None,
    ) -> None:
        """Train on to step `upto` at `speed` steps a second, changing evenly to `to_speed` when that is given.

        A speed of up to 15 shows every step even at Manim's low quality. Meanwhile other trackers go smoothly to the
        values that `towards` gives them.
        """
        end = speed if to_speed is None else to_speed
        seconds = 2 * (upto - self.step.get_value()) / (speed + end)

        def pace(t: float) -> float:
            return float((speed * t + (end - speed) * t * t / 2) / ((speed + end) / 2))

        others = [tracker.animate(run_time=seconds).set_value(value) for tracker, value in (towards or {}).items()]
        self.play(self.step.animate(run_time=seconds, rate_func=pace).set_value(float(upto)), *others)

    # -- beats and narration -----------------------------------------------------------------------
    @contextmanager
    def beat(self, name: str, *lines: str) -> Iterator[None]:
        """A named section with its narration, `lines` spoken one after the other.

        What is played inside runs while they are spoken; the beat ends no sooner than its last line.
        """
        self.next_section(name)
        until = self.say(*lines)
        yield
        self.rest(until)

    def say(self, *lines: str) -> float:
        """Subtitle `lines` from now on, each long enough to read aloud; returns the time at which they end."""
        offset = 0.0
        for line in lines:
            seconds = max(2.0, len(line) / READ_RATE)
            self.add_subcaption(line, duration=seconds - 0.1, offset=offset)  # a blink between two lines
            offset += seconds
        return float(self.time) + offset

    def rest(self, until: float) -> None:
        """Hold the picture until the time `until`, in seconds from the scene's start."""
        left = until - float(self.time)
        if left > 0.05:
            self.wait(left)
