"""What is recorded about a language model: names, meanings, and how the small transformer gives them. Trains nothing.

The same names hold for the small transformer and for a Llama (llama.py), so that the same scenes draw both. "Shown"
are the few prompts whose inside is recorded; a layer's state is the row that runs through the residual stream: number 0
after the embedding, number l after block l. States of a prompt are those of its last word, which makes the guess.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from engine.datasets.prompts import Prompts
from engine.layers import Array, Linear
from engine.losses import softmax
from engine.pooling import RULE, pool, pool_flow, threshold
from engine.transformer import NextWord, Transformer

GUESSES: Final = 8  # most probable words that are kept
UNEMBED: Final = "unembedding"  # the role of the last matrix, from a state to a score for every word
FLOAT: Final = np.float32  # what a screen shows of states and patterns; training itself is float64

MEANINGS: Final[Mapping[str, str]] = {
    "tokens": "(prompts, longest) word numbers, -1 behind the shorter prompts; task.words gives their text",
    "lengths": "(prompts,) words in each prompt",
    "answers": "(prompts,) number of the word that comes next",
    "labels": "(prompts,) which of task.classes comes next",
    "topics": "(prompts,) which of task.topics it is about",
    "class_tokens": "(classes,) word number of each of task.classes",
    "shown": "(shown,) numbers of the prompts whose inside is recorded",
    "shown.watch": "(shown, 3) layer, head, word: the word that decides most when training ends, and the head "
    "whose attention from the last word to it grew most over training",
    "loss": "mean cross-entropy of the words to be guessed in this step, in nats",
    "accuracy": "share of this step's prompts whose most probable next word is the right one, 0 to 1",
    "grad_norm": "length of this step's whole gradient",
    "grad_norms": "(matrices,) length of this step's gradient by each of task.matrices",
    "prompt_loss": "(prompts,) -ln of the probability of the word that comes next, in nats",
    "class_probs": "(prompts, classes) probability of each class's word as the next one",
    "state": "(prompts, width) state of the last word after the last block, float32",
    "states": "(prompts, layers + 1, width) state of the last word after the embedding and each block, float32",
    "lens": "(prompts, layers + 1, classes) probability of each class's word if this layer's state were unembedded",
    "shown.loss": "(shown,) -ln of the probability of the word that comes next, in nats",
    "shown.attention": "(shown, layers, heads, longest, longest) share that word i (row) takes from word j, float32",
    "shown.attention_grads": "(shown, layers, heads, longest, longest) gradient of the prompt's loss by that share",
    "shown.states": "(shown, layers + 1, width) state of the last word",
    "shown.states_grads": "(shown, layers + 1, width) gradient of the prompt's loss by that state",
    "shown.blame": "(shown, layers + 1, longest) length of the gradient of the prompt's loss by every word's state",
    "shown.decides": "(shown, longest) rise of the prompt's loss in nats when this word's vector is replaced by the "
    "mean of all words' vectors",
    "shown.guess_ids": "(shown, layers + 1, guesses) most probable next words, unembedding each layer's state",
    "shown.guess_probs": "(shown, layers + 1, guesses) their probabilities",
    "shown.class_probs": "(shown, layers + 1, classes) probability of each class's word, likewise",
    "shown.similarity": "(shown, layers + 1, classes) cosine of the normalised state with the class's unembedding",
    "shown.flow": "(shown, matrices, 16, 16) |weight × input| at the last word, pooled as task.pooling says",
    "shown.grads": "(shown, matrices, 16, 16) |gradient of the prompt's loss| by each matrix, pooled likewise",
    "shown.grad_norms": "(shown, matrices) length of the gradient of the prompt's loss by each matrix",
    "shown.thresholds": "(shown, 2) the task.pooling.percentile of all cells of flow and of grads",
    "pooled.weights": "(matrices, 16, 16) |weight| of each of task.matrices, pooled as task.pooling says",
    "pooled.grads": "(matrices, 16, 16) |gradient of this step's loss| by each of task.matrices, pooled likewise",
}


@dataclass(frozen=True, slots=True)
class Matrix:
    """A weight matrix that is drawn: its parameter's name, its shape (out, in), and where it works.

    ``block`` counts from 0 and is −1 outside the blocks; ``role`` is query, key, value, out, gate, up, down or
    unembedding.
    """

    name: str
    shape: tuple[int, ...]
    block: int
    role: str


def describe(
    prompts: Prompts, tokens: Sequence[Sequence[str]], shown: Sequence[int], matrices: Sequence[Matrix]
) -> dict[str, Any]:
    """The part of manifest["task"] that every language trace has; ``tokens`` are the words of every prompt."""
    return {
        "classes": list(prompts.classes),
        "topics": list(prompts.topics),
        "texts": [item.text for item in prompts.items],
        "tokens": [list(words) for words in tokens],
        "shown": [prompts.items[i].text for i in shown],
        "matrices": [{"name": m.name, "shape": list(m.shape), "block": m.block, "role": m.role} for m in matrices],
        "pooling": dict(RULE),
    }


def matrices(net: Transformer) -> list[Matrix]:
    """The weights that are drawn: every Linear layer's, in order."""
    drawn = []
    for name, value in net.params.items():
        parts = name.split(".")
        if value.ndim == 2 and parts[-1] == "weight":
            inside = len(parts) > 3
            drawn.append(
                Matrix(name, value.shape, int(parts[1]) - 1 if inside else -1, parts[3] if inside else UNEMBED)
            )
    return drawn


