"""Kind "prompts": a user's own prompts, from a TOML or CSV file to a trained model and a map of them, in one trace.

    [[prompt]]
    text = "The capital of Peru is"
    next = "Lima"                     # one of 2 to 24 different next words
    topic = "capital"

A CSV file has the columns text, next and topic instead. 20 to 5 000 prompts; everything else is chosen here, or said by
the optional keys ``seed``, ``shown`` (up to eight texts) and ``minilm`` (true: a second lens, needs the extra).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from engine import language, mapping
from engine.datasets.prompts import Prompts, load_prompts, read_rows
from engine.embed import UmapSpec
from engine.experiment_spec import Table
from engine.language_recording import DTYPES, Run, memorises, record_language, task_words
from engine.minilm import STATES, states_of
from engine.recipe import Progress, Recipe
from engine.runs.language import build, read_shown
from engine.runs.language_map import MINILM, TINY
from engine.trace_writer import TraceWriter
from engine.training_spec import TrainingSpec

ALL_AT_ONCE: Final = 400  # prompts up to which every step sees all of them, and every word is predicted
STEPS: Final = 120  # of such a training
BATCH: Final = 256  # of a training on more prompts, which then predicts last words only
EPOCHS: Final = 24
MOMENTS: Final = 8  # slices of the map over training; half as many for many prompts
FEWER_EPOCHS: Final = 80  # of UMAP, for many prompts: five thousand then take minutes, not a quarter of an hour
MEANINGS: Final = {**language.MEANINGS, **mapping.MEANINGS}


def prepare(table: Table) -> Recipe:
    """Check a user's prompts and say how they are learned, recorded and mapped."""
    table.text("kind", "prompts"), table.text("about", "")
    seed = table.integer("seed", 0)
    path = table.place("file") if "file" in table else None
    prompts = read_rows(table.raw("prompt"), table.where) if path is None else load_prompts(path)
    shown, minilm = read_shown(table, prompts), table.flag("minilm")
    table.done()
    many = len(prompts) > ALL_AT_ONCE
    net, sentences = build(prompts, 64, 4, 6, seed, only_last=many)
    steps = -(-len(prompts) // BATCH) * EPOCHS if many else STEPS
    spec = TrainingSpec("adamw", 0.003, {}, max(steps, STEPS), BATCH if many else 0, None, seed)
    run = Run(sentences, net, np.array(shown), spec, max(5, spec.steps // 25))
    umap = UmapSpec(epochs=FEWER_EPOCHS, seed=seed) if many else UmapSpec(seed=seed)
    words = {**task_words(prompts, run), "endings": mapping.endings_of(prompts), "rules": mapping.rules(umap)}
    manifest = {"task": words, "notes": [memorises(len(prompts)), DTYPES]}
    lenses = Lenses(run, prompts, umap, minilm)
    return Recipe(lenses.record, manifest, MEANINGS, (STATES,) if path is None else (path, STATES))


class Lenses:
    """Trains, keeps what the maps need on the way, and makes the maps when training is over."""

    def __init__(self, run: Run, prompts: Prompts, spec: UmapSpec, minilm: bool) -> None:
        self.run, self.prompts, self.spec, self.minilm = run, prompts, spec, minilm
        recorded = [*range(0, run.spec.steps, run.map_every), run.spec.steps - 1]
        moments = MOMENTS // 2 if len(prompts) > ALL_AT_ONCE else MOMENTS
        places = np.linspace(0, len(recorded) - 1, moments).round().astype(int)
        middle = places[len(places) // 2]  # and the moment after it: as near to one step as was recorded
        self.moments = sorted({recorded[place] for place in (*places, min(middle + 1, len(recorded) - 1))})
        self.kept: dict[int, tuple[Any, Any]] = {}
        self.states: Any = None

    def record(self, writer: TraceWriter, progress: Progress) -> None:
        """Everything into one trace."""
        record_language(self.run, self.prompts, writer, progress, self._keep)
        writer.constants({"endings": mapping.label_arrays(self.prompts)["endings"]})
        states, probs = (np.stack([self.kept[step][part] for step in self.moments]) for part in (0, 1))
        lenses = [
            mapping.over_layers("own", TINY, self.states, self.prompts),
            mapping.over_training("training", f"{TINY}, over its training", self.moments, states, probs),
        ]
        if self.minilm:
            lenses.append(mapping.over_layers("minilm", MINILM, states_of(self.prompts), self.prompts))
        for lens in lenses:
            mapping.record_lens(writer, lens, self.prompts, self.spec)

    def _keep(self, stream: str, step: int, arrays: Any) -> None:
        if stream == "states":
            self.states = arrays["states"]
        elif step in self.moments:
            self.kept[step] = arrays["state"], arrays["class_probs"]
