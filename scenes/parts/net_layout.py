"""Where the neurons of a diagram stand and where numbers on its wires find room. Geometry only: no mobject here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

WireKey = tuple[int, int, int]  # (layer of weights, neuron it goes to, neuron it comes from)


@dataclass(frozen=True, slots=True)
class NetLayout:
    """Local coordinates, the diagram's box centred on the origin. Neurons count from the top."""

    sizes: tuple[int, ...]
    shown: tuple[tuple[int, ...], ...]  # which neurons of each layer are drawn
    centres: tuple[np.ndarray, ...]  # (shown, 2) for each layer
    dots: tuple[np.ndarray | None, ...]  # where "⋮" stands in a shortened layer: (2,)
    radius: float
    stub: float  # length of a bias's stub below its neuron; 0 without biases
    width: float
    height: float

    def centre(self, layer: int, neuron: int) -> np.ndarray:
        """(2,) of a drawn neuron; KeyError names one that is left out."""
        if neuron not in self.shown[layer]:
            raise KeyError(f"neuron {neuron} of layer {layer} is not drawn: {self.sizes[layer]} were shortened")
        return np.asarray(self.centres[layer][self.shown[layer].index(neuron)])

    def wires(self) -> list[WireKey]:
        """All drawn connections, layer by layer, in the order of the weights' rows and columns."""
        return [
            (layer, j, k)
            for layer in range(len(self.sizes) - 1)
            for j in self.shown[layer + 1]
            for k in self.shown[layer]
        ]

    def ends(self, key: WireKey) -> tuple[np.ndarray, np.ndarray]:
        """Where a wire leaves one rim and meets the other: two (2,)."""
        layer, j, k = key
        a, b = self.centre(layer, k), self.centre(layer + 1, j)
        along = (b - a) / np.linalg.norm(b - a)
        return a + self.radius * along, b - self.radius * along


def lay_out(
    sizes: Sequence[int],
    width: float,
    height: float,
    radius: float | None = None,
    most: int = 8,
    biases: bool = False,
    left: float = 0.0,
    right: float = 0.0,
) -> NetLayout:
    """Place layers at even distances, the neurons of each around the middle.

    Layers of more than `most` are shortened with dots. `left` and `right` units of the width stay free for labels,
    and room for `biases` under each neuron is made on request.
    """
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"a network has two layers or more with one neuron or more each, not {list(sizes)}")
    shown = tuple(_shown(size, most) for size in sizes)
    slots = [len(drawn) + (len(drawn) < size) for drawn, size in zip(shown, sizes, strict=True)]
    tallest = max(slots)
    stub_share = 0.62 if biases else 0.0  # of the free distance between two neurons
    if radius is None:
        radius = min(0.42, 0.33 * height / tallest, 0.22 * (width - left - right) / (len(sizes) - 1))
    pitch = (height - 2 * radius) / (tallest - 1 + stub_share) if tallest > 1 else height - 2 * radius
    free = max(0.0, pitch - 2 * radius)
    stub = min(0.5, stub_share * free if tallest > 1 else 0.6 * free)
    if tallest > 1:
        pitch = (height - 2 * radius - stub) / (tallest - 1)
    xs = np.linspace(-width / 2 + left + radius, width / 2 - right - radius, len(sizes))
    centres, dots = [], []
    for x, drawn, count, size in zip(xs, shown, slots, sizes, strict=True):
        spread = min(1.35, (tallest - 1) / max(count - 1, 1)) if count > 1 else 1.0
        ys = stub / 2 - (np.arange(count) - (count - 1) / 2) * pitch * spread
        column = np.stack([np.full(count, x), ys], axis=1)
        gap = len(drawn) // 2 if len(drawn) < size else None
        dots.append(None if gap is None else column[gap])
        centres.append(column if gap is None else np.delete(column, gap, axis=0))
    return NetLayout(tuple(sizes), shown, tuple(centres), tuple(dots), radius, stub, width, height)


def _shown(size: int, most: int) -> tuple[int, ...]:
    if size <= most:
        return tuple(range(size))
    half = max(1, most // 2)
    return (*range(half), *range(size - half, size))


def number_spots(layout: NetLayout, keys: Sequence[WireKey], width: float, height: float) -> dict[WireKey, float]:
    """For each wire the fraction of its way where a number `width` × `height` stands best.

    Nothing may cover another number; then as few other wires as possible are crossed; then the nearer to the middle
    of the wire the better. Numbers settle in turn, a few rounds; no chance is involved.
    """
    ends = {key: layout.ends(key) for key in keys}
    places = tuple((key, tuple(a.tolist()), tuple(b.tolist())) for key, (a, b) in ends.items())
    return dict(_settled(places, width, height))


_Place = tuple[float, ...]


@lru_cache(maxsize=64)
def _settled(
    wires: tuple[tuple[WireKey, _Place, _Place], ...], width: float, height: float
) -> tuple[tuple[WireKey, float], ...]:
    size = np.array([width, height])
    ends = {key: (np.array(a), np.array(b)) for key, a, b in wires}
    keys = list(ends)
    ts = np.linspace(0.15, 0.85, 29)
    spots = dict.fromkeys(keys, 0.5)
    alone = {key: 0.6 * np.abs(ts - 0.5) for key in keys}
    for key, (a, b) in ends.items():
        reach = np.minimum(ts, 1 - ts) * np.linalg.norm(b - a)  # from the nearer rim
        along = np.abs(b - a) / np.linalg.norm(b - a)
        alone[key] += 10.0 * (reach < float(np.min(size / 2 / np.maximum(along, 1e-9))) + 0.06)
        for other in keys:
            if other != key and other[0] == key[0]:
                alone[key] += _crossed(a + ts[:, None] * (b - a), size, *ends[other])
    for _ in range(6):
        for key, (a, b) in ends.items():
            rest = [ends[o][0] + spots[o] * (ends[o][1] - ends[o][0]) for o in keys if o != key]
            way = a + ts[:, None] * (b - a)
            cost = alone[key] + 100.0 * sum(_overlap(way - at, size) for at in rest)
            spots[key] = float(ts[int(np.argmin(cost))])
    return tuple(spots.items())


def _overlap(apart: np.ndarray, size: np.ndarray) -> np.ndarray:
    """How much two boxes of one size, (..., 2) apart, cover each other: (...) from 0 (a little air) to 1."""
    return np.asarray(np.prod(np.clip(1.0 - np.abs(apart) / (size * np.array([1.06, 1.3])), 0.0, 1.0), axis=-1))


def _crossed(at: np.ndarray, size: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """How much of a box around each of the places `at` (n, 2) the wire from a to b runs through, 0 … about 1: (n,)."""
    along = a + np.linspace(0, 1, 64)[:, None] * (b - a)
    inside = (np.abs(along - at[:, None]) < size / 2).all(axis=-1)
    return np.asarray(inside.sum(axis=1) / 64 * np.linalg.norm(b - a) / size[0])
