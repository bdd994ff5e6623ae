"""A map lying on the ground of a three-dimensional scene, coloured by whichever linear function is greatest there.

Coasts and borders are projected point by point and painted as shapes, so they stay sharp however near the eye comes.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple, Self

import numpy as np
from manim import Mobject

from scenes import style
from scenes.parts.canvas import Canvas
from scenes.parts.envelope import box_corners, inner_edges, kept, regions
from scenes.parts.landscape import SHELF, Polygon
from scenes.parts.projection import Box, Projection
from scenes.parts.provenance import array, is_reading
from scenes.parts.raster import Raster
from scenes.parts.view import View

WATER: Final = 0.16  # share of the land's colour that the sea takes on
LINE: Final = 0.01  # scene units of one Manim stroke width


class Floor(Raster):
    """The map of `projection`'s frame, whose box is its place on the ground, seen in `box`, a part of the scene.

    `polygons`, `coasts` and `frontiers` are lon/lat degrees as for a `WorldMap`. `colours`: one a class. `inputs`
    (3, features): what the classifier is fed at the world's (0, 0), (1, 0) and (0, 1), which says what it is fed
    everywhere. `everywhere` colours all of the frame alike, land or not. The Readings shown are kept as `readings`.
    """

    def __init__(
        self,
        box: Box,
        projection: Projection,
        polygons: Iterable[Polygon],
        coasts: Sequence[np.ndarray],
        frontiers: Sequence[np.ndarray],
        colours: Sequence[str],
        inputs: np.ndarray,
        *,
        everywhere: bool = False,
        bold: bool = False,
    ) -> None:
        super().__init__(box.right - box.left, box.top - box.bottom)
        self.move_to([(box.left + box.right) / 2, (box.bottom + box.top) / 2, 0])
        self.projection, self.inputs = projection, np.asarray(inputs, dtype=float)
        flat = _Flat.of(projection, polygons, coasts, frontiers)
        self.painter = FloorPainter(box, flat, tuple(colours), everywhere, bold)
        self.ground = self.painter.ground
        self.reading: Any = None
        self.readings: tuple[Any, ...] = ()

    def world(self, lon: Any, lat: Any) -> np.ndarray:
        """World points (..., 3) on the ground of places in degrees, longitudes on any turn."""
        return self.projection.to_scene(self.projection.wrap(array(lon)), array(lat))

    def show(
        self, view: View, weight: Any = None, bias: Any = None, *, strength: float = 1.0, until: float = 1.0
    ) -> Self:
        """Seen by `view`, coloured where W x + b, `weight` (classes, features) and `bias` (classes,), is greatest.

        Without parameters, or at `strength` 0, it is the bare map. `until` (0 … 1): only the western part is coloured.
        """
        self.readings = tuple(one for one in (weight, bias) if is_reading(one))
        self.reading = self.readings[0] if self.readings else None
        sheets = np.zeros((0, 3))
        if weight is not None and strength > 0 and until > 0:
            sheets = sheets_of(array(weight), array(bias), self.inputs)
        painter = self.painter
        return self.set_recipe(
            lambda: painter.paint(view, sheets, strength, until), painter.key(view, sheets, strength, until)
        )


def sheets_of(weight: np.ndarray, bias: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """Linear outputs as sheets over the world: (classes, 3), per unit of x, per unit of y, and at the origin.

    `weight` (classes, features), `bias` (classes,), `inputs` (3, features) at the world's (0, 0), (1, 0), (0, 1).
    """
    here, east, north = inputs @ weight.T + bias
    return np.column_stack([east - here, north - here, here])


class Region(NamedTuple):
    """An upright box in the scene."""

    left: float
    right: float
    bottom: float
    top: float


class _Flat(NamedTuple):
    """A map's lines on the ground: one array of world points (n, 3), and where each line begins in it."""

    ground: np.ndarray
    points: np.ndarray
    rings: list[slice]
    coasts: list[slice]
    frontiers: list[slice]

    @classmethod
    def of(cls, projection: Projection, polygons: Iterable[Polygon], *lines: Sequence[np.ndarray]) -> _Flat:
        kinds = [[ring for polygon in polygons for ring in polygon], *lines]
        every = [line for kind in kinds for line in kind] or [np.zeros((1, 2))]
        ends = np.cumsum([len(line) for line in every]).tolist()
        cuts = [slice(end - len(line), end) for line, end in zip(every, ends, strict=True)]
        lonlat = np.concatenate(every)
        points = projection.to_scene(lonlat[:, 0], lonlat[:, 1])
        a, b = len(kinds[0]), len(kinds[0]) + len(kinds[1])
        ground = box_corners(projection.left, projection.right, projection.bottom, projection.top)
        return cls(ground, points, cuts[:a], cuts[a:b], cuts[b : b + len(kinds[2])])


class _Masks(NamedTuple):
    """Coverage of the canvas by the map's kinds of lines and land, as one view sees them."""

    land: Canvas
    shelf: Canvas
    coasts: Canvas
    frontiers: Canvas


