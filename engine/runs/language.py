"""Kind "language": a small transformer learns the next word of prompts. Full batch, or shuffled batches if many."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine.datasets.prompts import CITY_PROMPTS, Prompts, load_prompts, split_words
from engine.experiment_spec import Table
from engine.language import MEANINGS, describe, last_states, lens, matrices, pooled_row, shown_row
from engine.layers import Array
from engine.losses import softmax
from engine.recipe import Progress, Recipe
from engine.recorder import Row, Training, record_training
from engine.trace_writer import TraceWriter
from engine.train import Step
from engine.training_spec import TrainingSpec, read_training
from engine.transformer import NextWord, Transformer
from engine.words import Sentences, Vocabulary, encode

EVALUATED: Final = 256  # prompts looked at together outside training
MAP_BYTES: Final = 8 << 20  # what the last states of all prompts may take over all recorded steps
STATES_BYTES: Final = 16 << 20  # what all layers' states of all prompts may take
DTYPES: Final = "states, patterns, pooled matrices and probabilities are stored as float32; training is float64"


@dataclass(frozen=True, slots=True)
class Run:
    """One checked language experiment: its prompts as numbers, an untrained model, and how both are used."""

    sentences: Sentences
    net: Transformer
    shown: np.ndarray
    spec: TrainingSpec
    snapshot_every: int

    def spare(self) -> Transformer:
        """A second model of the same shape, to look with: what it computes leaves the trained one alone."""
        words, width = self.net.embedding.params["words"].shape
        longest, heads = len(self.net.embedding.params["positions"]), self.net.attention[0].heads
        return Transformer(words, longest, width, heads, len(self.net.blocks), np.random.default_rng(0))


def prepare(table: Table) -> Recipe:
    """Check a language experiment and say how it is recorded."""
    table.text("kind"), table.text("about", "")
    seed = table.integer("seed", 0)
    task, model = table.table("task"), table.table("model")
    path = prompts_path(task)
    prompts = load_prompts(path, task.texts("classes", 2, 24) if "classes" in task else ())
    shown = read_shown(task, prompts)
    task.done()
    net, sentences = _build(model, prompts, seed)
    training = table.table("training")
    every = training.integer("snapshot_every", 5, low=1)
    spec = read_training(training, seed, len(prompts))
    table.done()
    run = Run(sentences, net, np.array(shown), spec, every)
    manifest = {"task": _task(prompts, run), "notes": [_memorises(len(prompts)), DTYPES]}
    return Recipe(lambda writer, progress: _record(run, prompts, writer, progress), manifest, MEANINGS, (path,))


def prompts_path(task: Table) -> Path:
    """The file of prompts: the committed one, or a user's own by its path from the current folder."""
    name = task.text("file", CITY_PROMPTS.name)
    return CITY_PROMPTS if name == CITY_PROMPTS.name else Path(name)


def read_shown(task: Table, prompts: Prompts) -> list[int]:
    """The prompts whose inside is recorded: by their text, or the first of each class, at most eight."""
    if "shown" in task:
        texts = task.raw("shown")
        if not isinstance(texts, list) or not 1 <= len(texts) <= 8 or not all(isinstance(t, str) for t in texts):
            raise task.wrong("shown", "must be 1 to 8 texts of prompts")
        return [prompts.find(text) for text in texts]
    labels = prompts.labels.tolist()
    return [labels.index(label) for label in range(min(len(prompts.classes), 8))]


def _build(model: Table, prompts: Prompts, seed: int) -> tuple[Transformer, Sentences]:
    vocabulary = Vocabulary.of(prompts)
    sentences = encode(prompts, vocabulary)
    heads = model.integer("heads", 4, low=1, high=16)
    width = model.integer("width", 64, low=16, high=256)
    if width % heads:
        raise model.wrong("width", f"{width} is not a multiple of heads = {heads}")
    blocks = model.integer("blocks", 6, low=1, high=16)
    predict = model.text("predict", "every word", choices=["every word", "last word"])
    model.done()
    rng = np.random.default_rng(seed)
    net = Transformer(len(vocabulary.words), sentences.inputs.shape[1], width, heads, blocks, rng)
    net.only_last = predict == "last word"
    return net, sentences


def _task(prompts: Prompts, run: Run) -> dict[str, Any]:
    words = Vocabulary.of(prompts).words
    tokens = [split_words(item.text) for item in prompts.items]
    return {
        **describe(prompts, tokens, run.shown.tolist(), matrices(run.net)),
        "model": "small transformer",
        "words": {str(number): word for number, word in enumerate(words)},
        "layers": len(run.net.blocks),
        "heads": run.net.attention[0].heads,
        "width": run.net.norm.params["weight"].size,
        "parameters": run.net.theta.size,
        "predicts": "last word" if run.net.only_last else "every word",
    }


def _memorises(count: int) -> str:
    return f"this small transformer memorises its {count} prompts: it was never asked about any other sentence"


