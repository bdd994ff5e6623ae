"""The layers of a transformer: forward and backward side by side; the docstring is the calculus. No loss, no loop.

Words are rows. A batch of sentences is either x (sentences, length, width), or x (words, width) with a ``Packing``
that says where each sentence begins, so that sentences of different lengths need no padding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.layers import Array, Layer, Linear, SiLU
from engine.losses import softmax


@dataclass(frozen=True, slots=True)
class Packing:
    """Where the words of sentences lie when they are stacked without gaps: word t is word ``places[t]`` of ``rows[t]``.

    ``rows`` and ``places`` are (words,); ``last`` (sentences,) is the row of every sentence's last word.
    """

    rows: NDArray[np.int64]
    places: NDArray[np.int64]
    last: NDArray[np.int64]
    longest: int

    @classmethod
    def of(cls, lengths: NDArray[np.int64]) -> Packing:
        """The packing of sentences with ``lengths`` (sentences,) words each, at least one."""
        ends = np.cumsum(lengths)
        rows = np.repeat(np.arange(len(lengths)), lengths)
        return cls(rows, np.arange(ends[-1]) - (ends - lengths)[rows], ends - 1, int(lengths.max()))

    def pad(self, packed: Array) -> Array:
        """(words, width) to (sentences, longest, width), with zeros behind the shorter sentences."""
        padded = np.zeros((len(self.last), self.longest, packed.shape[-1]), packed.dtype)
        padded[self.rows, self.places] = packed
        return padded

    def pack(self, padded: Array) -> Array:
        """(sentences, longest, width) to (words, width): what ``pad`` undid."""
        return padded[self.rows, self.places]


class Embedding(Layer):
    """y_t = E[word t] + P[place t]: a word's vector plus a vector for where it stands in its sentence.

    Reading a row out of a table is multiplying by a one-hot vector, so a nudge to E_w moves every y_t whose word is
    w by as much, and no other:  ∂L/∂E_w = Σ_{t: word t = w} ∂L/∂y_t, and ∂L/∂P likewise.
    """

    def __init__(self, words: Array, positions: Array) -> None:
        super().__init__()
        self.params = {"words": words, "positions": positions}
        self.grads = {key: np.zeros_like(value) for key, value in self.params.items()}
        self.packing: Packing | None = None

    def forward(self, x: Array) -> Array:
        """Vectors of word numbers ``x``: (sentences, length) or, packed, (words,)."""
        self.x = np.asarray(x, np.int64)
        self.places = np.broadcast_to(np.arange(x.shape[-1]), x.shape) if self.packing is None else self.packing.places
        return self.params["words"][self.x] + self.params["positions"][self.places]

    def backward(self, dy: Array) -> Array:
        """Fills ∂L/∂E and ∂L/∂P. Word numbers have no gradient: what is returned is ∂L/∂y itself."""
        for key, index in (("words", self.x), ("positions", self.places)):
            self.grads[key][...] = 0.0
            np.add.at(self.grads[key], index, dy)
        return dy


class LayerNorm(Layer):
    """y = g · n + b with n = (x − μ)/σ, μ and σ the mean and deviation of one row's ``width`` numbers (Ba et al. 2016).

    With d = ∂L/∂n = dy · g: moving x_k moves n_k by 1/σ, but moves μ too (all n down by 1/(σ·width)) and σ too (all n
    shrink by n_k/(σ·width)). The three together:

        ∂L/∂x = (d − mean(d) − n · mean(d · n)) / σ        ∂L/∂g = Σ_rows dy · n        ∂L/∂b = Σ_rows dy
    """

    def __init__(self, width: int, epsilon: float = 1e-5) -> None:
        super().__init__()
        self.params = {"weight": np.ones(width), "bias": np.zeros(width)}
        self.grads = {"weight": np.zeros(width), "bias": np.zeros(width)}
        self.epsilon = epsilon

    def forward(self, x: Array) -> Array:
        """y = g (x − μ)/√(σ² + ε) + b."""
        centred = x - x.mean(-1, keepdims=True)
        variance = np.einsum("...i,...i->...", centred, centred)[..., None] / x.shape[-1]
        self.scale = 1 / np.sqrt(variance + self.epsilon)
        centred *= self.scale
        self.n = centred
        return self.n * self.params["weight"] + self.params["bias"]

    def backward(self, dy: Array) -> Array:
        """∂L/∂x = (d − mean(d) − n · mean(d · n)) / σ with d = dy · g."""
        width = dy.shape[-1]
        self.grads["weight"][...] = (dy * self.n).reshape(-1, width).sum(0)
        self.grads["bias"][...] = dy.reshape(-1, width).sum(0)
        d = dy * self.params["weight"]
        along = np.einsum("...i,...i->...", d, self.n)[..., None] / width
        d -= d.mean(-1, keepdims=True)
        d -= self.n * along
        d *= self.scale
        return d


class CausalSelfAttention(Layer):
    """Every word looks at itself and at the words before it, and takes a mixture of what they offer.

    Each head has queries, keys and values q, k, v: (length, size), three linear pictures of the same rows x.

        s = q kᵀ / √size      s_ij = −∞ where j > i      a = softmax(s)      z = a v      y = z Wₒᵀ + bₒ

    Backwards, the same five steps from right to left. A softmax row gives ∂a_j/∂s_k = a_j (1[j=k] − a_k):

        ∂L/∂v = aᵀ dz      ∂L/∂a = dz vᵀ      ∂L/∂s = a · (da − Σ_j a_j da_j)
        ∂L/∂q = ds k / √size      ∂L/∂k = dsᵀ q / √size      ∂L/∂x = the sum over the three paths to q, k and v

    The words behind a shorter sentence come after all its own, so the same mask that hides the future hides them.
    """

    def __init__(self, width: int, heads: int, rng: np.random.Generator) -> None:
        super().__init__()
        self.children = {name: linear(width, width, rng) for name in ("query", "key", "value", "out")}
        self.heads, self.size = heads, width // heads
        self.packing: Packing | None = None

    def forward(self, x: Array) -> Array:
        """y from rows x; ``pattern`` (sentences, heads, length, length) keeps a, row i being what word i looks at."""
        self.q, self.k, self.v = (
            self._split(self.children[name].forward(x)) for name in ("query", "key", "value")
        )  # fmt: skip
        s = self.q @ self.k.mT
        s *= self.size**-0.5
        s += _future(s.shape[-1])
        self.pattern = softmax(s)
        return self.children["out"].forward(self._join(self.pattern @ self.v))

    def backward(self, dy: Array) -> Array:
        """∂L/∂x; ``d_pattern`` keeps ∂L/∂a, shaped as ``pattern``."""
        dz = self._split(self.children["out"].backward(dy))
        self.d_pattern = dz @ self.v.mT
        ds = self.d_pattern - np.einsum("...ij,...ij->...i", self.pattern, self.d_pattern)[..., None]
        ds *= self.pattern
        ds *= self.size**-0.5
        dx = self.children["query"].backward(self._join(ds @ self.k))
        dx += self.children["key"].backward(self._join(ds.mT @ self.q))
        dx += self.children["value"].backward(self._join(self.pattern.mT @ dz))
        return dx

    def _split(self, x: Array) -> Array:
        """Rows (…, width) to (sentences, heads, length, size)."""
        x = x if self.packing is None else self.packing.pad(x)
        return x.reshape(*x.shape[:2], self.heads, self.size).swapaxes(1, 2)

    def _join(self, x: Array) -> Array:
        """(sentences, heads, length, size) back to rows."""
        x = x.swapaxes(1, 2).reshape(x.shape[0], x.shape[2], -1)
        return x if self.packing is None else self.packing.pack(x)


class MLP(Layer):
    """y = W₂ f(W₁ x + b₁) + b₂ on every word by itself, f = SiLU; its backward is that of its three layers in turn."""

    def __init__(self, width: int, hidden: int, rng: np.random.Generator) -> None:
        super().__init__()
        self.children = {"up": linear(width, hidden, rng), "down": linear(hidden, width, rng)}
        self.bend = SiLU()

    def forward(self, x: Array) -> Array:
        """y = W₂ f(W₁ x + b₁) + b₂."""
        return self.children["down"].forward(self.bend.forward(self.children["up"].forward(x)))

    def backward(self, dy: Array) -> Array:
        """∂L/∂x, from right to left."""
        return self.children["up"].backward(self.bend.backward(self.children["down"].backward(dy)))


class Residual(Layer):
    """y = x + f(norm(x)): f only adds a correction to the row that runs through.

    A sum hands its gradient on to both summands unchanged, so ∂L/∂x = ∂L/∂y + (∂L/∂y carried back through f and norm).
    The first term reaches every layer undiminished.
    """

    def __init__(self, norm: Layer, inner: Layer) -> None:
        super().__init__()
        self.norm, self.inner = norm, inner
        self.children = {"norm": norm, **inner.children}

    def forward(self, x: Array) -> Array:
        """y = x + f(norm(x))."""
        return x + self.inner.forward(self.norm.forward(x))

    def backward(self, dy: Array) -> Array:
        """∂L/∂x = dy + norm.backward(f.backward(dy))."""
        return dy + self.norm.backward(self.inner.backward(dy))


class Block(Layer):
    """Attention, then an MLP, each added to the stream: y = r + MLP(norm r), r = x + attention(norm x)."""

    def __init__(self, width: int, heads: int, rng: np.random.Generator) -> None:
        super().__init__()
        self.attention = CausalSelfAttention(width, heads, rng)
        self.children = {
            "attention": Residual(LayerNorm(width), self.attention),
            "mlp": Residual(LayerNorm(width), MLP(width, 4 * width, rng)),
        }

    def forward(self, x: Array) -> Array:
        """Attention's correction, then the MLP's."""
        return self.children["mlp"].forward(self.children["attention"].forward(x))

    def backward(self, dy: Array) -> Array:
        """The MLP's first, then attention's."""
        return self.children["attention"].backward(self.children["mlp"].backward(dy))


def linear(width_in: int, width_out: int, rng: np.random.Generator, scale: float = 1.0) -> Linear:
    """A Linear layer with weights of deviation ``scale``/√in and no bias to begin with."""
    return Linear(rng.normal(0.0, scale / np.sqrt(width_in), (width_out, width_in)), np.zeros(width_out))


def _future(length: int) -> Array:
    """−∞ above the diagonal, 0 elsewhere: (length, length)."""
    return np.triu(np.full((length, length), -np.inf), 1)