def pooled_row(net: Transformer, names: Sequence[str]) -> dict[str, Array]:
    """Weights and the step's gradients, pooled."""
    return {
        "pooled.weights": np.array([pool(net.params[name]) for name in names], FLOAT),
        "pooled.grads": np.array([pool(net.grads[name]) for name in names], FLOAT),
    }


def last_states(net: Transformer) -> Array:
    """States of the last words of the prompts just seen: (prompts, layers + 1, width), float64."""
    return np.stack([state[net.packing.last] for state in net.states], axis=1)


def shown_row(net: Transformer, inputs: Array, answers: Array, class_tokens: Array) -> dict[str, Array]:
    """All ``shown.*`` arrays of the prompts ``inputs`` (shown, longest); uses up the net's gradient.

    Every prompt is a batch of its own: what is recorded is the gradient of *its* loss, on its last word's guess.
    """
    net.only_last = True
    rows = []
    for sentence, answer in zip(inputs, answers, strict=True):
        rows.append(_one_prompt(net, sentence[None, sentence >= 0], answer, class_tokens, inputs.shape[1]))
    return stacked(rows)


def stacked(rows: Sequence[Mapping[str, Any]]) -> dict[str, np.ndarray]:
    """Rows about one prompt each as the arrays ``shown.*``, in the precision in which they are stored."""
    return {f"shown.{key}": np.array([row[key] for row in rows]).astype(_dtype(key)) for key in rows[0]}


def watched(before: Array, after: Mapping[str, np.ndarray], lengths: np.ndarray) -> np.ndarray:
    """(shown, 3): the layer, head and word to watch, from the patterns before and all ``shown.*`` arrays after."""
    growth, rows = after["shown.attention"] - before, []
    for i, length in enumerate(lengths):
        word = int(after["shown.decides"][i, : max(length - 1, 1)].argmax())
        layer, head = np.unravel_index(growth[i, :, :, length - 1, word].argmax(), growth.shape[1:3])
        rows.append((layer, head, word))
    return np.array(rows)


def first_of_each(prompts: Prompts) -> list[int]:
    """The first prompt of each class, at most eight."""
    labels = prompts.labels.tolist()
    return [labels.index(label) for label in range(min(len(prompts.classes), 8))]


def _dtype(key: str) -> Any:
    return {"loss": np.float64, "guess_ids": np.int32}.get(key, FLOAT)


