"""The outputs of linear neurons over two inputs: planes above a floor, cut where they cross, the highest ones solid.

Planes are clipped along the very lines where two of them are equal and painted from the farthest to the nearest
(`envelope`), so that what is seen through what is right from every side.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from manim import Mobject

from scenes import style
from scenes.parts.canvas import Canvas
from scenes.parts.envelope import Piece, back_to_front, box_corners, inner_edges, pieces, raised
from scenes.parts.floor import LINE, sheets_of
from scenes.parts.projection import Box
from scenes.parts.provenance import array, is_reading
from scenes.parts.raster import Raster
from scenes.parts.view import View

SOLID: Final = 0.86  # opacity of a plane where it is the highest
GHOST: Final = 0.1  # and where it is not
UNDERSIDE: Final = 0.45  # how much darker a plane is, seen from below
RULES: Final = 8  # lines ruled over the longer side of a plane, so that its tilt can be seen


@dataclass(frozen=True, slots=True)
class Heights:
    """How scores become heights: score 0 lies `zero` world units above the floor, one more of score `unit` higher.

    Planes are cut off at the scores `low` and `high`.
    """

    unit: float
    zero: float
    low: float
    high: float

    def of(self, score: Any) -> Any:
        """World z of a score, or an array of them."""
        return self.zero + self.unit * array(score)


class Planes(Raster):
    """Planes z = W x + b over the `ground` (left, right, bottom, top), seen in `box`, a part of the scene.

    `colours`: one a class. `inputs` (3, features): what the neurons are fed at the world's (0, 0), (1, 0) and (0, 1).
    The Readings shown are kept as `readings`.
    """

    def __init__(
        self,
        box: Box,
        ground: tuple[float, float, float, float],
        colours: Sequence[str],
        inputs: np.ndarray,
        heights: Heights,
    ) -> None:
        super().__init__(box.right - box.left, box.top - box.bottom)
        self.move_to([(box.left + box.right) / 2, (box.bottom + box.top) / 2, 0])
        self.inputs, self.heights = np.asarray(inputs, dtype=float), heights
        self.painter = PlanePainter(box, box_corners(*ground), tuple(colours), heights)
        self.reading: Any = None
        self.readings: tuple[Any, ...] = ()

    def sheets(self, weight: Any, bias: Any) -> np.ndarray:
        """W x + b as sheets over the world: (classes, 3)."""
        flat = sheets_of(array(weight), array(bias), self.inputs)
        return flat * self.heights.unit + np.array([0.0, 0.0, self.heights.zero])

    def above(self, weight: Any, bias: Any, x: float, y: float) -> np.ndarray:
        """World z of each plane (classes,) above a point of the ground, as far as it is drawn."""
        low, high = self.heights.of(self.heights.low), self.heights.of(self.heights.high)
        return np.asarray(np.clip(self.sheets(weight, bias) @ np.array([x, y, 1.0]), low, high))

    def show(
        self, view: View, weight: Any, bias: Any, *, present: Sequence[float] | None = None, crown: float = 1.0
    ) -> Self:
        """Seen by `view`: `weight` (classes, features), `bias` (classes,), arrays or Readings.

        `present` (classes,) 0 … 1: how much of each plane there is; only those above 0 take part. `crown` 0 … 1: 0
        draws all parts alike, 1 the highest solid and the rest as ghosts.
        """
        self.readings = tuple(one for one in (weight, bias) if is_reading(one))
        self.reading = self.readings[0] if self.readings else None
        sheets, painter = self.sheets(weight, bias), self.painter
        shown = (1.0,) * len(sheets) if present is None else tuple(float(p) for p in present)
        key = painter.key(view, sheets, shown, crown)
        return self.set_recipe(lambda: painter.paint(view, sheets, shown, crown), key)


class PlanePainter:
    """How a view and sheets become pixels. Copies of the planes share it."""

    def __init__(self, box: Box, ground: np.ndarray, colours: tuple[str, ...], heights: Heights) -> None:
        self.box, self.ground, self.colours, self.heights = box, ground, colours, heights
        self._fixed = repr((box.left, box.right, box.bottom, box.top, ground.tolist(), colours, heights)).encode()
        (left, bottom), (right, top) = ground[0], ground[2]
        step = max(right - left, top - bottom) / RULES
        across = [[[x, bottom], [x, top]] for x in np.arange(left + step, right - step / 2, step)]
        along = [[[left, y], [right, y]] for y in np.arange(bottom + step, top - step / 2, step)]
        self.rules = np.array([*across, *along])

    def __deepcopy__(self, memo: dict[int, Any]) -> PlanePainter:
        return self

    def key(self, view: View, sheets: np.ndarray, present: tuple[float, ...], crown: float) -> bytes:
        """Names a picture by all that it is made of."""
        plain = repr((view, present, crown)).encode()
        return hashlib.blake2b(self._fixed + plain + sheets.tobytes(), digest_size=16).digest()

    def paint(self, view: View, sheets: np.ndarray, present: tuple[float, ...], crown: float) -> np.ndarray:
        """The pixels: uint8 (rows, columns, 4), premultiplied."""
        canvas, eye = Canvas(self.box), view.eye
        there = [number for number, share in enumerate(present) if share > 0]
        chosen = sheets[there]
        low, high = (float(self.heights.of(edge)) for edge in (self.heights.low, self.heights.high))
        parts = pieces(chosen, self.ground, low, high)
        for part in back_to_front(parts, chosen, eye):
            number = there[part.sheet]
            self._paint_piece(canvas, view, eye, part, chosen[part.sheet], self.colours[number], present[number], crown)
        return canvas.pixels()

    def _paint_piece(
        self,
        canvas: Canvas,
        view: View,
        eye: np.ndarray,
        part: Piece,
        sheet: np.ndarray,
        colour: str,
        share: float,
        crown: float,
    ) -> None:
        plain = 0.5 * (SOLID + GHOST)
        opacity = share * (plain + crown * ((SOLID if part.top else GHOST) - plain))
        path = view.project(part.corners)
        canvas.clip(path)
        canvas.flood(colour, opacity)
        if part.top:
            rules = raised(self.rules.reshape(-1, 2), sheet)
            canvas.stroke(view.project(rules).reshape(-1, 2, 3), style.BACKGROUND, LINE * style.HAIRLINE, 0.35 * share)
        if eye[2] < sheet[:2] @ eye[:2] + sheet[2]:
            canvas.flood(style.BACKGROUND, UNDERSIDE * opacity)
        canvas.context.restore()
        rim = [edge for edge in _edges(part.corners) if self._outer(edge)]
        canvas.stroke(
            [view.project(edge) for edge in rim], colour, LINE * style.LINE, share * (0.9 if part.top else 0.4)
        )
        if part.top:
            folds = [raised(edge, sheet) for edge in inner_edges(part.corners[:, :2], self.ground)]
            ends = float(self.heights.of(self.heights.low)), float(self.heights.of(self.heights.high))
            folds = [edge for edge in folds if not any(np.allclose(edge[:, 2], end) for end in ends)]
            canvas.stroke([view.project(edge) for edge in folds], style.TEXT, LINE * style.LINE, 0.9 * share * crown)

    def _outer(self, edge: np.ndarray) -> bool:
        """Whether an edge (2, 3) of a piece is one of its plane: above the ground's edge, or where it is cut off."""
        if not inner_edges(np.stack([edge[0, :2], edge[1, :2], edge[0, :2]]), self.ground):
            return True
        return any(np.allclose(edge[:, 2], self.heights.of(end)) for end in (self.heights.low, self.heights.high))


