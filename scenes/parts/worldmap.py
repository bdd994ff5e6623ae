"""A map with cities on it: sea, land, borders, pins with names, a ring around the point being learnt.

Land and borders come as lon/lat arrays and are painted into one picture; only pins and the ring are shapes. A heat
map (`heatmap.py`) is laid between the picture and the pins.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Self

import numpy as np
from manim import Circle, Group, Line, LineJointType, Mobject, VGroup

from scenes import style
from scenes.parts.landscape import Landscape
from scenes.parts.placement import Placed, place
from scenes.parts.projection import Projection
from scenes.parts.raster import Raster
from scenes.parts.typesetting import Text

DOT: Final = 0.075  # radius of a city's dot, units
GAP: Final = 0.14  # between a dot and its name: the ring finds room there
RING: Final = 0.155  # radius of the ring around the current point
HALO: Final = 5.0  # stroke width of the dark rim around names, which keeps them readable on any colour


@dataclass(frozen=True, slots=True)
class Place:
    """Something to mark on a map: a name, degrees, and the colour of its class (None: the next of the house's)."""

    name: str
    lon: float
    lat: float
    colour: str | None = None


class Pin(VGroup):
    """A dot with a name beside it. Children: `leader` (a line to names far off, else None), `rim`, `dot`, `label`."""

    role = "class"  # a place's colour is its class's (`reel check`)

    def __init__(self, point: np.ndarray, colour: str, label: Text, placed: Placed) -> None:
        super().__init__()
        self.label = label.centre_on(np.array([*placed.center, 0.0]))
        self.label.set_stroke(style.BACKGROUND, width=HALO, opacity=0.75, background=True)
        for word in self.label:
            word.joint_type = LineJointType.ROUND  # pointed joints would grow spikes on an M
        # A light rim tells the dot from heat of its own colour, and a dark one the rim from light heat.
        self.rim = Circle(radius=DOT + 0.03, fill_color=style.BACKGROUND, fill_opacity=0.8, stroke_width=0)
        self.dot = Circle(radius=DOT, fill_color=colour, fill_opacity=1, stroke_color=style.HIGHLIGHT, stroke_width=2)
        self.rim.move_to(point)
        self.dot.move_to(point)
        self.leader: Line | None = None
        if placed.far:
            half = np.array([self.label.width, self.label.height]) / 2
            end = np.clip(point[:2], placed.center - half, placed.center + half)
            self.leader = Line(point, [*end, 0.0], color=style.TEXT, stroke_width=style.HAIRLINE, stroke_opacity=0.7)
            self.add(self.leader)
        self.add(self.rim, self.dot, self.label)


class WorldMap(Group):
    """The box of `landscape` filled with it, in drawing order `land`, the heat map once laid, `pins`, `marker`.

    `places` become pins, those outside the frame are left out. `sea` and `ground` are the colours without and with
    land. Maps of one landscape share its pictures.
    """

    def __init__(
        self,
        landscape: Landscape,
        places: Sequence[Place] = (),
        *,
        sea: str = style.SEA,
        ground: str = style.LAND,
        label_size: float = style.LABEL_SIZE,
    ) -> None:
        super().__init__()
        self.landscape = landscape
        projection = self.projection = landscape.projection
        self.land = Raster(projection.width, projection.height).move_to(projection.center)
        self.land.set_recipe(lambda: landscape.picture(sea, ground))
        self.heat: Raster | None = None
        self.places = tuple(spot for spot in places if projection.holds(spot.lon, spot.lat))
        self.pins = self._pins(label_size)
        self.marker = VGroup(
            Circle(radius=RING, stroke_color=style.BACKGROUND, stroke_width=7, stroke_opacity=0.7),
            Circle(radius=RING, stroke_color=style.HIGHLIGHT, stroke_width=3.5),
        )
        self.marker.set_opacity(0)
        self._circle = self.marker[0].points.copy()
        self.add(self.land, self.pins, self.marker)

    # -- places ------------------------------------------------------------------------------------
    def to_scene(self, lon: float | np.ndarray, lat: float | np.ndarray) -> np.ndarray:
        """Scene points (..., 3) of places in degrees, on the map as it now stands; longitudes on any turn."""
        flat = self.projection.to_scene(self.projection.wrap(lon), lat)
        across = (flat[..., :1] - self.projection.left) / self.projection.width
        down = (self.projection.top - flat[..., 1:2]) / self.projection.height
        corner, right, below = self.land.points[:3]
        return np.asarray(corner + across * (right - corner) + down * (below - corner))

    def pin(self, name: str) -> Pin:
        """The pin of the place called `name`; KeyError when it is not on the map."""
        for spot, pin in zip(self.places, self.pins, strict=True):
            if spot.name == name:
                return pin
        raise KeyError(f"map: no place called {name!r}; there are {', '.join(spot.name for spot in self.places)}")

    def mark(self, lon: Any, lat: Any, colour: str = style.HIGHLIGHT) -> Self:
        """Put the ring around a place (degrees; plain numbers or Readings, which the ring then keeps)."""
        corner, right = self.land.points[:2]
        scale = float(np.linalg.norm(right - corner)) / self.projection.width
        around = self._circle * scale + self.to_scene(float(lon), float(lat))
        for ring in self.marker:
            ring.points = around.copy()  # made anew: moving it on from place to place would add up rounding errors
        self.marker[0].set_stroke(opacity=0.7)
        self.marker[1].set_stroke(colour, opacity=1)
        for ring, number in zip(self.marker, (lon, lat), strict=True):
            ring.reading = number if hasattr(number, "source") else None
        return self

    def unmark(self) -> Self:
        """Hide the ring."""
        self.marker.set_stroke(opacity=0)
        return self

    def _pins(self, label_size: float) -> VGroup:
        lonlat = np.array([[spot.lon, spot.lat] for spot in self.places]).reshape(-1, 2)
        points = self.to_scene(lonlat[:, 0], lonlat[:, 1])
        labels = [Text(spot.name, label_size) for spot in self.places]
        # Every name gets the height of a line, so that "Paris" and "Berlin" sit alike beside their dots.
        sizes = np.array([[label.width, label.em * 0.9] for label in labels]).reshape(-1, 2)
        edge = GAP * 2
        box = self.projection
        region = (
            max(box.left + edge, style.MARGIN - style.FRAME_WIDTH / 2),
            min(box.right - edge, style.FRAME_WIDTH / 2 - style.MARGIN),
            max(box.bottom + edge, style.MARGIN - style.FRAME_HEIGHT / 2),
            min(box.top - edge, style.FRAME_HEIGHT / 2 - style.MARGIN),
        )
        placed = place(points[:, :2], sizes, region, DOT, GAP)
        pins = VGroup()
        for number, (spot, label) in enumerate(zip(self.places, labels, strict=True)):
            colour = spot.colour or style.CLASS_COLOURS[number % len(style.CLASS_COLOURS)]
            pins.add(Pin(points[number], colour, label, placed[number]))
        return pins

    # -- layers ------------------------------------------------------------------------------------
    def mask(self, everywhere: bool = False) -> np.ndarray:
        """Where a heat map shows, uint8 (rows, columns): on land, or everywhere within the map's rounded corners."""
        return self.landscape.plate if everywhere else self.landscape.soil

    def shade(self) -> np.ndarray:
        """Frontiers to be drawn into a heat map: premultiplied uint8 (rows, columns, 4)."""
        return self.landscape.shade

    def lay(self, heat: Raster) -> Self:
        """Put a heat map (or any raster of the map's size) over the land and under the pins, in place of the last."""
        heat.points = self.land.points.copy()
        if self.heat is not None:
            self.remove(self.heat)
        self.insert(1, heat)
        self.heat = heat
        return self


def demo_map(x: float = 0.0) -> WorldMap:
    """A made-up island of two countries and four places, 6.6 units wide around (`x`, 0)."""
    angle = np.linspace(0, 2 * np.pi, 721)
    reach = 5 + np.sin(3 * angle + 1) + 0.5 * np.cos(7 * angle) + 0.15 * np.sin(31 * angle)
    coast = np.column_stack([1.3 * reach * np.cos(angle) + 10, reach * np.sin(angle) + 45])
    frontier = np.linspace(coast[60], coast[400], 80)
    frontier[1:-1] += 0.15 * np.sin(np.arange(78) / 2)[:, None] * [1, 0.5]
    places = [Place("Appleby", 6, 47), Place("Bridgetown-on-Sea", 13.5, 47.5), Place("Coldharbour", 13, 44.4)]
    places.append(Place("Dunmore", 14.1, 44.1))
    projection = Projection.fill((1.5, 18.5, 38.5, 51), _Square(x - 3.3, x + 3.3, -3.3, 3.3))
    return WorldMap(Landscape(projection, [[coast]], [coast], [frontier], radius=0.15), places)


class _Square(NamedTuple):
    left: float
    right: float
    bottom: float
    top: float


def _demo() -> list[Mobject]:
    marked = demo_map(3.55)
    return [demo_map(-3.55), marked.mark(13.5, 47.5)]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
