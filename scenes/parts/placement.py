"""Where labels go beside their points so that nothing covers anything. Boxes only; nothing is drawn here.

Each label tries the places a cartographer would try, the best first: right of the point, left, above, below, the
corners, then the same farther off, where it needs a line to its point. The places are chosen together: starting
several times, one label after another moves to where it does least harm, until none moves. No chance is involved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

# Direction of the label from its point, and how much a reader minds it (right of the point is what one expects).
SIDES: Final = (
    ((1, 0), 0.0),
    ((-1, 0), 0.15),
    ((0, 1), 0.2),
    ((0, -1), 0.3),
    ((1, 1), 0.35),
    ((1, -1), 0.4),
    ((-1, 1), 0.45),
    ((-1, -1), 0.5),
)
REACHES: Final = ((1.0, 0.0), (3.5, 2.0), (6.5, 4.0))  # times the gap, and how much a reader minds
COVERING: Final = 40.0  # harm of a label covering another, or a point, by its own height squared
OUTSIDE: Final = 400.0  # harm of a label leaving the region by its own height


@dataclass(frozen=True, slots=True)
class Placed:
    """The middle of one label, (2,) in scene units, and whether it is far enough off to need a line to its point."""

    center: np.ndarray
    far: bool


def place(
    points: np.ndarray,
    sizes: np.ndarray,
    region: tuple[float, float, float, float],
    radius: float,
    gap: float,
) -> list[Placed]:
    """Places for labels of `sizes` (labels, 2: width, height) at `points` (labels, 2), all in scene units.

    `region` is (left, right, bottom, top), which no label leaves if that can be helped; `radius` is that of the dots
    at the points, `gap` the distance between a dot and its label.
    """
    points, sizes = np.asarray(points, dtype=float), np.asarray(sizes, dtype=float)
    if not len(points):
        return []
    centers, dislike, far = _candidates(points, sizes, radius, gap)
    alone = dislike + _harm_alone(centers, points, sizes, region, radius + gap / 2)
    pairs = _harm_together(centers, sizes, gap / 2)
    best = min(
        (_settled(start, alone, pairs) for start in _starts(alone)), key=lambda chosen: _cost(chosen, alone, pairs)
    )
    return [Placed(centers[label, choice], bool(far[choice])) for label, choice in enumerate(best)]


def _candidates(
    points: np.ndarray, sizes: np.ndarray, radius: float, gap: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Middles (labels, choices, 2), dislike (choices,) and farness (choices,) of everywhere a label may go."""
    centers, dislike, far = [], [], []
    for reach, farther in REACHES:
        for side, minded in SIDES:
            away = np.array(side, dtype=float)
            # Beside a corner the dot leaves room: the box may come nearer than straight above or beside.
            distance = (radius + gap * reach) * (0.75 if away.all() else 1.0)
            centers.append(points + away * (distance + sizes / 2))
            dislike.append(minded + farther)
            far.append(reach > 1.0)
    return np.stack(centers, axis=1), np.array(dislike), np.array(far)


def _harm_alone(
    centers: np.ndarray, points: np.ndarray, sizes: np.ndarray, region: tuple[float, float, float, float], keep: float
) -> np.ndarray:
    """Harm (labels, choices) of leaving the region and of covering dots, each `keep` around its point."""
    half = sizes[:, None] / 2
    low, high = centers - half, centers + half
    left, right, bottom, top = region
    beyond = np.maximum(0, [left, bottom] - low).sum(axis=-1) + np.maximum(0, high - [right, top]).sum(axis=-1)
    height = sizes[:, 1].mean()
    over = _overlap(low[:, :, None], high[:, :, None], points - keep, points + keep)
    others = ~np.eye(len(points), dtype=bool)[:, None, :]
    return np.asarray(OUTSIDE * beyond / height + COVERING * (over * others).sum(axis=-1) / height**2)


def _harm_together(centers: np.ndarray, sizes: np.ndarray, keep: float) -> np.ndarray:
    """Harm (labels, choices, labels, choices) of two labels covering each other, with `keep` of air around them."""
    half = sizes[:, None] / 2 + keep / 2
    low, high = centers - half, centers + half
    over = _overlap(low[:, :, None, None], high[:, :, None, None], low, high)
    same = np.eye(len(centers), dtype=bool)[:, None, :, None]
    return np.asarray(COVERING * np.where(same, 0.0, over) / sizes[:, 1].mean() ** 2)


def _overlap(low: np.ndarray, high: np.ndarray, other_low: np.ndarray, other_high: np.ndarray) -> np.ndarray:
    """Area shared by boxes given by their lower left and upper right corners (..., 2)."""
    sides = np.minimum(high, other_high) - np.maximum(low, other_low)
    return np.asarray(np.maximum(sides, 0.0).prod(axis=-1))


def _starts(alone: np.ndarray) -> list[np.ndarray]:
    """Everyone where it does best alone; then all on one side, for each side."""
    labels = len(alone)
    return [alone.argmin(axis=1), *(np.full(labels, side) for side in range(len(SIDES)))]


def _settled(chosen: np.ndarray, alone: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    chosen, labels = chosen.copy(), np.arange(len(chosen))
    for _ in range(20):
        before = chosen.copy()
        for label in labels:
            others = labels != label
            harm = alone[label] + pairs[label][:, labels[others], chosen[others]].sum(axis=1)
            chosen[label] = int(harm.argmin())
        if (chosen == before).all():
            break
    return chosen


def _cost(chosen: np.ndarray, alone: np.ndarray, pairs: np.ndarray) -> float:
    labels = np.arange(len(chosen))
    together = pairs[labels[:, None], chosen[:, None], labels, chosen].sum() / 2
    return float(alone[labels, chosen].sum() + together)