def _record(run: Run, prompts: Prompts, writer: TraceWriter, progress: Progress) -> None:
    net, sentences, spec = run.net, run.sentences, run.spec
    start = net.theta.copy()
    targets = sentences.answers[:, None] if net.only_last else sentences.following
    writer.constants(
        {
            "tokens": sentences.inputs.astype(np.int32), "lengths": sentences.lengths, "answers": sentences.answers,
            "labels": prompts.labels, "topics": prompts.topic_labels, "class_tokens": sentences.class_tokens,
            "shown": run.shown,
        }
    )  # fmt: skip
    count, bytes_of_state = len(prompts), 4 * net.norm.params["weight"].size * len(prompts)
    map_every = math.ceil(bytes_of_state * spec.steps / MAP_BYTES)
    snapshots = math.ceil(spec.steps / run.snapshot_every)
    states_every = run.snapshot_every * math.ceil(bytes_of_state * (len(net.blocks) + 1) * snapshots / STATES_BYTES)
    looking = run.spare()
    rows: dict[str, tuple[int, Row]] = {
        "step": (1, _step_row(run)),
        "map": (map_every, _map_row(run, looking)),
        "snapshot": (run.snapshot_every, _snapshot_row(run, looking)),
        "states": (states_every, _states_row(run, looking)),
    }
    batches = spec.batches(count)
    training = Training(net, NextWord(), spec.make_optimizer(), sentences.inputs, targets, batches, spec.steps)
    outcome = record_training(writer, training, progress, rows=rows)
    writer.constants({"shown.watch": _watch(run, looking, start, outcome.net.theta)})
    net.theta[...] = start


def _step_row(run: Run) -> Row:
    net, names = run.net, list(matrices(run.net))

    def row(step: Step) -> dict[str, Any]:
        scores = step.output if net.only_last else step.output[net.packing.last]
        right = scores.argmax(-1) == run.sentences.answers[step.rows]
        norms = np.array([np.linalg.norm(net.grads[name]) for name in names])
        return {
            "loss": step.loss, "accuracy": right.mean(), "grad_norm": np.linalg.norm(net.gradient), "grad_norms": norms,
        }  # fmt: skip

    return row


def _map_row(run: Run, looking: Transformer) -> Row:
    """Where all prompts stand after the last block, and what is guessed from there."""
    sentences, net = run.sentences, run.net

    def row(step: Step) -> dict[str, Any]:
        if len(step.rows) == len(sentences.inputs):  # a full batch has just been looked at
            scores = step.output if net.only_last else step.output[net.packing.last]
            state = net.states[-1][net.packing.last]
        else:
            state = _all_states(run, looking)[:, -1]
            scores = looking.unembed(state)
        probs = softmax(scores)
        return {
            "state": state.astype(np.float32),
            "class_probs": probs[:, sentences.class_tokens].astype(np.float32),
            "prompt_loss": -np.log(probs[np.arange(len(probs)), sentences.answers]),
        }

    return row


def _snapshot_row(run: Run, looking: Transformer) -> Row:
    sentences, names = run.sentences, list(matrices(run.net))
    inputs, answers = sentences.inputs[run.shown], sentences.answers[run.shown]
    inputs = inputs[:, : int(sentences.lengths[run.shown].max())]

    def row(step: Step) -> dict[str, Any]:
        looking.theta[...] = run.net.theta
        return pooled_row(run.net, names) | shown_row(looking, inputs, answers, sentences.class_tokens)

    return row


def _states_row(run: Run, looking: Transformer) -> Row:
    def row(step: Step) -> dict[str, Any]:
        states = _all_states(run, looking)
        return {
            "states": states.astype(np.float32),
            "lens": lens(looking, states, run.sentences.class_tokens).astype(np.float32),
        }

    return row


def _all_states(run: Run, looking: Transformer) -> Array:
    """States of every prompt's last word at today's parameters: (prompts, layers + 1, width)."""
    looking.theta[...] = run.net.theta
    looking.only_last = True
    parts = []
    for first in range(0, len(run.sentences.inputs), EVALUATED):
        looking.forward(run.sentences.inputs[first : first + EVALUATED])
        parts.append(last_states(looking))
    return np.concatenate(parts)


def _watch(run: Run, looking: Transformer, start: Array, end: Array) -> np.ndarray:
    """(shown, 3): the layer, head and word to watch; see MEANINGS."""
    sentences, patterns = run.sentences, []
    inputs, answers = sentences.inputs[run.shown], sentences.answers[run.shown]
    for theta in (start, end):
        looking.theta[...] = theta
        row = shown_row(looking, inputs, answers, sentences.class_tokens)
        patterns.append(row["shown.attention"])
    growth, watched = patterns[1] - patterns[0], []
    for i, length in enumerate(sentences.lengths[run.shown]):
        word = int(row["shown.decides"][i, : max(length - 1, 1)].argmax())
        layer, head = np.unravel_index(growth[i, :, :, length - 1, word].argmax(), growth.shape[1:3])
        watched.append((layer, head, word))
    return np.array(watched)
