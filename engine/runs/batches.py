"""Kind "batches": the same network from the same start, by the whole training set and by small batches of it.

Both paths are dropped onto one plane, that of their first two principal directions, and the true cost is drawn over
it. Seconds are measured once (``python -m engine.runs.batches``) and kept in the TOML, so that the trace can be made
again byte for byte; they are honest about the machine they were taken on.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from engine.environment import one_blas_thread
from engine.experiment_spec import Table, read_toml
from engine.landscape import Landscape, Plane, principal_plane
from engine.layers import Array
from engine.net import Net, dense
from engine.recipe import Progress, Recipe
from engine.runs.digits import SHOWN, DigitTask, read_digits, read_sizes, read_source
from engine.sources import ROOT
from engine.trace_writer import TraceWriter
from engine.train import train
from engine.training_spec import TrainingSpec, read_start, read_training, snapshots

RUNS = ("full", "mini")
SAMPLES = 41  # the plane is SAMPLES × SAMPLES
ROOM = 0.15  # of the paths' extent, around them on the plane

MEANINGS = {
    "plane.directions": "(2, parameters) unit directions of the plane, ordered as task.layout",
    "plane.origin": "(parameters,) the plane's origin: where the full-batch path ends",
    "plane.share": "(2,) share of both paths' squared distances to the origin that lies along each direction",
    "plane.across": "(samples,) coordinate along the first direction, in the parameters' own unit",
    "plane.up": "(samples,) coordinate along the second direction",
    "plane.cost": "(up, across) true cost over the shown training images at that point of the plane",
    "train.images": "(images, 28, 28) the shown training images, ink 255 on 0",
    "train.labels": "(images,) their digits",
    "epoch": "(images,) the first epoch's shuffle: rows in the order the mini-batches take them",
    "full.step": "(points,) step numbers of the full-batch path's points",
    "mini.step": "(points,) step numbers of the mini-batch path's points",
    "*.path": "(points, 2) the path before those steps, on the plane: along the first and second direction",
    "*.off_plane": "(points,) how far the path is from the plane there, in the parameters' own unit",
    "*.cost": "(points,) true cost over the shown training images at the path itself",
    "*.examples": "(points,) training examples looked at until then",
    "*.seconds": "(points,) seconds of training until then: steps times *.seconds_per_step",
    "*.seconds_per_step": "seconds of one step, measured once on the machine named in task.measured_on",
}


@dataclass(frozen=True, slots=True)
class Path:
    """One training's way: ``steps`` (points,), ``thetas`` (points, parameters)."""

    steps: Array
    thetas: Array


def prepare(table: Table) -> Recipe:
    """Check a batches experiment: two trainings of one network."""
    table.text("kind"), table.text("about", "")
    seed = table.integer("seed", 0)
    sizes = read_sizes(table)
    count = table.integer("snapshots", low=2, high=400)
    source, data, folder = read_source(table)
    net = dense(sizes, "sigmoid", "sigmoid")
    read_start(table.table("start"), net, seed)
    specs = {name: read_training(table.table(name), seed) for name in RUNS}
    measured = table.table("measured")
    seconds = {name: measured.number(name, low=1e-9, high=1e6) for name in RUNS}
    machine = measured.text("machine")
    measured.done()
    table.done()
    start = net.theta.copy()

    def record(writer: TraceWriter, progress: Progress) -> None:
        net.theta[...] = start
        task = DigitTask(read_digits(source, folder, seed), net, sizes)
        shown = task.shown
        total = sum(spec.steps for spec in specs.values())
        paths: dict[str, Path] = {}
        for name, spec in specs.items():
            net.theta[...] = start
            before = sum(specs[n].steps for n in paths)
            paths[name] = walk(shown, spec, count, lambda done, before=before: progress(before + done, total))
        plane = principal_plane(np.concatenate([paths["mini"].thetas, paths["full"].thetas]))
        writer.constants(_plane_constants(shown, plane, paths))
        for name, path in paths.items():
            writer.constants(_path_constants(name, shown, plane, path, specs[name], seconds[name]))
        images, labels = task.digits.train[:SHOWN], task.digits.train_labels[:SHOWN]
        writer.constants({"train.images": images, "train.labels": labels})
        writer.constants({"epoch": np.random.default_rng([seed, 0]).permutation(len(images))})
        batches = {name: spec.batch or len(images) for name, spec in specs.items()}
        writer.manifest["task"] = {**task.words(), "batch": batches, "measured_on": machine}

    return Recipe(record, {}, MEANINGS, data)


