"""What can be said about labelled points in a plane, worked out in that plane: neighbours, islands, regions.

Nothing here knows where the points came from. Labels are whole numbers from 0, one array (points,) for every kind of
label (what comes next, topic, ...).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from engine.layers import Array

NEAR: Final = 10  # neighbours that make a neighbourhood
VOTERS: Final = 15  # nearest points that decide a place's region
CELLS: Final = 96  # cells of a region's picture along its longer side
MARGIN: Final = 0.08  # of the longer side, kept free around the points
MAJORITY: Final = 0.5  # an island is where a label has at least this share of every neighbourhood
MOST_ISLANDS: Final = 24  # of every kind
REGION_RULE: Final = (
    f"soft vote of the {VOTERS} nearest points in this plane, weights exp(-d²/2h²) with h half the distance of the "
    "farthest voter; not a probability of any model"
)
ISLAND_RULE: Final = (
    f"points whose {NEAR} neighbours in the plane share a label by at least {MAJORITY:.0%}, joined with neighbours of "
    f"the same sharing; groups of at least 5 points, 1/100 of all, and {MAJORITY:.0%} with that label; largest first"
)


@dataclass(frozen=True, slots=True)
class Islands:
    """Groups of points in which one label dominates, for one kind of label; see ISLAND_RULE.

    ``member`` (points,) is each point's island or −1. A row for each island: ``centre`` (islands, 2), ``size`` in
    points, ``value`` the label that dominates and ``share`` how many of the island's points have it.
    """

    member: np.ndarray
    centre: Array
    size: np.ndarray
    value: np.ndarray
    share: Array


def frame(points: Array) -> Array:
    """[x0, x1, y0, y1] around all points (..., 2), with a margin."""
    flat = points.reshape(-1, 2).astype(np.float64)
    low, high = flat.min(0), flat.max(0)
    edge = MARGIN * max(float((high - low).max()), 1e-9)
    return np.array([low[0] - edge, high[0] + edge, low[1] - edge, high[1] + edge])


def grid(box: Array) -> Array:
    """Centres of square cells that fill ``box`` = [x0, x1, y0, y1]: (rows, columns, 2), the first row at the top."""
    width, height = box[1] - box[0], box[3] - box[2]
    size = max(width, height) / CELLS
    columns, rows = max(round(width / size), 1), max(round(height / size), 1)
    x = box[0] + (np.arange(columns) + 0.5) * width / columns
    y = box[3] - (np.arange(rows) + 0.5) * height / rows
    return np.stack(np.broadcast_arrays(x[None, :], y[:, None]), axis=-1)


def regions(points: Array, labels: np.ndarray, classes: int, places: Array) -> tuple[Array, Array]:
    """What each of ``places`` (..., 2) belongs to: shares (..., classes), and the distance to the nearest point (...,).

    See REGION_RULE.
    """
    voters = min(VOTERS, len(points))
    distance, which = cKDTree(points).query(places, k=np.arange(1, voters + 1))
    h = np.maximum(distance[..., -1:] / 2, 1e-9)
    weight = np.exp(-0.5 * np.square(distance / h))
    shares = np.stack([(weight * (labels[which] == c)).sum(-1) for c in range(classes)], axis=-1)
    return shares / weight.sum(-1, keepdims=True), distance[..., 0]


def neighbours(vectors: Array, metric: str = "euclidean") -> np.ndarray:
    """The ``NEAR`` nearest others of every vector, nearest first: (n, NEAR). ``metric`` is euclidean or cosine."""
    x = vectors.astype(np.float64)
    if metric == "cosine":
        x = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-300)
    near = min(NEAR, len(x) - 1)
    squares = np.square(x).sum(1)
    result = np.empty((len(x), near), np.int64)
    for first in range(0, len(x), 512):
        rows = np.arange(first, min(first + 512, len(x)))
        distance = squares[None] - 2 * x[rows] @ x.T
        distance[np.arange(len(rows)), rows] = np.inf
        nearest = np.argpartition(distance, near - 1, axis=1)[:, :near]
        order = np.take_along_axis(distance, nearest, 1).argsort(1, kind="stable")
        result[rows] = np.take_along_axis(nearest, order, 1)
    return result


def dominant(near: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, Array]:
    """The most common label among each point's neighbours ``near`` (n, NEAR), and its share: (n,), (n,)."""
    counts = np.zeros((len(near), int(labels.max()) + 1))
    np.add.at(counts, (np.arange(len(near))[:, None], labels[near]), 1)
    return counts.argmax(1), counts.max(1) / near.shape[1]


def accuracy(near: np.ndarray, labels: np.ndarray) -> float:
    """Share of points whose neighbours' most common label is their own."""
    return float((dominant(near, labels)[0] == labels).mean())


def islands(points: Array, near: np.ndarray, labels: np.ndarray) -> Islands:
    """Where in the plane which label dominates: from points (n, 2), their neighbours (n, NEAR) and labels (n,)."""
    value, share = dominant(near, labels)
    inside = share >= MAJORITY
    joined = inside[:, None] & inside[near] & (value[:, None] == value[near])
    row, column = np.nonzero(joined)
    graph = coo_matrix((np.ones(len(row)), (row, near[row, column])), shape=(len(points),) * 2)
    _, component = connected_components(graph, directed=False)
    component = np.where(inside, component, -1)
    groups = []
    for number in np.unique(component[inside]):
        group = component == number
        common = float((labels[group] == value[group][0]).mean())
        if group.sum() >= max(5, len(points) // 100) and common >= MAJORITY:
            groups.append((int(group.sum()), int(value[group][0]), common, group))
    groups = sorted(groups, key=lambda row: -row[0])[:MOST_ISLANDS]
    member = np.full(len(points), -1)
    for number, (_, _, _, group) in enumerate(groups):
        member[group] = number
    return Islands(
        member,
        np.array([points[group].mean(0) for _, _, _, group in groups], float).reshape(-1, 2),
        np.array([size for size, _, _, _ in groups], int),
        np.array([label for _, label, _, _ in groups], int),
        np.array([common for _, _, common, _ in groups], float),
    )


def beyond_chance(share: float, labels: np.ndarray) -> float:
    """``share`` of right answers above that of always saying the most common label: 0 is no better, 1 is perfect."""
    chance = float(np.bincount(labels).max() / len(labels))
    return (share - chance) / max(1 - chance, 1e-9)
