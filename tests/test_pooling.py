"""Block means: what becomes of a large matrix on a small screen."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.pooling import RULE, counts, pool, pool_flow, starts, threshold


@given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_every_cell_is_the_mean_of_its_block(rows, columns, seed):
    matrix = np.random.default_rng(seed).normal(size=(rows, columns))
    pooled = pool(matrix)
    for i in (0, 7, 15):
        for j in (0, 8, 15):
            rows_in = slice(i * rows // 16, max((i + 1) * rows // 16, i * rows // 16 + 1))
            columns_in = slice(j * columns // 16, max((j + 1) * columns // 16, j * columns // 16 + 1))
            assert pooled[i, j] == pytest.approx(np.abs(matrix[rows_in, columns_in]).mean(), rel=1e-12)


def test_blocks_cover_a_side_once():
    for size in (16, 17, 64, 100, 1068):
        assert counts(size).sum() == size and (counts(size) > 0).all()
        assert (starts(size) + counts(size)).tolist() == [*starts(size)[1:], size]


def test_flow_is_pooled_as_the_whole_product_would_be():
    rng = np.random.default_rng(0)
    weight, x = rng.normal(size=(20, 33)), rng.normal(size=33)
    np.testing.assert_allclose(pool_flow(weight, x), pool(weight * x), rtol=1e-12)


def test_the_threshold_leaves_one_cell_in_ten():
    grids = np.arange(3 * 256.0).reshape(3, 16, 16)
    assert (grids > threshold(grids)).mean() == pytest.approx(0.1, abs=0.002)
    assert json.loads(json.dumps(dict(RULE)))["percentile"] == 90
