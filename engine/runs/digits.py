"""Kind "digits": a network of sigmoids with squared error learns handwritten digits; its start is taken apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.datasets import mnist
from engine.datasets.digits import Digits, numbers, read_idx_folder, read_pictures, read_small
from engine.experiment_spec import Table
from engine.landscape import Landscape
from engine.layers import Array
from engine.losses import SquaredError
from engine.net import Net, dense
from engine.probes import in_pieces, sigmoid_example_over_steps
from engine.recipe import Progress, Recipe
from engine.recorder import Row, Training, record_training
from engine.runs import digits_apart
from engine.trace_writer import TraceWriter
from engine.train import Step
from engine.training_spec import TrainingSpec, read_start, read_training, snapshots

SHOWN = (
    2000  # at most so many training images travel in the trace, and the costs "over the training set" are over these
)
SHOWN_TESTS = 400
# Large, and a product of two arrays that are kept: left out of what is recorded of the example at each snapshot.
LEFT_OUT = ("example.a0", "example.grad_a0", "example.paths0", "example.grads.layers.0.weight")

MEANINGS = {
    "train.images": "(images, 28, 28) the first training images, ink 255 on 0; rows of the training set in order",
    "train.labels": "(images,) their digits",
    "test.images": "(images, 28, 28) the first test images, ink 255 on 0",
    "test.labels": "(images,) their digits",
    "test.output": "(images, 10) the trained network's outputs for them",
    "test.wrong": "(mistakes,) numbers of those it gets wrong",
    "test.accuracy": "share of all test images the trained network gets right, 0 to 1",
    "row": "(batch,) training rows of this step's batch",
    "loss": "cost of this step's batch before its update: mean over it of the sum of (a - y)^2",
    "layers.*.weight": "(out, in) weights before this step's update",
    "layers.*.bias": "(out,) biases before this step's update",
    "grads.*": "gradient of this step's batch by the parameter of that name, same shape",
    "cost": "mean cost over the shown training images before this step's update",
    "accuracy_train": "share of the shown training images it gets right, 0 to 1",
    "accuracy_test": "share of all test images it gets right, 0 to 1",
    **digits_apart.MEANINGS,
}


@dataclass(frozen=True, slots=True)
class DigitTask:
    """Digits as numbers, and the network that shall read them."""

    digits: Digits
    net: Net
    sizes: list[int]

    @property
    def shown(self) -> Landscape:
        """The network on the training images that travel in the trace."""
        images, labels = self.digits.train[:SHOWN], self.digits.train_labels[:SHOWN]
        return Landscape(self.net, SquaredError(), numbers(images), np.eye(10)[labels])

    def words(self) -> dict[str, Any]:
        """The manifest's task."""
        return {
            "classes": [str(d) for d in range(10)], "source": self.digits.source, "sizes": self.sizes,
            "train": len(self.digits.train), "test": len(self.digits.test), "shown": min(SHOWN, len(self.digits.train)),
            "layout": [[name, list(value.shape)] for name, value in self.net.params.items()],
        }  # fmt: skip


def prepare(table: Table) -> Recipe:
    """Check a digits experiment. Which training table holds depends on whether MNIST is there."""
    table.text("kind"), table.text("about", "")
    seed = table.integer("seed", 0)
    sizes = read_sizes(table)
    pictures = table.integer("snapshots", low=2, high=200)
    source, data, folder = read_source(table)
    net = dense(sizes, "sigmoid", "sigmoid")
    read_start(table.table("start"), net, seed)
    trainings = {
        name: read_training(table.table(name), seed) for name in ("training", "training_mnist") if name in table
    }
    if "training" not in trainings:
        raise table.wrong("training", "missing")
    table.done()
    spec = trainings.get("training_mnist", trainings["training"]) if source == "mnist" else trainings["training"]
    start = net.theta.copy()

    def record(writer: TraceWriter, progress: Progress) -> None:
        net.theta[...] = start
        task = DigitTask(read_digits(source, folder, seed), net, sizes)
        _record(task, spec, pictures, writer, progress)
        writer.manifest["task"] = task.words()

    return Recipe(record, {}, MEANINGS, data, {"snapshot": _name_example(net, len(sizes) - 1)})


def read_sizes(table: Table) -> list[int]:
    """The ``layers`` of a digits network: from 784 pixels to 10 digits."""
    sizes = table.sizes("layers")
    if (sizes[0], sizes[-1]) != (784, 10):
        raise table.wrong("layers", "must start with 784 pixels and end with 10 digits")
    return sizes


