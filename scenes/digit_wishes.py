"""Chapter 3: every image has its own wishes for the dials; their mean is the update. Draws the start of `digits`."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from manim import DOWN, LEFT, RIGHT, Create, FadeIn, FadeOut, Group, LaggedStart, VGroup, VMobject

from scenes import style
from scenes.digits_kit import PICTURE, DigitRun, counted, negative, wish_arrow
from scenes.parts.formula import grow_from
from scenes.parts.light import Light
from scenes.parts.pixel_picture import PixelPicture
from scenes.parts.provenance import array
from scenes.parts.readout import Readout
from scenes.parts.typesetting import Formula, Text
from scenes.stage import TraceScene

NAMES, TABLE, MEAN = PICTURE.columns(1.3, 9.3, 2.2, gap=0.35)
HEADS, BODY = PICTURE.rows(1.3, 5.1, gap=0.1)
MOST = 7  # images that have a column
PICKS = (2, 2, 3)  # dials shown of the first, a middle and the last layer of weights


class AverageWishes(TraceScene):
    """One image is selfish: what each of many wants of every dial, and the mean of it all, which is the step taken."""

    trace_name = "digits"
    transforms: ClassVar = {"negative": negative}

    def construct(self) -> None:
        """One column of wishes, many columns, and their mean."""
        self.require(DigitRun.fits(self.trace), "handwritten digits and layers of at most 20 neurons")
        self.require("batch.grads" in self.trace, "a first batch of at most 64 images")
        self.run = DigitRun(self.trace)
        self.count = len(array(self.trace.constant("batch.labels")))
        self.build()
        self.one()
        self.many()
        self.mean()
        self.gradient()

    # -- what stands on the stage ------------------------------------------------------------------
    def build(self) -> None:
        """Images above, dials at the left, a wish where they meet, means at the right."""
        self.columns = self.first_of_each()
        self.dials = self.chosen()
        wishes = self.trace.constant("batch.grads").through("negative", negative)
        rows, columns = len(self.dials) + 1, len(self.columns) + 1
        ys = [float(BODY.at(0, 1 - (i + 0.5) / rows)[1]) for i in range(rows)]
        xs = [float(TABLE.at((i + 0.5) / columns, 0)[0]) for i in range(columns)]
        side = min(1.0, 0.82 * TABLE.width / columns)
        images = self.trace.constant("batch.images")
        self.pictures = [
            PixelPicture(images[at], side, side).move_to([x, HEADS.center[1], 0])
            for at, x in zip(self.columns, xs, strict=False)
        ]
        self.more = counted("…", "", style.TITLE_SIZE, style.LABEL).move_to([xs[-1], HEADS.center[1], 0])
        self.names, self.means, self.cells = VGroup(), VGroup(), [VGroup() for _ in self.columns]
        self.gaps = VGroup()
        for (name, index, flat), y in zip(self.dials, ys, strict=False):
            label = Formula(f'w_("{flat + 1:,}")', style.BODY_SIZE, style.TEXT)
            label.constant = "number of a dial, counted through the trace's layout"
            self.names.add(label.centre_on(np.array([NAMES.right, y, 0]), RIGHT))
            for cells, at, x in zip(self.cells, self.columns, xs, strict=False):
                cells.add(_number(wishes[at, flat], style.LABEL_SIZE).centre_on(np.array([x, y, 0])))
            self.gaps.add(Text("…", style.LABEL_SIZE, style.LABEL).centre_on(np.array([xs[-1], y, 0])))
            update = self.trace.at(f"grads.{name}", 0)[index].through("negative", negative)
            self.means.add(_number(update, style.BODY_SIZE).centre_on(np.array([MEAN.center[0], y, 0])))
        self.below = VGroup(*(_dots().move_to([x, ys[-1], 0]) for x in (self.names.get_center()[0], *xs[:-1])))
        self.alone = PICTURE.center[0] - (float(self.names.get_left()[0]) + xs[0] + side) / 2
        self.mean_dots = _dots().move_to([MEAN.center[0], ys[-1], 0])
        self.head = Text("mean", style.BODY_SIZE, style.TEXT).move_to([MEAN.center[0], HEADS.center[1], 0])

    def chosen(self) -> list[tuple[str, tuple[int, ...], int]]:
        """Dials of three layers that many images agree or disagree about: name, index in that array, number of all."""
        starts, at = {}, 0
        for name, shape in self.run.layout:
            starts[name] = at
            at += int(np.prod(shape))
        last = self.run.layers
        seen = array(self.trace.constant("batch.grads"))[self.columns]
        found: list[tuple[str, tuple[int, ...], int]] = []
        for layer, picks in zip((1, (last + 1) // 2, last), PICKS, strict=True):
            name = self.run.weight(layer)
            shape = array(self.trace.at(f"grads.{name}", 0)).shape
            own = seen[:, starts[name] : starts[name] + shape[0] * shape[1]].reshape(len(seen), *shape)
            for size in (np.abs(own.mean(axis=0)), own.std(axis=0)):  # agreed upon, and disputed
                columns = size.argmax(axis=1)  # of each neuron one weight: not one neuron over and over
                for row in np.argsort(-size.max(axis=1))[: 1 if not found or found[-1][0] != name else picks - 1]:
                    index = (int(row), int(columns[row]))
                    found.append((name, index, starts[name] + index[0] * shape[1] + index[1]))
        return sorted(dict.fromkeys(found), key=lambda dial: dial[2])

    def first_of_each(self) -> list[int]:
        """Numbers in the batch of a few images of different digits, in the order in which they come."""
        labels = array(self.trace.constant("batch.labels")).astype(int)
        firsts = sorted(int(np.argmax(labels == digit)) for digit in np.unique(labels))
        return firsts[:MOST]

    def digit(self, column: int) -> int:
        """What the image of a column is."""
        return int(array(self.trace.constant("batch.labels"))[self.columns[column]])

    # -- beats -------------------------------------------------------------------------------------
    def one(self) -> None:
        """The first image and its wishes."""
        digit, dials = self.digit(0), self.run.weights + self.run.biases
        with self.beat(
            "one image",
            f"Backpropagation tells us what this {digit} wants: for each of the {dials:,} dials,",
            "which way to turn it, and how much that would help.",
            f"But it is selfish. Asked alone, it would have the network answer {digit} to everything.",
        ):
            self.first = Group(self.pictures[0], self.names, self.cells[0], self.below[:2])
            self.first.shift(self.alone * RIGHT)
            self.play(FadeIn(self.pictures[0]), LaggedStart(*(FadeIn(n) for n in self.names), lag_ratio=0.1))
            self.wait(style.BRISK)
            self.play(
                LaggedStart(*(FadeIn(n, shift=0.3 * DOWN) for n in self.cells[0]), lag_ratio=0.2, run_time=2.5),
                FadeIn(self.below[:2]),
            )
            self.play(LaggedStart(*(FadeIn(a, scale=0.4) for a in self.arrows()), lag_ratio=0.2, run_time=2.5))

    def arrows(self) -> VGroup:
        """Beside the first image's numbers: which way, and how much."""
        most = max(abs(float(cell.reading)) for cell in self.cells[0])
        self.own = VGroup()
        for cell in self.cells[0]:
            self.own.add(wish_arrow(cell.reading, cell.get_right() + 0.4 * RIGHT, most, 0.5))
        return self.own

    def many(self) -> None:
        """The other images, one after the other."""
        with self.beat(
            "many images",
            "Others want other things: about the same dial, some pull up and some pull down.",
        ):
            self.play(FadeOut(self.own), self.first.animate.shift(self.alone * LEFT), run_time=style.CHANGE)
            for column in range(1, len(self.columns)):
                self.play(
                    FadeIn(self.pictures[column], shift=0.2 * LEFT), FadeIn(self.below[column + 1]),
                    LaggedStart(*(FadeIn(n) for n in self.cells[column]), lag_ratio=0.08), run_time=0.7,
                )  # fmt: skip
            row = self.disputed()
            if row is not None:
                told = [self.names[row], *(cells[row] for cells in self.cells)]
                everything = [*self.names, *(n for cells in self.cells for n in cells)]
                self.play(Light(everything, *told), run_time=style.BRISK)
                self.wait(1.8)
                self.play(Light(everything), run_time=style.BRISK)
        with self.beat("batch", f"The first step of training asks {self.count} images, picked at random."):
            self.play(FadeIn(self.more), FadeIn(self.gaps), run_time=style.CHANGE)

    def disputed(self) -> int | None:
        """The row with the most balanced pull up and down among the images shown; None when all agree."""
        signs = np.array([[float(cells[i].reading) > 0 for cells in self.cells] for i in range(len(self.dials))])
        balance = np.minimum(signs.sum(1), (~signs).sum(1))
        return int(balance.argmax()) if balance.max() else None

    def mean(self) -> None:
        """Row by row, the wishes flow together."""
        self.line = VMobject(stroke_color=style.LABEL, stroke_width=style.HAIRLINE)
        x = (TABLE.right + MEAN.left) / 2
        self.line.set_points_as_corners([[x, HEADS.top, 0], [x, BODY.bottom, 0]])
        everything = [*self.names, *(n for cells in self.cells for n in cells), *self.gaps]
        with self.beat(
            "mean",
            f"So take each row's mean over all {self.count} images.",
            "Where they disagree, the wishes cancel. What most of them share remains.",
        ):
            self.play(FadeIn(self.head), Create(self.line))
            row = [cells[0] for cells in self.cells]
            self.play(Light(everything, self.names[0], *row), run_time=style.BRISK)
            self.play(self.gather(0), run_time=1.8)
            self.wait(style.CHANGE)
            self.play(Light(everything), run_time=style.BRISK)
            self.play(LaggedStart(*(self.gather(i) for i in range(1, len(self.dials))), lag_ratio=0.25), run_time=4.0)
            self.play(FadeIn(self.mean_dots), run_time=style.BRISK)

    def gather(self, row: int) -> LaggedStart:
        """The wishes of one row fly to their mean."""
        flights = [grow_from(cells[row], self.means[row]) for cells in self.cells]
        return LaggedStart(*flights, lag_ratio=0.05)

    def gradient(self) -> None:
        """The means alone: minus the gradient, which the next update adds to the dials."""
        keep = VGroup(self.means, self.mean_dots)
        gone = [*self.pictures, self.more, self.gaps, *self.cells, self.below[1:], self.line, self.head]
        with self.beat(
            "gradient",
            "This column of means, one number for every dial, is minus the gradient of the cost.",
            "It says which turn of all the dials lowers the mean cost fastest. The next step takes it.",
        ):
            self.play(*(FadeOut(thing) for thing in gone), run_time=style.CHANGE)
            names = VGroup(self.names, self.below[0])
            target = PICTURE.at(0.72, 0.5)
            self.play(
                keep.animate.shift([target[0] - keep.get_center()[0], 0, 0]),
                names.animate.shift([PICTURE.at(0.15, 0)[0] - names.get_center()[0], 0, 0]), run_time=1.5,
            )  # fmt: skip
            brackets = _brackets(keep)
            formula = Formula("- nabla C =", 2 * style.TITLE_SIZE, style.GRADIENT)
            formula.next_to(brackets, LEFT, buff=0.4)
            own = _brackets(names)
            arrow = Formula("arrow.l", 1.5 * style.TITLE_SIZE, style.LABEL)
            self.play(Create(brackets), FadeIn(formula, shift=0.3 * RIGHT), Create(own))
            note = counted(
                f"{self.run.weights + self.run.biases:,} numbers", "as many as the trace's dials",
                style.LABEL_SIZE, style.LABEL,
            ).next_to(brackets, RIGHT, buff=0.3)  # fmt: skip
            arrow.move_to((own.get_right() + formula.get_left()) / 2)
            self.play(FadeIn(note), FadeIn(arrow, shift=0.4 * LEFT))
            self.wait(style.PAUSE)


def _number(reading: Any, size: float) -> Readout:
    return Readout(reading, "+.4f", size, by_sign=True)


def _dots() -> Text:
    return Text("⋮", style.LABEL_SIZE, style.LABEL)


def _brackets(around: VGroup) -> VGroup:
    """Square brackets at both sides of a column."""
    made = VGroup()
    for side in (LEFT, RIGHT):
        x = around.get_edge_center(side)[0] + 0.18 * side[0]
        top, bottom = around.get_top()[1] + 0.1, around.get_bottom()[1] - 0.1
        line = VMobject(stroke_color=style.LABEL, stroke_width=style.LINE)
        inward = x - 0.14 * side[0]
        line.set_points_as_corners([[inward, top, 0], [x, top, 0], [x, bottom, 0], [inward, bottom, 0]])
        made.add(line)
    return made
