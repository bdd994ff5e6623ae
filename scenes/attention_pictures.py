"""Pictures of attention for the film: one head's pattern with its words, the wall of all heads, the words that decide.

They are drawn from a `LanguageRun`; when they are shown, and what is said of them, is the scene's business.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from manim import DOWN, LEFT, RIGHT, FadeIn, Group, LaggedStart, Rectangle, VGroup

from scenes import style
from scenes.language_kit import LanguageRun, footnote, noted, spread
from scenes.layout import Region
from scenes.parts import moving
from scenes.parts.attention_grid import AttentionGrid
from scenes.parts.bars import LengthBar, fitted_alike
from scenes.parts.between import Between
from scenes.parts.provenance import array
from scenes.parts.readout import Readout, rounded_box
from scenes.stage import TraceScene

WATCHED: Final = 2  # heads that are followed through training
FEW_WORDS: Final = 8  # up to which the columns of a grid are named, and the last row's shares are read out
HEAD: Final = 0.62  # units above a grid for its name
MOST_TILES: Final = 48  # patterns that find room on one wall


class HeadGrid(Group):
    """One head's pattern in `room`, words at its rows and columns, and in numbers what the last word takes.

    `grid` fades between recorded moments; `shares` are the last row's numbers.
    """

    def __init__(self, run: LanguageRun, layer: int, head: int, room: Region, title: str) -> None:
        super().__init__()
        self.run, self.layer, self.head = run, layer, head
        names = [run.words[place] for place in run.places]
        count = len(names)
        rows = fitted_alike(names, [style.LABEL] * count, 0.19 * room.width, style.LABEL_SIZE)
        wide = max(text.width for text in rows) + 0.18
        side = min(room.width - wide, room.height - HEAD - (1.0 if count <= FEW_WORDS else 0.1))
        left = room.left + (room.width - wide - side) / 2
        self.grid = Between(lambda: AttentionGrid(count, side, words=run.places), opaque=True)
        self.grid.move_to([left + wide + side / 2, room.top - HEAD - side / 2, 0])
        face = self.grid.pair[0]
        self.rows, self.columns, self.shares = VGroup(*rows), VGroup(), VGroup()
        for i, text in enumerate(rows):
            text.constant = "a word of the prompt"
            text.centre_on(face.cell(i, -0.5) + 0.14 * LEFT, RIGHT)
        rows[-1].set_fill(style.TEXT)
        if count <= FEW_WORDS:
            self._last_row(names, side / count)
        self.title = noted(title, "a block's and a head's number", style.LABEL_SIZE, style.TEXT)
        self.title.move_to([face.get_center()[0], room.top - 0.2, 0])
        self.frame = Rectangle(
            width=side, height=side / count, stroke_color=style.HIGHLIGHT, stroke_width=style.LINE
        ).move_to(face.cell(count - 1, (count - 1) / 2))  # fmt: skip
        self.add(self.grid, self.rows, self.columns, self.shares, self.title)

    def _last_row(self, names: list[str], side: float) -> None:
        """Under every column the share that the last word takes from its word, and that word's name."""
        face = self.grid.pair[0]
        words = fitted_alike(names, [style.LABEL] * len(names), 0.72 * side, style.LABEL_SIZE)
        for j, word in enumerate(words):
            foot = face.cell(len(names) - 0.5, j)
            share = Readout(0.0, ".2f", style.LABEL_SIZE, style.FORWARD)
            self.shares.add(share.centre_on(foot + 0.32 * DOWN))
            word.constant = "a word of the prompt"
            self.columns.add(word.centre_on(foot + 0.72 * DOWN))

    def show(self, step: float) -> None:
        """The pattern at `step`; numbers are those newest recorded."""
        run = self.run
        self.grid.show(run.moment(step), self._draw)
        last = run.at("attention", int(step + 1e-6))[self.layer, self.head, run.length - 1]
        for share, place in zip(self.shares, run.places, strict=False):
            share.show(last[place])

    def _draw(self, one: AttentionGrid, moment: int) -> None:
        one.show(self.run.at("attention", self.run.step_of(moment))[self.layer, self.head])

    def reveal(self, rows: float) -> None:
        """The first moment's pattern as far as `rows`, and the frame around the row that comes."""
        first = int(self.run.steps[0])
        face = self.grid.pair[0]
        face.show(self.run.at("attention", first)[self.layer, self.head], rows)
        at = min(max(rows - 1, 0.0), len(self.rows) - 1.0)
        moving.move_to(self.frame, face.cell(at, (len(self.rows) - 1) / 2))

    def brighten(self, word: int) -> None:
        """Name the column of a word in the text's colour."""
        if len(self.columns):
            self.columns[self.run.places.index(word)].set_fill(style.TEXT)
        self.rows[self.run.places.index(word)].set_fill(style.TEXT)


