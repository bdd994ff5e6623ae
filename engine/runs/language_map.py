"""Kind "language_map": prompts as points in a plane, layer by layer and step by step, seen through several lenses.

The vectors come from the trace of a language experiment, which is recorded first if it is not there, and from MiniLM.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from engine.datasets.prompts import Prompts, load_prompts
from engine.embed import UmapSpec
from engine.errors import UserError
from engine.experiment_spec import Table
from engine.mapping import MEANINGS, Lens, endings_of, label_arrays, lens_arrays, rules
from engine.minilm import STATES, states_of
from engine.recipe import Progress, Recipe
from engine.runs.language import prompts_path
from engine.trace import Trace
from engine.trace_writer import TraceWriter

MINILM: Final = "MiniLM, a sentence encoder"
TINY: Final = "a small transformer that memorises these prompts"
NEXT: Final = "the word that does come next"
GUESS: Final = "the class whose word the model gives the highest probability at that step"
NOTES: Final = (
    "MiniLM does not predict next words: it reads the prompt, the next word and a full stop, and gives like sentences "
    "like vectors (mean over all words); its states are rounded to float16",
    "points are float32, regions float16; everything else about a map is worked out from the points as stored",
)

Make = Callable[[TraceWriter, Prompts], Lens]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One [[lens]] of the experiment, checked: its words, the experiment it needs, and how its vectors are made."""

    name: str
    words: dict[str, Any]
    needs: str | None
    make: Make


def prepare(table: Table) -> Recipe:
    """Check a language map and say how it is recorded."""
    table.text("kind"), table.text("about", "")
    seed = table.integer("seed", 42)
    task = table.table("task")
    path = prompts_path(task)
    prompts = load_prompts(path, task.texts("classes", 2, 24) if "classes" in task else ())
    task.done()
    spec = read_umap(table.table("umap"), seed)
    wanted = [_lens(row) for row in table.tables("lens")]
    table.done()
    if len({lens.name for lens in wanted}) != len(wanted):
        raise table.wrong("lens", "two lenses have the same name")

    def record(writer: TraceWriter, progress: Progress) -> None:
        arrays = label_arrays(prompts)
        writer.constants(arrays)
        for number, lens in enumerate(wanted):
            progress(number, len(wanted))
            seen = lens.make(writer, prompts)
            writer.constants(lens_arrays(seen, list(arrays.values()), len(prompts.classes), spec))
            writer.manifest["lenses"][lens.name] = seen.described()
        progress(len(wanted), len(wanted))

    task_words = {
        "classes": list(prompts.classes), "topics": list(prompts.topics), "endings": endings_of(prompts),
        "texts": [item.text for item in prompts.items], "rules": rules(spec),
    }  # fmt: skip
    needs = tuple(dict.fromkeys(lens.needs for lens in wanted if lens.needs is not None))
    manifest = {"task": task_words, "lenses": {}, "notes": list(NOTES)}
    return Recipe(record, manifest, MEANINGS, (path, STATES), needs=needs)


def read_umap(table: Table, seed: int) -> UmapSpec:
    """The [umap] table; every key has a default."""
    default = UmapSpec()
    spec = UmapSpec(
        table.integer("neighbours", default.neighbours, low=2, high=200),
        table.number("min_dist", default.min_dist, low=0, high=1),
        table.text("metric", default.metric, choices=["cosine", "euclidean"]),
        table.number("regularisation", default.regularisation, low=0, high=1),
        table.integer("window", default.window, low=1, high=10),
        seed,
    )
    table.done()
    return spec


def _lens(row: Table) -> Wanted:
    name, source = row.word("name"), row.word("from")
    over = row.text("over", "layers", choices=["layers", "training"])
    if source == "minilm":
        row.done()
        return Wanted(name, {}, None, lambda writer, prompts: minilm_lens(name, prompts))
    steps = row.raw("steps", []) if over == "training" else []
    if over == "training" and not _rising(steps):
        raise row.wrong("steps", "must be 2 to 40 rising step numbers")
    row.done()

    def make(writer: TraceWriter, prompts: Prompts) -> Lens:
        trace = Trace.load(writer.folder.parent / source)
        if list(trace.manifest["task"]["texts"]) != [item.text for item in prompts.items]:
            raise UserError(f"{source}: task.texts: are not the prompts of {prompts.where}")
        return training_lens(name, trace, steps, prompts) if steps else layers_lens(name, trace, prompts)

    return Wanted(name, {}, source, make)


def _rising(steps: Any) -> bool:
    whole = isinstance(steps, list) and all(isinstance(s, int) and not isinstance(s, bool) and s >= 0 for s in steps)
    return whole and 2 <= len(steps) <= 40 and sorted(set(steps)) == steps


def minilm_lens(name: str, prompts: Prompts) -> Lens:
    """The prompts through MiniLM's layers."""
    return over_layers(name, MINILM, states_of(prompts), prompts)


def layers_lens(name: str, trace: Trace, prompts: Prompts) -> Lens:
    """The prompts through the layers of a trained model: the states of its trace's last recorded step."""
    return over_layers(name, TINY, trace.series("states")[-1], prompts)


def over_layers(name: str, title: str, states: np.ndarray, prompts: Prompts) -> Lens:
    """A lens whose slices are layers, from states (prompts, layers + 1, width)."""
    layers = states.shape[1]
    names = ("embedding", *(f"after block {layer}" for layer in range(1, layers)))
    votes = np.tile(prompts.labels, (layers, 1))
    return Lens(name, title, names, (-1,) * layers, states.swapaxes(0, 1), votes, NEXT)


def training_lens(name: str, trace: Trace, steps: list[int], prompts: Prompts) -> Lens:
    """A lens whose slices are moments of training: states after the last block, voting with the model's own guess."""
    vectors = np.stack([trace.at("state", step).value for step in steps])
    guesses = np.stack([np.argmax(trace.at("class_probs", step).value, axis=-1) for step in steps])
    names = tuple(f"step {step}" for step in steps)
    return Lens(name, f"{TINY}, over its training", names, tuple(steps), vectors, guesses, GUESS)
