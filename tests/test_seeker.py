"""The way to one frame: it looks as if every frame before it had been set, whatever the scene remembers."""

import numpy as np
import pytest
from manim import (
    BLUE,
    DOWN,
    RED,
    RIGHT,
    UP,
    Circle,
    Create,
    Dot,
    FadeIn,
    FadeOut,
    LaggedStart,
    ReplacementTransform,
    Rotate,
    Scene,
    Square,
    Transform,
    ValueTracker,
    VGroup,
    VMobject,
    linear,
)  # fmt: skip

from scenes.stage import TraceScene
from studio import seeker, stepper
from studio.quality import QUALITIES


class Blends(TraceScene):
    """Nothing but blends: fading, moving, turning into something else, one play with parts that share a mobject."""

    def construct(self):
        a, b = Square(color=RED), VGroup(Circle(color=BLUE), Dot()).shift(UP)
        self.play(FadeIn(a), FadeIn(b, shift=DOWN, lag_ratio=0.4))
        self.play(a.animate.shift(RIGHT), b.animate.scale(2), FadeOut(b[0]))
        self.play(Transform(a, Circle()), path_arc=1.0)
        self.play(ReplacementTransform(a, Dot()), rate_func=linear)


class Sorted(TraceScene):
    """A method that, called once more at the end of its play, does something else with what it then finds."""

    def construct(self):
        group = VGroup(*(Square(0.3).shift(k * RIGHT) for k in range(4)))
        self.add(group)
        self.play(group.animate.rotate(2.0).sort())
        group[0].set_stroke(RED)
        self.play(FadeIn(Circle()))


class Turns(TraceScene):
    """Blends and what is no blend by turns."""

    def construct(self):
        a, b = Square(), Circle()
        self.play(Create(a))
        self.play(FadeIn(b))
        self.play(Rotate(a, 1.0), b.animate.shift(UP))
        self.play(LaggedStart(FadeOut(a), FadeOut(b)))


class Counts(TraceScene):
    """A dot that moves with every frame it is brought up to date, which no film should have."""

    def construct(self):
        dot = Dot().add_updater(lambda d: d.shift(0.01 * RIGHT))
        self.add(dot)
        self.play(FadeIn(Square()))
        self.play(FadeIn(Circle()))


class Follows(TraceScene):
    """A number of the step moves a dot; it comes on only after the step has moved on."""

    def construct(self):
        here, late = Dot(), Dot(color=RED)
        self.follow(here, lambda step: here.move_to([step / 5, 0, 0]))
        self.follow(late, lambda step: late.move_to([step / 5, 1, 0]))
        self.add(here)
        self.play(FadeIn(Square()))
        self.run_steps(7, 10.0)
        self.play(FadeIn(late))
        self.play(FadeOut(here), self.step.animate.set_value(9.0))
        self.play(late.animate.shift(UP))


class Tracks(TraceScene):
    """A curve that keeps the way of a tracker, and one that is drawn from it."""

    def construct(self):
        tracker, way = ValueTracker(0.0), []
        dot, trail = Dot(), VMobject()

        def remember(mobject):
            way.append(tracker.get_value())
            mobject.set_points_as_corners([[v, len(way) / 50, 0] for v in (*way, 5)])

        self.add(dot, trail.add_updater(remember))
        self.play(tracker.animate.set_value(3.0))
        trail.clear_updaters()
        self.play(tracker.animate.set_value(0.0), dot.animate.shift(UP))
        dot.add_updater(lambda d: d.set_x(tracker.get_value()))
        self.play(tracker.animate.set_value(2.0))


class Drifts(TraceScene):
    """A scene that itself moves something with every frame."""

    def construct(self):
        self.dot = Dot()
        self.add(self.dot)
        self.play(FadeIn(Square()))

    def update_self(self, dt):
        super().update_self(dt)
        self.dot.shift(0.01 * RIGHT)


class Wobbly(Square):
    """A mobject whose colour remembers how often it has been blended."""

    def interpolate_color(self, mobject1, mobject2, alpha):
        self.seen = getattr(self, "seen", 0) + 1
        return super().interpolate_color(mobject1, mobject2, alpha).set_stroke(width=self.seen / 10)


class Remembers(TraceScene):
    """Blends of that mobject, and a rate that is no pure function of time."""

    def construct(self):
        asked = []

        def rate(t):
            asked.append(t)
            return min(1.0, len(asked) / 100)

        wobbly, plain = Wobbly(), Circle()
        self.play(FadeIn(wobbly))
        self.play(FadeIn(plain, rate_func=rate))


@pytest.fixture(autouse=True)
def configured(tmp_path):
    stepper.configure(QUALITIES["l"], tmp_path)


def found(scene, number):
    """The address of frame `number`, sought."""
    seen, met = [], []

    def visit(frame):
        met.append(frame.index)
        if frame.index == number:
            seen.append(frame.address)
            raise stepper.Enough

    seeker.seek(scene, lambda _, frame: frame == number, visit)
    assert met == list(range(number + 1))  # every frame is visited
    (address,) = seen
    return address


@pytest.mark.parametrize("scene", [Blends, Sorted, Turns, Counts, Follows, Tracks, Drifts, Remembers])
def test_what_is_found_is_what_is_stepped_to(scene):
    addresses = []
    stepper.step(scene, lambda frame: addresses.append(frame.address))
    for number in range(0, len(addresses), 4):
        assert found(scene, number) == addresses[number], number


@pytest.mark.parametrize(
    ("scene", "left"),
    [
        (Blends, [True, True, True, True]),
        (Turns, [False, True, True, False]),
        (Counts, [False, False]),
        # the step moves in the second and fourth play; in the third, what comes on has not heard of it yet
        (Follows, [True, False, False, False, True]),
        (Tracks, [False, False, False]),  # trackers blend in a way of their own
        (Drifts, [False]),
        (Remembers, [False, False]),
    ],
)
def test_only_what_nothing_can_remember_is_left_out(scene, left, monkeypatch):
    said, asked = [], seeker.forgets
    monkeypatch.setattr(seeker, "forgets", lambda scene: said.append(asked(scene)) or said[-1])
    frames = []
    seeker.seek(scene, lambda *_: False, lambda frame: frames.append(frame.index))
    assert said == left and frames == list(range(len(frames)))


def test_blends_that_nobody_looks_at_are_not_worked_out(monkeypatch):
    set_to = []
    plain = Scene.update_to_time
    monkeypatch.setattr(Scene, "update_to_time", lambda self, t: set_to.append(t) or plain(self, t))
    found(Blends, 3 * QUALITIES["l"].rate)
    assert len(set_to) == 4  # the last frames of the three plays before, and the frame itself


def test_the_step_that_a_frame_shows_holds_for_every_frame():
    stepped, sought = [], []
    stepper.step(Follows, lambda frame: stepped.append(frame.scene.now()))
    seeker.seek(Follows, lambda *_: False, lambda frame: sought.append(frame.scene.now()))
    assert sought == stepped and np.ptp(stepped) == 9
