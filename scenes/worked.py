"""The worked step: step 0 of a city run, read the way chapter 1 speaks of it. Nothing is drawn or trained here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from engine.trace import Trace
from scenes.atlas import Task

TRANSFORMS: Final[dict[str, Callable[[Any], Any]]] = {"minus 1": lambda p: p - 1}  # for `reel check`


class WorkedStep:
    """What the run did at its first step, for one place whose right class is number `right`.

    Everything handed out is a reading: it can say where in the trace it stands.
    """

    def __init__(self, trace: Trace) -> None:
        self.task = Task.of(trace)
        self._trace = trace
        self.right = int(float(trace.constant("labels")[int(float(trace.at("row", 0)))]))
        self.x, self.logits, self.probs, self.loss = (trace.at(name, 0) for name in ("x", "logits", "probs", "loss"))
        self.m, self.b = trace.at("layers.0.weight", 0), trace.at("layers.0.bias", 0)
        self.slopes_m, self.slopes_b = trace.at("grads.layers.0.weight", 0), trace.at("grads.layers.0.bias", 0)

    @property
    def classes(self) -> range:
        """Numbers of the classes."""
        return range(len(self.task.names))

    @property
    def name(self) -> str:
        """The right class."""
        return self.task.names[self.right]

    def blame(self, i: int) -> Any:
        """∂L/∂h_i = ŷ_i − y_i, read off the recorded share."""
        return self.probs[i].through("minus 1", TRANSFORMS["minus 1"]) if i == self.right else self.probs[i]

    def measured(self) -> Any:
        """∂L/∂m of the right class as the smallest recorded nudge measured it; None when that was not recorded."""
        if "slope.secants" not in self._trace:
            return None
        place = self._trace.constant("slope.place")
        if [float(place[0]), float(place[1])] != [self.right, 0]:
            return None
        return self._trace.constant("slope.secants")[-1]
