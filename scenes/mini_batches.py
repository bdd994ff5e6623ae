"""Chapter 3: small random batches against the whole training set, on one true surface. Draws `digits_batches`."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from manim import DOWN, LEFT, UP, Create, FadeIn, FadeOut, Group, Rectangle, ValueTracker, VGroup

from engine.trace import Trace
from scenes import style
from scenes.digits_kit import PICTURE, counted
from scenes.layout import Region
from scenes.parts.axes import Axes
from scenes.parts.curve import Curve, Marker
from scenes.parts.pixel_picture import PictureWall
from scenes.parts.provenance import array
from scenes.parts.readout import Readout
from scenes.parts.relief import Relief
from scenes.parts.typesetting import Text
from scenes.stage import TraceScene

SURFACE, PANEL = PICTURE.columns(8.0, 5.1, gap=0.4)
ROWS = 12  # batches of the shuffled wall that are shown
LOOKS = {"full": style.TEXT, "mini": style.FORWARD}
FIELDS = (
    ("step", "steps", ",d"),
    ("examples", "images seen", ",d"),
    ("seconds", "seconds", ".3f"),
    ("cost", "cost", ".3f"),
)


class Walk:
    """One of the two recorded runs: where it is on the plane at a time, and what it has cost by then."""

    def __init__(self, trace: Trace, name: str) -> None:
        self.name = name
        self.readings = {field: trace.constant(f"{name}.{field}") for field, _, _ in FIELDS}
        self.seconds = array(self.readings["seconds"])
        self.cost = array(self.readings["cost"])
        self.steps = array(self.readings["step"]).astype(int)
        self.path = trace.constant(f"{name}.path")

    def at(self, seconds: float) -> int:
        """Number of the last recorded point reached by then."""
        return int(np.searchsorted(self.seconds, seconds + 1e-9, side="right") - 1)

    @property
    def end(self) -> float:
        """Seconds at the last recorded point."""
        return float(self.seconds[-1])


class MiniBatches(TraceScene):
    """Small random batches: each step goes a little wrong, and the whole way takes a fraction of the time."""

    trace_name = "digits_batches"
    constants: ClassVar[dict[str, str]] = {}

    def construct(self) -> None:
        """All images for one step; batches; the surface; the race; its outcome."""
        self.require("plane.cost" in self.trace and "mini.path" in self.trace, "two runs on one plane")
        self.full, self.mini = Walk(self.trace, "full"), Walk(self.trace, "mini")
        self.batch = int(self.trace.manifest["task"]["batch"]["mini"])
        self.count = int(self.trace.manifest["task"]["train"])
        self.require(self.mini.end < self.full.end, "mini-batches that take less time than full ones")
        self.shuffle()
        self.surface()
        self.race()
        self.finish()

    def shuffle(self) -> None:
        """The training images, shuffled, in rows; each row is a batch."""
        images, order = self.trace.constant("train.images"), array(self.trace.constant("epoch")).astype(int)
        pixels = np.asarray(images.value)
        shown = min(ROWS * self.batch, len(pixels))
        order = order[order < len(pixels)]
        room = Region(PICTURE.left, PICTURE.at(0.62, 0)[0], PICTURE.bottom, PICTURE.top - 0.1)
        width = min(room.width, room.height * self.batch / ROWS)
        before = PictureWall(pixels[:shown], width, self.batch).move_to(room.center)
        after = PictureWall(pixels[order[:shown]], width, self.batch).move_to(room.center)
        for wall in (before, after):
            wall.credit(images)
        side = width / self.batch
        frame = Rectangle(width=width, height=width / 1, color=style.FORWARD, stroke_width=style.STRONG)
        whole = Rectangle(width=width + 0.1, height=before.height + 0.1, color=LOOKS["full"], stroke_width=style.LINE)
        whole.move_to(before)
        frame.stretch_to_fit_height(side).stretch_to_fit_width(width + 0.1)
        x = PICTURE.at(0.66, 0)[0]
        words = [
            counted(f"all {self.count:,} images: 1 step", "from the trace's task; one step", style.BODY_SIZE),
            counted(f"{self.batch} images: 1 step", "from the trace's task; one step", style.BODY_SIZE, style.FORWARD),
        ]
        for word, up in zip(words, (0.68, 0.5), strict=True):
            word.move_to([x, PICTURE.at(0, up)[1], 0], aligned_edge=LEFT)
        with self.beat(
            "shuffle",
            f"A true step down asks every one of the {self.count:,} training images first. That is slow.",
            f"So shuffle them, and cut them into mini-batches of {self.batch}.",
            "Each batch gives its own mean: not quite the gradient, but a fair guess, and cheap.",
        ):
            self.play(FadeIn(before))
            self.play(Create(whole), FadeIn(words[0], shift=0.2 * LEFT))
            self.wait(2.0)
            self.play(FadeOut(before), FadeIn(after), FadeOut(whole), words[0].animate.set_opacity(style.DIM))
            top = after.get_top()[1] - side / 2
            frame.move_to([after.get_center()[0], top, 0])
            self.play(Create(frame), FadeIn(words[1], shift=0.2 * LEFT))
            self.wait(style.BRISK)
            for row in range(1, min(7, ROWS)):
                self.play(frame.animate.set_y(top - row * side), run_time=0.35)
                self.wait(0.25)
            self.wait(style.PAUSE)
        self.play(FadeOut(Group(after, frame, *words)), run_time=style.BRISK)

    def surface(self) -> None:
        """The cost over a plane of all parameter space, with the common start."""
        across, up = array(self.trace.constant("plane.across")), array(self.trace.constant("plane.up"))
        ranges = (float(across[0]), float(across[-1])), (float(up[0]), float(up[-1]))
        room = Region(SURFACE.left, SURFACE.right, SURFACE.bottom + 0.75, SURFACE.top)
        ratio = (ranges[0][1] - ranges[0][0]) / (ranges[1][1] - ranges[1][0])
        width = min(room.width, room.height * ratio)
        self.axes = Axes(*ranges, width, width / ratio, x_ticks=(), y_ticks=()).move_to(room.center)
        low, high = (self.axes.point(*(r[i] for r in ranges)) for i in (0, 1))
        self.relief = Relief(self.trace.constant("plane.cost"), *(high - low)[:2]).move_to((low + high) / 2)
        share = self.trace.constant("plane.share")
        size = style.LABEL_SIZE
        words = VGroup(
            Readout(share[0], ".1%", size, whole=2), Text("+", size, style.LABEL),
            Readout(share[1], ".1%", size, whole=2),
            Text("of both ways lies in this plane", size, style.LABEL),
        ).arrange(buff=0.12)  # fmt: skip
        for word in words[1:]:
            word.shift([0, words[0].baseline - word.baseline, 0])
        words.next_to(self.relief, DOWN, buff=0.25)
        total = float(array(share).sum())
        start = array(self.full.path)[0]
        self.start = Marker(self.axes, style.HIGHLIGHT, radius=0.1).show(*start)
        with self.beat(
            "surface",
            "Here is the true cost, over a plane cut through the space of all the dials.",
            f"Both ways we shall see lie almost in it: {100 * total:.0f} percent of their squared distances.",
            "Orange is high, blue is low. Both start from the same random network.",
        ):
            begin = float(self.time)
            self.play(FadeIn(self.relief), run_time=2.0)
            self.rest(begin + 5.0)
            self.play(FadeIn(words))
            self.rest(begin + 10.4)
            self.play(FadeIn(self.start, scale=3.0))

    def panel(self) -> None:
        """Two columns of numbers, one for each way."""
        heads, rows = PANEL.rows(1.3, 3.6, 1.4)[:2]
        self.numbers: dict[str, VGroup] = {}
        self.table = VGroup()
        xs = {"full": PANEL.at(0.57, 0)[0], "mini": PANEL.at(0.92, 0)[0]}
        titles = {"full": "all", "mini": str(self.batch)}
        for name, x in xs.items():
            title = counted(titles[name], "images for one step, from the trace's task", style.TITLE_SIZE, LOOKS[name])
            self.table.add(title.centre_on(np.array([x, heads.center[1], 0])))
            self.numbers[name] = VGroup()
        a_step = Text("images a step", style.LABEL_SIZE, style.LABEL)
        self.table.add(a_step.centre_on(np.array([PANEL.left, heads.center[1], 0]), LEFT))
        for i, (field, word, spec) in enumerate(FIELDS):
            y = float(rows.at(0, 1 - (i + 0.5) / len(FIELDS))[1])
            self.table.add(Text(word, style.LABEL_SIZE, style.LABEL).centre_on(np.array([PANEL.left, y, 0]), LEFT))
            for name, walk in (("full", self.full), ("mini", self.mini)):
                whole = 6 if spec == ",d" else 1
                number = Readout(walk.readings[field][0], spec, style.BODY_SIZE, LOOKS[name], whole=whole)
                right = xs[name] + 0.42
                number.shift([right - number.get_right()[0], y - number.get_center()[1], 0])
                self.numbers[name].add(number)

    def race(self) -> None:
        """Both ways side by side in true time, as long as the mini-batches take."""
        self.panel()
        self.clock = ValueTracker(0.0)
        self.curves = {n: Curve(self.axes, [0.0, 0.0], [0.0, 0.0], LOOKS[n], 3.5) for n in LOOKS}
        self.dots = {name: Marker(self.axes, LOOKS[name], radius=0.09) for name in LOOKS}
        moving = VGroup(*self.curves.values(), *self.dots.values(), *self.numbers.values())
        moving.add_updater(lambda _: self.show(self.clock.get_value()), call_updater=True)
        self.moving = moving
        done = int(self.full.steps[self.full.at(self.mini.end)])
        with self.beat(
            "race",
            "Let both run for the same time. The careful one considers everything before each step;",
            f"the other, with {self.batch} images a step, stumbles off at once, each step only a guess.",
            f"After {self.mini.end:.3f} seconds it has made {self.mini.steps[-1]:,} steps. The careful one: {done}.",
        ):
            self.play(FadeIn(self.table), FadeIn(moving), FadeOut(self.start))
            self.play(self.clock.animate(rate_func=lambda t: t).set_value(self.mini.end), run_time=11.0)
            self.wait(style.PAUSE)

    def show(self, seconds: float) -> None:
        """Both runs as they stood after so many seconds."""
        for walk in (self.full, self.mini):
            i = walk.at(seconds)
            path = array(walk.path)
            self.curves[walk.name].show(path[:, 0], path[:, 1], float(i))
            self.dots[walk.name].show(walk.path[i, 0], walk.path[i, 1])
            for number, (field, _, _) in zip(self.numbers[walk.name], FIELDS, strict=True):
                number.show(walk.readings[field][i])

    def finish(self) -> None:
        """The careful one goes on until it is done."""
        lines = ["The careful one gets there too, on a smooth way, if one waits."]
        reached = np.flatnonzero(self.full.cost <= self.mini.cost[-1])
        if len(reached):
            times = float(self.full.seconds[reached[0]]) / self.mini.end
            lines.append(f"To be as good as the other it needs {times:.0f} times as long.")
        lines.append("Worse directions, far sooner: stochastic gradient descent.")
        with self.beat("finish", *lines):
            self.play(self.clock.animate(rate_func=lambda t: t * t).set_value(self.full.end), run_time=7.0)
            name = Text("stochastic gradient descent", style.BODY_SIZE, style.FORWARD)
            name.move_to(PANEL.at(0.5, 0.1))
            self.play(FadeIn(name, shift=0.2 * UP))
            self.wait(style.PAUSE)
