"""A map of prompts: vectors of several layers, or of several moments, flattened and described. Draws nothing.

A *lens* is one way of seeing the prompts as vectors, slice after slice. Everything about it is recorded under its name:
``<lens>.points``, ``<lens>.islands.centre`` and so on; manifest["lenses"][name] says in words what it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from engine.datasets.prompts import Prompts, split_words
from engine.embed import UmapSpec, flatten, step_over_spread, trustworthiness
from engine.layers import Array
from engine.plane import (
    ISLAND_RULE,
    MOST_ISLANDS,
    NEAR,
    REGION_RULE,
    Islands,
    accuracy,
    beyond_chance,
    dominant,
    frame,
    grid,
    islands,
    neighbours,
    regions,
)
from engine.trace_writer import TraceWriter

KINDS: Final = ("next word", "topic", "last word")  # of labels, in the order of every ``kinds`` axis
NEXT: Final = "the word that does come next"
GUESS: Final = "the class whose word the model gives the highest probability at that step"
CAUTION: Final = "UMAP keeps neighbours together; distances between islands mean little, and the axes nothing"

MEANINGS: Final[Mapping[str, str]] = {
    "labels": "(prompts,) which of task.classes comes next",
    "topics": "(prompts,) which of task.topics it is about",
    "endings": "(prompts,) which of task.endings is the prompt's last word",
    "*.points": "(slices, prompts, 2) places in the plane, UMAP's own units, float32",
    "*.frame": "(4,) x0, x1, y0, y1 around the points of all slices, with a margin",
    "*.trustworthiness": "(slices,) share of neighbours in the plane that are neighbours among the vectors, 0 to 1",
    "*.step_over_spread": "mean movement of a point from slice to slice over the points' spread (root mean square)",
    "*.plane.accuracy": "(slices, kinds) share of prompts whose 10 nearest points have its label most often",
    "*.accuracy": "(slices, kinds) the same with the 10 nearest vectors (cosine)",
    "*.plane.beyond_chance": "(slices, kinds) the plane's accuracy above that of always saying the most common label",
    "*.near.value": "(slices, kinds, prompts) label that dominates among the 10 nearest points in the plane",
    "*.near.share": "(slices, kinds, prompts) how many of the 10 have it, 0 to 1",
    "*.islands.member": "(slices, kinds, prompts) island of that kind each prompt is in, -1 for none",
    "*.islands.centre": "(slices, kinds, islands, 2) middle of each island",
    "*.islands.size": "(slices, kinds, islands) its prompts; 0: there is no such island",
    "*.islands.value": "(slices, kinds, islands) label that dominates in it",
    "*.islands.share": "(slices, kinds, islands) how many of its prompts have that label, 0 to 1",
    "*.regions": "(slices, rows, columns, classes) soft vote for each of task.classes, first row at the top",
    "*.regions.distance": "(slices, rows, columns) distance from the cell's middle to the nearest point",
    "*.regions.labels": "(slices, prompts) the class each prompt votes for; see lenses in the manifest",
    "*.steps": "(slices,) training step of each slice, or -1 where slices are layers",
}


@dataclass(frozen=True, slots=True)
class Lens:
    """One way of seeing the prompts: ``vectors`` (slices, prompts, width) and what a caption may say about it.

    ``slices`` names each slice. ``votes`` (slices, prompts) are the classes that make the regions, told in ``voting``.
    """

    name: str
    title: str
    over: str  # what the slices are: "layers" or "training"
    slices: tuple[str, ...]
    steps: tuple[int, ...]
    vectors: Array
    votes: np.ndarray
    voting: str

    def described(self) -> dict[str, Any]:
        """JSON-able words about the lens."""
        return {
            "title": self.title,
            "over": self.over,
            "slices": list(self.slices),
            "width": self.vectors.shape[-1],
            "voting": self.voting,
        }


def over_layers(name: str, title: str, states: np.ndarray, prompts: Prompts) -> Lens:
    """A lens whose slices are layers, from states (prompts, layers + 1, width)."""
    layers = states.shape[1]
    names = ("embedding", *(f"after block {layer}" for layer in range(1, layers)))
    votes = np.tile(prompts.labels, (layers, 1))
    return Lens(name, title, "layers", names, (-1,) * layers, states.swapaxes(0, 1), votes, NEXT)


def over_training(name: str, title: str, steps: Sequence[int], states: Array, class_probs: Array) -> Lens:
    """A lens whose slices are moments: states (steps, prompts, width), voting with the model's own guess then.

    ``class_probs`` (steps, prompts, classes) are the probabilities the model gave to each class's word.
    """
    names = tuple(f"step {step}" for step in steps)
    return Lens(name, title, "training", names, tuple(steps), states, class_probs.argmax(-1), GUESS)


def record_lens(writer: TraceWriter, lens: Lens, prompts: Prompts, spec: UmapSpec) -> None:
    """Work a lens out and put it into the trace: its arrays, and its words under manifest["lenses"]."""
    kinds = list(label_arrays(prompts).values())
    writer.constants(lens_arrays(lens, kinds, len(prompts.classes), spec))
    writer.manifest["lenses"] = {**writer.manifest.get("lenses", {}), lens.name: lens.described()}


def rules(spec: UmapSpec) -> dict[str, Any]:
    """JSON-able: how maps, islands and regions were made; for manifest["task"]["rules"]."""
    return {
        "umap": spec.described(), "caution": CAUTION, "islands": ISLAND_RULE, "regions": REGION_RULE,
        "kinds": list(KINDS), "near": NEAR,
    }  # fmt: skip


def label_arrays(prompts: Prompts) -> dict[str, np.ndarray]:
    """The labels of every kind, as recorded: ``labels``, ``topics`` and ``endings``, each (prompts,)."""
    last = [split_words(item.text)[-1] for item in prompts.items]
    endings = endings_of(prompts)
    return {
        "labels": prompts.labels,
        "topics": prompts.topic_labels,
        "endings": np.array([endings.index(word) for word in last]),
    }


def endings_of(prompts: Prompts) -> list[str]:
    """The different last words of the prompts, in order of appearance."""
    return list(dict.fromkeys(split_words(item.text)[-1] for item in prompts.items))


def lens_arrays(lens: Lens, kinds: Sequence[np.ndarray], classes: int, spec: UmapSpec) -> dict[str, np.ndarray]:
    """Everything recorded about a lens, under its name; ``kinds`` are the labels in the order of KINDS."""
    points = flatten(list(lens.vectors), spec)
    box = frame(points)
    slices = [
        _slice(vectors, flat, kinds, spec)
        | _regions(flat, votes, classes, box)
        for vectors, flat, votes in zip(lens.vectors, points, lens.votes, strict=True)
    ]  # fmt: skip
    arrays: dict[str, Any] = {key: np.stack([row[key] for row in slices]) for key in slices[0]}
    arrays |= {
        "points": points,
        "frame": box,
        "step_over_spread": step_over_spread(points),
        "regions.labels": lens.votes.astype(np.int16),
        "steps": np.array(lens.steps, np.int64),
    }
    return {f"{lens.name}.{key}": np.asarray(value) for key, value in arrays.items()}


def _slice(vectors: Array, points: Array, kinds: Sequence[np.ndarray], spec: UmapSpec) -> dict[str, Any]:
    near_vectors, near = neighbours(vectors, spec.metric), neighbours(points)
    shares = [accuracy(near, labels) for labels in kinds]
    values = [dominant(near, labels) for labels in kinds]
    found = [_padded(islands(points, near, labels)) for labels in kinds]
    return {
        "trustworthiness": trustworthiness(vectors, points, spec),
        "accuracy": np.array([accuracy(near_vectors, labels) for labels in kinds]),
        "plane.accuracy": np.array(shares),
        "plane.beyond_chance": np.array([beyond_chance(s, labels) for s, labels in zip(shares, kinds, strict=True)]),
        "near.value": np.array([value for value, _ in values], np.int16),
        "near.share": np.array([share for _, share in values], np.float32),
        **{f"islands.{key}": np.stack([island[key] for island in found]) for key in found[0]},
    }


def _padded(found: Islands) -> dict[str, np.ndarray]:
    """Islands as arrays of a fixed size, zeros behind the last."""
    missing = MOST_ISLANDS - len(found.size)
    return {
        "member": found.member.astype(np.int16),
        "centre": np.pad(found.centre, ((0, missing), (0, 0))).astype(np.float32),
        "size": np.pad(found.size, (0, missing)).astype(np.int32),
        "value": np.pad(found.value, (0, missing)).astype(np.int16),
        "share": np.pad(found.share, (0, missing)).astype(np.float32),
    }


def _regions(points: Array, votes: np.ndarray, classes: int, box: Array) -> dict[str, Any]:
    shares, distance = regions(points, votes, classes, grid(box))
    return {"regions": shares.astype(np.float16), "regions.distance": distance.astype(np.float16)}
