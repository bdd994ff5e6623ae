"""Kind "language": a small transformer learns the next word of prompts. Full batch, or shuffled batches if many."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.datasets.prompts import CITY_PROMPTS, Prompts, load_prompts
from engine.experiment_spec import Table
from engine.language import MEANINGS, first_of_each
from engine.language_recording import DTYPES, Run, memorises, record_language, task_words
from engine.recipe import Recipe
from engine.training_spec import read_training
from engine.transformer import Transformer
from engine.words import Sentences, Vocabulary, encode


def prepare(table: Table) -> Recipe:
    """Check a language experiment and say how it is recorded."""
    table.text("kind"), table.text("about", "")
    seed = table.integer("seed", 0)
    task, model = table.table("task"), table.table("model")
    path = prompts_path(task)
    prompts = load_prompts(path, task.texts("classes", 2, 24) if "classes" in task else ())
    shown = read_shown(task, prompts)
    task.done()
    heads = model.integer("heads", 4, low=1, high=16)
    width = model.integer("width", 64, low=16, high=256)
    if width % heads:
        raise model.wrong("width", f"{width} is not a multiple of heads = {heads}")
    blocks = model.integer("blocks", 6, low=1, high=16)
    predict = model.text("predict", "every word", choices=["every word", "last word"])
    model.done()
    net, sentences = build(prompts, width, heads, blocks, seed, only_last=predict == "last word")
    training = table.table("training")
    every = training.integer("snapshot_every", 5, low=1)
    spec = read_training(training, seed, len(prompts))
    table.done()
    run = Run(sentences, net, np.array(shown), spec, every)
    manifest = {"task": task_words(prompts, run), "notes": [memorises(len(prompts)), DTYPES]}
    return Recipe(lambda writer, progress: record_language(run, prompts, writer, progress), manifest, MEANINGS, (path,))


def prompts_path(task: Table) -> Path:
    """The file of prompts: the committed one, or a user's own beside the experiment's file."""
    return task.place("file") if task.text("file", CITY_PROMPTS.name) != CITY_PROMPTS.name else CITY_PROMPTS


def read_shown(task: Table, prompts: Prompts) -> list[int]:
    """The prompts whose inside is recorded: by their text, or the first of each class, at most eight."""
    if "shown" in task:
        texts = task.raw("shown")
        if not isinstance(texts, list) or not 1 <= len(texts) <= 8 or not all(isinstance(t, str) for t in texts):
            raise task.wrong("shown", "must be 1 to 8 texts of prompts")
        return [prompts.find(text) for text in texts]
    return first_of_each(prompts)


def build(
    prompts: Prompts, width: int, heads: int, blocks: int, seed: int, only_last: bool
) -> tuple[Transformer, Sentences]:
    """An untrained transformer for these prompts, and the prompts as its numbers."""
    vocabulary = Vocabulary.of(prompts)
    sentences = encode(prompts, vocabulary)
    rng = np.random.default_rng(seed)
    net = Transformer(len(vocabulary.words), sentences.inputs.shape[1], width, heads, blocks, rng)
    net.only_last = only_last
    return net, sentences
