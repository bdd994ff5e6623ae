"""For tests of chapter 4's scenes: language models of other shapes than the film's own, in the same names."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine import experiments
from engine.llama import MEANINGS
from engine.pooling import RULE, threshold
from engine.trace_writer import TraceWriter

NEXT = ("Ulaanbaatar", "Reykjavík", "Αθήνα")
LONG = "Far beyond the {} mountains , where old caravans once rested beside number {} , lies"
TRAINED = """
kind = "language"
seed = 2
[task]
file = "own.csv"
[model]
blocks = 8
heads = 2
width = 32
[training]
optimizer = "adamw"
learning_rate = 0.01
steps = 24
batch = 0
snapshot_every = 6
"""


def own_trace(folder: Path, text: str = LONG) -> Path:
    """A small transformer of eight blocks that learned 24 long prompts; its folder."""
    colours = ("blue", "unforgettably-snow-covered")
    rows = [f'"{text.format(colours[i % 2], i)}",{NEXT[i % 3]},{"snow" if i % 2 else "sky"}' for i in range(24)]
    (folder / "own.csv").write_text("text,next,topic\n" + "\n".join(rows) + "\n", encoding="utf-8")
    (folder / "own.toml").write_text(TRAINED)
    experiments.run(folder / "own.toml", folder / "traces")
    return folder / "traces" / "own"


def llama_shaped(folder: Path, layers: int = 16, heads: int = 32, width: int = 2048, words: int = 17) -> Path:
    """Random numbers in all the names of a Llama's trace and the size of a real one; no Llama computed them."""
    rng = np.random.default_rng(0)
    roles = ("query", "key", "value", "out", "gate", "up", "down")
    matrices = [
        {"name": f"model.layers.{b}.{role}.weight", "shape": [width, width], "block": b, "role": role}
        for b in range(layers) for role in roles
    ]  # fmt: skip
    matrices.append({"name": "lm_head.weight", "shape": [128_256, width], "block": -1, "role": "unembedding"})
    tokens = [*(f"word{i}" for i in range(words - 1)), "is"]
    said = {str(i): ("城市", "Paris", "(bytes)", "a-very-long-token-indeed")[i % 4] for i in range(8)}
    task = {
        "classes": ["Madrid", "Paris", "Berlin", "Barcelona"], "topics": ["capital"], "texts": [" ".join(tokens)] * 20,
        "tokens": [tokens] * 20, "shown": [" ".join(tokens)], "matrices": matrices, "pooling": dict(RULE),
        "model": "Llama-3.2-1B", "architecture": "LlamaForCausalLM", "layers": layers, "heads": heads, "width": width,
        "vocabulary": 128_256, "parameters": 1_235_814_400, "predicts": "every word", "step": "one gradient step",
        "words": said,
    }  # fmt: skip
    with TraceWriter(folder / "llama", "llama", {"task": task, "notes": []}, MEANINGS) as writer:
        writer.constants({
            "tokens": np.zeros((20, words), np.int32), "lengths": np.full(20, words), "answers": np.full(20, 1),
            "labels": np.full(20, 1), "topics": np.zeros(20, np.int64), "class_tokens": np.array([0, 1, 2, 3]),
            "shown": np.array([4]), "shown.watch": np.array([[layers - 2, heads - 3, 1]]), "rate": 0.1,
        })  # fmt: skip
        for step in (0, 1):
            loss = 0.94 - 0.2 * step
            writer.append("step", step, {
                "loss": loss, "accuracy": 1.0, "grad_norm": 3.0, "grad_norms": rng.random(len(matrices)),
            })  # fmt: skip
            writer.append("snapshot", step, _snapshot(rng, layers, heads, width, words, len(matrices), loss))
    return folder / "llama"


def _snapshot(
    rng: np.random.Generator, layers: int, heads: int, width: int, words: int, matrices: int, loss: float
) -> dict[str, np.ndarray]:
    """All `shown.*` arrays of one prompt at one step."""
    attention = np.tril(rng.random((1, layers, heads, words, words)) ** 6)
    grids = rng.random((1, matrices, 16, 16)) ** 8
    probs = rng.dirichlet(np.full(8, 0.4), (1, layers + 1))
    return {
        "shown.loss": np.array([loss]), "shown.attention": attention / attention.sum(-1, keepdims=True),
        "shown.attention_grads": np.tril(rng.normal(0, 1e-3, attention.shape)),
        "shown.states": rng.normal(0, 1, (1, layers + 1, width)).cumsum(1),
        "shown.states_grads": rng.normal(0, 1, (1, layers + 1, width)),
        "shown.blame": rng.random((1, layers + 1, words)), "shown.decides": rng.random((1, words)),
        "shown.guess_ids": np.argsort(-probs, -1), "shown.guess_probs": np.sort(probs, -1)[..., ::-1],
        "shown.class_probs": probs[..., :4], "shown.similarity": rng.uniform(-0.2, 0.9, (1, layers + 1, 4)),
        "shown.flow": grids, "shown.grads": grids[:, ::-1], "shown.grad_norms": rng.random((1, matrices)),
        "shown.thresholds": np.array([[threshold(grids[0]), threshold(grids[0])]]),
        "pooled.weights": rng.random((matrices, 16, 16)), "pooled.grads": rng.random((matrices, 16, 16)),
    }  # fmt: skip
