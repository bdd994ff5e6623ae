"""Vectors become points in a plane: UMAP, and AlignedUMAP for vectors that move. The only file that knows umap-learn.

UMAP (McInnes, Healy and Melville 2018) keeps neighbours together; distances between far islands mean little, and
the axes nothing. Importing it takes 13 to 24 s, so it is imported when asked for, and results belong into a trace.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from engine.layers import Array


@dataclass(frozen=True, slots=True)
class UmapSpec:
    """UMAP's parameters. ``regularisation`` and ``window`` hold the slices of a moving map together."""

    neighbours: int = 12
    min_dist: float = 0.25
    metric: str = "cosine"
    regularisation: float = 0.02
    window: int = 2
    epochs: int = 200
    seed: int = 42

    def described(self) -> dict[str, Any]:
        """The parameters under umap-learn's own names, as they are written into manifests."""
        return {
            "n_neighbors": self.neighbours, "min_dist": self.min_dist, "metric": self.metric,
            "alignment_regularisation": self.regularisation, "alignment_window_size": self.window,
            "n_epochs": self.epochs, "random_state": self.seed, "umap_learn": version("umap-learn"),
        }  # fmt: skip


def flatten(slices: Sequence[Array], spec: UmapSpec) -> Array:
    """Points (slices, n, 2), float32, of the same n things seen as vectors (n, width) in every slice.

    Point i of a slice is held near point i of its neighbour slices (AlignedUMAP with identity relations); one slice
    alone is plain UMAP. The same vectors and seed give the same points.
    """
    import umap
    from tqdm import tqdm

    tqdm.set_lock(threading.RLock())  # its own is a semaphore of the system's, left behind when a worker is ended
    n = len(slices[0])
    common = {
        "n_neighbors": min(spec.neighbours, n - 1), "min_dist": spec.min_dist, "metric": spec.metric,
        "n_epochs": spec.epochs, "random_state": spec.seed,
    }  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one thread because of the seed: that is what we want
        if len(slices) == 1:
            return np.asarray(umap.UMAP(**common, n_jobs=1).fit_transform(slices[0]), np.float32)[None]
        mapper = umap.AlignedUMAP(
            **common, alignment_regularisation=spec.regularisation, alignment_window_size=spec.window
        )
        mapper.fit(list(slices), relations=[{i: i for i in range(n)}] * (len(slices) - 1))
        return np.stack([np.asarray(points, np.float32) for points in mapper.embeddings_])


def trustworthiness(vectors: Array, points: Array, spec: UmapSpec) -> float:
    """Share, 0 to 1, of the plane's neighbours that are neighbours among the vectors too (Venna and Kaski 2001)."""
    from sklearn.manifold import trustworthiness as measured

    neighbours = min(spec.neighbours, (len(points) - 1) // 2)
    return float(measured(vectors, points, n_neighbors=neighbours, metric=spec.metric))


def step_over_spread(points: Array) -> float:
    """Mean movement of a point from slice to slice over the points' root mean square distance from their middle."""
    steps = np.linalg.norm(np.diff(points.astype(np.float64), axis=0), axis=-1)
    spread = np.sqrt(np.square(points - points.mean(1, keepdims=True)).sum(-1).mean())
    return float(steps.mean() / spread) if len(steps) else 0.0
