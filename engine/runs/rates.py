"""Kind "rates": gradient descent on landscapes that can be drawn: a valley, a bowl with three rates, an ugly one.

valley   the three-city model with all parameters but two held where the cities' own run left them
rates    one neuron without activation that leans a line through the cities; only its slope m is trained
ugly     one neuron with a sine for its activation, asked to repeat a sine: many valleys, one of them right
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.datasets.cities import CITIES
from engine.experiment_spec import MAX_STEPS, Table, read_toml
from engine.landscape import Landscape
from engine.layers import Array, Linear, Sine
from engine.losses import SoftmaxCrossEntropy, SquaredError
from engine.net import Net
from engine.optim import SGD
from engine.probes import output_over_steps
from engine.recipe import Progress, Recipe
from engine.recorder import Row, Training, record_training
from engine.runs.cities import CityTask, read_city_task
from engine.sources import ROOT
from engine.trace_writer import Derive, TraceWriter
from engine.train import Step, everything, train

THREE_CITIES = ROOT / "data" / "experiments" / "cities3.toml"
Range = tuple[float, float]
Places = NDArray[np.int64]  # places of θ
RATES = ("small", "right", "large")
UGLY = ("stuck", "lucky")

MEANINGS = {
    "valley.across": "(samples,) values of m of Madrid, layers.0.weight[0, 0], rising",
    "valley.up": "(samples,) values of m of Paris, layers.0.weight[1, 0], rising",
    "valley.surface": "(up, across) mean cross-entropy over all points with these two, the others held, in nats",
    "valley.held": "(parameters,) the whole vector of parameters; its first two places are the start of the descent",
    "valley.path": "(2,) m of Madrid and m of Paris before this step's update",
    "valley.gradient": "(2,) the mean loss's gradient by these two",
    "valley.loss": "mean cross-entropy over all points, before this step's update, in nats",
    "slice.points": "(points, 2) longitude and latitude of the cities' points, minus task.centre, in tens of degrees",
    "slice.m": "(samples,) values of the neuron's slope m, rising",
    "slice.loss": "(samples,) mean squared error over the points at that m, in square tens of degrees",
    "slice.b": "the neuron's bias, held at its best value, in tens of degrees",
    "rates": "(3,) the learning rates of the runs small, right and large",
    "ugly.w": "(samples,) values of the sine neuron's weight w, rising, in radians per unit of t",
    "ugly.loss": "(samples,) mean squared error between sin(w t) and the data",
    "ugly.t": "(points,) inputs t of the data",
    "ugly.y": "(points,) targets of the data: a sine of frequency task.frequency",
    "*.output": "(points,) what the sine neuron says with this step's w, sin(w t), at each of ugly.t",
    "*.m": "the trained parameter before this step's update",
    "*.slope": "derivative of the mean loss by it: what the step goes against",
    "*.cost": "mean squared error before this step's update",
}


@dataclass(frozen=True, slots=True)
class Descent:
    """One table [valley], [small], [right], [large], [stuck] or [lucky]."""

    start: Array
    learning_rate: float
    steps: int


def prepare(table: Table) -> Recipe:
    """Check a rates experiment; the cities and the held parameters come from cities3."""
    table.text("kind"), table.text("about", "")
    descents = {name: _descent(table, name, 2 if name == "valley" else 1) for name in ("valley", *RATES, *UGLY)}
    ranges = {key: _range(table, key) for key in ("valley_range", "slice_range", "ugly_range")}
    frequency = table.number("frequency", low=0.1, high=20)
    table.done()
    task = read_city_task(read_toml(THREE_CITIES))
    start = task.net.theta.copy()

    def record(writer: TraceWriter, progress: Progress) -> None:
        task.net.theta[...] = start
        total, done = sum(d.steps for d in descents.values()), 0
        diverged: dict[str, int] = {}
        for stage, (name, (landscape, free)) in enumerate(
            _landscapes(writer, task, descents, ranges, frequency).items()
        ):
            descent = descents[name]
            landscape.net.theta[free] = descent.start
            training = Training(
                landscape.net, landscape.loss, SGD(descent.learning_rate), landscape.inputs, landscape.targets,
                everything(len(landscape.inputs)), descent.steps, free,
            )  # fmt: skip
            outcome = record_training(
                writer, training, progress, rows={name: (1, _row(name, landscape.net, free))},
                stage=stage, stages_before=done, total=total, expects_divergence=name == "large",
            )  # fmt: skip
            if outcome.diverged is not None:
                diverged[name] = outcome.diverged
            done += descent.steps
        writer.manifest["diverged"] = diverged

    words = {
        "classes": list(task.places.names),
        "centre": task.places.points.mean(0).tolist(),
        "frequency": frequency,
        "rates": {name: descents[name].learning_rate for name in RATES},
    }
    derive: dict[str, Derive] = {"valley": _two_names, **{name: _says(name, frequency) for name in UGLY}}
    return Recipe(record, {"task": words}, MEANINGS, (CITIES, THREE_CITIES), derive)


def _landscapes(
    writer: TraceWriter, task: CityTask, descents: Mapping[str, Descent], ranges: Mapping[str, Range], frequency: float
) -> dict[str, tuple[Landscape, Places]]:
    """For every descent its landscape and the places of θ it may move; records the landscapes' own arrays."""
    valley, held = _valley(task), task.net.theta
    across = np.linspace(*ranges["valley_range"], 81)
    u, v = np.eye(held.size)[:2]
    ground = np.where(np.arange(held.size) < 2, 0.0, held)
    writer.constants({"valley.across": across, "valley.up": across})
    writer.constants({"valley.surface": valley.over(ground, u, v, across, across)})
    found = {"valley": (valley, np.array([0, 1]))}

    bowl, m = _bowl(task), np.linspace(*ranges["slice_range"], 401)
    points = np.column_stack([bowl.inputs, bowl.targets])
    writer.constants({"slice.points": points, "slice.m": m, "slice.loss": bowl.along(0, m)})
    writer.constants({"slice.b": bowl.net.theta[1], "rates": np.array([descents[n].learning_rate for n in RATES])})
    found |= {name: (bowl, np.array([0])) for name in RATES}

    ugly, w = _ugly(frequency), np.linspace(*ranges["ugly_range"], 1601)
    writer.constants({"ugly.w": w, "ugly.loss": ugly.along(0, w)})
    writer.constants({"ugly.t": ugly.inputs[:, 0], "ugly.y": ugly.targets[:, 0]})
    found |= {name: (ugly, np.array([0])) for name in UGLY}
    held[:2] = descents["valley"].start
    writer.constants({"valley.held": held})
    return found


