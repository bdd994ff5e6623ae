"""UMAP through one door: maps that move smoothly, the same every time. Slow: its import alone takes long."""

import numpy as np
import pytest

from engine.datasets.prompts import load_prompts
from engine.embed import UmapSpec, flatten, step_over_spread, trustworthiness
from engine.minilm import states_of

pytestmark = pytest.mark.slow
SPEC = UmapSpec()


@pytest.fixture(scope="module")
def layers():
    """MiniLM's layers of the committed prompts: (7, 200, 384)."""
    return states_of(load_prompts()).swapaxes(0, 1)


@pytest.fixture(scope="module")
def points(layers):
    return flatten(list(layers), SPEC)


def test_the_map_moves_smoothly_and_keeps_neighbours(layers, points):
    assert points.shape == (7, 200, 2) and points.dtype == np.float32 and np.isfinite(points).all()
    assert step_over_spread(points) <= 0.7
    assert min(trustworthiness(v, p, SPEC) for v, p in zip(layers, points, strict=True)) > 0.75


def test_alignment_is_what_makes_it_smooth(layers, points):
    alone = np.concatenate([flatten([layer], SPEC) for layer in layers[:3]])
    assert step_over_spread(alone) > 2 * step_over_spread(points[:3])


def test_the_same_seed_gives_the_same_points(layers):
    np.testing.assert_array_equal(flatten(list(layers[:2]), SPEC), flatten(list(layers[:2]), SPEC))


def test_few_points_are_enough():
    vectors = np.random.default_rng(0).normal(size=(2, 20, 16))
    points = flatten(list(vectors), SPEC)
    assert points.shape == (2, 20, 2) and np.isfinite(points).all()
    assert 0 <= trustworthiness(vectors[0], points[0], SPEC) <= 1


def test_the_parameters_are_told_under_umaps_own_names():
    told = SPEC.described()
    assert told["n_neighbors"] == 12 and told["min_dist"] == 0.25 and told["metric"] == "cosine"
    assert told["alignment_regularisation"] == 0.02 and told["alignment_window_size"] == 2
