"""The small transformer's optimizer step against PyTorch eager: float64, one thread, full batch, side by side."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np

from engine.datasets.prompts import load_prompts
from engine.environment import one_blas_thread
from engine.optim import AdamW
from engine.runs.language import build
from engine.transformer import NextWord

ROUNDS = 5
GOAL = 1.5  # at most this many times PyTorch's step


def main() -> None:
    """Print both steps' times and their ratio, and whether the losses agree."""
    try:
        import torch
    except ImportError:
        print("tiny_lm: left out, PyTorch (extra llm) is not installed")
        return
    from bench.twin import Twin

    torch.set_num_threads(1)
    net, sentences = build(load_prompts(), 64, 4, 6, seed=3, only_last=False)
    twin, loss, ours = Twin(net), NextWord(), AdamW(0.003)
    theirs = torch.optim.AdamW(twin.parameters(), lr=0.003)
    inputs, following = sentences.inputs, sentences.following
    losses: dict[str, float] = {}

    def step_ours() -> None:
        losses["engine"] = loss.forward(net.forward(inputs), following)
        net.backward(loss.backward())
        ours.step([("theta", net.theta, net.gradient)])

    def step_theirs() -> None:
        value = twin.loss(inputs, following)
        theirs.zero_grad()
        value.backward()
        theirs.step()
        losses["PyTorch"] = value.item()

    with one_blas_thread():
        times = side_by_side({"engine": step_ours, "PyTorch": step_theirs})
    ratio = times["engine"] / times["PyTorch"]
    for name, seconds in times.items():
        print(f"tiny_lm  {name:8} {seconds * 1000:7.1f} ms a step   loss {losses[name]:.12f}")
    print(f"tiny_lm  ratio    {ratio:7.2f} (goal {GOAL}; ours packs the prompts, PyTorch's are padded as usual)")
    apart = abs(losses["engine"] - losses["PyTorch"])
    print(f"tiny_lm  losses apart after {ROUNDS + 1} steps: {apart:.1e}")


def side_by_side(steps: dict[str, Callable[[], None]]) -> dict[str, float]:
    """Median seconds of each step, taken in turns so that a busy machine slows all alike."""
    taken: dict[str, list[float]] = {name: [] for name in steps}
    for number in range(ROUNDS + 1):
        for name, step in steps.items():
            start = time.perf_counter()
            step()
            if number:  # the first one warms up
                taken[name].append(time.perf_counter() - start)
    return {name: float(np.round(statistics.median(values), 6)) for name, values in taken.items()}


if __name__ == "__main__":
    main()
