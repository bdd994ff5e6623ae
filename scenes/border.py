"""Chapter 1: a border that planes cannot draw and layers can. Draws the five `border_*` runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

import numpy as np
from manim import (
    LEFT,
    RIGHT,
    AnimationGroup,
    FadeIn,
    FadeOut,
    LaggedStart,
    Mobject,
    Succession,
    ValueTracker,
    VGroup,
    Wait,
    rate_functions,
)

from engine.datasets.baarle import BAARLE
from engine.datasets.borders import read_polygons
from engine.trace import Trace
from scenes import style
from scenes.layout import CAPTION_STRIP, SAFE, Region
from scenes.parts.envelope import regions
from scenes.parts.floor import Floor
from scenes.parts.landscape import Landscape
from scenes.parts.outlines import filled
from scenes.parts.planes import Heights, Planes
from scenes.parts.projection import Projection
from scenes.parts.readout import Readout, rounded_box
from scenes.parts.sharemap import Folds, ShareMap
from scenes.parts.typesetting import Text
from scenes.parts.uprights import HeightScale
from scenes.parts.view import View
from scenes.parts.worldmap import WorldMap
from scenes.stage import TraceScene
from scenes.terrain import GRID, ground_corners
from scenes.wording import capitalised, number_word, percent

PICTURE = Region(SAFE.left, SAFE.right, CAPTION_STRIP.top, SAFE.top)
SPACE, SIDE = PICTURE.columns(8.2, 5.0, gap=0.3)
SQUARE = Region(SPACE.right - PICTURE.height - 0.4, SPACE.right - 0.4, PICTURE.bottom, PICTURE.top)
LEGEND, TITLES, MAPS, RIGHT_SHARES, SIZES = PICTURE.rows(0.65, 0.65, 3.2, 0.95, 0.55, gap=0.12)
HUGE: Final = 1.5 * style.TITLE_SIZE
WORLD: Final = Region(-3.2, 3.2, -3.2, 3.2)  # the town on the ground, in world units
TALL, CLEAR = 2.4, 0.5  # world units from the lowest score to the highest, and from the floor to the lowest
ABOVE: Final = View(distance=3000.0)
BESIDE: Final = View(azimuth=28.0, elevation=31.0, distance=26.0)
COLOURS: Final = (style.CLASS_COLOURS[4], style.CLASS_COLOURS[5])  # the Netherlands' orange, and Belgium's


class Border(TraceScene):
    """Planes cannot draw the border at Baarle; layers can: four networks learn it side by side."""

    trace_name = "border_linear"
    also = ("border_8", "border_64", "border_16x4", "border_64x4")
    constants: ClassVar[dict[str, str]] = {
        "22": "Belgian pieces of land in data/baarle.geojson",
        "7": "Dutch pieces inside them",
    }

    def construct(self) -> None:
        """Five beats: the border, two planes, folds, four networks, what came of it."""
        self.nets = [self.open_trace(name) for name in self.also]
        self.require(self.trace.manifest["task"].get("sizes") == [2, 2], "the two planes of the border run")
        self.build_town()
        self.build_planes()
        self.build_folds()
        self.build_panels()
        self.real_border()
        self.two_planes()
        self.one_layer()
        self.side_by_side()
        self.result()

    # -- what stands on the stage ------------------------------------------------------------------
    def build_town(self) -> None:
        """The town as it is, what its colours mean, and whose data it is."""
        self.rings, polygons = town()
        frame = tuple(self.trace.manifest["task"]["frame"])
        self.flat = Projection.fit(frame, SQUARE)
        painted = Landscape(self.flat, polygons, frontiers=self.rings, bold=True)
        self.truth = WorldMap(painted, sea=COLOURS[0], ground=COLOURS[1])
        self.truth.land.set_opacity(style.HEAT)
        self.legend = VGroup()
        for i, name in enumerate(self.trace.manifest["task"]["classes"]):
            patch = filled(rounded_box(0.4, 0.4, 0.07), COLOURS[i]).move_to(SIDE.at(0.08, 0.95 - 0.11 * i))
            word = Text(name, style.TITLE_SIZE).centre_on(SIDE.at(0.15, 0.95 - 0.11 * i), LEFT)
            self.legend.add(VGroup(patch, word))
        self.legend.role = "class"
        self.credit = Text("© OpenStreetMap contributors", style.LABEL_SIZE, style.LABEL)
        self.credit.centre_on(SIDE.at(0.05, 0.03), LEFT)

    def build_planes(self) -> None:
        """The same town on the ground, and over it the two planes of the model without a layer in between."""
        task = self.trace.manifest["task"]
        world = Projection.fit(task["frame"], WORLD)
        self.inputs = self.fed(world)
        self.floor = Floor(SPACE, world, [], [], self.rings, COLOURS, self.inputs, everywhere=True, bold=True)
        corners = self.fed_at(world, ground_corners(world))
        weights, biases = self.trace.series("layers.0.weight"), self.trace.series("layers.0.bias")
        scores = np.einsum("pf,scf->spc", corners, weights) + biases[:, None, :]
        low, high = float(scores.min()), float(scores.max())
        unit = TALL / (high - low)
        self.heights = Heights(unit, CLEAR - low * unit, low, high)
        self.corners = np.concatenate([ground_corners(world), ground_corners(world) + np.array([0, 0, CLEAR + TALL])])
        ground = (world.left, world.right, world.bottom, world.top)
        self.planes = Planes(SPACE, ground, COLOURS, self.inputs, self.heights)
        self.course, self.shown = ValueTracker(0.0), ValueTracker(0.0)
        self.scale = HeightScale(self.heights, (world.left, world.bottom), "score h", self.view())
        self.right = Readout(0.0, ".1%", 1.3 * HUGE, whole=2)
        words = Text("of the ground is right", style.TITLE_SIZE, style.LABEL)
        self.right.centre_on(SIDE.at(0.05, 0.52), LEFT)
        self.score = VGroup(self.right, words.centre_on(SIDE.at(0.05, 0.39), LEFT))
        degrees = unit / world.units_per_lat
        note = f"Heights: 1 in score drawn as\nlong as {degrees:.4f}° of latitude."
        self.note = Text(note, style.LABEL_SIZE, style.LABEL).move_to(SIDE.at(0.05, 0.17), aligned_edge=LEFT)
        self.note.constant = "the scale of the drawing"
        self.floor.add_updater(lambda _: self.show_planes(), call_updater=True)
        self.scale.add_updater(lambda _: self.scale.show(self.view()), call_updater=True)

    def build_folds(self) -> None:
        """The smallest network with a layer, as large as the map, and where each of its neurons switches on."""
        first = self.nets[0]
        self.big = ShareMap(self.flat, COLOURS, self.border_lines(self.flat))
        self.folds = Folds(self.flat, self.fed(self.flat), first.manifest["task"]["sizes"][1])
        self.folded = ValueTracker(0.0)
        self.big.add_updater(lambda _: self.show_folded(), call_updater=True)
        self.folds.add_updater(lambda _: self.show_folds(), call_updater=True)

    def build_panels(self) -> None:
        """Four maps in a row: what each network is above, how much of the ground it gets right below."""
        self.together = ValueTracker(0.0)
        self.maps, self.shares, self.names, self.counts = [], [], [], []
        for net, place in zip(self.nets, MAPS.columns(1, 1, 1, 1, gap=0.2), strict=True):
            flat = Projection.fit(net.manifest["task"]["frame"], place)
            x = place.center[0]
            self.maps.append(ShareMap(flat, COLOURS, self.border_lines(flat)))
            self.names.append(Text(capitalised(described(net)), 1.1 * style.BODY_SIZE))
            self.names[-1].constant = "the network's hidden layers"
            self.names[-1].centre_on(np.array([x, TITLES.center[1], 0]))
            self.shares.append(Readout(0.0, ".1%", HUGE, whole=2, align="centre"))
            self.shares[-1].centre_on(np.array([x, RIGHT_SHARES.center[1], 0]))
            self.counts.append(Text("of the ground is right", style.NUMBER_SIZE, style.LABEL))
            self.counts[-1].centre_on(np.array([x, SIZES.center[1], 0]))
        own_clock: list[Any] = [self.big, self.folds, self.right, *self.maps, *self.shares]
        for part in own_clock:
            part.stands_at = "any"  # each network is shown at steps of its own, not at the scene's
        for number in range(len(self.nets)):
            self.maps[number].add_updater(lambda _, n=number: self.show_panel(n), call_updater=True)
            self.shares[number].add_updater(lambda _, n=number: self.show_panel(n), call_updater=True)

    # -- what a frame shows ------------------------------------------------------------------------
    def view(self) -> View:
        """From straight above, where the ground fills the map's square, down to a side."""
        way = min(max(self.course.get_value(), 0.0), 1.0)
        boxes = [np.array([b.left, b.right, b.bottom, b.top]) for b in (SQUARE, SPACE.inset(0.35))]
        return ABOVE.between(BESIDE, way).fitted(self.corners, (1 - way) * boxes[0] + way * boxes[1])

    def show_planes(self) -> None:
        """Both planes as they were recorded last, on the way to the next record; floor, planes and number."""
        here, after, way = between_records(self.trace, self.step.get_value())
        read = [[self.trace.at(f"layers.0.{kind}", step) for kind in ("weight", "bias")] for step in (here, after)]
        weight, bias = (np.asarray(a.value) + way * (b.value - a.value) for a, b in zip(*read, strict=True))
        shown = self.shown.get_value()
        self.floor.show(self.view(), weight, bias, strength=shown)
        self.planes.show(self.view(), weight, bias, present=[shown, shown])
        for part in (self.floor, self.planes):
            part.readings, part.reading = tuple(read[0]), read[0][0]
        self.right.show(self.trace.at("accuracy", here))

    def show_folded(self) -> None:
        """The small network on the large map."""
        net = self.nets[0]
        here, after, way = moment(net, self.folded.get_value())
        self.big.show(net.at("grid_probs", here), net.at("grid_probs", after), way)
        self.right.show(net.at("accuracy", here))

    def show_folds(self) -> None:
        """Where its hidden neurons switch on."""
        net = self.nets[0]
        here, after, way = moment(net, self.folded.get_value())
        read = [[net.at(f"layers.0.{kind}", step) for kind in ("weight", "bias")] for step in (here, after)]
        weight, bias = (np.asarray(a.value) + way * (b.value - a.value) for a, b in zip(*read, strict=True))
        self.folds.show(weight, bias)
        for i, line in enumerate(self.folds.lines):
            line.credit(read[0][0], i)

    def show_panel(self, number: int) -> None:
        """One of the four: its map and its share."""
        net = self.nets[number]
        here, after, way = moment(net, self.together.get_value())
        self.maps[number].show(net.at("grid_probs", here), net.at("grid_probs", after), way)
        self.shares[number].show(net.at("accuracy", here))

    # -- beats -------------------------------------------------------------------------------------
    def real_border(self) -> None:
        """The town."""
        with self.beat(
            "the border",
            "This border is real. It runs through the town of Baarle, between two countries.",
            "Belgium is 22 separate pieces there, and 7 Dutch ones lie inside those again.",
        ):
            self.play(FadeIn(self.truth, run_time=style.CHANGE))
            self.play(FadeIn(self.legend), FadeIn(self.credit))

    def two_planes(self) -> None:
        """Two neurons try: down from above, and through all of their training."""
        accuracy, dutch = float(self.trace.at("accuracy", last(self.trace))), self.always_dutch()
        gives_up = "Training gives up: one plane is on top everywhere, and all is called Dutch."
        with self.beat(
            "two planes",
            "Two countries, two planes. They can only meet in one straight line.",
            gives_up if self.all_dutch() else "Training settles on one straight line, and can do no more.",
            f"It is right on {percent(accuracy)} of the ground; always saying Dutch would be on {percent(dutch)}.",
        ):
            self.add(self.floor, self.planes, self.truth)
            rise = Succession(Wait(0.6 * style.CAMERA), self.shown.animate(run_time=0.4 * style.CAMERA).set_value(1.0))
            self.play(
                FadeOut(self.truth, run_time=0.3 * style.CAMERA),
                self.course.animate(run_time=style.CAMERA).set_value(1.0),
                rise,
            )
            self.scale.show(self.view())
            self.play(FadeIn(self.scale), FadeIn(self.note), FadeIn(self.score))
            self.play(
                self.step.animate(run_time=7.0, rate_func=rate_functions.ease_in_cubic).set_value(last(self.trace))
            )

    def one_layer(self) -> None:
        """A layer in between: every neuron in it is a fold."""
        hidden = self.nets[0].manifest["task"]["sizes"][1]
        with self.beat(
            "one layer",
            "So put a layer in between. Each neuron in it folds the planes along a line of its own.",
            f"{capitalised(number_word(hidden))} neurons, {number_word(hidden)} folds: now the border can bend.",
        ):
            self.play(FadeOut(self.scale), FadeOut(self.note), run_time=style.BRISK)
            self.play(self.course.animate(run_time=style.CAMERA / 1.5).set_value(0.0))
            self.play(FadeIn(self.big))
            self.remove(self.floor, self.planes)
            self.play(FadeIn(self.folds))
            self.play(self.folded.animate(run_time=7.0).set_value(1.0))

    def side_by_side(self) -> None:
        """The map shrinks into its place, three others join it, and all learn from the start."""
        with self.beat(
            "side by side",
            "More neurons make more folds, and a next layer folds what is folded already.",
            "Here are four such networks, from their random starts to the end of their training.",
        ):
            self.play(FadeOut(self.folds), FadeOut(self.score))
            self.play(self.folded.animate.set_value(0.0))
            self.big.clear_updaters()
            to = self.maps[0]
            row = self.legend.copy().arrange(RIGHT, buff=0.7).move_to(LEGEND.at(0, 0.5), aligned_edge=LEFT)
            self.play(
                self.big.animate.scale(to.width / self.big.width).move_to(to),
                self.legend.animate.become(row),
                self.credit.animate.centre_on(np.array([SAFE.right, LEGEND.center[1], 0]), RIGHT),
            )
            self.add(self.maps[0])
            self.remove(self.big)
            columns = zip(self.maps, self.names, self.shares, self.counts, strict=True)
            news = [AnimationGroup(*map(FadeIn, column[i == 0 :])) for i, column in enumerate(columns)]
            self.play(LaggedStart(*news, lag_ratio=0.3), run_time=1.5)
            self.play(self.together.animate(run_time=16.0).set_value(1.0))

    def result(self) -> None:
        """One pair compared, then the best."""
        shares = [float(net.at("accuracy", last(net))) for net in self.nets]
        wide, deep, best = (percent(shares[i]) for i in (1, 2, 3))
        with self.beat(
            "result",
            f"The same 64 neurons: in one layer {wide}, in four layers {deep}.",
            f"Four layers of 64 get {best}. Planes cannot draw this border; layers can.",
        ):
            self.dim((0, 3), style.DIM)
            self.wait(3.5)
            self.dim((0, 3), 1.0)
            self.wait(style.PAUSE)

    def dim(self, numbers: Sequence[int], opacity: float) -> None:
        """Panels that are not spoken of."""
        parts: list[Mobject] = []
        for i in numbers:
            parts += [self.maps[i], self.names[i], self.shares[i], self.counts[i]]
        self.play(*(part.animate.set_opacity(opacity) for part in parts))

    # -- what is true of the runs ------------------------------------------------------------------
    def always_dutch(self) -> float:
        """The share of the ground that is Dutch: what always saying so gets right."""
        return 1.0 - float(self.trace.constant("share_belgium"))

    def all_dutch(self) -> bool:
        """Whether the two planes end up calling everything Dutch."""
        weight, bias = (np.asarray(self.trace.at(f"layers.0.{k}", last(self.trace)).value) for k in ("weight", "bias"))
        return len(regions(self.planes.sheets(weight, bias), self.floor.ground)[1]) == 0

    def fed(self, world: Projection) -> np.ndarray:
        """What the nets see at the world's origin, and one unit east and north of it: (3, 2)."""
        return self.fed_at(world, GRID)

    def fed_at(self, world: Projection, points: np.ndarray) -> np.ndarray:
        """What the nets see at points of the ground (n, 2 or 3): (n, 2)."""
        task = self.trace.manifest["task"]
        return np.asarray((world.to_lonlat(points) - np.array(task["offset"])) / np.array(task["scale"]))

    def border_lines(self, flat: Projection) -> np.ndarray:
        """The true border, to be laid over a map."""
        return Landscape(flat, [], frontiers=self.rings).shade


