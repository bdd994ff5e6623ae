"""The engine: steps against PyTorch's (recording on, one thread, float64), what recording costs, all traces cold."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from engine import experiments
from engine.datasets.digits import numbers, read_small
from engine.environment import one_blas_thread
from engine.layers import Array
from engine.losses import Loss, SoftmaxCrossEntropy, SquaredError
from engine.net import Net, dense, start_at_random
from engine.optim import SGD, Adam, Optimizer
from engine.recorder import full_row
from engine.sources import ROOT
from engine.trace import Trace
from engine.trace_writer import TraceWriter
from engine.train import Batches, in_order, shuffled, train

REPEATS = 7
BORN = """
import resource, sys
from engine import experiments
experiments.run(sys.argv[1], sys.argv[2])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def main() -> None:
    """Print every measurement with its goal."""
    with one_blas_thread(), tempfile.TemporaryDirectory() as scratch:
        _against_torch("cities4, one example a step, SGD", _cities(lambda: SGD(0.05)), Path(scratch), 1 / 5)
        _against_torch("cities4, one example a step, Adam", _cities(lambda: Adam(0.03)), Path(scratch), 1 / 5)
        _against_torch("digits, batch 32, SGD", _digits(), Path(scratch), 1 / 2)
        _reading(Path(scratch))
    _all_cold()


Setting = tuple[Callable[[], Net], Callable[[], Loss], Callable[[], Optimizer], Array, Array, Batches, int]


def _cities(optimizer: Callable[[], Optimizer]) -> Setting:
    rng = np.random.default_rng(0)
    inputs, targets = rng.normal(size=(20, 2)), np.eye(4)[np.arange(20) % 4]
    return lambda: dense([2, 4]), SoftmaxCrossEntropy, optimizer, inputs, targets, in_order(np.arange(20)), 2000


def _digits() -> Setting:
    digits = read_small(0)
    inputs, targets = numbers(digits.train), np.eye(10)[digits.train_labels]

    def net() -> Net:
        made = dense([784, 16, 16, 10], "sigmoid", "sigmoid")
        start_at_random(made, np.random.default_rng(0))
        return made

    return net, SquaredError, lambda: SGD(2.0), inputs, targets, shuffled(len(inputs), 32, 0), 600


def _against_torch(name: str, setting: Setting, scratch: Path, goal: float) -> None:
    make_net, make_loss, make_optimizer, inputs, targets, batches, steps = setting

    def ours(recording: bool) -> float:
        net, loss = make_net(), make_loss()
        # The digits' run keeps batches and losses at every step, and the whole of θ at a few.
        small = net.theta.size < 1000
        row, derive = full_row(net, loss)
        writer = TraceWriter(scratch / "t", "t", {}, {"*": "x"}, derive={"step": derive} if small else {})
        with writer if recording else _nothing():
            begin = time.perf_counter()
            for step in train(net, loss, make_optimizer(), inputs, targets, batches, steps):
                if recording:
                    kept: dict[str, Any] = row(step) if small else {"row": step.rows, "loss": step.loss}
                    writer.append("step", step.number, kept, copy=False)
                    writer.checkpoint()
            if recording:
                writer._flush()
            return (time.perf_counter() - begin) / steps

    bare, recorded = (min(ours(recording) for _ in range(REPEATS)) for recording in (False, True))
    share = (recorded - bare) / bare
    print(f"{name}: {recorded * 1e6:.0f} µs a step with recording; recording is {share:.0%} of the bare step (< 100 %)")
    theirs = _torch_step(setting)
    if theirs is None:
        print("  PyTorch is not installed: nothing to compare with")
    else:
        share, verdict = recorded / theirs, "reached" if recorded <= goal * theirs else "MISSED"
        print(f"  PyTorch eager {theirs * 1e6:.0f} µs, not recording: {share:.2f} of it (goal {goal:.2f}: {verdict})")


def _torch_step(setting: Setting) -> float | None:
    try:
        import torch
    except ImportError:
        return None
    make_net, make_loss, make_optimizer, inputs, targets, batches, steps = setting
    torch.set_num_threads(1)
    net, optimizer = make_net(), make_optimizer()
    parts: list[Any] = []
    for layer in net.layers:
        if layer.params:
            out, fan_in = layer.params["weight"].shape
            parts.append(torch.nn.Linear(fan_in, out, dtype=torch.float64))
        else:
            parts.append(torch.nn.Sigmoid())
    model = torch.nn.Sequential(*parts)
    kind = torch.optim.Adam if isinstance(optimizer, Adam) else torch.optim.SGD
    x, y = torch.tensor(inputs), torch.tensor(targets)
    cross = torch.nn.CrossEntropyLoss() if make_loss is SoftmaxCrossEntropy else None
    rows = [torch.tensor(batches(step)) for step in range(steps)]
    best = np.inf
    for _ in range(REPEATS):
        stepper = kind(model.parameters(), lr=1e-3)
        begin = time.perf_counter()
        for row in rows:
            stepper.zero_grad()
            output = model(x[row])
            loss = cross(output, y[row]) if cross else ((output - y[row]) ** 2).sum(1).mean()
            loss.backward()
            stepper.step()
        best = min(best, (time.perf_counter() - begin) / steps)
    return float(best)


def _reading(scratch: Path) -> None:
    trace = Trace.load(experiments.run("cities4", scratch).folder)
    names = ("layers.0.weight", "layers.0.bias", "probs", "loss", "x")
    begin = time.perf_counter()
    for step in trace.steps():
        for name in names:
            trace.at(name, int(step))
    each = (time.perf_counter() - begin) / len(trace.steps())
    print(f"reading a step of cities4 (5 arrays): {each * 1e3:.3f} ms (0.03 ms an array was measured as possible)")


def _all_cold() -> None:
    """Every experiment in a process of its own, two at a time; those that need another's trace come last."""
    with tempfile.TemporaryDirectory() as folder:
        first = [name for name in experiments.names() if not experiments.prepare(name).needs]
        last = [name for name in experiments.names() if name not in first]
        begin = time.perf_counter()
        with ThreadPoolExecutor(2) as pool:
            spent = list(pool.map(lambda name: _born(name, folder), sorted(first, key=lambda n: n != "tiny_lm")))
        spent += [_born(name, folder) for name in last]
        whole = time.perf_counter() - begin
    for name, seconds, memory in sorted(spent, key=lambda row: -row[1]):
        print(f"  {name}: {seconds:.1f} s, {memory} MB")
    most = max(memory for _, _, memory in spent)
    print(f"all {len(spent)} traces, cold, two at a time: {whole:.0f} s (goal 180); {most} MB at most (goal 1500)")


def _born(name: str, folder: str) -> tuple[str, float, int]:
    begin = time.perf_counter()
    command = [sys.executable, "-c", BORN, name, folder]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr[-500:]}")
    return name, time.perf_counter() - begin, int(done.stdout)


@contextmanager
def _nothing() -> Iterator[None]:
    yield


if __name__ == "__main__":
    main()
