"""Is every number, bar and line what the trace says, at the step that is shown? Reads the trace again, by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import numpy as np
from manim import Mobject

from engine.trace import Reading, Source, Trace, TraceError
from scenes.parts.provenance import is_reading
from scenes.parts.readout import THIN_SPACE, Readout
from studio.check.seen import Seen
from studio.check.sight import Faults, Sight

EVERY_STEP: Final = "every step"
ANY: Final = "any"  # of a part whose `stands_at` may be any step
_GONE: Final = 0.05  # opacity up to which a thing is not there
TRANSFORMS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "abs": np.abs,
    "negate": np.negative,
    "one_minus": lambda v: 1 - v,
    "exp": np.exp,
    "log": np.log,
    "minus_log": lambda v: -np.log(v),
    "square": np.square,
    "sqrt": np.sqrt,
    "sum": np.sum,
    "mean": np.mean,
    "max": np.max,
    "min": np.min,
    "argmax": np.argmax,
    "norm": lambda v: np.sqrt(np.sum(np.square(v))),
}


class Provenance:
    """Checks what is on screen against `traces` (by their own names)."""

    def __init__(self, traces: Mapping[str, Trace], transforms: Mapping[str, Callable[[Any], Any]]) -> None:
        self._traces = traces
        self._transforms = {**TRANSFORMS, **transforms}
        self._known: dict[int, tuple[Any, str]] = {}  # id -> (reading, what is wrong with it)
        self._orders: dict[int, tuple[Any, str]] = {}

    def judge(self, sight: Sight) -> Faults:
        """Everything wrong with the numbers of one state."""
        faults: Faults = []
        for seen in sight.seen:
            if isinstance(seen.mobject, Readout):
                faults += self._readout(seen, sight)
            else:
                faults += self._drawing(seen, sight)
        return faults

    # -- one thing on screen ---------------------------------------------------------------------
    def _readout(self, seen: Seen, sight: Sight) -> Faults:
        readout: Any = seen.mobject
        if seen.opacity <= _GONE:
            return []
        reading = readout.reading
        wrong = self._order(seen)
        if reading is not None:
            wrong = wrong or self._reading(reading) or _at_wrong_step(reading.source, seen, sight, self._traces)
            if not wrong and not says(readout.shown_text, float(self.recorded(reading.source))):
                wrong = f"shows {readout.shown_text} where {place(reading.source)} is {float(reading):.9g}"
        elif declared(seen, "shows") == "step":
            if not says(readout.shown_text, sight.step):
                wrong = f"shows step {readout.shown_text} while step {sight.step} is on screen"
        elif declared(seen, "constant") is None:
            wrong = f"shows {readout.shown_text}, which carries no reading and is not declared a constant"
        return [("number", wrong, (readout,))] if wrong else []

    def _drawing(self, seen: Seen, sight: Sight) -> Faults:
        wrong = self._order(seen)
        for reading in () if wrong else readings(seen.mobject):
            wrong = self._reading(reading) or _at_wrong_step(reading.source, seen, sight, self._traces)
            if wrong:
                break
        return [("number", wrong, (seen.mobject,))] if wrong else []

    # -- readings ----------------------------------------------------------------------------------
    def _reading(self, reading: Any) -> str:
        """What is wrong with a reading's value or source; each reading is looked up once."""
        known = self._known.get(id(reading))
        if known is None or known[0] is not reading:
            if len(self._known) > 20_000:
                self._known.clear()
            known = self._known[id(reading)] = (reading, self._compare(reading))
        return known[1]

    def _compare(self, reading: Any) -> str:
        source = reading.source
        try:
            recorded = self.recorded(source)
        except LookupError as error:
            return str(error.args[0])
        except TraceError as error:
            return str(error)
        if any(_same(reading.value, value, bool(source.transform)) for value in (recorded, self._turned(source))):
            return ""
        if np.ndim(reading.value) == 0 and np.ndim(recorded) == 0:
            return f"says it is {place(source)}, which is {float(recorded):.9g} and not {float(reading.value):.9g}"
        return f"says it is {place(source)}, but its numbers are others"

    def recorded(self, source: Source) -> Any:
        """The value that the trace holds: array and step, then the index, then the transforms."""
        value, names = self._base(source)
        return self._through(names, value[source.index] if source.index else value)

    def _turned(self, source: Source) -> Any:
        """The same with the index taken after the transforms, as `reading.through(…)[i]` does; None if it cannot be."""
        value, names = self._base(source)
        try:
            whole = self._through(names, value)
            return whole[source.index] if source.index else whole
        except (IndexError, TypeError):
            return None

    def _base(self, source: Source) -> tuple[Any, list[str]]:
        trace = self._traces.get(source.trace)
        if trace is None:
            raise LookupError(f"comes from trace {source.trace!r}, which is none of the scene's")
        names = source.transform.split("|") if source.transform else []
        if names and names[0] == EVERY_STEP:
            return trace.series(source.array), names[1:]
        reading = trace.constant(source.array) if source.step is None else trace.at(source.array, source.step)
        return np.asarray(reading.value), names

    def _through(self, names: list[str], value: Any) -> Any:
        for name in names:
            if name not in self._transforms:
                raise LookupError(f"transform {name!r} is unknown: declare it in the scene's `transforms`")
            value = self._transforms[name](value)
        return value

    # -- order -------------------------------------------------------------------------------------
    def _order(self, seen: Seen) -> str:
        """Whether a list of readings of one array was shown in another order than the array's."""
        origin = getattr(seen.mobject, "_origin", None)
        if origin is None or not isinstance(origin[0], list | tuple) or declared(seen, "reordered") is not None:
            return ""
        given = origin[0]
        known = self._orders.get(id(given))
        if known is None or known[0] is not given:
            if len(self._orders) > 2_000:
                self._orders.clear()
            known = self._orders[id(given)] = (given, _shuffled(given))
        return known[1]


