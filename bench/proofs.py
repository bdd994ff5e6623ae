"""Every backward pass against three referees: `python -m bench.proofs > docs/proofs.md` makes the table.

Referees: central differences (fourth order), HIPS autograd, and PyTorch where it is installed. Each referee's formula
is written once, in operations that autograd and PyTorch both have, and never looks into the engine.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import numpy as np

from engine.attention import MLP, Block, CausalSelfAttention, Embedding, LayerNorm, Residual
from engine.layers import POINTWISE, Layer, Linear
from engine.losses import LOSSES
from engine.net import dense, start_at_random
from engine.transformer import NextWord, Transformer

Formula = Callable[[Any, dict[str, Any], Any], Any]  # operations, parameters by name, x -> y
GOALS = {"central differences": 1e-7, "autograd": 1e-12, "PyTorch": 1e-10}


@dataclass(slots=True)
class Case:
    """Something with a backward pass: ``run`` gives a number and fills ``found``; ``formula`` is the referee's."""

    name: str
    run: Callable[[], float]
    found: Callable[[], dict[str, np.ndarray]]  # name -> gradient, after run
    values: dict[str, np.ndarray]  # the same names -> the live arrays
    formula: Callable[[Any, dict[str, Any]], Any]


USED = {"numpy": "NumPy", "autograd": "autograd", "torch": "PyTorch"}
HEAD = """# Proofs of the backward passes

Made by `python -m bench.proofs > docs/proofs.md`. Each number is the largest difference between our gradient
and the referee's, over the referee's largest component, in float64, for parameters and inputs together.
"""
TAIL = """The suite asks the first two again over random shapes: `tests/test_layers.py`, `test_losses.py`,
`test_net.py`, `test_attention.py`, `test_transformer.py`."""


# -- the referees' operations -------------------------------------------------------------------------


def autograd_operations() -> SimpleNamespace:
    """What the formulas need, in HIPS autograd."""
    import autograd.numpy as anp
    from autograd.scipy.special import erf

    return SimpleNamespace(
        exp=anp.exp, log=anp.log, tanh=anp.tanh, sin=anp.sin, sqrt=anp.sqrt, erf=erf,
        relu=lambda x: anp.maximum(x, 0.0), total=lambda x: anp.sum(x, -1, keepdims=True), sum=anp.sum,
        swap=lambda x: anp.swapaxes(x, -1, -2), permute=anp.transpose, constant=lambda a: a,
    )  # fmt: skip


def torch_operations(torch: Any) -> SimpleNamespace:
    """What the formulas need, in PyTorch."""
    return SimpleNamespace(
        exp=torch.exp, log=torch.log, tanh=torch.tanh, sin=torch.sin, sqrt=torch.sqrt, erf=torch.erf,
        relu=torch.relu, total=lambda x: x.sum(-1, keepdim=True), sum=torch.sum,
        swap=lambda x: x.transpose(-1, -2), permute=lambda x, axes: x.permute(axes), constant=torch.tensor,
    )  # fmt: skip


# -- the referees' formulas ---------------------------------------------------------------------------

SHAPES: dict[str, Callable[[Any, Any], Any]] = {
    "sigmoid": lambda o, x: 1 / (1 + o.exp(-x)),
    "tanh": lambda o, x: o.tanh(x),
    "relu": lambda o, x: o.relu(x),
    "gelu": lambda o, x: x * (1 + o.erf(x / 2**0.5)) / 2,
    "silu": lambda o, x: x / (1 + o.exp(-x)),
    "sine": lambda o, x: o.sin(x),
}


def pointwise(shape: Callable[[Any, Any], Any]) -> Callable[[Any, Any, Any], Any]:
    """The same as the formula of a layer without parameters."""
    return lambda o, p, x: shape(o, x)


def linear(o: Any, p: dict[str, Any], x: Any, at: str = "") -> Any:
    """x Wᵀ + b."""
    return x @ o.swap(p[f"{at}weight"]) + p[f"{at}bias"]


