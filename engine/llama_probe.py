"""A Llama checkpoint opened up with hooks: states, patterns, gradients pooled and freed one by one. Writes no file.

The only file besides llama.py that knows torch, and only inside functions: without the extra ``llm`` it imports too.
Gradients of whole matrices never pile up: a hook pools each as soon as it is finished and lets it go. The embedding's
rows are cut off from the graph, so its table gets no gradient of its own beside the unembedding's, which it may share.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from engine.language import UNEMBED, Matrix, square, top_guesses
from engine.layers import Array
from engine.pooling import counts, starts, threshold

ROLES: Final = {
    "q_proj": "query", "k_proj": "key", "v_proj": "value", "o_proj": "out", "gate_proj": "gate", "up_proj": "up",
    "down_proj": "down",
}  # fmt: skip


@dataclass(slots=True)
class Pooled:
    """What is left of the gradients of one backward pass: grids and lengths by name, and the whole length squared."""

    grids: dict[str, Array] = field(default_factory=dict)
    norms: dict[str, float] = field(default_factory=dict)
    square: float = 0.0


class LlamaProbe:
    """A causal language model of Llama's build, and what the recorder asks of it. All answers are NumPy arrays."""

    def __init__(self, model: Any) -> None:
        self.model = model.train(False)
        self.core, self.head = model.model, model.lm_head
        modules = {id(parameter): name for name, parameter in model.named_parameters()}
        self.parameters: dict[str, Any] = {}
        self.linears: dict[str, Any] = {}
        self.matrices: list[Matrix] = []
        for block, layer in enumerate(self.core.layers):
            for room in (layer.self_attn, layer.mlp):
                for short, linear in room.named_children():
                    if short in ROLES:
                        self._draw(modules[id(linear.weight)], linear, block, ROLES[short])
        self._draw("lm_head.weight", self.head, -1, UNEMBED)

    def _draw(self, name: str, linear: Any, block: int, role: str) -> None:
        self.parameters[name], self.linears[name] = linear.weight, linear
        self.matrices.append(Matrix(name, tuple(linear.weight.shape), block, role))

    def embed(self, ids: Sequence[int]) -> Any:
        """Rows of word numbers as a leaf of the graph: (1, length, width)."""
        import torch

        with torch.no_grad():
            rows = self.core.embed_tokens(torch.tensor([list(ids)]))
        return rows.detach()

    def run(self, rows: Any, mask: Any = None) -> tuple[list[Any], list[Any]]:
        """Tensors of all states (sentences, length, width) and all patterns (sentences, heads, length, length)."""
        states, patterns = [rows], []

        def keep_state(module: Any, inputs: Any, output: Any) -> None:
            states.append(output[0] if isinstance(output, tuple) else output)

        def keep_pattern(module: Any, inputs: Any, output: Any) -> None:
            patterns.append(output[1])

        hooks = [layer.register_forward_hook(keep_state) for layer in self.core.layers]
        hooks += [layer.self_attn.register_forward_hook(keep_pattern) for layer in self.core.layers]
        try:
            self.core(inputs_embeds=rows, attention_mask=mask, use_cache=False)
        finally:
            for hook in hooks:
                hook.remove()
        return states, patterns

    def scores(self, states: Any) -> Any:
        """Scores (..., vocabulary), float32, of states (..., width) through the model's own norm and unembedding."""
        return self.head(self.core.norm(states)).float()

    def last_states(self, ids: Sequence[int]) -> Array:
        """States of a prompt's last word: (layers + 1, width), float32."""
        import torch

        with torch.no_grad():
            states, _ = self.run(self.embed(ids))
            return _numpy(torch.stack([state[0, -1] for state in states]))

    def lens(self, states: Array, class_tokens: np.ndarray) -> dict[str, np.ndarray]:
        """Guesses from states (rows, width): ``guess_ids``, ``guess_probs``, ``class_probs`` and ``similarity``."""
        import torch

        with torch.no_grad():
            rows = torch.from_numpy(states).to(self.head.weight.dtype)
            guesses = top_guesses(_numpy(self.scores(rows)).astype(np.float64), class_tokens)
            normed = _numpy(self.core.norm(rows))
            vectors = _numpy(self.head.weight[torch.from_numpy(class_tokens)])
        lengths = np.linalg.norm(normed, axis=-1)[:, None] * np.linalg.norm(vectors, axis=-1)
        return guesses | {"similarity": normed @ vectors.T / lengths}

    def prompt_row(self, ids: Sequence[int], answer: int, class_tokens: np.ndarray, longest: int) -> dict[str, Any]:
        """Everything ``shown.*`` about one prompt: the same keys as engine.language records."""
        rows = self.embed(ids).requires_grad_(True)
        with self._inputs() as inputs, self.gradients() as pooled:
            states, patterns = self.run(rows)
            for tensor in (*states[1:], *patterns):
                tensor.retain_grad()
            loss = _cross_entropy(self.scores(states[-1][:, -1]), [answer])
            loss.backward()
        slopes = np.stack([_numpy(state.grad[0]) for state in states])
        missing = longest - len(ids)
        flow = np.array([_pool_flow(linear.weight, inputs[name]) for name, linear in self.linears.items()])
        grads = np.array([pooled.grids[name] for name in self.parameters])
        last = np.stack([_numpy(state[0, -1]) for state in states])
        row = {
            "loss": float(loss.item()),
            "attention": square([_numpy(pattern[0]) for pattern in patterns], longest),
            "attention_grads": square([_numpy(pattern.grad[0]) for pattern in patterns], longest),
            "states": last,
            "states_grads": slopes[:, -1],
            "blame": np.pad(np.linalg.norm(slopes, axis=-1), ((0, 0), (0, missing))),
            "decides": np.pad(self._deciding(rows, answer) - float(loss.item()), (0, missing)),
            "flow": flow,
            "grads": grads,
            "grad_norms": np.array([pooled.norms[name] for name in self.parameters]),
            "thresholds": np.array([threshold(flow), threshold(grads)]),
        }
        return row | self.lens(last, class_tokens)

    def batch(
        self, prompts: Sequence[Sequence[int]], answers: Sequence[int], rate: float | None = None
    ) -> tuple[float, float, Pooled]:
        """Mean loss of the prompts' next words, share guessed right, and its gradient, pooled.

        With ``rate`` every parameter takes one plain gradient step θ ← θ − rate · g the moment its gradient is known.
        """
        import torch

        longest = max(len(ids) for ids in prompts)
        rows = torch.cat([self.embed([*ids, *([0] * (longest - len(ids)))]) for ids in prompts])
        mask = torch.tensor([[1] * len(ids) + [0] * (longest - len(ids)) for ids in prompts])
        last = torch.tensor([len(ids) - 1 for ids in prompts])
        with self.gradients(rate) as pooled:
            states, _ = self.run(rows.requires_grad_(True), mask)
            scores = self.scores(states[-1][torch.arange(len(prompts)), last])
            loss = _cross_entropy(scores, answers)
            loss.backward()
        right = (scores.argmax(-1) == torch.tensor(answers)).float().mean()
        return float(loss.item()), float(right.item()), pooled

    @contextmanager
    def gradients(self, rate: float | None = None) -> Iterator[Pooled]:
        """While open, every parameter's gradient is pooled (and stepped along) when finished, then freed."""
        pooled, names = Pooled(), {id(parameter): name for name, parameter in self.parameters.items()}

        def finished(parameter: Any) -> None:
            gradient = parameter.grad
            norm = float(gradient.float().norm().item()) if gradient.ndim < 2 else _length(gradient)
            pooled.square += norm * norm
            if id(parameter) in names:
                name = names[id(parameter)]
                pooled.grids[name], pooled.norms[name] = pool_tensor(gradient), norm
            if rate is not None:
                parameter.data.add_(gradient, alpha=-rate)
            parameter.grad = None

        hooks = [parameter.register_post_accumulate_grad_hook(finished) for parameter in self.model.parameters()]
        try:
            yield pooled
        finally:
            for hook in hooks:
                hook.remove()
            for parameter in self.model.parameters():
                parameter.grad = None

    @contextmanager
    def _inputs(self) -> Iterator[dict[str, Array]]:
        """While open, remembers what each drawn matrix was given at the last word: (in,)."""
        found: dict[str, Array] = {}

        def keep(name: str) -> Any:
            def hook(module: Any, inputs: Any) -> None:
                found[name] = _numpy(inputs[0].reshape(-1, inputs[0].shape[-1])[-1])

            return hook

        hooks = [linear.register_forward_pre_hook(keep(name)) for name, linear in self.linears.items()]
        try:
            yield found
        finally:
            for hook in hooks:
                hook.remove()

    def _deciding(self, rows: Any, answer: int) -> Array:
        """Losses when one word's vector at a time is replaced by the mean of all words' vectors: (length,)."""
        import torch

        losses = []
        with torch.no_grad():
            mean = self.core.embed_tokens.weight.mean(0, dtype=torch.float32).to(rows.dtype)
            for word in range(rows.shape[1]):
                hidden = rows.detach().clone()
                hidden[0, word] = mean
                states, _ = self.run(hidden)
                losses.append(_cross_entropy(self.scores(states[-1][:, -1]), [answer]).item())
        return np.array(losses)