def read_source(table: Table) -> tuple[str, tuple[Path, ...], Path]:
    """Where the digits come from ("small", "mnist", "idx" or "pictures"), the files, and their folder.

    ``source = "auto"`` means MNIST when its four files lie in data/mnist, else scikit-learn's digits.
    """
    data = table.table("data")
    source = data.text("source", "auto", choices=("auto", "small", "mnist", "idx", "pictures"))
    folder = mnist.FOLDER
    if source in ("idx", "pictures"):
        folder = data.place("folder")
    found = mnist.files(folder) if source in ("auto", "mnist", "idx") else None
    if source == "auto":
        source = "mnist" if found else "small"
    if source in ("mnist", "idx") and not found:
        raise data.wrong("source", f"{folder} lacks {', '.join(mnist.FILES)} (.gz or not)")
    if source == "pictures":
        found = tuple(sorted(folder.glob("[0-9]/*.png")))
        if not found:
            raise data.wrong("folder", f"{folder}: no PNG files in folders 0 to 9")
    data.done()
    return source, found or (), folder


def read_digits(source: str, folder: Path, seed: int) -> Digits:
    """The digits of a source that read_source found."""
    if source == "small":
        return read_small(seed)
    return read_pictures(folder, seed) if source == "pictures" else read_idx_folder(folder)


def _record(task: DigitTask, spec: TrainingSpec, pictures: int, writer: TraceWriter, progress: Progress) -> None:
    digits, net, shown = task.digits, task.net, task.shown
    writer.constants({"train.images": digits.train[:SHOWN], "train.labels": digits.train_labels[:SHOWN]})
    writer.constants({"test.images": digits.test[:SHOWN_TESTS], "test.labels": digits.test_labels[:SHOWN_TESTS]})
    writer.constants(digits_apart.taken_apart(shown, digits.train_labels[:SHOWN]))
    inputs, targets = numbers(digits.train), np.eye(10)[digits.train_labels]
    tests = numbers(digits.test)
    training = Training(
        net, SquaredError(), spec.make_optimizer(), inputs, targets, spec.batches(len(inputs)), spec.steps,
        schedule=spec.schedule,
    )  # fmt: skip
    writer.constants(digits_apart.first_batch(net, digits, spec.batches(len(inputs))(0)))
    rows: dict[str, tuple[int | frozenset[int], Row]] = {
        "step": (1, lambda step: {"row": step.rows, "loss": step.loss}),
        "snapshot": (snapshots(spec.steps, pictures), _snapshot(shown, tests, digits.test_labels)),
    }
    record_training(writer, training, progress, rows=rows)
    output = in_pieces(net, tests)
    wrong = np.flatnonzero(output.argmax(1) != digits.test_labels)
    writer.constants({"test.output": output[:SHOWN_TESTS], "test.wrong": wrong[wrong < SHOWN_TESTS]})
    writer.constants({"test.accuracy": 1 - len(wrong) / len(tests)})


def _snapshot(shown: Landscape, tests: Array, test_labels: NDArray[np.int64]) -> Row:
    """θ and its gradient of the batch, and how the network stands as a whole. Forgets no layer's memory it needs."""
    net = shown.net
    labels = shown.targets.argmax(1)
    example = digits_apart.typical(shown, labels)

    def row(step: Step) -> dict[str, Any]:
        gradient, output = net.gradient.copy(), in_pieces(net, shown.inputs)
        return {
            "theta": net.theta.copy(),
            "gradient": gradient,
            "cost": np.square(output - shown.targets).sum(1).mean(),
            "accuracy_train": np.mean(output.argmax(1) == labels),
            "accuracy_test": np.mean(in_pieces(net, tests).argmax(1) == test_labels),
            "x": shown.inputs[example],
            "y": shown.targets[example],
        }

    return row


def _name_example(net: Net, layers: int) -> Any:
    """Give parameters their names, and take the one example apart at every snapshot of a chunk at once."""

    def derive(stacked: Mapping[str, Array]) -> dict[str, Array]:
        arrays = {name: value for name, value in stacked.items() if name not in ("theta", "gradient", "x", "y")}
        named = net.named(stacked["theta"])
        apart = sigmoid_example_over_steps(named, layers, stacked["x"][0], stacked["y"][0])
        arrays.update(named)
        arrays.update({f"grads.{name}": value for name, value in net.named(stacked["gradient"]).items()})
        arrays.update({name: value for name, value in apart.items() if name not in LEFT_OUT})
        return arrays

    return derive
