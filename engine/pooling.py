"""Large matrices made small enough for a screen: a grid of block means. The rule is written into every manifest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np

from engine.layers import Array

GRID: Final = 16  # cells along each side
PERCENTILE: Final = 90.0  # of all cells of all matrices: those above are worth drawing

RULE: Final[Mapping[str, Any]] = {
    "grid": [GRID, GRID],
    "measure": "mean of the absolute values in each block",
    "blocks": "cell (i, j) covers rows floor(i R/16) to floor((i+1) R/16) and columns likewise; "
    "sides shorter than 16 repeat their rows",
    "percentile": PERCENTILE,
    "threshold": "the 90th percentile over all cells of all matrices of one prompt and step; cells above it are drawn",
}


def starts(size: int) -> np.ndarray:
    """First row of every block along a side of ``size`` rows: (16,) int64."""
    return np.arange(GRID) * size // GRID


def counts(size: int) -> np.ndarray:
    """Rows in every block along a side of ``size`` rows, at least one: (16,) int64."""
    return np.maximum(np.diff(np.append(starts(size), size)), 1)


def pool(matrix: Array) -> Array:
    """Means of |matrix| over 16 × 16 blocks: (rows, columns) to (16, 16)."""
    rows, columns = matrix.shape
    sums = np.add.reduceat(np.add.reduceat(np.abs(matrix), starts(rows), axis=0), starts(columns), axis=1)
    return sums / np.outer(counts(rows), counts(columns))


def pool_flow(weight: Array, x: Array) -> Array:
    """Means of |W_ij x_j| over 16 × 16 blocks: how much each part of input ``x`` (in,) sends through W (out, in)."""
    rows, columns = weight.shape
    by_rows = np.add.reduceat(np.abs(weight), starts(rows), axis=0) * np.abs(x)
    return np.add.reduceat(by_rows, starts(columns), axis=1) / np.outer(counts(rows), counts(columns))


def threshold(grids: Iterable[Array]) -> float:
    """The 90th percentile over all cells of ``grids``."""
    return float(np.percentile(np.stack(list(grids)), PERCENTILE))