def _one_prompt(net: Transformer, sentence: Array, answer: int, class_tokens: Array, longest: int) -> dict[str, Any]:
    loss = NextWord()
    value = loss.forward(net.forward(sentence), np.array([[answer]]))
    flow = _flow(net)
    net.backward(loss.backward())
    length, names = sentence.shape[1], [matrix.name for matrix in matrices(net)]
    states, slopes = np.array(net.states), np.array(net.d_states)  # (layers + 1, length, width)
    grads = np.array([pool(net.grads[name]) for name in names])
    row = {
        "loss": value,
        "attention": square([a.pattern[0] for a in net.attention], longest),
        "attention_grads": square([a.d_pattern[0] for a in net.attention], longest),
        "states": states[:, -1],
        "states_grads": slopes[:, -1],
        "blame": np.pad(np.linalg.norm(slopes, axis=-1), ((0, 0), (0, longest - length))),
        "flow": flow,
        "grads": grads,
        "grad_norms": np.array([np.linalg.norm(net.grads[name]) for name in names]),
        "thresholds": np.array([threshold(flow), threshold(grads)]),
    }
    row["decides"] = np.pad(_deciding(net, states[0], answer, value), (0, longest - length))
    return row | read_through(net, states[:, -1], class_tokens)


def read_through(net: Transformer, states: Array, class_tokens: Array) -> dict[str, np.ndarray]:
    """The lens: what each state (layers + 1, width) would say through the model's own norm and unembedding."""
    normed = net.norm.forward(states)
    vectors = net.head.params["weight"][class_tokens]
    lengths = np.linalg.norm(normed, axis=-1)[:, None] * np.linalg.norm(vectors, axis=-1)
    return top_guesses(net.head.forward(normed), class_tokens) | {"similarity": normed @ vectors.T / lengths}


def top_guesses(scores: Array, class_tokens: Array) -> dict[str, np.ndarray]:
    """The most probable words and the classes' probabilities, from scores (rows, vocabulary)."""
    probs = softmax(scores)
    ids = np.argsort(-probs, axis=-1, kind="stable")[:, :GUESSES]
    return {
        "guess_ids": ids,
        "guess_probs": np.take_along_axis(probs, ids, axis=-1),
        "class_probs": probs[:, class_tokens],
    }


def lens(net: Transformer, states: Array, class_tokens: Array) -> Array:
    """Probabilities of the classes' words at every layer: (prompts, layers + 1, width) to (..., classes)."""
    return np.stack([softmax(net.unembed(layer))[:, class_tokens] for layer in states.swapaxes(0, 1)], axis=1)


def _flow(net: Transformer) -> Array:
    """|weight × input| at the last word through every matrix, pooled: (matrices, 16, 16). Call it after forward."""
    layers = [
        layer for number, top in enumerate(net.layers) for _, layer, key in top.walk(str(number)) if key == "weight"
    ]
    return np.array([pool_flow(layer.params["weight"], layer.x[-1]) for layer in layers if isinstance(layer, Linear)])


def _deciding(net: Transformer, start: Array, answer: int, value: float) -> Array:
    """How much the loss rises when one word's vector is replaced by the mean of all words' vectors: (length,)."""
    length = len(start)
    mean = net.embedding.params["words"].mean(0) + net.embedding.params["positions"][:length]
    hidden = np.where(np.eye(length, dtype=bool)[:, :, None], mean, start)  # (which is hidden, word, width)
    state = hidden
    for block in net.blocks:
        block.attention.packing = None
        state = block.forward(state)
    loss = NextWord()
    loss.forward(net.unembed(state[:, -1]), np.full((length, 1), answer))
    return loss.each - value


def square(patterns: Sequence[Array], longest: int) -> Array:
    """Patterns (heads, length, length) of all layers, padded with zeros: (layers, heads, longest, longest)."""
    missing = longest - patterns[0].shape[-1]
    return np.pad(np.array(patterns), ((0, 0), (0, 0), (0, missing), (0, missing)))
