"""ComputeBlocks: rates multiply in the recorded graph, and the scene tells what was recorded, for other blocks too."""

import numpy as np
import pytest
from scene_runs import readouts, run_scene

from engine import experiments
from engine.trace import Trace, TraceError
from scenes.compute_blocks import ComputeBlocks


def record(folder, x, factors):
    path = folder / "blocks.toml"
    path.write_text(f'kind = "blocks"\nx = {x}\nfactors = {factors}\nnudge = 0.1\nlargest = 1.0\n')
    experiments.run(path, folder)
    return folder / "blocks"


@pytest.fixture(scope="module")
def blocks(tmp_path_factory):
    return record(tmp_path_factory.mktemp("traces"), 3.0, [2.0, 4.0])


def test_the_recorded_rates_multiply(blocks):
    trace = Trace.load(blocks)
    names = trace.manifest["task"]["graph"]["names"]
    x, y, z = (names.index(name) for name in "xyz")
    grads, edges = np.asarray(trace.constant("graph.grads").value), np.asarray(trace.constant("graph.edges").value)
    parents = np.asarray(trace.constant("graph.parents").value)
    own = {node: edges[node, list(parents[node]).index(before)] for node, before in ((y, x), (z, y))}
    assert own == {y: 2, z: 4}
    assert grads[x] == own[y] * own[z] == 8
    assert float(trace.constant("nudge.slopes")[0, z]) == pytest.approx(8)
    rises = np.asarray(trace.constant("sweep.rises").value)
    assert rises[-1, [x, y, z]] == pytest.approx([1, 2, 8])
    assert rises[60] == pytest.approx(
        np.asarray(trace.constant("sweep.values").value)[60] - rises[0] - [4, 2, 3, 6, 24]
    )


def test_the_scene_on_its_own_trace(blocks):
    seen = run_scene(ComputeBlocks, {"blocks": blocks})
    assert seen.sections == ["forward", "nudge", "rates", "multiply", "backwards"]
    assert 15 <= seen.seconds <= 75
    assert "A nudge of 1 comes out as 2, and that comes out as 8." in seen.captions
    assert any("4 times 2 is 8" in line for line in seen.captions)
    grads = [m.shown_text for m in readouts(seen.scene) if m.reading and m.reading.source.array == "graph.grads"]
    assert sorted(grads) == ["1", "4", "8", "8"]


def test_the_scene_on_other_blocks(tmp_path):
    seen = run_scene(ComputeBlocks, {"blocks": record(tmp_path, -1.5, [0.5, -3.0, 4.0])})
    assert any("4 times -3 times 0.5 is -6" in line for line in seen.captions)


def test_too_many_blocks_are_refused_in_one_line(tmp_path):
    with pytest.raises(TraceError, match="ComputeBlocks: it needs two or three"):
        run_scene(ComputeBlocks, {"blocks": record(tmp_path, 1.0, [2.0] * 5)})