def pool_tensor(matrix: Any) -> Array:
    """As engine.pooling.pool, a sixteenth of the matrix at a time: (rows, columns) to (16, 16)."""
    rows, columns = matrix.shape
    strips = [_numpy(matrix[first : first + count].abs().float().mean(0)) for first, count in _blocks(rows)]
    return np.add.reduceat(np.stack(strips).astype(np.float64), starts(columns), axis=1) / counts(columns)


def _pool_flow(weight: Any, x: Array) -> Array:
    """As engine.pooling.pool_flow, a sixteenth of the weights at a time."""
    rows, columns = weight.shape
    strips = [_numpy(weight[first : first + count].abs().float().mean(0)) for first, count in _blocks(rows)]
    return np.add.reduceat(np.stack(strips) * np.abs(x.astype(np.float64)), starts(columns), axis=1) / counts(columns)


def _blocks(size: int) -> list[tuple[int, int]]:
    return list(zip(starts(size).tolist(), counts(size).tolist(), strict=True))


def _length(matrix: Any) -> float:
    """A matrix's length, a sixteenth of it at a time; sides shorter than 16 at once."""
    if len(matrix) < 16:
        return float(matrix.float().norm().item())
    return float(np.sqrt(sum(matrix[i : i + n].float().norm().item() ** 2 for i, n in _blocks(len(matrix)))))


def _cross_entropy(scores: Any, answers: Sequence[int]) -> Any:
    import torch

    return torch.nn.functional.cross_entropy(scores, torch.tensor(list(answers)))


def _numpy(tensor: Any) -> Array:
    return tensor.detach().float().numpy()
