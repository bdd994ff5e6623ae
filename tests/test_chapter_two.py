"""Chapter 2 on its own traces and on other graphs: another depth, ReLU, another loss, more neurons. True narration."""

from functools import cache

import numpy as np
import pytest
from chain_runs import CHAINS, record
from scene_runs import readouts, run_scene

from engine import experiments
from engine.trace import Trace, TraceError
from scenes.chain_rule import ChainRule
from scenes.many_neurons import ManyNeurons
from scenes.nudges import Nudges
from scenes.one_neuron import OneNeuronPerLayer
from scenes.whole_gradient import WholeGradient

NARROW = {
    OneNeuronPerLayer: ["network", "names", "cost", "sums", "tree", "all the way"],
    Nudges: ["scales", "nudge", "ratios", "shrink", "derivatives"],
    ChainRule: ["arrows", "multiply", "work out", "numbers", "proof"],
    WholeGradient: ["one factor", "walk back", "examples", "average", "gradient", "other way"],
}
OTHERS = ("deep", "rectified", "likely")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chains")
    for name in ("chain", "chain_wide"):
        experiments.run(name, folder)
    for name in CHAINS:
        record(name, folder)
    return folder


@pytest.fixture(scope="module")
def seen(folder):
    return cache(lambda scene, name: run_scene(scene, {scene.trace_name: folder / name}))


@pytest.mark.parametrize("scene", NARROW)
def test_the_films_own_trace(seen, scene):
    told = seen(scene, "chain")
    assert told.sections == NARROW[scene]
    assert 15 <= told.seconds <= 75
    assert all(len(line) <= 95 for line in told.captions)


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("scene", NARROW)
def test_another_graph_needs_no_other_scene(seen, scene, name):
    told = seen(scene, name)
    assert told.sections == NARROW[scene]
    assert 15 <= told.seconds <= 75


def test_one_layer_is_enough(seen):
    assert seen(OneNeuronPerLayer, "shallow").sections == NARROW[OneNeuronPerLayer]


@pytest.mark.parametrize("name", ["chain_wide", "wide"])
def test_many_neurons(seen, folder, name):
    told = seen(ManyNeurons, name)
    assert told.sections == ["indices", "order", "one weight", "several ways", "and on"]
    assert 15 <= told.seconds <= 75
    count = len(Trace.load(folder / name).manifest["task"]["parameters"])
    assert f"{count} dials" in told.captions[-1]


def test_narration_speaks_of_the_graph_it_draws(seen):
    assert any("Sigma squeezes" in line for line in seen(OneNeuronPerLayer, "chain").captions)
    assert any("ReLU lets through" in line for line in seen(OneNeuronPerLayer, "rectified").captions)
    assert any("five weights and five biases: ten dials" in line.lower()
               for line in seen(OneNeuronPerLayer, "deep").captions)  # fmt: skip
    assert any("logarithms" in line for line in seen(ChainRule, "likely").captions)
    assert not any("a square:" in line for line in seen(ChainRule, "likely").captions)


@pytest.mark.parametrize("name", ["chain", *OTHERS])
def test_the_proof_ends_on_the_recorded_numbers(seen, folder, name):
    trace = Trace.load(folder / name)
    told = seen(ChainRule, name)
    numbers = {r.reading.source.array: float(r.reading) for r in readouts(told.scene) if r.reading is not None}
    slope, error = numbers["shrink.slopes"], numbers["shrink.errors"]
    exact = float(trace.constant("graph.grads")[int(float(trace.constant("sweep.leaf")))])
    assert slope - exact == pytest.approx(error, abs=1e-12)
    assert abs(error) < 1e-3 * max(1.0, abs(exact))
    assert any(f"{abs(exact):.4f}" in line for line in told.captions)


@pytest.mark.parametrize("name", ["chain", *OTHERS])
def test_the_ratios_end_on_the_derivatives(seen, name):
    told = seen(Nudges, name)
    shares = list(told.scene.shares)
    assert {share.reading.source.array for share in shares} == {"graph.edges"}
    last = told.scene.graph.samples[1] - 1
    steps = told.scene.graph.steps(told.scene.way)
    settled = [float(told.scene.graph.ratio(last, *step)) for step in steps]
    np.testing.assert_allclose(settled, [share.value for share in shares], atol=1e-4)


@pytest.mark.parametrize("name", ["chain", *OTHERS])
def test_the_gradient_is_the_mean_of_the_examples(seen, folder, name):
    means = np.array([mean.value for mean in seen(WholeGradient, name).scene.means])
    np.testing.assert_allclose(means, Trace.load(folder / name).constant("per_example.grads").value.mean(0), atol=1e-12)


def test_what_cannot_be_drawn_is_refused_in_one_line(folder):
    for scene, name in ((OneNeuronPerLayer, "chain_wide"), (WholeGradient, "chain_wide"), (ManyNeurons, "chain")):
        with pytest.raises(TraceError, match=f"does not fit {scene.__name__}: it needs") as refused:
            run_scene(scene, {scene.trace_name: folder / name})
        assert "\n" not in str(refused.value)
