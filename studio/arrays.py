"""Which arrays of a trace differ from those of an earlier one: a hash of each, kept under the trace's digest."""

from __future__ import annotations

import hashlib
import json

import numpy as np

from engine.trace import Trace
from studio.store import Store

_KIND = "arrays"


def note(kept: Store, trace: Trace) -> None:
    """Keep the hashes of a trace's arrays, unless they are kept already."""
    if not kept.has(_KIND, trace.digest):
        kept.put(_KIND, trace.digest, json.dumps(_hashes(trace), sort_keys=True).encode())


def changed(kept: Store, before: str, trace: Trace) -> list[str]:
    """Names of the arrays that differ from the trace whose digest was `before`; empty when nobody knows that one."""
    data = kept.get(_KIND, before) if before.isalnum() else None
    if data is None:
        return []
    old, new = json.loads(data), _hashes(trace)
    return sorted(name for name in {*old, *new} if old.get(name) != new.get(name))


def _hashes(trace: Trace) -> dict[str, str]:
    found = {}
    for name in trace.names():
        constant = trace.spec(name).stream == "constant"
        values = np.ascontiguousarray(trace.constant(name).value if constant else trace.series(name))
        steps = b"" if constant else np.ascontiguousarray(trace.steps(name)).tobytes()
        shape = f"{values.shape} {values.dtype}".encode()
        found[name] = hashlib.sha256(shape + steps + values.tobytes()).hexdigest()[:24]
    return found
