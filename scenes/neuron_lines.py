"""Chapter 1: with one input each neuron is a line over longitude, and the highest line wins. Draws `cities3`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from manim import LEFT, RIGHT, AnimationGroup, Create, FadeIn, FadeOut, LaggedStart, ValueTracker, VGroup, VMobject

from scenes import style
from scenes.atlas import Task
from scenes.layout import CAPTION_STRIP, SAFE, Region
from scenes.parts.axes import Axes
from scenes.parts.counter import StepCounter
from scenes.parts.envelope import stretches
from scenes.parts.lines import NeuronRace, Pushes, SoftmaxCurves, lines_of
from scenes.parts.parameters import ParameterTable
from scenes.parts.polyline import dashed
from scenes.parts.projection import Projection
from scenes.parts.ribbons import circle
from scenes.parts.typesetting import Formula, Text
from scenes.parts.view import View
from scenes.stage import TraceScene
from scenes.terrain import always_lifts, city_floor, city_pins, ground_corners, own_colour
from scenes.wording import number_word

PICTURE = Region(SAFE.left, SAFE.right, CAPTION_STRIP.top, SAFE.top)
WALL_WIDTH, DEPTH, AWAY = 8.6, 8.6, 30.0  # of the upright plane, of the map lying before it, of the eye: scene units
LINES, SHARES, NUMBERS, GROUND = PICTURE.rows(2.6, 1.0, 0.38, 2.05, gap=0.24)
FLOOR = Region(-style.FRAME_WIDTH / 2, style.FRAME_WIDTH / 2, PICTURE.bottom, PICTURE.top)
LEGEND = Region(WALL_WIDTH / 2 + 0.2, SAFE.right, LINES.bottom, LINES.top)


class NeuronLines(TraceScene):
    """The highest line wins: three neurons as three lines over longitude, and the map they colour."""

    trace_name = "cities3"
    transforms: ClassVar[dict[str, Callable[[Any], Any]]] = {"minus": np.negative}

    def construct(self) -> None:
        """Six beats: the map lies down, the lines rise over it and train."""
        self.task = Task.of(self.trace)
        self.require(self.task.features == ("lon",), "a model whose only input is longitude")
        self.build_floor()
        self.build_wall()
        self.build_legend()
        self.lay_down()
        self.raise_lines()
        self.highest_wins()
        self.share_out()
        self.first_steps()
        self.train()

    # -- what stands on the stage ------------------------------------------------------------------
    def build_floor(self) -> None:
        """The map, at first upright before the viewer, later on the ground with its northern edge at the wall."""
        world = Projection.fill(self.task.frame, Region(-WALL_WIDTH / 2, WALL_WIDTH / 2, -DEPTH / 2, DEPTH / 2))
        hinge = (0.0, world.top, 0.0)
        lift = GROUND.height / (AWAY / (AWAY - world.height) - 1)
        self.lying = View(hinge, elevation=0, distance=AWAY, centre=(0.0, GROUND.top), lift=lift)
        self.upright, self.corners = View(hinge, distance=AWAY), ground_corners(world)
        self.floor = city_floor(self.trace, world, FLOOR)
        self.pins = city_pins(self.trace, self.floor, [self.lying], PICTURE, style.LABEL_SIZE)
        self.tilt, self.painted, self.told = ValueTracker(0.0), ValueTracker(0.0), ValueTracker(0.0)
        self.floor.add_updater(lambda _: self.show_floor(), call_updater=True)
        self.pins.add_updater(lambda _: self.pins.show(self.view()), call_updater=True)

    def view(self) -> View:
        """The camera as it stands now."""
        share = self.tilt.get_value()
        boxes = [np.array([b.left, b.right, b.bottom, b.top]) for b in (PICTURE, GROUND)]
        return self.upright.between(self.lying, share).fitted(self.corners, (1 - share) * boxes[0] + share * boxes[1])

    def show_floor(self) -> None:
        """The map as this step's model colours it, as far as it has been told."""
        weight, bias = (self.trace.at(f"layers.0.{kind}", self.now()) for kind in ("weight", "bias"))
        self.floor.show(self.view(), weight, bias, until=self.painted.get_value())

    def build_wall(self) -> None:
        """Two planes upright on the map's northern edge, with its longitudes: the lines, and their softmax."""
        west, east = self.floor.projection.frame[:2]
        self.inputs = self.task.inputs(np.array([[0.0, 0.0], [1.0, 0.0]]))
        low, high = self.heights(west, east)
        self.axes = _over(LINES, (west, east), (low, high), 3)
        self.share_axes = _over(SHARES, (west, east), (0.0, 1.0), [0, 1], 7)
        self.race = NeuronRace(self.axes, self.task.colours, self.inputs)
        self.shares = SoftmaxCurves(self.share_axes, self.task.colours, self.inputs)
        self.pushes = Pushes(self.axes, self.task.colours, unit=0.55)
        self.race.add_updater(lambda m: m.show(*self.parameters(), self.painted.get_value()), call_updater=True)
        self.shares.add_updater(lambda m: m.show(*self.parameters(), self.told.get_value()), call_updater=True)
        self.follow(self.pushes, self.show_pushes)
        column = self.axes.frame.points[0][0] - 0.75
        self.thread = VMobject(stroke_color=style.HIGHLIGHT, stroke_width=0.6 * style.LINE, stroke_opacity=0.7)
        self.follow(self.thread, self.show_thread)
        self.titles = VGroup(
            VGroup(Text("score", style.NUMBER_SIZE, style.LABEL), Formula("h = m x + b", style.NUMBER_SIZE)),
            VGroup(Text("share", style.NUMBER_SIZE, style.LABEL), Formula("hat(y)", style.NUMBER_SIZE)),
        )
        for title, axes in zip(self.titles, (self.axes, self.share_axes), strict=True):
            middle = axes.frame.get_center()[1]
            for line, up in zip(title, (0.24, -0.24), strict=True):
                line.centre_on(np.array([column, middle + up, 0]), RIGHT)
        degrees = Text("longitude", style.LABEL_SIZE, style.LABEL)
        degrees.centre_on(np.array([column, NUMBERS.center[1], 0]), RIGHT)
        self.scale = VGroup(self.axes, self.titles[0])
        self.share_scale = VGroup(self.share_axes, self.titles[1], degrees)

    def heights(self, west: float, east: float) -> tuple[float, float]:
        """A range that holds every winning height of the whole run, and part of what lies below."""
        weights, biases = self.trace.series("layers.0.weight"), self.trace.series("layers.0.bias")
        ends = self.task.inputs(np.array([[west, 0.0], [east, 0.0]]))
        scores = np.einsum("pf,scf->spc", ends, weights) + biases[:, None, :]
        top = float(scores.max(axis=2).max())
        bottom = min(float(scores.max(axis=2).min()), max(float(scores.min()), -0.6 * top))
        return 1.05 * bottom, 1.05 * top

    def build_legend(self) -> None:
        """Whose line is whose, with its slope now; the step above it."""
        self.counter = StepCounter(digits=len(str(self.last())))
        self.counter.move_to(LEGEND.at(0.0, 0.93), aligned_edge=LEFT)
        size = style.LABEL_SIZE if len(self.task.names) <= 5 else style.SMALL_SIZE
        head = Text("slope m", style.LABEL_SIZE, style.LABEL)
        room = Region(LEGEND.left, LEGEND.right, LEGEND.bottom, LEGEND.at(0, 0.8)[1])
        self.legend = ParameterTable(self.task.names, self.task.colours, [head], room, size=size)
        self.follow(self.legend, lambda step: self.legend.show(self.slopes(step)))
        self.follow(self.counter, self.counter.show)

    def slopes(self, step: int) -> list[Any]:
        """The slope of each line."""
        weight = self.trace.at("layers.0.weight", step)
        return [weight[i, 0] for i in range(len(self.task.names))]

    # -- what a step shows -------------------------------------------------------------------------
    def parameters(self) -> tuple[Any, Any]:
        """Weights and biases of this step."""
        return self.trace.at("layers.0.weight", self.now()), self.trace.at("layers.0.bias", self.now())

    def show_pushes(self, step: int) -> None:
        """What this step's example asks of each line at its own longitude: y - ŷ, minus the gradient by h."""
        place = self.trace.constant("points")[int(float(self.trace.at("row", step)))]
        heights = self.race.height(*self.parameters(), float(place[0]))
        self.pushes.show(place[0], heights, self.trace.at("grads.layers.0.bias", step).through("minus", np.negative))

    def show_sweep(self, sweep: VMobject) -> None:
        """An upright from the map's edge to the highest line, as far as the map has been coloured."""
        west, east = self.axes.x_range
        x = west + self.painted.get_value() * (east - west)
        height = float(self.race.height(*self.parameters(), x).max())
        foot = np.array([self.axes.point(x, 0)[0], GROUND.top, 0])
        sweep.points = dashed(foot, self.axes.point(x, height))

    def show_thread(self, step: int) -> None:
        """From the wall down along the meridian to the place of this step, and a ring around that."""
        lon, lat = np.asarray(self.trace.constant("points").value)[int(float(self.trace.at("row", step)))]
        place = self.floor.world(lon, lat)
        edge = np.array([place[0], self.floor.projection.top, 0])
        foot = self.axes.point(lon, self.axes.y_range[0])
        seen, corner = self.lying.project(place), self.lying.project(edge)
        ring = circle(0.18) * np.array([1, 0.65, 0]) + seen
        self.thread.points = np.concatenate([dashed(foot, corner), dashed(corner, seen), ring])

    # -- beats -------------------------------------------------------------------------------------
    def lay_down(self) -> None:
        """The flat map tips over until it lies on the ground."""
        with self.beat(
            "lay down",
            "Longitude is all that this network sees. So lay the map down",
            "and look along it from the south: west is left, east is right.",
        ):
            self.play(FadeIn(self.floor), FadeIn(self.pins))
            self.wait(0.8)
            self.play(self.tilt.animate(run_time=style.CAMERA + 1).set_value(1.0))

    def raise_lines(self) -> None:
        """Axes over the map's edge, and one line after another."""
        with self.beat(
            "lines",
            "A neuron's score is m times x plus b: over the map, a straight line.",
            f"There is one line for each of the {len(self.task.names)} cities.",
        ):
            self.play(FadeIn(self.scale), FadeIn(self.legend.heads))
            each = enumerate(self.race.lines)
            drawn = [AnimationGroup(Create(line), FadeIn(self.legend.row(i))) for i, line in each]
            self.play(LaggedStart(*drawn, lag_ratio=0.6))
            self.add(self.race, self.legend)

    def highest_wins(self) -> None:
        """A sweep from west to east: what is highest above a meridian colours it."""
        right = own_colour(self.trace, 0)
        stand = "every city stands" if all(right) else f"{number_word(sum(right))} of {len(right)} cities stand"
        luck = f"Before training that is luck: {stand if any(right) else 'no city stands'} on its own colour."
        equal = "Before training all lines are one: nobody leads, and nothing takes a colour."
        with self.beat(
            "highest wins",
            "Everywhere the highest line wins, and the map below takes its colour.",
            luck if self.won() else equal,
        ):
            sweep = VMobject(stroke_color=style.HIGHLIGHT, stroke_width=style.LINE)
            sweep.add_updater(
                lambda m: self.show_sweep(m), call_updater=True
            )  # a bound method would be copied, scene and all
            self.play(FadeIn(sweep, run_time=style.BRISK))
            self.play(self.painted.animate(run_time=5.5).set_value(1.0))
            self.play(FadeOut(sweep, run_time=style.BRISK))

    def share_out(self) -> None:
        """Softmax, drawn below the lines over the same longitudes."""
        with self.beat(
            "softmax",
            "Softmax turns scores into shares: a clear lead is nearly certain,",
            "and where two lines cross, their shares are equal.",
        ):
            self.play(FadeIn(self.share_scale), FadeIn(self.shares))
            self.play(self.told.animate(run_time=3.0).set_value(1.0))

    def first_steps(self) -> None:
        """Slowly: each step at its own longitude."""
        often = "Each step" if always_lifts(self.trace) else "Mostly a step"
        with self.beat(
            "first steps",
            "Training shows one place at a time, here along the dashed line.",
            f"{often} lifts the right city's line there, and pushes the others down.",
        ):
            self.play(FadeIn(self.pushes), FadeIn(self.thread), FadeIn(self.counter))
            self.wait(1.0)
            self.run_steps(min(8, self.last()), 1.0)

    def train(self) -> None:
        """Faster and faster to the end; then the map stands up again with its stripes."""
        last = self.last()
        with self.beat("training", "So the crossings wander, and with them the borders on the map."):
            self.play(FadeOut(self.pushes), FadeOut(self.thread), run_time=style.BRISK)
            if last > 90:
                self.run_steps(90, 3.0, 20.0)
            self.run_steps(last, 20.0, max(20.0, 2 * (last - 90) / 7.5 - 20.0))
        everyone = all(own_colour(self.trace, last))
        done = "Now each city lies under its own line." if everyone else "This is as far as it gets."
        with self.beat(
            "stripes",
            f"{done} From west to east the winners' slopes rise,",
            "so a line can win only once: straight lines cut the map into stripes.",
        ):
            self.one_after_another()
        with self.beat("next", "Two cities on one meridian stay one to it. Telling them apart takes a second input."):
            wall = [self.scale, self.share_scale, self.race, self.shares, self.legend, self.counter]
            self.play(*(FadeOut(part) for part in wall), run_time=style.CHANGE)
            self.play(self.tilt.animate(run_time=style.CAMERA).set_value(0.0))

    def one_after_another(self) -> None:
        """The winners from west to east, each with its slope."""
        order = self.won()
        owned = [VGroup(bold, *self.legend.row(i)) for i, bold in enumerate(self.race.bold)]
        pace = min(style.CHANGE, 4.0 / max(1, len(order)))
        for i in order:
            lit = [each.animate.set_opacity(1.0 if i == j else style.DIM) for j, each in enumerate(owned)]
            self.play(*lit, run_time=pace)
            self.wait(0.4 * pace)
        self.play(*(each.animate.set_opacity(1.0) for each in owned))

    def won(self) -> list[int]:
        """Which line is the highest, from west to east; nothing while all lines are one."""
        slopes, starts = lines_of(*self.parameters(), self.inputs)
        return [i for i, _, _ in stretches(slopes, starts, *self.axes.x_range)]

    def last(self) -> int:
        """The last recorded step."""
        return int(self.trace.steps()[-1])


def _over(box: Region, xs: tuple[float, float], ys: tuple[float, float], y_ticks: Any, x_ticks: Any = ()) -> Axes:
    """Axes whose plane fills the wall's width and the height of `box` exactly, numbers standing outside it."""
    first = Axes(
        xs,
        ys,
        WALL_WIDTH + 2.0,
        box.height + 1.0,
        x_ticks=x_ticks,
        y_ticks=y_ticks,
        corner=True,
        tick_size=style.LABEL_SIZE,
    )
    plane = first.frame
    wide, high = WALL_WIDTH + 2.0 - plane.width, box.height + 1.0 - plane.height
    axes = Axes(
        xs,
        ys,
        WALL_WIDTH + wide,
        box.height + high,
        x_ticks=x_ticks,
        y_ticks=y_ticks,
        corner=True,
        tick_size=style.LABEL_SIZE,
    )
    corner = np.array([-WALL_WIDTH / 2, box.bottom, 0])
    return axes.shift(corner - axes.frame.points[0])