def readings(mobject: Mobject) -> Iterator[Any]:
    """Every reading that a mobject keeps, whole arrays rather than their elements where it was given those."""
    origin = getattr(mobject, "_origin", None)
    if origin is not None:
        value, index = origin
        while isinstance(value, list | tuple) and index:
            value, index = value[index[0]], index[1:]
        found: tuple[Any, ...] = (value,)
    else:
        found = getattr(mobject, "readings", None) or (mobject.__dict__.get("reading"),)
    for one in found:
        if is_reading(one) and isinstance(one.source, Source):
            yield one


def declared(seen: Seen, what: str) -> Any:
    """What the mobject, or the nearest thing around it, declares under that name; None when nothing does."""
    for mobject in reversed(seen.path):
        found = vars(mobject).get(what)
        if found is None:
            found = getattr(type(mobject), what, None)
        if found is not None:
            return found
    return None


def place(source: Source) -> str:
    """A source in words: `cities3 layers.0.weight[1, 0] at step 12, abs`."""
    index = f"[{', '.join(map(str, source.index))}]" if source.index else ""
    step = f" at step {source.step}" if source.step is not None else ""
    return f"{source.trace} {source.array}{index}{step}{', ' + source.transform if source.transform else ''}"


def says(text: str, value: float) -> bool:
    """Whether `text` is `value` rounded to as many places as it shows."""
    plain = text.replace(THIN_SPACE, "").replace(",", "").replace("−", "-").strip()
    if plain.lstrip("+-") in ("NaN", "∞"):
        infinite = np.inf if "∞" in plain else np.nan
        return bool(np.array_equal(-infinite if plain.startswith("-") else infinite, value, equal_nan=True))
    share = 0.01 if plain.endswith("%") else 1.0
    mantissa, _, exponent = plain.rstrip("%").partition("e")
    try:
        shown = float(plain.rstrip("%")) * share
        unit = 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2])) * share
    except ValueError:
        return False
    return bool(abs(shown - value) <= unit / 2 * (1 + 1e-9) + 1e-12 * abs(value))


def _same(a: Any, b: Any, computed: bool) -> bool:
    if b is None or np.shape(a) != np.shape(b):
        return False
    if computed:
        return bool(np.allclose(a, b, rtol=1e-6, atol=1e-12, equal_nan=True))
    return bool(np.array_equal(a, b, equal_nan=True))


def _at_wrong_step(source: Source, seen: Seen, sight: Sight, traces: Mapping[str, Trace]) -> str:
    if source.step is None:
        return ""
    fixed = declared(seen, "stands_at")
    if fixed == ANY:
        return ""
    steps = traces[source.trace].steps(source.array)
    now = sight.step if fixed is None else int(fixed)
    due = int(steps[max(0, int(np.searchsorted(steps, now, side="right")) - 1)])
    if source.step == due:
        return ""
    return f"shows {place(source)} while step {due} {'is on screen' if fixed is None else 'is declared'}"


def _shuffled(given: Any) -> str:
    """What is wrong with the order of a (nested) list of readings; "" when they are not one array's elements."""
    leaves = list(_leaves(given, ()))
    depth = len(leaves[0][0]) if leaves else 0
    if len(leaves) < 2 or any(not isinstance(leaf, Reading) for _, leaf in leaves):
        return ""
    if len({(r.source.trace, r.source.array, r.source.step) for _, r in leaves}) > 1:
        return ""
    tails = [r.source.index[-depth:] for _, r in leaves]
    places = [at for at, _ in leaves]
    if tails == places or sorted(tails) != sorted(places):
        return ""
    wrong = next(i for i in range(len(places)) if tails[i] != places[i])
    return f"place {list(places[wrong])} was given {place(leaves[wrong][1].source)}: the order is not the array's"


def _leaves(given: Any, at: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Any]]:
    if isinstance(given, list | tuple):
        for number, one in enumerate(given):
            yield from _leaves(one, (*at, number))
    else:
        yield at, given