def town() -> tuple[list[np.ndarray], list[tuple[np.ndarray, ...]]]:
    """All rings of the border, and Belgium's polygons, in lon/lat degrees."""
    polygons = [polygon for country in read_polygons(BAARLE) for polygon in country.polygons]
    return [ring for polygon in polygons for ring in polygon], polygons


def last(trace: Trace) -> int:
    """The last step at which a run was looked at."""
    return int(trace.steps("accuracy")[-1])


def between_records(trace: Trace, step: float) -> tuple[int, int, float]:
    """The recorded steps up to `step` and after it, and how far (0 … 1) between them it lies."""
    steps = trace.steps("accuracy")
    here = int(np.searchsorted(steps, step + 1e-6, side="right")) - 1
    after = min(here + 1, len(steps) - 1)
    gap = float(steps[after] - steps[here])
    return int(steps[here]), int(steps[after]), max(0.0, (step - float(steps[here])) / gap) if gap else 0.0


def moment(trace: Trace, share: float) -> tuple[int, int, float]:
    """The same at a share (0 … 1) of the records, which lie the closer the faster a network changes."""
    steps = trace.steps("accuracy")
    at = min(max(share, 0.0), 1.0) * (len(steps) - 1)
    return between_records(trace, float(np.interp(at, np.arange(len(steps)), steps)))


def described(trace: Trace) -> str:
    """A network's hidden layers in words: "8 neurons", "4 layers of 16"."""
    hidden: list[Any] = list(trace.manifest["task"]["sizes"][1:-1])
    return f"{hidden[0]} neurons" if len(hidden) == 1 else f"{len(hidden)} layers of {hidden[0]}"
