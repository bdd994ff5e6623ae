"""The door out: ``Trace``, what one run looked like, read lazily from its folder. Trains nothing, draws nothing.

Writing lives in trace_writer.py and the bytes in trace_format.py; this file hands out values that can say
where they came from. Parameters recorded at step s are those *before* the update of step s.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import replace as dataclass_replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from engine.errors import DivergedError, TraceError, UserError
from engine.trace_format import (
    CONSTANT,
    MANIFEST,
    MAX_CHUNK_BYTES,
    MAX_MANIFEST_BYTES,
    ArraySpec,
    Chunk,
    decode_chunk,
    parse_arrays,
    parse_manifest,
    parse_streams,
    read_bounded,
    sha256_hex,
)
from engine.trace_writer import TraceWriter

__all__ = ["ArraySpec", "DivergedError", "Reading", "Source", "Trace", "TraceError", "TraceWriter", "UserError"]

CACHE_BYTES = 128 << 20  # decoded chunks kept per trace; older ones are read (and verified) again
SERIES_CACHE_BYTES = 8 << 20  # stacked series up to this size are kept


@dataclass(frozen=True, slots=True)
class Source:
    """Where a number came from: trace, array, step (None for constants), index and transforms in order."""

    trace: str
    array: str
    step: int | None
    index: tuple[int, ...] = ()
    transform: str = ""


class Reading:
    """A recorded value that can say where it came from; ``value`` is a read-only array, or a float when 0-d."""

    __slots__ = ("source", "value")

    value: np.ndarray | float
    source: Source

    def __init__(self, value: np.ndarray | float, source: Source) -> None:
        self.value = float(value) if np.ndim(value) == 0 else _read_only(np.asarray(value))
        self.source = source

    def __getitem__(self, index: int | tuple[int, ...]) -> Reading:
        """One element or row; the index (negative ones counted from the end) is appended to the source's."""
        if isinstance(self.value, float):
            raise TraceError(f"{self.source.trace}: {self.source.array}: a single number has no index {index}")
        wanted = index if isinstance(index, tuple) else (index,)
        try:
            value = self.value[wanted]
        except IndexError:
            shape = self.value.shape
            raise TraceError(f"{self.source.trace}: {self.source.array}: no index {wanted} in shape {shape}") from None
        places = tuple(int(i) % size for i, size in zip(wanted, self.value.shape, strict=False))
        return Reading(value, dataclass_replace(self.source, index=self.source.index + places))

    def __float__(self) -> float:
        """The number, when it is one."""
        return float(self.value)

    def __len__(self) -> int:
        """Length of the first axis."""
        return len(np.atleast_1d(self.value))

    def __repr__(self) -> str:
        return f"Reading({self.value!r}, {self.source!r})"

    def through(self, name: str, function: Callable[[Any], Any]) -> Reading:
        """``function(value)``, and a source that says so: transforms are joined by "|" in order of application."""
        chain = f"{self.source.transform}|{name}" if self.source.transform else name
        return Reading(function(self.value), dataclass_replace(self.source, transform=chain))