def norm(o: Any, p: dict[str, Any], x: Any, at: str = "") -> Any:
    """LayerNorm, ε = 1e-5."""
    x = x - o.total(x) / x.shape[-1]
    return x / o.sqrt(o.total(x * x) / x.shape[-1] + 1e-5) * p[f"{at}weight"] + p[f"{at}bias"]


def attention(o: Any, p: dict[str, Any], x: Any, heads: int, at: str = "") -> Any:
    """softmax(Q Kᵀ/√d + mask) V for every head, then mixed by a Linear."""
    batch, length, width = x.shape

    def split(name: str) -> Any:
        return o.permute(linear(o, p, x, f"{at}{name}.").reshape(batch, length, heads, width // heads), (0, 2, 1, 3))

    scores = split("query") @ o.swap(split("key")) / (width // heads) ** 0.5
    e = o.exp(scores + o.constant(np.triu(np.full((length, length), -1e30), 1)))
    mixed = o.permute(e / o.total(e) @ split("value"), (0, 2, 1, 3)).reshape(batch, length, width)
    return linear(o, p, mixed, f"{at}out.")


def mlp(o: Any, p: dict[str, Any], x: Any, at: str = "") -> Any:
    """x + W₂ silu(W₁ norm(x))."""
    return x + linear(o, p, SHAPES["silu"](o, linear(o, p, norm(o, p, x, f"{at}norm."), f"{at}up.")), f"{at}down.")


def block(o: Any, p: dict[str, Any], x: Any, heads: int, at: str = "") -> Any:
    """x + attention(norm x), then the same with an MLP of SiLU."""
    x = x + attention(o, p, norm(o, p, x, f"{at}attention.norm."), heads, f"{at}attention.")
    return mlp(o, p, x, f"{at}mlp.")


def sentence_loss(o: Any, p: dict[str, Any], words: list[int], blocks: int, heads: int) -> Any:
    """Sum of -ln of the probabilities of each word of a sentence after those before it."""
    read, following = np.array(words[:-1]), np.array(words[1:])
    x = (p["layers.0.words"][read] + p["layers.0.positions"][: len(read)]).reshape(1, len(read), -1)
    for number in range(1, blocks + 1):
        x = block(o, p, x, heads, f"layers.{number}.")
    h = linear(o, p, norm(o, p, x, f"layers.{blocks + 1}."), f"layers.{blocks + 2}.")[0]
    return o.sum(o.log(o.total(o.exp(h)))) - o.sum(h[np.arange(len(read)), following])


def loss_formula(o: Any, name: str, h: Any, y: np.ndarray) -> Any:
    """The loss called ``name``, averaged over the rows."""
    target = o.constant(y)
    if name == "squared_error":
        return o.sum((h - target) ** 2) / len(y)
    return o.sum(o.log(o.total(o.exp(h))) - o.total(h * target)) / len(y)


# -- the cases ----------------------------------------------------------------------------------------


def layer_case(name: str, layer: Layer, x: np.ndarray, formula: Formula, rng: np.random.Generator) -> Case:
    """Σ c·y for fixed random c, whose gradient is what ``backward(c)`` gives."""
    slots = [(slot.removeprefix("."), owner, key) for slot, owner, key in layer.walk("")]
    for _, owner, key in slots:
        owner.params[key][...] = rng.normal(0, 0.7, owner.params[key].shape)
    c = rng.normal(size=layer.forward(x).shape)
    seen: dict[str, np.ndarray] = {}

    def run() -> float:
        return float((c * layer.forward(x)).sum())

    def found() -> dict[str, np.ndarray]:
        run()
        seen["x"] = layer.backward(c)
        return {**seen, **{slot: owner.grads[key].copy() for slot, owner, key in slots}}

    values = {"x": x, **{slot: owner.params[key] for slot, owner, key in slots}}
    return Case(name, run, found, values, lambda o, p: o.sum(o.constant(c) * formula(o, p, p["x"])))


def net_case(
    name: str, sizes: list[int], between: str | None, last: str | None, loss: str, rng: np.random.Generator
) -> Case:
    """A whole dense network with its loss."""
    net, judge = dense(sizes, between, last), LOSSES[loss]()
    start_at_random(net, rng, 1.3, 0.5)
    x, y = rng.normal(size=(5, sizes[0])), rng.dirichlet(np.ones(sizes[-1]), 5)

    def formula(o: Any, p: dict[str, Any]) -> Any:
        h, layers = p["x"], [n[: -len(".weight")] for n in p if n.endswith(".weight")]
        for i, layer in enumerate(layers):
            h = linear(o, p, h, f"{layer}.")
            kind = last if i == len(layers) - 1 else between
            h = SHAPES[kind](o, h) if kind else h
        return loss_formula(o, loss, h, y)

    def found() -> dict[str, np.ndarray]:
        judge.forward(net.forward(x), y)
        dx = net.backward(judge.backward())
        return {"x": dx, **{n: g.copy() for n, g in net.grads.items()}}

    return Case(name, lambda: judge.forward(net.forward(x), y), found, {"x": x, **net.params}, formula)


def embedding_case(rng: np.random.Generator) -> Case:
    """Words and places looked up, some words more than once: only parameters have gradients."""
    layer = Embedding(rng.normal(size=(6, 4)), rng.normal(size=(5, 4)))
    words, c = np.array([[1, 1, 4], [0, 1, 2]]), rng.normal(size=(2, 3, 4))

    def found() -> dict[str, np.ndarray]:
        layer.forward(words)
        layer.backward(c)
        return {name: gradient.copy() for name, gradient in layer.grads.items()}

    def formula(o: Any, p: dict[str, Any]) -> Any:
        return o.sum(o.constant(c) * (p["words"][words] + p["positions"][:3]))

    return Case("Embedding", lambda: float((c * layer.forward(words)).sum()), found, dict(layer.params), formula)


def transformer_case(rng: np.random.Generator) -> Case:
    """The whole transformer with its loss, on three sentences of different lengths."""
    net, judge = Transformer(words=10, longest=5, width=8, heads=2, blocks=2, rng=rng), NextWord()
    net.theta += rng.normal(0, 0.3, net.theta.shape)
    sentences = [[3, 1, 4, 1, 5, 9], [9, 2, 6, 5], [5, 3]]
    x, y = (np.full((3, 5), -1) for _ in range(2))
    for row, words in enumerate(sentences):
        x[row, : len(words) - 1], y[row, : len(words) - 1] = words[:-1], words[1:]

    def formula(o: Any, p: dict[str, Any]) -> Any:
        return sum(sentence_loss(o, p, words, 2, 2) for words in sentences) / int((y >= 0).sum())

    def found() -> dict[str, np.ndarray]:
        judge.forward(net.forward(x), y)
        net.backward(judge.backward())
        return {name: gradient.copy() for name, gradient in net.grads.items()}

    return Case("whole transformer, 2 blocks", lambda: judge.forward(net.forward(x), y), found, net.params, formula)


def cases() -> list[Case]:
    """Everything that is proven, with fixed random numbers."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, 5))
    found = [layer_case("Linear", Linear(np.zeros((3, 5)), np.zeros(3)), x.copy(), linear, rng)]
    for name, kind in POINTWISE.items():
        found.append(layer_case(kind.__name__, kind(), 2 * x, pointwise(SHAPES[name]), rng))
    found.append(embedding_case(rng))
    words = rng.normal(size=(2, 5, 6))
    found.append(layer_case("LayerNorm", LayerNorm(6), words.copy(), norm, rng))
    heads = CausalSelfAttention(6, 2, rng)
    found.append(layer_case("causal self-attention", heads, words.copy(), lambda o, p, v: attention(o, p, v, 2), rng))
    correction = Residual(LayerNorm(6), MLP(6, 9, rng))
    found.append(layer_case("MLP in its residual block", correction, words.copy(), mlp, rng))
    whole = Block(6, 2, rng)
    found.append(layer_case("transformer block", whole, words.copy(), lambda o, p, v: block(o, p, v, 2), rng))
    for name in LOSSES:
        found.append(net_case(name.replace("_", " "), [5, 4], None, None, name, rng))
    found += [
        net_case("the cities' net, 2-4", [2, 4], None, None, "softmax_cross_entropy", rng),
        net_case("the chain, 1-1-1-1", [1, 1, 1, 1], "sigmoid", "sigmoid", "squared_error", rng),
        net_case("the digits' net, small: 9-16-16-10", [9, 16, 16, 10], "sigmoid", "sigmoid", "squared_error", rng),
        net_case("the border's net, 2-16-16-16-16-2", [2, *[16] * 4, 2], "relu", None, "softmax_cross_entropy", rng),
        transformer_case(rng),
    ]
    return found


# -- the verdicts -------------------------------------------------------------------------------------


def by_differences(case: Case, nudge: float = 1e-4) -> dict[str, np.ndarray]:
    """Central differences of fourth order, one number at a time."""
    slopes = {}
    for name, array in case.values.items():
        slope = slopes[name] = np.empty_like(array)
        for place in np.ndindex(array.shape):
            old, values = array[place], []
            for factor in (-2, -1, 1, 2):
                array[place] = old + factor * nudge
                values.append(case.run())
            array[place] = old
            slope[place] = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * nudge)
    return slopes


def by_autograd(case: Case) -> dict[str, np.ndarray]:
    """HIPS autograd's gradients of the formula."""
    from autograd import grad

    operations = autograd_operations()
    return grad(lambda p: case.formula(operations, p))({n: v.copy() for n, v in case.values.items()})


def by_torch(case: Case) -> dict[str, np.ndarray] | None:
    """PyTorch's, in float64; None where it is not installed."""
    try:
        import torch
    except ImportError:
        return None
    values = {n: torch.tensor(v, requires_grad=True) for n, v in case.values.items()}
    case.formula(torch_operations(torch), values).backward()
    return {n: v.grad.numpy() for n, v in values.items()}


def miss(found: dict[str, np.ndarray], referee: dict[str, np.ndarray] | None) -> float | None:
    """Largest difference over the largest component of the whole gradient."""
    if referee is None:
        return None
    scale = max(np.abs(value).max() for value in referee.values())
    return float(max(np.abs(found[name] - referee[name]).max() for name in referee) / scale)


def rows() -> list[tuple[str, list[float | None]]]:
    """(name, miss against each referee in the order of GOALS)."""
    table: list[tuple[str, list[float | None]]] = []
    for case in cases():
        found = case.found()
        referees = (by_differences(case), by_autograd(case), by_torch(case))
        table.append((case.name, [miss(found, referee) for referee in referees]))
    return table


def main() -> int:
    """Print docs/proofs.md; 1 when a referee disagrees."""
    table, bad = rows(), 0
    print(HEAD)
    print("| what | " + " | ".join(f"{name}, at most {goal:.0e}" for name, goal in GOALS.items()) + " |")
    print("|---|" + "---|" * len(GOALS))
    for name, misses in table:
        cells = []
        for value, goal in zip(misses, GOALS.values(), strict=True):
            wrong = value is not None and not value <= goal
            bad += wrong
            cells.append("–" if value is None else f"**{value:.1e}**" if wrong else f"{value:.1e}")
        print(f"| {name} | {' | '.join(cells)} |")
    used = ", ".join(f"{shown} {_version(name)}" for name, shown in USED.items())
    print(f"\n{used}. A dash: not there.\n{TAIL}")
    return 1 if bad else 0


def _version(name: str) -> str:
    try:
        return version(name).split("+")[0]
    except ImportError:
        return "not installed"


if __name__ == "__main__":
    sys.exit(main())
