"""Chapter 1: with two inputs each neuron is a plane over the map, and the highest plane wins. Draws `cities4`."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from manim import DOWN, LEFT, FadeIn, FadeOut, Mobject, ReplacementTransform, ValueTracker, VGroup, VMobject

from scenes import style
from scenes.atlas import Task
from scenes.layout import CAPTION_STRIP, SAFE, Region
from scenes.parts.counter import StepCounter
from scenes.parts.envelope import corners_inside, undecided
from scenes.parts.parameters import ParameterTable
from scenes.parts.planes import Heights, Planes
from scenes.parts.polyline import joined
from scenes.parts.projection import Projection
from scenes.parts.typesetting import Formula, Text
from scenes.parts.uprights import HeightScale, SlopeArrows, Threads
from scenes.parts.view import View
from scenes.stage import TraceScene
from scenes.terrain import centres_of, city_floor, city_pins, ground_corners, nearest_in_longitude, own_colour
from scenes.wording import number_word

PICTURE = Region(SAFE.left, SAFE.right, CAPTION_STRIP.top, SAFE.top)
SPACE, SIDE = PICTURE.columns(8.75, 4.5, gap=0.25)
COUNTER, FORMULA, INPUTS, TABLE, NOTE = SIDE.rows(0.65, 0.75, 1.05, 3.2, 0.9)
WORLD: Final = Region(-3.4, 3.4, -3.2, 3.2)  # the ground, in world units
TALL, CLEAR = 2.6, 0.45  # world units from score 0 to the highest, and from the floor to the lowest score shown
COURSE: Final = (
    View(distance=3000.0),  # straight from above, and so far off that heights do not show
    View(azimuth=24.0, elevation=33.0, distance=26.0),
    View(azimuth=56.0, elevation=39.0, distance=26.0),
    View(distance=3000.0),
)
WORDS: Final = {"lat": "latitude", "lon": "longitude"}


class FourCities(TraceScene):
    """One more input: lines become planes, and the highest plane colours the map."""

    trace_name = "cities4"

    def construct(self) -> None:
        """Six beats: down from the flat map, planes, training, and up again."""
        self.task = Task.of(self.trace)
        self.require(len(self.task.features) == 2, "a model with two inputs, latitude and longitude")
        self.neighbours = nearest_in_longitude(self.trace)
        self.build_ground()
        self.build_planes()
        self.build_side()
        self.second_input()
        self.one_plane()
        self.all_planes()
        self.train()
        self.from_above()

    # -- what stands on the stage ------------------------------------------------------------------
    def build_ground(self) -> None:
        """The map, and the course that the camera takes around it."""
        world = Projection.fill(self.task.frame, WORLD)
        self.course, self.painted, self.lifted = ValueTracker(0.0), ValueTracker(0.0), ValueTracker(0.0)
        self.floor = city_floor(self.trace, world, SPACE)
        self.heights = self.scale_of(world)
        ceiling = np.array([0, 0, float(self.heights.of(self.heights.high))])
        self._framed: dict[View, View] = {}  # the last view, and how it is framed
        self._tops: dict[int, np.ndarray] = {}  # the last step, and how high its planes are above the pins' feet
        self.corners = np.concatenate([ground_corners(world), ground_corners(world) + ceiling])
        views = [self.framed(view) for view in COURSE[:3]]
        self.pins = city_pins(self.trace, self.floor, views, SPACE, style.LABEL_SIZE)
        self.threads = Threads(self.pins.feet)

    def scale_of(self, world: Projection) -> Heights:
        """Heights that hold every winning score of the whole run, and a quarter as much below zero."""
        corners = self.task.inputs(world.to_lonlat(ground_corners(world)))
        weights, biases = self.trace.series("layers.0.weight"), self.trace.series("layers.0.bias")
        scores = np.einsum("pf,scf->spc", corners, weights) + biases[:, None, :]
        high = max(float(scores.max()), 1e-6)
        low = max(float(scores.min()), -0.25 * high)
        return Heights(TALL / high, CLEAR - low * TALL / high, low, high)

    def build_planes(self) -> None:
        """Planes over the ground; how much of each there is, and how far the highest stand out."""
        ground = (WORLD.left, WORLD.right, WORLD.bottom, WORLD.top)
        self.planes = Planes(SPACE, ground, self.task.colours, self.floor.inputs, self.heights)
        self.present = [ValueTracker(0.0) for _ in self.task.names]
        self.crown = ValueTracker(0.0)
        self.scale = HeightScale(self.heights, (WORLD.left, WORLD.bottom), "score h", self.view())
        self.floor.add_updater(lambda _: self.show_floor(), call_updater=True)
        self.planes.add_updater(lambda _: self.show_planes(), call_updater=True)
        self.pins.add_updater(lambda _: self.pins.show(self.view(), self.tops()), call_updater=True)
        self.threads.add_updater(lambda _: self.threads.show(self.view(), self.tops()), call_updater=True)
        self.scale.add_updater(lambda _: self.scale.show(self.view()), call_updater=True)
        layers: tuple[Mobject, ...] = (self.floor, self.scale, self.threads, self.planes, self.pins)
        for number, layer in enumerate(layers):
            layer.set_z_index(number)

    def build_side(self) -> None:
        """Beside the map: the step, what a neuron computes, every parameter, and how heights are drawn."""
        self.counter = StepCounter(digits=len(str(self.last()))).move_to(COUNTER.at(0, 0.5), aligned_edge=LEFT)
        self.before = Formula("{{h = : h}} {{m x : one}} {{+ b : b}}", 1.2 * style.BODY_SIZE)
        self.formula = Formula("{{h = : h}} {{m_1 x_1 : one}} {{+ m_2 x_2 : two}} {{+ b : b}}", 1.2 * style.BODY_SIZE)
        for formula in (self.before, self.formula):
            formula.centre_on(FORMULA.at(0, 0.5), LEFT)
        self.only = _input("x", "lon", 0)
        self.inputs = VGroup(*(_input(f"x_{i + 1}", feature, i) for i, feature in enumerate(self.task.features)))
        heads = [Formula(name, style.BODY_SIZE, style.LABEL) for name in ("m_1", "m_2", "b")]
        self.table = ParameterTable(self.task.names, self.task.colours, heads, TABLE, size=style.LABEL_SIZE)
        ten = 10 * self.heights.unit / self.floor.projection.units_per_lat
        self.note = Text(
            f"Heights: 10 in score drawn as\nlong as {ten:.2g}° of latitude.", style.LABEL_SIZE, style.LABEL
        )
        self.note.constant = "the scale of the drawing"
        self.note.move_to(NOTE.at(0, 0), aligned_edge=LEFT + DOWN)
        self.follow(self.table, self.show_table)
        self.follow(self.counter, self.counter.show)

    # -- what a frame shows ------------------------------------------------------------------------
    def view(self) -> View:
        """The camera on its course."""
        at = min(max(self.course.get_value(), 0.0), len(COURSE) - 1.0)
        stretch = min(int(at), len(COURSE) - 2)
        return self.framed(COURSE[stretch].between(COURSE[stretch + 1], at - stretch))

    def framed(self, view: View) -> View:
        """The same view, as near as the room for it allows."""
        if view not in self._framed:  # five parts ask in every frame, and hardly ever does the camera move
            room = (SPACE.left + 0.55, SPACE.right, SPACE.bottom, SPACE.top - 0.3)
            self._framed = {view: view.fitted(self.corners, room)}
        return self._framed[view]

    def parameters(self) -> tuple[Any, Any]:
        """Weights and biases of this step."""
        return self.trace.at("layers.0.weight", self.now()), self.trace.at("layers.0.bias", self.now())

    def show_floor(self) -> None:
        """The map, coloured as far as it has been told."""
        self.floor.show(self.view(), *self.parameters(), strength=self.painted.get_value())

    def show_planes(self) -> None:
        """The planes of this step."""
        present = [share.get_value() for share in self.present]
        self.planes.show(self.view(), *self.parameters(), present=present, crown=self.crown.get_value())

    def tops(self) -> np.ndarray:
        """How high above its foot each pin stands: (classes,) world units, up to the highest plane."""
        if self.now() not in self._tops:
            weight, bias = self.parameters()
            tops = [self.planes.above(weight, bias, *foot[:2]).max() for foot in self.pins.feet]
            self._tops = {self.now(): np.array(tops)}
        return self.lifted.get_value() * self._tops[self.now()]

    def show_table(self, step: int) -> None:
        """Both slopes and the bias of every plane."""
        weight, bias = self.trace.at("layers.0.weight", step), self.trace.at("layers.0.bias", step)
        count = range(len(self.task.names))
        self.table.show([weight[i, 0] for i in count], [weight[i, 1] for i in count], bias)

    # -- beats -------------------------------------------------------------------------------------
    def second_input(self) -> None:
        """Two places almost on one meridian; latitude comes in."""
        first, second = self.neighbours
        names, lons = self.task.names, centres_of(self.trace)[:, 0]
        lon, lat = self.task.features.index("lon"), self.task.features.index("lat")
        with self.beat(
            "second input",
            f"{names[first]} and {names[second]} lie {abs(lons[first] - lons[second]):.1f} degrees of longitude apart.",
            "With longitude alone a border runs north to south, squeezed in between the two.",
            "So latitude goes in as well, and each neuron gets a second slope.",
        ):
            self.play(FadeIn(self.floor), FadeIn(self.pins))
            lines = self.meridians((first, second))
            self.play(FadeIn(lines), FadeIn(self.before), FadeIn(self.only))
            self.wait(7.5)
            moved = [ReplacementTransform(self.only, self.inputs[lon])]
            moved += [ReplacementTransform(self.before.select(k), self.formula.select(k)) for k in ("h", "one", "b")]
            added = [FadeIn(self.formula.select("two")), FadeIn(self.inputs[lat])]
            self.play(*moved, *added, FadeOut(lines))
            self.remove(*self.before, *self.formula)
            self.add(self.formula)

    def one_plane(self) -> None:
        """The camera goes down, and the first plane comes in over the map, with its two slopes."""
        first = self.neighbours[0]
        one, two = (
            ("to the north", "to the east") if self.task.features[0] == "lat" else ("to the east", "to the north")
        )
        self.add(self.planes)
        with self.beat(
            "one plane",
            f"Over a map such a score is no line but a plane. This one is {self.task.names[first]}'s:",
            f"m one says how steeply it rises {one}, m two {two}.",
        ):
            down = self.course.animate(run_time=style.CAMERA + 1).set_value(1.0)
            self.play(down, FadeIn(self.table.heads), FadeIn(self.table.row(first)))
            self.scale.show(self.view())
            self.play(FadeIn(self.scale), FadeIn(self.note), self.present[first].animate.set_value(1.0))
            sheet = self.planes.sheets(*self.parameters())[first]
            names = [f"m_{self.task.features.index(feature) + 1}" for feature in ("lon", "lat")]
            arrows = SlopeArrows(self.view(), sheet, names, WORLD, [pin.get_center() for pin in self.pins])
            arrows.set_z_index(9)
            self.play(FadeIn(arrows))
            self.wait(3.0)
            self.play(FadeOut(arrows))

    def all_planes(self) -> None:
        """The other planes, then only the highest everywhere, and the ground in its colours."""
        first, count = self.neighbours[0], len(self.task.names)
        others = [i for i in range(count) if i != first]
        with self.beat("all planes", f"{number_word(count).capitalize()} neurons are {number_word(count)} planes."):
            pace = min(style.CHANGE, 4.0 / len(others))
            for i in others:
                self.play(self.present[i].animate.set_value(1.0), FadeIn(self.table.row(i)), run_time=pace)
            self.add(self.table)
        lines = (
            "They cut each other in straight lines, and again the highest wins:",
            "whichever is on top colours the ground below it.",
        )
        if undecided(self.planes.sheets(*self.parameters())):
            lines = (
                "Again the highest wins. But before training all planes are one,",
                "so none is on top, and the ground has no colour yet.",
            )
        with self.beat("highest wins", *lines):
            self.wait(1.0)
            self.add(self.threads)  # of no length yet
            self.play(self.crown.animate.set_value(1.0), self.lifted.animate.set_value(1.0))
            self.play(self.painted.animate(run_time=style.CHANGE).set_value(1.0))

    def train(self) -> None:
        """All steps, faster and faster, while the camera goes slowly around."""
        right, last = own_colour(self.trace, self.last()), self.last()
        end = "At the end every city stands" if all(right) else f"At the end {sum(right)} of {len(right)} cities stand"
        with self.beat(
            "training",
            "Training tilts and lifts the planes, step by step.",
            f"{end} under its own plane." if all(right) else f"{end} under their own planes.",
        ):
            self.play(FadeIn(self.counter, run_time=style.BRISK))
            slow = min(12, last)
            self.run_steps(slow, 2.0, towards={self.course: 1.3})
            if last > slow:
                self.run_steps(last, 4.0, max(4.0, 2 * (last - slow) / 13.0 - 4.0), towards={self.course: 2.0})

    def from_above(self) -> None:
        """Up again until only the highest plane can be seen, which then turns out to be the map."""
        meets = corners_inside(self.planes.sheets(*self.parameters()), self.floor.ground)
        corner = ", and corners where three planes meet" if meets else ""
        with self.beat(
            "from above",
            "Seen from straight above, all that shows is the highest plane.",
            f"And that is the map: straight borders{corner}.",
        ):
            side = (self.formula, self.inputs, self.table, self.counter)
            gone = [FadeOut(self.scale), FadeOut(self.note), FadeOut(self.threads)]
            self.play(*gone, *(part.animate.set_opacity(style.DIM) for part in side), run_time=style.CHANGE)
            self.play(self.course.animate(run_time=style.CAMERA + 2).set_value(3.0))
            self.wait(0.5)
            self.play(FadeOut(self.planes, run_time=style.CAMERA / 2))
            self.wait(style.PAUSE)

    # -- what is true of the run, and marks on the map ---------------------------------------------
    def meridians(self, places: tuple[int, int]) -> VGroup:
        """Lines through two places, each in its colour, from the map's northern edge to its southern one."""
        world, lines = self.floor.projection, VGroup()
        for i in places:
            x = self.pins.feet[i][0]
            line = VMobject(stroke_color=self.task.colours[i], stroke_width=style.LINE)
            line.points = joined(self.view().project(np.array([[x, world.bottom, 0], [x, world.top, 0]])))
            lines.add(line)
        lines.role = "class"
        return lines.set_z_index(4)

    def last(self) -> int:
        """The last recorded step."""
        return int(self.trace.steps()[-1])


def _input(symbol: str, feature: str, row: int) -> VGroup:
    """What an input is called, and what it means."""
    sign, word = Formula(symbol, style.BODY_SIZE, style.LABEL), Text(WORDS[feature], style.BODY_SIZE, style.LABEL)
    up = 0.75 - 0.5 * row
    return VGroup(sign.centre_on(INPUTS.at(0, up), LEFT), word.centre_on(INPUTS.at(0.13, up), LEFT))
