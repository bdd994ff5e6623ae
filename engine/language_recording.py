"""Records the training of a small transformer on prompts: what is kept, how often, in which stream. Checks no file."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from engine.datasets.prompts import Prompts, split_words
from engine.language import describe, last_states, lens, matrices, pooled_row, shown_row, watched
from engine.layers import Array
from engine.losses import softmax
from engine.recipe import Progress
from engine.recorder import Row, Training, record_training
from engine.trace_writer import TraceWriter
from engine.train import Step, train
from engine.training_spec import TrainingSpec
from engine.transformer import NextWord, Transformer
from engine.words import Sentences, Vocabulary

EVALUATED: Final = 256  # prompts looked at together outside training
MAP_BYTES: Final = 8 << 20  # what the last states of all prompts may take over all recorded steps
STATES_BYTES: Final = 16 << 20  # what all layers' states of all prompts may take
DTYPES: Final = "states, patterns, pooled matrices and probabilities are stored as float32; training is float64"

Watch = Callable[[str, int, Mapping[str, Any]], None]  # (stream, step, what was recorded)


@dataclass(frozen=True, slots=True)
class Run:
    """One checked language experiment: its prompts as numbers, an untrained model, and how both are used."""

    sentences: Sentences
    net: Transformer
    shown: np.ndarray
    spec: TrainingSpec
    snapshot_every: int

    @property
    def state_bytes(self) -> int:
        """Bytes of one state of every prompt, as stored."""
        return 4 * self.net.norm.params["weight"].size * len(self.sentences.inputs)

    @property
    def map_every(self) -> int:
        """Every how many steps the stream "map" is recorded, so that it stays small."""
        return math.ceil(self.state_bytes * self.spec.steps / MAP_BYTES)

    @property
    def states_every(self) -> int:
        """The same for the stream "states"; a multiple of ``snapshot_every``."""
        snapshots = math.ceil(self.spec.steps / self.snapshot_every)
        bytes_in_all = self.state_bytes * (len(self.net.blocks) + 1) * snapshots
        return self.snapshot_every * math.ceil(bytes_in_all / STATES_BYTES)

    def spare(self) -> Transformer:
        """A second model of the same shape, to look with: what it computes leaves the trained one alone."""
        words, width = self.net.embedding.params["words"].shape
        longest, heads = len(self.net.embedding.params["positions"]), self.net.attention[0].heads
        return Transformer(words, longest, width, heads, len(self.net.blocks), np.random.default_rng(0))


def task_words(prompts: Prompts, run: Run) -> dict[str, Any]:
    """manifest["task"] of a small transformer's trace."""
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


def memorises(count: int) -> str:
    """The note that every such trace carries."""
    return f"this small transformer memorises its {count} prompts: it was never asked about any other sentence"


def record_language(
    run: Run, prompts: Prompts, writer: TraceWriter, progress: Progress, watch: Watch | None = None
) -> None:
    """Train from the start, record everything MEANINGS names; ``watch`` is told what goes into "map" and "states".

    When an interrupted run is resumed and somebody watches, the steps before are trained once more, unrecorded.
    """
    net, sentences = run.net, run.sentences
    start = net.theta.copy()
    writer.constants(
        {
            "tokens": sentences.inputs.astype(np.int32), "lengths": sentences.lengths, "answers": sentences.answers,
            "labels": prompts.labels, "topics": prompts.topic_labels, "class_tokens": sentences.class_tokens,
            "shown": run.shown,
        }
    )  # fmt: skip
    looking = run.spare()
    rows: dict[str, tuple[int | frozenset[int], Row]] = {
        "step": (1, _step_row(run)),
        "map": (run.map_every, _watched("map", _map_row(run, looking), watch)),
        "snapshot": (run.snapshot_every, _snapshot_row(run, looking)),
        "states": (run.states_every, _watched("states", _states_row(run, looking), watch)),
    }
    if watch is not None and writer.state:
        _replay(_training(run), int(writer.state["next"]), {name: rows[name] for name in ("map", "states")})
        net.theta[...] = start
    outcome = record_training(writer, _training(run), progress, rows=rows)
    writer.constants({"shown.watch": _watch(run, looking, start, outcome.net.theta)})
    net.theta[...] = start


def _training(run: Run) -> Training:
    sentences, spec = run.sentences, run.spec
    targets = sentences.answers[:, None] if run.net.only_last else sentences.following
    batches = spec.batches(len(targets))
    return Training(run.net, NextWord(), spec.make_optimizer(), sentences.inputs, targets, batches, spec.steps)


def _replay(training: Training, until: int, rows: Mapping[str, tuple[Any, Row]]) -> None:
    for step in train(
        training.net, training.loss, training.optimizer, training.inputs, training.targets, training.batches, until
    ):  # fmt: skip
        for every, row in rows.values():
            if step.number % every == 0:
                row(step)


def _watched(stream: str, row: Row, watch: Watch | None) -> Row:
    if watch is None:
        return row

    def watched(step: Step) -> dict[str, Any]:
        arrays = row(step)
        watch(stream, step.number, arrays)
        return arrays

    return watched


def _step_row(run: Run) -> Row:
    net, names = run.net, [matrix.name for matrix in matrices(run.net)]

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
    sentences, names = run.sentences, [matrix.name for matrix in matrices(run.net)]
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
    sentences, rows = run.sentences, []
    inputs, answers = sentences.inputs[run.shown], sentences.answers[run.shown]
    for theta in (start, end):
        looking.theta[...] = theta
        rows.append(shown_row(looking, inputs, answers, sentences.class_tokens))
    return watched(rows[0]["shown.attention"], rows[1], sentences.lengths[run.shown])
