"""SciPy's rotations, as far as Manim asks for them: turns about an axis, without loading a hundred modules for one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

_SMALL = 1e-3  # radians below which a sine over its angle is had from its series


class _Whole(type):
    """Of the class, too, whatever is not worked out here is SciPy's."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(_scipy(), name)

    def __instancecheck__(cls, instance: object) -> bool:
        return type(instance) is cls or isinstance(instance, _scipy())


class Rotation(metaclass=_Whole):
    """Stands in for `scipy.spatial.transform.Rotation`; what is not worked out here is asked of SciPy's own."""

    def __init__(self, vector: np.ndarray) -> None:
        self._vector = vector

    @classmethod
    def from_rotvec(cls, vector: Any, *args: Any, **kwargs: Any) -> Any:
        """The turn about `vector` (3,) by its length in radians."""
        given = np.asarray(vector, dtype=float)
        if given.shape != (3,) or args or kwargs:
            return _scipy().from_rotvec(vector, *args, **kwargs)
        return cls(given)

    def as_matrix(self) -> np.ndarray:
        """The matrix (3, 3) that turns column vectors, to the last bit as SciPy has it.

        By way of the turn's unit quaternion: Euler-Rodrigues formula, J. Diebel, "Representing Attitude" (2006),
        section 6.
        """
        x, y, z = self._vector.tolist()
        angle = math.sqrt(x * x + y * y + z * z)
        if angle <= _SMALL:
            square = angle * angle
            share = 0.5 - square / 48 + square * square / 3840
        else:
            share = math.sin(angle / 2) / angle
        x, y, z, w = share * x, share * y, share * z, math.cos(angle / 2)
        xx, yy, zz, ww = x * x, y * y, z * z, w * w
        xy, xz, yz, xw, yw, zw = x * y, x * z, y * z, x * w, y * w, z * w
        return np.array(
            [
                [xx - yy - zz + ww, 2 * (xy - zw), 2 * (xz + yw)],
                [2 * (xy + zw), -xx + yy - zz + ww, 2 * (yz - xw)],
                [2 * (xz - yw), 2 * (yz + xw), -xx - yy + zz + ww],
            ]
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(_scipy().from_rotvec(self._vector), name)


def _scipy() -> Any:
    from scipy.spatial import transform

    return transform.Rotation
