"""A transformer at work on one prompt, drawn from its trace: words, blocks, weights, and what flows through them.

Above, every word has a row: strands between two columns are attention, a stroke for every head and pair of words.
Below, the last word's own numbers stand as strips, and between them the weights of each block. All strokes are baked
into pictures, one for each block and direction; what moves is their opacity.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import numpy as np
from manim import RIGHT, Circle, Group, Line, VGroup

from scenes import style
from scenes.language_kit import TOP_TENTH, LanguageRun, noted, top_tenth
from scenes.layout import Region
from scenes.parts.bars import fitted_alike
from scenes.parts.between import Between
from scenes.parts.discs import Discs
from scenes.parts.provenance import array
from scenes.parts.state_strip import StateStrip
from scenes.parts.strands import Strands, across, levels
from scenes.parts.typesetting import Text

GRID: Final = 16  # pooled cells along each side of a matrix
WORDS: Final = 1.75  # units for the words at the left
UNEMBEDDING: Final = 0.75  # units from the last strip to the vocabulary
ROW: Final = 0.5  # units between two words, when they are few
STRIP: Final = 0.13  # units that a strip is wide
NODE: Final = 0.075  # radius of a word's place in a column
BLAME: Final = 0.17  # radius of the greatest blame
QUIET: Final = 0.65  # opacity of the strips, which stand between what is spoken of
FAN: Final = 0.045  # units between the strands of two heads, when they are few


class TransformerPicture(Group):
    """The model of `run` in `region`. `show` sets what is seen; it depends on nothing shown before.

    `words` the prompt's words; `heads` the blocks' names; `strips` the last word's numbers; `columns` the xs of the
    states, `rows` the ys of the words.
    """

    def __init__(self, run: LanguageRun, region: Region) -> None:
        super().__init__()
        self.run, self.region = run, region
        count = len(run.places)
        self.columns = np.linspace(region.left + WORDS, region.right - UNEMBEDDING, len(run.states))
        self.pitch = min(ROW, 0.52 * region.height / count)
        top = region.top - 0.62
        self.rows = top - self.pitch * np.arange(count)
        self.low = Region(region.left, region.right, region.bottom, float(self.rows[-1]) - 0.45)
        self.reach = float(self.columns[1] - self.columns[0])
        self._words()
        self._frame()
        self._weave()
        self._weights()
        self._numbers()
        self.add(self.base, self.lines, *self.weave, *self.weave_back, *self.flow, *self.grads, *self.strips)
        self.add(self.rings, *self.lit, *self.blame, self.words, self.heads, self.owner)

    # -- building ----------------------------------------------------------------------------------
    def _words(self) -> None:
        run = self.run
        names = [run.words[place] for place in run.places]
        size = min(style.BODY_SIZE, max(style.SMALL_SIZE, 60 * self.pitch / ROW * 0.6))
        texts = fitted_alike(names, [style.TEXT] * len(names), WORDS - 0.55, size)
        for text, y in zip(texts, self.rows, strict=True):
            text.constant = "a word of the prompt"
            text.centre_on(np.array([self.columns[0] - 0.28, y, 0]), RIGHT)
        self.words = VGroup(*texts)
        self.owner = Text(f"numbers\nof “{run.words[-1]}”", style.SMALL_SIZE, style.LABEL, align="right")
        self.owner.scale(min(1.0, (WORDS - 0.4) / self.owner.width))
        self.owner.move_to([self.columns[0] - 0.28, self.low.top - 0.35, 0], aligned_edge=RIGHT)
        self.owner.constant = "a word of the prompt"
        self.heads = VGroup()
        for k, block in enumerate(run.blocks):
            label = noted(f"block {block + 1}", "a block's number")
            self.heads.add(label.move_to([self.columns[k] + self.reach / 2, self.region.top - 0.15, 0]))

    def _frame(self) -> None:
        """What stands still: every word's line through the blocks, a ring at every state, the drop to the strips."""
        self.lines, self.rings = VGroup(), VGroup()
        for y in self.rows:
            line = Line([self.columns[0], y, 0], [self.columns[-1], y, 0], color=style.TRACK, stroke_width=style.LINE)
            self.lines.add(line)
        for x in self.columns:
            drop = [[x, self.rows[-1], 0], [x, self.low.top, 0]]
            self.lines.add(Line(*drop, color=style.TRACK, stroke_width=style.LINE))
            for y in self.rows:
                ring = Circle(NODE, color=style.LABEL, stroke_width=1.5, fill_color=style.BACKGROUND, fill_opacity=1)
                self.rings.add(ring.move_to([x, y, 0]))

    def _weave(self) -> None:
        """Attention: a strand for every head from each word to each that takes from it; and its gradient."""
        run, count = self.run, len(self.run.places)
        i, j = np.tril_indices(count)
        self._pairs = (np.array(run.places)[i], np.array(run.places)[j])
        fan = (np.arange(run.heads) - (run.heads - 1) / 2) * min(FAN, 2 * FAN / max(1, run.heads - 1))
        half, middle = self.reach / 2 - NODE, (self.rows[0] + self.rows[-1]) / 2
        ends = np.empty((run.heads, len(i), 2, 2))
        ends[..., 0, 0], ends[..., 1, 0] = -half, half
        ends[..., 0, 1] = self.rows[j] - middle + fan[:, None]
        ends[..., 1, 1] = self.rows[i] - middle + fan[:, None]
        size = (self.reach, float(self.rows[0] - self.rows[-1]) + 0.4)

        def made(colour: str, most: float, glow: float) -> list[Between]:
            pictures = []
            for x in self.columns[:-1]:
                one = Between(lambda: Strands(ends, *size, colour, most=most, glow=glow))
                pictures.append(one.move_to([x + self.reach / 2, middle, 0]))
            return pictures

        many = max(1.0, run.heads * count / 48) ** 0.5  # the more strands there are, the thinner each
        self.weave = made(style.FORWARD, 0.045 / many, 0.55 / many)
        self.weave_back = made(style.GRADIENT, 0.06 / many, 0.75)
        grads = np.abs(self.run.trace.series("shown.attention_grads")[:, run.prompt])
        self._slopes = float(np.quantile(grads.max(axis=(1, 2, 3, 4)), 1.0)) or 1.0

    def _weights(self) -> None:
        """Below: every block's matrices, each from the place of what it reads to that of what it makes."""
        run = self.run
        self._shapes = [self._block_ends(block) for block in run.blocks] + [self._unembedding_ends()]
        spans = [(float(x), self.reach) for x in self.columns[:-1]] + [(float(self.columns[-1]), UNEMBEDDING)]
        weights = run.trace.latest("pooled.weights", int(run.steps[0]))
        loudest = float(np.max(array(weights)))
        self.base = Group()
        self.flow: list[Between] = []
        self.grads: list[Between] = []
        for (ends, numbers), (x, wide) in zip(self._shapes, spans, strict=True):
            at = [x + wide / 2, float(self.low.center[1]), 0]
            size = (wide, self.low.height)
            still = Strands(ends, *size, style.LABEL, most=0.008, glow=0.16)
            still.stands_at = int(run.steps[0])
            sizes = [weights[m] for m in numbers]
            still.show(np.concatenate([array(one).ravel() for one in sizes]), loudest, *sizes)
            self.base.add(still.move_to(at))
            for found, colour, most in ((self.flow, style.FORWARD, 0.019), (self.grads, style.GRADIENT, 0.042)):
                found.append(self._pair(ends, size, colour, most).move_to(at))
        flow = top_tenth(run.trace.series("shown.flow")[:, run.prompt])
        grads = top_tenth(run.trace.series("shown.grads")[:, run.prompt])
        self._flows, self._grads = (float(np.quantile(cells[cells > 0], 0.985)) for cells in (flow, grads))

    @staticmethod
    def _pair(ends: np.ndarray, size: tuple[float, float], colour: str, most: float) -> Between:
        return Between(lambda: Strands(ends, *size, colour, most=most, glow=0.6))

    def _block_ends(self, block: int) -> tuple[np.ndarray, list[int]]:
        wide, high = self.reach, self.low.height
        x0, x1, x2, x3, x4, x5 = (share * wide - wide / 2 for share in (0.06, 0.37, 0.4, 0.61, 0.785, 0.94))
        strip, hub, middle, hidden = (levels(GRID, share * high) for share in (0.96, 0.5, 0.72, 0.98))
        thirds = [levels(GRID, 0.28 * high, at * high) for at in (0.35, 0.0, -0.35)]
        way = {
            "query": (x0, strip, x1, thirds[0]), "key": (x0, strip, x1, thirds[1]), "value": (x0, strip, x1, thirds[2]),
            "out": (x2, hub, x3, middle), "gate": (x3, middle, x4, hidden), "up": (x3, middle, x4, hidden),
            "down": (x4, hidden, x5, strip),
        }  # fmt: skip
        drawn = [(number, way[role]) for number, role in self.run.matrices(block) if role in way]
        return np.concatenate([across(*ends) for _, ends in drawn]), [number for number, _ in drawn]

    def _unembedding_ends(self) -> tuple[np.ndarray, list[int]]:
        half = UNEMBEDDING / 2
        left, right = levels(GRID, 0.96 * self.low.height), levels(GRID, 0.98 * self.low.height)
        numbers = [number for number, _ in self.run.matrices(-1)]
        return np.concatenate([across(-0.84 * half, left, half, right)] * len(numbers)), numbers

    def _numbers(self) -> None:
        """The last word's numbers as strips; how far each word's place is lit; whom the blame meets."""
        run = self.run
        states = np.abs(run.trace.series("shown.states")[:, run.prompt][:, run.states])
        scale = float(np.quantile(states, 0.97))
        blame = run.trace.series("shown.blame")[:, run.prompt]
        self.strips, self.lit, self.blame = [], [], []
        for x in self.columns:
            at = [float(x), float(self.low.center[1]), 0]
            strip = Between(lambda: StateStrip(STRIP, self.low.height, scale), opaque=True)
            self.strips.append(strip.move_to(at))
            places = np.stack([np.full(len(self.rows), x), self.rows], axis=1)
            lit = Discs(places, NODE, 1.0, style.FORWARD).show(np.ones(len(self.rows)))
            self.lit.append(lit.set_fill(opacity=0))
            self.blame.append(Discs(places, BLAME, float(blame.max())).set_fill(opacity=0))

    # -- showing -----------------------------------------------------------------------------------
    def show(self, step: float, forward: float, backward: float, flow: float = 1.0, light: float = 1.0) -> None:
        """The model at `step`: the guess has come `forward` columns far, the blame `backward` columns from the end.

        `flow` and `light` dim what flows forward and back.
        """
        run, last = self.run, len(self.columns) - 1
        at = run.moment(step)
        for k in range(last + 1):
            ahead, behind = _lit(forward - k) * flow, _lit(backward - (last - k)) * light
            if k < last:
                self.weave[k].show(at, partial(self._attend, run.blocks[k], "attention"), ahead)
                self.weave_back[k].show(at, partial(self._attend, run.blocks[k], "attention_grads"), behind)
            numbers = self._shapes[k][1]
            self.flow[k].show(at, partial(self._carry, numbers, "flow", self._flows), ahead)
            self.grads[k].show(at, partial(self._carry, numbers, "grads", self._grads), behind)
            self._show_column(k, step, min(1.0, max(0.0, forward - k + 1)), flow, behind)

    def _show_column(self, k: int, step: float, here: float, flow: float, behind: float) -> None:
        run, state = self.run, self.run.states[k]
        at = run.moment(step)
        self.strips[k].show(at, partial(run.put_state, state), QUIET * here)
        self.lit[k].set_fill(opacity=here * max(style.DIM, min(1.0, 1.6 * flow)), family=False)
        blame = run.at("blame", int(step + 1e-6))[state]
        self.blame[k].show(blame, run.places).set_fill(opacity=min(1.0, behind * 1.2), family=False)

    def _attend(self, block: int, name: str, one: Strands, moment: int) -> None:
        reading = self.run.at(name, self.run.step_of(moment))[block]
        shares = np.abs(array(reading))[:, self._pairs[0], self._pairs[1]]
        one.show(shares, 1.0 if name == "attention" else self._slopes, reading)

    def _carry(self, numbers: list[int], name: str, full: float, one: Strands, moment: int) -> None:
        whole: Any = self.run.at(name, self.run.step_of(moment))
        readings = [whole[number].through(TOP_TENTH, top_tenth) for number in numbers]
        one.show(np.concatenate([array(reading).ravel() for reading in readings]), full, *readings)


def _lit(since: float) -> float:
    """How bright a block is when the front has been there for `since` columns: a flash, then a steady glow."""
    come = min(1.0, max(0.0, since))
    return come * (0.66 + 0.34 * float(np.exp(-max(0.0, since - 1.0) * 1.5)))