class Wall(Group):
    """All heads' patterns as tiles: a column for every block, the first at the left; of too many a stated choice."""

    def __init__(self, run: LanguageRun, region: Region) -> None:
        super().__init__()
        self.run = run
        watched = [(layer, head) for layer, head, _ in run.watched(WATCHED)]
        self.layers = sorted({*run.blocks, *(layer for layer, _ in watched)})
        across = max(1, min(run.heads, MOST_TILES // len(self.layers)))
        self.heads = sorted({*spread(run.heads, across), *(head for _, head in watched)})
        note = footnote(self._choice())
        pitch = min((region.height - HEAD) / len(self.heads), region.width / len(self.layers))
        self.side = 0.88 * pitch
        left = float(region.center[0]) - pitch * len(self.layers) / 2
        top = region.top - HEAD
        self._tiles: dict[tuple[int, int], AttentionGrid] = {}
        self.add(note)
        for i, layer in enumerate(self.layers):
            label = noted(f"block {layer + 1}", "a block's number", style.LABEL_SIZE)
            if label.width > 0.92 * pitch:
                label = noted(f"{layer + 1}", "a block's number", style.LABEL_SIZE)
            self.add(label.centre_on(np.array([left + (i + 0.5) * pitch, top + 0.3, 0])))
            for j, head in enumerate(self.heads):
                tile = AttentionGrid(len(run.places), self.side, words=run.places)
                tile.move_to([left + (i + 0.5) * pitch, top - (j + 0.5) * pitch, 0])
                self._tiles[layer, head] = tile
                self.add(tile)
        self.show(int(run.steps[0]))

    def _choice(self) -> str:
        run, said = self.run, []
        if len(self.layers) < run.layers:
            said.append(f"{len(self.layers)} of {run.layers} blocks, by number")
        if len(self.heads) < run.heads:
            said.append(f"{len(self.heads)} of {run.heads} heads of each")
        if len(run.places) < run.length:
            said.append(f"{len(run.places)} of {run.length} words")
        return f"Shown: {', '.join(said)}." if said else " "

    def tile(self, layer: int, head: int) -> AttentionGrid:
        """The tile of a head."""
        return self._tiles[layer, head]

    def show(self, step: int) -> None:
        """All patterns as newest recorded up to `step`."""
        whole = self.run.at("attention", step)
        for (layer, head), tile in self._tiles.items():
            tile.show(whole[layer, head])

    def mark(self, layer: int, head: int) -> Rectangle:
        """A frame around a tile."""
        side = self.side + 0.08
        return Rectangle(
            width=side, height=side, stroke_color=style.HIGHLIGHT, stroke_width=style.LINE
        ).move_to(self.tile(layer, head))  # fmt: skip


class Deciding(VGroup):
    """A standing bar over each word: by how much the loss rises when it is hidden, at the end of training."""

    def __init__(self, run: LanguageRun, room: Region) -> None:
        super().__init__()
        self.run = run
        decides = run.at("decides", run.last)
        values = array(decides)[run.places]
        pitch = room.width / len(run.places)
        names = [run.words[place] for place in run.places]
        texts = fitted_alike(names, [style.TEXT] * len(names), 0.72 * pitch, style.BODY_SIZE)
        self.words, self.bars, self.numbers = VGroup(*texts), VGroup(), VGroup()
        base, most = room.bottom + 0.55, max(float(values.max()), 1e-9)
        for i, (place, value, text) in enumerate(zip(run.places, values, texts, strict=True)):
            x = room.left + (i + 0.5) * pitch
            text.constant = "a word of the prompt"
            text.centre_on(np.array([x, room.bottom + 0.22, 0]))
            long = max(0.0, float(value)) / most * (room.height - 1.35)
            bar = LengthBar(stroke_width=0, fill_color=style.FORWARD, fill_opacity=1)
            bar.role = "the size of a rise"
            if long > 0.01:
                bar.points = rounded_box(min(0.8, 0.5 * pitch), long, min(0.06, long / 2))
                bar.points = bar.points + np.array([x, base + long / 2, 0])
            bar.credit(decides, place)
            number = Readout(decides[place], ".2f", style.LABEL_SIZE, style.TEXT, whole=2, align="centre")
            number.centre_on(np.array([x, base + long + 0.3, 0]))
            bar.stands_at = number.stands_at = run.last
            self.bars.add(bar)
            self.numbers.add(number)
        self.add(self.words, self.bars, self.numbers)

    def grow(self, scene: TraceScene) -> None:
        """Let the bars rise from their words, their numbers after them."""
        low = float(self.words[0].get_top()[1]) + 0.1
        rises = []
        for bar in self.bars:
            if len(bar.points):
                foot = bar.copy().stretch(0.01, 1, about_point=np.array([0, low, 0]))
                rises.append((bar, bar.copy(), foot))
        for bar, _, foot in rises:
            bar.points = foot.points
        scene.add(*(bar for bar, _, _ in rises))
        up = [bar.animate.become(full) for bar, full, _ in rises]
        numbers = LaggedStart(*(FadeIn(number) for number in self.numbers), lag_ratio=0.1)
        scene.play(LaggedStart(*up, lag_ratio=0.1), numbers, run_time=2.0)
        scene.add(self)

    def light(self, words: list[int]) -> list[Any]:
        """Dim what is not spoken of."""
        dim = [i for i, place in enumerate(self.run.places) if place not in words]
        return [part[i].animate.set_opacity(style.DIM) for i in dim for part in (self.words, self.bars, self.numbers)]