class FloorPainter:
    """How a view and regions become the floor's pixels. Copies of a floor share it."""

    def __init__(self, box: Box, flat: _Flat, colours: tuple[str, ...], everywhere: bool, bold: bool) -> None:
        self.box, self.flat, self.colours = box, flat, colours
        self.everywhere, self.bold = everywhere, bold
        self.ground = flat.ground
        plain = repr((box.left, box.right, box.bottom, box.top, colours, everywhere, bold)).encode()
        lines = repr((flat.rings, flat.coasts, flat.frontiers)).encode()
        self._fixed = hashlib.blake2b(plain + lines + flat.points.tobytes() + self.ground.tobytes()).digest()
        self._masks: tuple[View, _Masks] | None = None

    def __deepcopy__(self, memo: dict[int, Any]) -> FloorPainter:
        return self

    def key(self, view: View, sheets: np.ndarray, strength: float, until: float) -> bytes:
        """Names a picture by all that it is made of."""
        plain = repr((view, strength, until)).encode()
        return hashlib.blake2b(self._fixed + plain + sheets.tobytes(), digest_size=16).digest()

    def paint(self, view: View, sheets: np.ndarray, strength: float, until: float) -> np.ndarray:
        """The floor's pixels: uint8 (rows, columns, 4), premultiplied."""
        canvas, masks = Canvas(self.box), self._masks_for(view)
        canvas.clip(view.project(on_ground(self.ground)))
        if self.everywhere:
            canvas.flood(style.LAND)
        else:
            canvas.flood(style.SEA)
            canvas.through(masks.shelf, style.LAND, 0.75)
            canvas.through(masks.land, style.LAND)
        canvas.through(masks.frontiers, style.COAST, 0.85)
        left, right = self.ground[:, 0].min(), self.ground[:, 0].max()
        edge = left + until * (right - left)
        won = [kept(polygon, edge - polygon[:, 0]) for polygon in regions(sheets, self.ground)]
        for polygon, colour in zip(won, self.colours, strict=bool(len(sheets))):
            if len(polygon):
                self._colour(canvas, masks, view.project(on_ground(polygon)), colour, strength)
        if not self.everywhere:
            canvas.through(masks.coasts, style.COAST)
        if self.bold:
            canvas.through(masks.frontiers, style.TEXT, 0.95)
        ties = [view.project(on_ground(tie)) for polygon in won for tie in inner_edges(polygon, self.ground)]
        if ties:
            canvas.stroke(ties, style.TEXT, style.LINE * LINE, 0.9 * strength)
        canvas.context.restore()
        return canvas.pixels()

    def _colour(self, canvas: Canvas, masks: _Masks, path: np.ndarray, colour: str, strength: float) -> None:
        """One class's region: its land strongly, its water faintly, with frontiers dark on it."""
        canvas.clip(path)
        if self.everywhere:
            canvas.flood(colour, style.HEAT * strength)
        else:
            canvas.flood(colour, WATER * strength)
            canvas.through(masks.land, colour, style.HEAT * strength)
            canvas.through(masks.frontiers, style.BACKGROUND, 0.5 * strength)
        canvas.context.restore()

    def _masks_for(self, view: View) -> _Masks:
        """Kept for the last view: most floors stand still while their colours change."""
        if self._masks is None or self._masks[0] != view:
            flat, seen = self.flat, view.project(self.flat.points)
            masks = _Masks(*(Canvas(self.box, coverage=True) for _ in range(4)))
            width = style.LINE if self.bold else style.HAIRLINE
            masks.land.fill([seen[ring] for ring in flat.rings], style.HIGHLIGHT)
            coasts = [seen[line] for line in flat.coasts]
            masks.shelf.stroke(coasts, style.HIGHLIGHT, SHELF, 0.5)
            masks.coasts.stroke(coasts, style.HIGHLIGHT, 1.3 * style.HAIRLINE * LINE)
            masks.frontiers.stroke([seen[line] for line in flat.frontiers], style.HIGHLIGHT, width * LINE)
            self._masks = (view, masks)
        return self._masks[1]


def on_ground(flat: np.ndarray) -> np.ndarray:
    """Ground points (n, 2) as world points (n, 3)."""
    return np.pad(flat, ((0, 0), (0, 1)))


def _demo() -> list[Mobject]:
    """The made-up island flat, from a corner half coloured, and through a shifted lens."""
    angle = np.linspace(0, 2 * np.pi, 721)
    reach = 5 + np.sin(3 * angle + 1) + 0.5 * np.cos(7 * angle) + 0.15 * np.sin(31 * angle)
    coast = np.column_stack([1.3 * reach * np.cos(angle) + 10, reach * np.sin(angle) + 45])
    frontier = np.linspace(coast[60], coast[400], 80)
    frontier[1:-1] += 0.15 * np.sin(np.arange(78) / 2)[:, None] * [1, 0.5]
    world = Projection.fit((1.5, 18.5, 38.5, 51), Region(-3, 3, -3, 3))
    centres = np.array([[6, 47], [13.5, 47.5], [13, 44.4]], dtype=float)
    inputs = world.to_lonlat(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    views = [
        (View(), (-6.9, -0.6, 0.3, 3.7), 1.0),
        (View(azimuth=30, elevation=30, distance=14), (0.2, 6.9, 0.3, 3.7), 0.6),
        (View((0, 3, 0), 0, 0, 14, lift=4), (-6.9, 6.9, -3.7, -0.2), 1.0),
    ]
    floors: list[Mobject] = []
    for view, box, until in views:
        floor = Floor(
            Region(*box), world, [[coast]], [coast], [frontier], style.CLASS_COLOURS[:3], inputs
        )  # fmt: skip
        fitted = view.fitted(on_ground(floor.ground), box)
        floors.append(floor.show(fitted, 2 * centres, -(centres**2).sum(axis=1), until=until))
    return floors


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
