"""What a recipe hands to the runner: how a checked experiment is recorded. Trains nothing, opens nothing.

Every kind of experiment has one module with ``prepare(table: Table) -> Recipe``: it checks the whole table (and
calls ``table.done()``) quickly, without training. The runner in experiments.py then opens a TraceWriter with the
recipe's manifest, meanings and derived arrays, and calls ``record(writer, progress)``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.trace_writer import CHUNK_BYTES, Derive, TraceWriter

Progress = Callable[[int, int], None]  # (steps done, steps in all)
Record = Callable[[TraceWriter, Progress], None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """One prepared experiment."""

    record: Record
    manifest: Mapping[str, Any]  # JSON-able; holds "task" and whatever scenes need in words
    meanings: Mapping[str, str]  # array name or pattern -> sentence with shape and unit
    data: tuple[Path, ...] = ()  # files whose bytes the numbers depend on, besides the TOML
    derive: Mapping[str, Derive] = field(default_factory=dict)
    chunk_bytes: int = CHUNK_BYTES
    needs: tuple[str, ...] = ()  # experiments whose traces, beside this one, are read while recording
