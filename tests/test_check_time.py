"""Time: quiet, narration, speed, and frames that depend on how they were reached."""

import numpy as np
import pytest
from checking import kinds, report_of
from manim import LEFT, ORIGIN, RIGHT, UP, Circle, Dot, FadeIn, Rotate, TracedPath, always_redraw

from scenes import style
from scenes.parts.counter import StepCounter
from scenes.parts.sparkline import Sparkline
from scenes.parts.typesetting import Text
from scenes.stage import TraceScene


class Base(TraceScene):
    def dot(self, place=ORIGIN):
        return Dot(place, color=style.TEXT)


class Calm(Base):
    """Narrated quiet, a short silence, an unhurried movement, a training run."""

    trace_name = "cities3"

    def construct(self):
        dot = self.dot(LEFT * 5)
        with self.beat("moving", "A line of narration that lasts for a while."):
            self.play(FadeIn(dot))
            self.play(dot.animate.shift(RIGHT * 10), run_time=1)
        with self.beat("quiet", "Somebody speaks, and so nothing need move, for as long as it takes to say this."):
            pass
        self.next_section("running")
        counter = StepCounter()
        self.follow(counter, counter.show)
        marker = self.dot()
        self.follow(marker, lambda step: marker.move_to([-5 if step % 2 else 5, 2, 0]))  # from place to place, by step
        self.add(counter, marker)
        self.run_steps(10, 10)
        self.wait(3.5)


def test_a_calm_scene_has_no_finding(traces):
    assert report_of(Calm, {"cities3": traces / "cities3"}).findings == []


class Dead(Base):
    def construct(self):
        self.next_section("dead")
        self.add(self.dot())
        self.wait(5)


class DeadBetween(Base):
    def construct(self):
        self.next_section("one")
        self.add(self.dot())
        self.add_subcaption("Only a word or two.", duration=2)
        self.wait(8)


class TooMuchText(Base):
    def construct(self):
        self.next_section("hasty")
        self.add(self.dot())
        self.add_subcaption("So many words that nobody could read all of them in a single second.", duration=1)
        self.wait(1.5)


class TwoAtOnce(Base):
    def construct(self):
        self.next_section("both")
        self.add(self.dot())
        self.add_subcaption("One voice speaks.", duration=2)
        self.add_subcaption("Another interrupts.", duration=2, offset=1)
        self.wait(3.5)


class NoSection(Base):
    def construct(self):
        self.add(self.dot())
        self.add_subcaption("Where am I?", duration=1)
        self.wait(1.5)


class TooLong(Base):
    def construct(self):
        self.next_section("end")
        self.add(self.dot())
        self.add_subcaption("This goes on and on.", duration=3)
        self.wait(1.5)


class Flying(Base):
    def construct(self):
        self.next_section("flying")
        dot = self.dot(LEFT * 6)
        self.add(dot)
        self.play(dot.animate.shift(RIGHT * 12), run_time=0.15)
        self.wait(0.2)


class Teleported(Base):
    def construct(self):
        self.next_section("here and there")
        word = Text("here").shift(LEFT * 5)
        self.add(word)
        self.wait(0.5)
        word.shift(RIGHT * 10)
        self.wait(0.5)


FAULTS = {
    Dead: "dead-time", DeadBetween: "dead-time", TooMuchText: "caption", TwoAtOnce: "caption", NoSection: "caption",
    TooLong: "caption", Flying: "fast", Teleported: "fast",
}  # fmt: skip


@pytest.mark.parametrize(("scene", "kind"), FAULTS.items(), ids=lambda x: getattr(x, "__name__", x))
def test_a_fault_of_time_is_found_and_nothing_else(scene, kind):
    report = report_of(scene)
    assert kinds(report) == {kind}
    assert len(report.findings) == 1


class Integrates(Base):
    """Moves on by its own clock."""

    def construct(self):
        self.next_section("state")
        dot = self.dot(LEFT * 3)
        dot.add_updater(lambda mobject, dt: mobject.shift(RIGHT * dt))
        self.add(dot)
        self.play(Rotate(self.circle(), run_time=2))

    def circle(self):
        return Circle(radius=0.5, color=style.TEXT).shift(UP * 2)


class Counts(Integrates):
    """Moves on whenever it is asked."""

    def construct(self):
        self.next_section("state")
        dot = self.dot(LEFT * 3)
        dot.add_updater(lambda mobject: mobject.shift(RIGHT * 0.05))
        self.add(dot)
        self.play(Rotate(self.circle(), run_time=2))


class Traces(Integrates):
    def construct(self):
        self.next_section("state")
        circle = self.circle()
        path = TracedPath(circle.get_start, stroke_color=style.TEXT)
        self.add(path)
        self.play(Rotate(circle, run_time=2))


class Dice(Integrates):
    def construct(self):
        self.next_section("state")
        dice = np.random.default_rng(1)
        self.add(always_redraw(lambda: self.dot(dice.uniform(-1, 1, 3) * [1, 1, 0])))
        self.play(Rotate(self.circle(), run_time=2))


class Remembers(Base):
    """A part that shows not only its step, but also what it was shown before."""

    trace_name = "cities3"

    def construct(self):
        self.next_section("state")
        dot = self.dot()
        self.total = 0

        def show(step):
            self.total += step
            dot.move_to([(self.total % 50) / 10, 0, 0])

        self.follow(dot, show)
        self.add(dot)
        self.run_steps(20, 10)


class Accumulates(Base):
    """A curve that grows by what it is shown: right in order, wrong after a jump."""

    trace_name = "cities3"

    def construct(self):
        self.next_section("state")
        line = Sparkline(self.trace.history("loss"), 6, 2, title="loss")
        shown = []

        def show(step):
            shown.append(step)
            line.show(max(shown))

        self.follow(line, show)
        self.add(line)
        self.run_steps(20, 10)


@pytest.mark.parametrize("scene", [Integrates, Counts, Traces, Dice, Remembers, Accumulates])
def test_state_is_found(traces, scene):
    report = report_of(scene, {"cities3": traces / "cities3"})
    assert kinds(report) == {"stateful"}
    assert all(thing.made_at for finding in report.findings for thing in finding.things)


class FarBack(Base):
    """Steps faster than the check's frames: each must still be seen."""

    trace_name = "cities3"

    def construct(self):
        self.next_section("fast steps")
        self.odd = Text("odd", style.SMALL_SIZE)
        self.follow(self.odd, lambda step: self.odd.set_opacity(1.0 if step == 35 else 0.0))
        self.low = Text("tiny", style.SMALL_SIZE * 0.5)
        self.follow(self.low, lambda step: self.low.set_opacity(1.0 if step == 35 else 0.0))
        self.add(self.odd, self.low)
        self.run_steps(100, 50)


def test_steps_between_two_frames_are_seen(traces):
    report = report_of(FarBack, {"cities3": traces / "cities3"})
    assert {"overlap", "small"} == kinds(report)
