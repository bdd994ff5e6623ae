"""A small transformer: words in, a score for every possible next word out. No loop, no update, no file.

It is a ``Net``: layers in a row, all parameters in one vector, named ``layers.0.words``,
``layers.3.attention.query.weight`` and so on.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.attention import Block, CausalSelfAttention, Embedding, LayerNorm, Packing, linear
from engine.layers import Array
from engine.losses import Loss
from engine.net import Net


class Transformer(Net):
    """Embedding, ``blocks`` blocks, LayerNorm, Linear to one score per word of the vocabulary.

    ``forward`` takes word numbers (sentences, longest), −1 behind the shorter sentences; it keeps ``packing`` and
    ``states``, the rows (words, width) after the embedding and after every block, and ``backward`` keeps ``d_states``,
    ∂L/∂state for each of them. With ``only_last`` scores are worked out for the last word of each sentence only.
    """

    def __init__(self, words: int, longest: int, width: int, heads: int, blocks: int, rng: np.random.Generator) -> None:
        self.embedding = Embedding(rng.normal(0, 1, (words, width)), rng.normal(0, 0.3, (longest, width)))
        self.blocks = [Block(width, heads, rng) for _ in range(blocks)]
        # Small scores to begin with: every word is about as probable as any other.
        self.norm, self.head = LayerNorm(width), linear(width, words, rng, scale=0.16)
        self.only_last = False
        super().__init__([self.embedding, *self.blocks, self.norm, self.head])

    @property
    def attention(self) -> list[CausalSelfAttention]:
        """The attention layers in order; each keeps its ``pattern`` and ``d_pattern``."""
        return [block.attention for block in self.blocks]

    def forward(self, x: Array) -> Array:
        """Scores (words read, vocabulary) for sentences of word numbers ``x`` (sentences, longest), −1 is none."""
        words = x >= 0
        self.packing = self.embedding.packing = Packing.of(words.sum(1))
        for attention in self.attention:
            attention.packing = self.packing
        state = self.embedding.forward(x[words])
        self.states = [state]
        for block in self.blocks:
            state = block.forward(state)
            self.states.append(state)
        return self.unembed(state[self.packing.last] if self.only_last else state)

    def unembed(self, state: Array) -> Array:
        """Scores (..., vocabulary) that a state (..., width) of any layer would give if it were the last: the lens."""
        return self.head.forward(self.norm.forward(state))

    def backward(self, dy: Array) -> Array:
        """∂L/∂(embedding's rows) from ∂L/∂scores; fills ``gradient`` and ``d_states``."""
        d_state = self.norm.backward(self.head.backward(dy))
        if self.only_last:
            d_state, d_last = np.zeros_like(self.states[-1]), d_state
            d_state[self.packing.last] = d_last
        self.d_states = [d_state]
        for block in reversed(self.blocks):
            d_state = block.backward(d_state)
            self.d_states.append(d_state)
        self.d_states.reverse()
        return self.embedding.backward(d_state)

    def learn(self, dy: Array) -> None:
        """Fill ``gradient`` by the same way back."""
        self.backward(dy)


class NextWord(Loss):
    """Softmax and cross-entropy against word numbers: L = −ln ŷ_w for the true next word w; ∂L/∂h = ŷ − 1[w].

    The same as SoftmaxCrossEntropy with one-hot rows, which for a thousand words are better left unwritten.
    """

    def forward(self, output: Array, target: NDArray[np.int64]) -> float:  # type: ignore[override]
        """L, averaged over the words read; ``target`` holds their next words, −1 where there is none."""
        self.target = target[target >= 0]
        shifted = output - np.maximum.reduce(output, axis=-1, keepdims=True)
        chosen = shifted[np.arange(len(output)), self.target]
        self.prediction = np.exp(shifted, out=shifted)
        total = np.add.reduce(shifted, axis=-1, keepdims=True)
        self.prediction /= total
        self.each = np.log(total[:, 0]) - chosen
        return float(self.each.mean())

    def backward(self) -> Array:
        """∂L/∂h = (ŷ − 1[w]) / words read; the probabilities are used up."""
        d = self.prediction
        d[np.arange(len(d)), self.target] -= 1
        d /= len(d)
        return d
