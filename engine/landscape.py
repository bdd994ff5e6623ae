"""Landscapes: the loss along one parameter and over planes of parameters, secants, paths. Trains nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.layers import Array, Linear
from engine.losses import Loss
from engine.net import Net


@dataclass(slots=True)
class Landscape:
    """A net, its loss and the rows it is judged by: ``inputs`` (n, in), ``targets`` (n, out)."""

    net: Net
    loss: Loss
    inputs: Array
    targets: Array

    def at(self, theta: Array) -> float:
        """The mean loss at ``theta`` (parameters,); the net itself is left as it was."""
        kept = self.net.theta.copy()
        self.net.theta[...] = theta
        value = self.loss.forward(self.net.forward(self.inputs), self.targets)
        self.net.theta[...] = kept
        return value

    def along(self, place: int, values: Array) -> Array:
        """The loss with parameter number ``place`` of θ set to each of ``values``, the others as they are."""
        theta = self.net.theta.copy()
        out = np.empty(len(values))
        for i, value in enumerate(values):
            theta[place] = value
            out[i] = self.at(theta)
        return out

    def slope(self, place: int) -> float:
        """The backward pass's derivative of the loss by that parameter."""
        self.loss.forward(self.net.forward(self.inputs), self.targets)
        self.net.learn(self.loss.backward())
        return float(self.net.gradient[place])

    def over(self, origin: Array, u: Array, v: Array, across: Array, up: Array) -> Array:
        """The loss at ``origin`` + α u + β v: (len(up), len(across)), α from ``across``, β from ``up``.

        z = x Wᵀ + b is linear in the first layer's parameters, so its three parts are worked out once and only
        mixed at each point; for 784 pixels that is nearly all of the work.
        """
        kept, first = self.net.theta.copy(), self.net.layers[0]
        if not isinstance(first, Linear):
            raise TypeError("a landscape over a plane needs a Linear first layer")
        parts = []
        for direction in (origin, u, v):
            self.net.theta[...] = direction
            parts.append(first.forward(self.inputs))
        out = np.empty((len(up), len(across)))
        for i, beta in enumerate(up):
            for j, alpha in enumerate(across):
                self.net.theta[...] = origin + alpha * u + beta * v
                x = parts[0] + alpha * parts[1] + beta * parts[2]
                for layer in self.net.layers[1:]:
                    x = layer.forward(x)
                out[i, j] = self.loss.forward(x, self.targets)
        self.net.theta[...] = kept
        return out


@dataclass(frozen=True, slots=True)
class Plane:
    """A plane through a path's end: ``origin`` (p,) and unit ``directions`` (2, p)."""

    origin: Array
    directions: Array
    share: Array  # (2,) parts of the path's variance (squared distances to its end) along each direction

    def coordinates(self, path: Array) -> Array:
        """The path (steps, p) dropped onto the plane: (steps, 2)."""
        return (path - self.origin) @ self.directions.T


def principal_plane(path: Array) -> Plane:
    """The plane through the path's end that keeps most of the squared distances to it (principal directions).

    The signs are chosen so that the path starts on the positive side of both axes: the same path, the same plane.
    """
    origin = path[-1]
    away = path - origin
    if len(away) < 3:
        raise ValueError("a plane needs a path of at least three steps")
    # The steps' products with each other are a far smaller matrix than the parameters' would be.
    squares, mixes = np.linalg.eigh(away @ away.T)
    directions = mixes[:, :-3:-1].T @ away
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    signs = np.where(away[0] @ directions.T < 0, -1.0, 1.0)
    return Plane(origin, directions * signs[:, None], squares[:-3:-1] / squares.sum())


def secants(landscape: Landscape, place: int, nudges: Array) -> tuple[Array, Array]:
    """Losses (n,) after raising parameter ``place`` by each nudge (n,), and the forward differences (n,)."""
    here = landscape.at(landscape.net.theta)
    after = landscape.along(place, landscape.net.theta[place] + nudges)
    return after, (after - here) / nudges
