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
from engine.mapping import MEANINGS, Lens, endings_of, label_arrays, over_layers, over_training, record_lens, rules
from engine.minilm import STATES, states_of
from engine.recipe import Progress, Recipe
from engine.runs.language import prompts_path
from engine.trace import Trace
from engine.trace_writer import TraceWriter

MINILM: Final = "MiniLM, a sentence encoder"
TINY: Final = "a small transformer that memorises these prompts"
NOTES: Final = (
    "MiniLM does not predict next words: it reads the prompt, the next word and a full stop, and gives like sentences "
    "like vectors (mean over all words); its states are rounded to float16",
    "points are float32, regions float16; everything else about a map is worked out from the points as stored",
)

Make = Callable[[TraceWriter, Prompts], Lens]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One [[lens]] of the experiment, checked: its name, the experiment it needs, and how its vectors are made."""

    name: str
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
        writer.constants(label_arrays(prompts))
        for number, lens in enumerate(wanted):
            progress(number, len(wanted))
            record_lens(writer, lens.make(writer, prompts), prompts, spec)
        progress(len(wanted), len(wanted))

    task_words = {
        "classes": list(prompts.classes), "topics": list(prompts.topics), "endings": endings_of(prompts),
        "texts": [item.text for item in prompts.items], "rules": rules(spec),
    }  # fmt: skip
    needs = tuple(dict.fromkeys(lens.needs for lens in wanted if lens.needs is not None))
    manifest = {"task": task_words, "notes": list(NOTES)}
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
        table.integer("epochs", default.epochs, low=10, high=2000),
        seed,
    )
    table.done()
    return spec


def _lens(row: Table) -> Wanted:
    name, source = row.word("name"), row.word("from")
    over = row.text("over", "layers", choices=["layers", "training"])
    if source == "minilm":
        row.done()
        return Wanted(name, None, lambda writer, prompts: over_layers(name, MINILM, states_of(prompts), prompts))
    steps = row.raw("steps", []) if over == "training" else []
    if over == "training" and not _rising(steps):
        raise row.wrong("steps", "must be 2 to 40 rising step numbers")
    row.done()

    def make(writer: TraceWriter, prompts: Prompts) -> Lens:
        trace = Trace.load(writer.folder.parent / source)
        if list(trace.manifest["task"]["texts"]) != [item.text for item in prompts.items]:
            raise UserError(f"{source}: task.texts: are not the prompts of {prompts.where}")
        if not steps:
            return over_layers(name, TINY, trace.series("states")[-1], prompts)
        states, probs = (np.stack([trace.at(key, step).value for step in steps]) for key in ("state", "class_probs"))
        return over_training(name, f"{TINY}, over its training", steps, states, probs)

    return Wanted(name, source, make)


def _rising(steps: Any) -> bool:
    whole = isinstance(steps, list) and all(isinstance(s, int) and not isinstance(s, bool) and s >= 0 for s in steps)
    return whole and 2 <= len(steps) <= 40 and sorted(set(steps)) == steps
