"""Kind "chain": small networks for the chain rule, of sigmoids unless told otherwise; one example is taken apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from engine import scalar
from engine.experiment_spec import Table
from engine.layers import POINTWISE, Array
from engine.likelihood import CrossEntropy
from engine.losses import Loss, SquaredError
from engine.net import Net, dense
from engine.probes import each_example, example_over_steps, output_over_steps
from engine.recipe import Progress, Recipe
from engine.recorder import Training, full_row, record_training
from engine.runs import graphs
from engine.scalar import Node
from engine.trace_writer import TraceWriter
from engine.training_spec import TrainingSpec, read_start, read_training

SQUASHES = {"sigmoid": scalar.sigmoid, "tanh": scalar.hyperbolic, "relu": scalar.rectified}
LOSSES: dict[str, type[Loss]] = {"squared_error": SquaredError, "cross_entropy": CrossEntropy}
COSTS = {"squared_error": scalar.squared_error, "cross_entropy": scalar.cross_entropy}

MEANINGS = {
    **graphs.MEANINGS,
    **graphs.CURVE_MEANINGS,
    "inputs": "(examples, in) the training set's inputs a0, plain numbers",
    "targets": "(examples, out) the training set's targets y",
    "loss": "C as task.loss says, summed over the outputs, averaged over the training set, before this step's update",
    "output": "(examples, out) the network's outputs for the whole training set",
    "layers.*.weight": "(out, in) weights before this step's update; w_jk goes from neuron k to neuron j",
    "layers.*.bias": "(out,) biases before this step's update",
    "grads.*": "gradient of the mean loss by the parameter of that name, same shape",
    "example.loss": "C of the one example that is taken apart",
    "example.y": "(out,) its target",
    "example.a*": "(neurons,) its activations in that layer; a0 is the input",
    "example.z*": "(neurons,) its weighted sums in that layer, before the squashing of task.squashes",
    "example.slope*": "(neurons,) the squashing's slope at z in that layer; of the sigmoid a (1 - a)",
    "example.grad_a*": "(neurons,) dC/da in that layer for the one example",
    "example.grad_z*": "(neurons,) dC/dz in that layer for the one example",
    "example.paths*": "(to, from) dC/da_from along the path through each neuron 'to' of the next layer; columns add",
    "example.grads.*": "gradient of the one example's C by the parameter of that name, same shape",
    "per_example.loss": "(examples,) C of each training example at step 0",
    "per_example.grads": "(examples, parameters) each example's own gradient at step 0, ordered as task.parameters",
}


def prepare(table: Table) -> Recipe:
    """Check a chain experiment: layer sizes, start, training set, the example, nudges and training."""
    table.text("kind"), table.text("about", "")
    seed = table.integer("seed", 0)
    sizes = table.sizes("layers")
    if max(sizes) > 8 or len(sizes) > 6:
        raise table.wrong("layers", "a chain that can be read has at most 8 neurons in at most 6 layers")
    hidden = table.text("activation", "sigmoid", choices=SQUASHES)
    output = table.text("output", hidden, choices=SQUASHES)
    cost = table.text("loss", "squared_error", choices=LOSSES)
    if cost == "cross_entropy" and output != "sigmoid":
        raise table.wrong("loss", "cross_entropy needs outputs between 0 and 1: output must be sigmoid")
    squashes = [hidden] * (len(sizes) - 2) + [output]
    net = dense(sizes, hidden, output)
    read_start(table.table("start"), net, seed)
    data = table.table("data")
    inputs, targets = data.array("inputs", (None, sizes[0])), data.array("targets", (None, sizes[-1]))
    if len(inputs) != len(targets) or len(inputs) > 64:
        raise data.wrong("targets", "as many rows as inputs, at most 64")
    example = data.integer("example", low=0, high=len(inputs) - 1)
    data.done()
    nudge = table.table("nudge")
    delta, largest = nudge.number("delta", low=1e-9, high=10), nudge.number("largest", low=1e-9, high=10)
    leaf = nudge.text("leaf")
    nudge.done()
    training = read_training(table.table("training"), seed, len(inputs))
    table.done()
    root, leaves = expression(net, squashes, cost, inputs[example], targets[example])
    swept = {node.name: node for node in leaves}.get(leaf)
    if swept is None:
        raise nudge.wrong("leaf", f"{leaf!r} is not among {', '.join(node.name for node in leaves)}")
    constants = graphs.graph_constants(root, leaves, delta, swept, largest) | graphs.curve_constants(root, swept)
    recipe = _recipe(net, squashes, LOSSES[cost](), inputs, targets, example, constants, training)
    task = {
        "sizes": sizes, "squashes": squashes, "loss": cost, "example": example, "parameters": _parameter_names(net),
        "graph": graphs.graph_words(root),
    }  # fmt: skip
    return Recipe(recipe.record, {"task": task}, MEANINGS, derive=recipe.derive)


def _recipe(
    net: Net,
    squashes: Sequence[str],
    loss: Loss,
    inputs: Array,
    targets: Array,
    example: int,
    constants: Mapping[str, Array],
    spec: TrainingSpec,
) -> Recipe:
    start, layers = net.theta.copy(), [POINTWISE[name] for name in squashes]
    row, unpack = full_row(net, loss, with_data=False)

    def record(writer: TraceWriter, progress: Progress) -> None:
        net.theta[...] = start
        losses, grads = each_example(net, loss, inputs, targets)
        writer.constants({"inputs": inputs, "targets": targets, **constants})
        writer.constants({"per_example.loss": losses, "per_example.grads": grads})
        training = Training(net, loss, spec.make_optimizer(), inputs, targets, spec.batches(len(inputs)), spec.steps)
        record_training(writer, training, progress, rows={"step": (1, row)})

    def derive(stacked: Mapping[str, Array]) -> dict[str, Array]:
        arrays = unpack(stacked)
        taken_apart = example_over_steps(arrays, layers, loss, inputs[example], targets[example])
        return {**arrays, **taken_apart, "output": output_over_steps(net, arrays, inputs)}

    return Recipe(record, {}, MEANINGS, derive={"step": derive})


def expression(net: Net, squashes: Sequence[str], cost: str, x: Array, y: Array) -> tuple[Node, list[Node]]:
    """C of one example as a scalar graph, and its leaves w…, b… in the layers' order.

    Names carry the layer, then the neuron when there are several: ``w3``, ``a2``; ``w2_12`` goes from neuron 2
    to neuron 1 of layer 2 (counted from 1).
    """
    leaves: list[Node] = []
    weights = [net.params[f"layers.{2 * i}.weight"] for i in range(len(squashes))]
    wide = max(len(x), *(len(weight) for weight in weights)) > 1

    def indexed(kind: str, layer: int, *places: int) -> str:
        return f"{kind}{layer}_" + "".join(str(p + 1) for p in places) if wide else f"{kind}{layer}"

    a = [scalar.leaf(indexed("a", 0, k), float(v)) for k, v in enumerate(x)]
    for layer, (weight, squash) in enumerate(zip(weights, squashes, strict=True), 1):
        bias = net.params[f"layers.{2 * layer - 2}.bias"]
        following = []
        for j, row in enumerate(weight):
            w = [scalar.leaf(indexed("w", layer, j, k), float(value)) for k, value in enumerate(row)]
            b = scalar.leaf(indexed("b", layer, j), float(bias[j]))
            z = scalar.affine(indexed("z", layer, j), w, a, b)
            following.append(SQUASHES[squash](indexed("a", layer, j), z))
            leaves += [*w, b]
        a = following
    wanted = [scalar.leaf(f"y_{j + 1}" if len(y) > 1 else "y", float(v)) for j, v in enumerate(y)]
    return COSTS[cost]("C", a, wanted), leaves


def _parameter_names(net: Net) -> list[str]:
    """``layers.0.weight[j,k]`` and so on, one for each place of θ."""
    return [
        f"{name}[{','.join(str(i) for i in place)}]"
        for name, value in net.params.items()
        for place in np.ndindex(value.shape)
    ]