def _edges(corners: np.ndarray) -> list[np.ndarray]:
    return [np.stack([a, b]) for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True)]


def _demo() -> list[Mobject]:
    """Four planes from four sides; the second all alike, the third from below, the last from straight above."""
    from scenes.parts.floor import Region

    weight = np.array([[-0.05, -1.25], [0.63, -0.49], [0.33, 0.77], [-0.79, 0.6]])
    bias, inputs = np.array([-0.66, 2.33, -0.28, -0.79]), np.array([[-2.8, 2.9], [-2.8, 6.0], [-0.5, 2.9]])
    heights = Heights(0.15, 1.3, -6.0, 18.0)
    corners = np.array([[x, y, z] for x in (-3.4, 3.4) for y in (-3.2, 3.2) for z in (0.4, 4.0)])
    views = [
        (View(azimuth=30, elevation=30, distance=26), 1.0),
        (View(azimuth=75, elevation=20, distance=26), 0.0),
        (View(azimuth=30, elevation=-12, distance=26), 1.0),
        (View(distance=2000), 1.0),
    ]
    shown: list[Mobject] = []
    for number, (view, crown) in enumerate(views):
        left, bottom = -6.7 + 6.8 * (number % 2), 0.1 - 3.7 * (number // 2)
        box = Region(left, left + 6.6, bottom, bottom + 3.5)
        planes = Planes(box, (-3.4, 3.4, -3.2, 3.2), style.CLASS_COLOURS[:4], inputs, heights)
        shown.append(planes.show(view.fitted(corners, box), weight, bias, crown=crown))
    return shown


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