def _valley(task: CityTask) -> Landscape:
    """The three-city model, left where its own training leaves it."""
    spec, loss = task.training, SoftmaxCrossEntropy()
    batches = spec.batches(len(task.inputs))
    for _ in train(task.net, loss, spec.make_optimizer(), task.inputs, task.targets, batches, spec.steps):
        pass
    return Landscape(task.net, loss, task.inputs, task.targets)


def _bowl(task: CityTask) -> Landscape:
    """latitude = m · longitude + b through the cities' points, both from their mean, in tens of degrees."""
    points = (task.places.points - task.places.points.mean(0)) / 10
    return Landscape(Net([Linear(np.zeros((1, 1)), np.zeros(1))]), SquaredError(), points[:, :1], points[:, 1:])


def _ugly(frequency: float) -> Landscape:
    """y = sin(w t) against sin(frequency · t), t from 0 to 6; the bias stays 0."""
    t = np.linspace(0, 6, 60)[:, None]
    net = Net([Linear(np.zeros((1, 1)), np.zeros(1)), Sine()])
    return Landscape(net, SquaredError(), t, np.sin(frequency * t))


def _row(name: str, net: Net, free: Places) -> Row:
    if name == "valley":
        return lambda step: {"path": net.theta[free], "gradient": net.gradient[free], "loss": step.loss}

    def row(step: Step) -> dict[str, float]:
        return {f"{name}.m": net.theta[0], f"{name}.slope": net.gradient[0], f"{name}.cost": step.loss}

    return row


def _says(name: str, frequency: float) -> Derive:
    """Adds what the sine neuron says at every step of the run ``name``."""
    ugly = _ugly(frequency)

    def outputs(stacked: Mapping[str, Array]) -> dict[str, Array]:
        weights = stacked[f"{name}.m"][:, None, None]
        parameters = {"layers.0.weight": weights, "layers.0.bias": np.zeros((len(weights), 1))}
        return {**stacked, f"{name}.output": output_over_steps(ugly.net, parameters, ugly.inputs)[..., 0]}

    return outputs


def _two_names(stacked: Mapping[str, Array]) -> dict[str, Array]:
    return {f"valley.{name}": value for name, value in stacked.items()}


def _descent(table: Table, name: str, free: int) -> Descent:
    inner = table.table(name)
    start = inner.array("start", (free,))
    rate = inner.number("learning_rate", low=1e-9, high=1e3)
    steps = inner.integer("steps", low=1, high=MAX_STEPS)
    inner.done()
    return Descent(start, rate, steps)


def _range(table: Table, key: str) -> Range:
    low, high = table.array(key, (2,))
    if not low < high:
        raise table.wrong(key, "must be [low, high]")
    return float(low), float(high)