class Trace:
    """One recorded run. ``Trace.load(folder)`` is the way to get one; values are read when asked for."""

    def __init__(
        self,
        folder: Path,
        manifest: Mapping[str, Any],
        digest: str,
        specs: Mapping[str, ArraySpec],
        streams: Mapping[str, list[Chunk]],
    ) -> None:
        self.folder = folder
        self.name: str = manifest["name"]
        self.manifest: Mapping[str, Any] = MappingProxyType(dict(manifest))
        self.digest = digest
        self._specs = dict(specs)
        self._streams = dict(streams)
        self._steps = {name: _stream_steps(chunks) for name, chunks in streams.items()}
        self._starts = {name: np.cumsum([0, *(chunk.count for chunk in chunks)]) for name, chunks in streams.items()}
        self._chunks: OrderedDict[str, dict[str, np.ndarray]] = OrderedDict()
        self._chunk_bytes = 0
        self._series: dict[str, np.ndarray] = {}

    @classmethod
    def load(cls, folder: Path | str) -> Trace:
        """Open the trace in ``folder``: reads the manifest and looks at the chunks' sizes, nothing else.

        Raises TraceError with one line when anything is missing, damaged or hostile.
        """
        folder = Path(folder)
        path = folder / MANIFEST
        data = read_bounded(path, MAX_MANIFEST_BYTES)
        manifest = parse_manifest(data, str(path))
        specs = parse_arrays(manifest, str(path))
        streams = parse_streams(manifest, specs, str(path))
        for chunks in streams.values():
            for chunk in chunks:
                _check_size(folder / chunk.file, chunk.bytes)
        return cls(folder, manifest, sha256_hex(data), specs, streams)

    def names(self) -> tuple[str, ...]:
        """Names of all arrays, sorted."""
        return tuple(sorted(self._specs))

    def __contains__(self, name: object) -> bool:
        """Whether the trace holds an array called ``name``."""
        return name in self._specs

    def spec(self, name: str) -> ArraySpec:
        """Shape of one step, dtype, stream and meaning of ``name``; TraceError if there is no such array."""
        try:
            return self._specs[name]
        except KeyError:
            raise TraceError(f"{self.name}: no array {name!r}: it holds {_some(self.names())}") from None

    def steps(self, name: str = "loss") -> np.ndarray:
        """Step numbers (int64, rising) at which ``name`` was recorded; empty for constants."""
        return self._steps[self.spec(name).stream]

    def at(self, name: str, step: int) -> Reading:
        """``name`` at exactly ``step`` (constants ignore it); TraceError when that step was not recorded."""
        spec = self.spec(name)
        if spec.stream == CONSTANT:
            return self.constant(name)
        steps = self._steps[spec.stream]
        position = int(np.searchsorted(steps, step))
        if position == len(steps) or steps[position] != step:
            raise TraceError(f"{self.name}: {name}: step {step} was not recorded ({_span(steps)})")
        return self._reading(name, spec.stream, position)

    def latest(self, name: str, step: int) -> Reading:
        """``name`` at the newest recorded step <= ``step``; TraceError before the first."""
        spec = self.spec(name)
        if spec.stream == CONSTANT:
            return self.constant(name)
        steps = self._steps[spec.stream]
        position = int(np.searchsorted(steps, step, side="right")) - 1
        if position < 0:
            raise TraceError(f"{self.name}: {name}: nothing recorded up to step {step} ({_span(steps)})")
        return self._reading(name, spec.stream, position)

    def constant(self, name: str) -> Reading:
        """An array recorded once; TraceError when ``name`` changes over the steps."""
        if self.spec(name).stream != CONSTANT:
            raise TraceError(f"{self.name}: {name}: changes over the steps: ask for a step")
        return Reading(self._chunk(CONSTANT, 0)[name], Source(self.name, name, None))

    def history(self, name: str) -> Reading:
        """All recorded steps of ``name`` as one reading (steps, *shape), whose source says step None, "every step"."""
        return Reading(self.series(name), Source(self.name, name, None, (), "every step"))

    def series(self, name: str) -> np.ndarray:
        """All recorded steps of ``name``, stacked and read-only: (steps, *shape)."""
        spec = self.spec(name)
        if spec.stream == CONSTANT:
            raise TraceError(f"{self.name}: {name}: a constant is no series: use constant()")
        if name in self._series:
            return self._series[name]
        chunks = self._streams[spec.stream]
        if len(chunks) == 1:
            whole = self._chunk(spec.stream, 0)[name]
        else:
            whole = np.empty((len(self._steps[spec.stream]), *spec.shape), spec.dtype)
            starts = self._starts[spec.stream]
            for number in range(len(chunks)):
                whole[starts[number] : starts[number + 1]] = self._chunk(spec.stream, number)[name]
        whole = _read_only(whole)
        if whole.nbytes <= SERIES_CACHE_BYTES:
            self._series[name] = whole
        return whole

    def verify(self) -> None:
        """Read every chunk once; TraceError names the first that is not what the manifest says."""
        for stream, chunks in self._streams.items():
            for number in range(len(chunks)):
                self._chunk(stream, number)

    def _reading(self, name: str, stream: str, position: int) -> Reading:
        starts = self._starts[stream]
        number = bisect_right(starts, position) - 1
        row = self._chunk(stream, number)[name][position - starts[number]]
        return Reading(row, Source(self.name, name, int(self._steps[stream][position])))

    def _chunk(self, stream: str, number: int) -> dict[str, np.ndarray]:
        """The decoded arrays of one chunk, verified against its sha256 whenever it comes from disk."""
        chunk = self._streams[stream][number]
        if chunk.file in self._chunks:
            self._chunks.move_to_end(chunk.file)
            return self._chunks[chunk.file]
        path = self.folder / chunk.file
        data = read_bounded(path, MAX_CHUNK_BYTES, chunk.bytes)
        if sha256_hex(data) != chunk.sha256:
            raise TraceError(f"{path}: sha256 differs from the manifest's: damaged, record it again")
        specs = {name: spec for name, spec in self._specs.items() if spec.stream == stream}
        arrays = decode_chunk(data, specs, None if stream == CONSTANT else chunk.count, str(path))
        self._chunks[chunk.file] = arrays
        self._chunk_bytes += chunk.bytes
        while self._chunk_bytes > CACHE_BYTES and len(self._chunks) > 1:
            file, _ = self._chunks.popitem(last=False)
            self._chunk_bytes -= next(c.bytes for cs in self._streams.values() for c in cs if c.file == file)
        return arrays


def _read_only(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.flags.writeable = False
    return view


def _stream_steps(chunks: list[Chunk]) -> np.ndarray:
    parts = [first + stride * np.arange(count) for chunk in chunks for first, count, stride in chunk.ranges]
    return _read_only(np.concatenate([np.empty(0, np.int64), *parts]).astype(np.int64))


def _check_size(path: Path, size: int) -> None:
    try:
        found = path.stat().st_size
    except OSError as error:
        raise TraceError(f"{path}: {error.strerror or error}: record it again") from None
    if found != size:
        raise TraceError(f"{path}: {found} bytes instead of {size}: damaged, record it again")


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def _span(steps: np.ndarray) -> str:
    return f"{len(steps)} steps from {steps[0]} to {steps[-1]}" if len(steps) else "no steps"