def walk(shown: Landscape, spec: TrainingSpec, count: int, progress: object = None) -> Path:
    """Train from where the net stands, on the shown images; keep θ at about ``count`` steps."""
    net, wanted = shown.net, snapshots(spec.steps, count)
    steps, thetas = [], []
    batches = spec.batches(len(shown.inputs))
    for step in train(
        net, shown.loss, spec.make_optimizer(), shown.inputs, shown.targets, batches, spec.steps, 0, None, spec.schedule
    ):
        if step.number in wanted:
            steps.append(step.number)
            thetas.append(net.theta.copy())
        if callable(progress) and not step.number & 15:
            progress(step.number)
    return Path(np.array(steps), np.array(thetas))


def _plane_constants(shown: Landscape, plane: Plane, paths: dict[str, Path]) -> dict[str, Array]:
    points = np.concatenate([plane.coordinates(path.thetas) for path in paths.values()])
    low, high = points.min(0), points.max(0)
    low, high = low - ROOM * (high - low), high + ROOM * (high - low)
    across, up = (np.linspace(low[i], high[i], SAMPLES) for i in range(2))
    return {
        "plane.directions": plane.directions,
        "plane.origin": plane.origin,
        "plane.share": plane.share,
        "plane.across": across,
        "plane.up": up,
        "plane.cost": shown.over(plane.origin, plane.directions[0], plane.directions[1], across, up),
    }


def _path_constants(
    name: str, shown: Landscape, plane: Plane, path: Path, spec: TrainingSpec, seconds: float
) -> dict[str, Array]:
    on_plane = plane.coordinates(path.thetas)
    away = path.thetas - plane.origin - on_plane @ plane.directions
    arrays = {
        "step": path.steps,
        "path": on_plane,
        "off_plane": np.linalg.norm(away, axis=1),
        "cost": np.array([shown.at(theta) for theta in path.thetas]),
        "examples": path.steps * (spec.batch or len(shown.inputs)),
        "seconds": path.steps * seconds,
        "seconds_per_step": np.array(seconds),
    }
    return {f"{name}.{key}": value for key, value in arrays.items()}


def measure(net: Net, shown: Landscape, spec: TrainingSpec) -> float:
    """Seconds of one step: the quickest of five short trainings."""
    start, best = net.theta.copy(), np.inf
    short = max(20, min(spec.steps, 200))
    for _ in range(5):
        net.theta[...] = start
        begin = time.perf_counter()
        batches = spec.batches(len(shown.inputs))
        for _ in train(net, shown.loss, spec.make_optimizer(), shown.inputs, shown.targets, batches, short):
            pass
        best = min(best, (time.perf_counter() - begin) / short)
    net.theta[...] = start
    return float(best)


def main() -> None:
    """Print the [measured] table of digits_batches for this machine."""
    table = read_toml(ROOT / "data" / "experiments" / "digits_batches.toml")
    seed = table.integer("seed", 0)
    net = dense(read_sizes(table), "sigmoid", "sigmoid")
    source, _, folder = read_source(table)
    read_start(table.table("start"), net, seed)
    shown = DigitTask(read_digits(source, folder, seed), net, []).shown
    with one_blas_thread():
        for name in RUNS:
            print(f"{name} = {measure(net, shown, read_training(table.table(name), seed)):.3g}")


if __name__ == "__main__":
    main()
