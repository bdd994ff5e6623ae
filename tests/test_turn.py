"""Turns without SciPy's modules: to the last bit SciPy's own."""

import numpy as np
import pytest
from scipy.spatial import transform

from studio.turn import Rotation


def turns():
    rng = np.random.default_rng(3)
    yield from ([0.0, 0.0, angle] for angle in (0.0, 1e-9, 1e-3, 0.1, -0.1, np.pi, np.pi / 2, -np.pi, 2 * np.pi, 7.0))
    yield from rng.normal(size=(500, 3)) * 10 ** rng.uniform(-5, 1, size=(500, 1))


def test_every_matrix_is_scipys():
    for vector in turns():
        np.testing.assert_array_equal(
            Rotation.from_rotvec(vector).as_matrix(), transform.Rotation.from_rotvec(vector).as_matrix()
        )


def test_what_is_not_worked_out_here_is_asked_of_scipy():
    many = np.array(list(turns()))
    np.testing.assert_array_equal(
        Rotation.from_rotvec(many).as_matrix(), transform.Rotation.from_rotvec(many).as_matrix()
    )
    assert Rotation.from_rotvec([0, 0, 90], degrees=True).magnitude() == pytest.approx(np.pi / 2)
    assert Rotation.from_rotvec([0, 0, 1.5]).magnitude() == pytest.approx(1.5)
    assert isinstance(Rotation.identity(), Rotation) and isinstance(Rotation.from_rotvec([1, 0, 0]), Rotation)
    with pytest.raises(AttributeError):
        _ = Rotation.nothing_of_the_kind
