"""The trace's bytes: bounds, the manifest's schema, chunk files in and out. Knows no training and no scene.

A trace is a folder. ``manifest.json`` (written last) names every array with its shape and dtype and every
chunk with its size, sha256 and steps; a chunk is a safetensors file in which each array is stacked over the
chunk's steps: (steps, *shape). Everything read is bounded before memory is asked for: whoever wrote the
manifest may have been unkind.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, deserialize
from safetensors.numpy import save

from engine.errors import TraceError

SCHEMA = "gradreel-trace/1"
MANIFEST = "manifest.json"
MADE_FROM = "made_from.json"  # fingerprint of code, data and parameters; not part of the digest
CONSTANT = "constant"  # the stream of arrays that are recorded once
METADATA_KEY = "gradreel"  # one key only: safetensors writes several keys in random order

MAX_MANIFEST_BYTES = 16 << 20
MAX_CHUNK_BYTES = 256 << 20
MAX_HEADER_BYTES = 1 << 20
MAX_ARRAYS = 4096
MAX_CHUNKS = 100_000
MAX_STEPS = 10_000_000
MAX_DIMENSIONS = 8

DTYPES: dict[str, str] = {  # NumPy's name -> safetensors' name; nothing else is read or written
    "float64": "F64", "float32": "F32", "float16": "F16", "int64": "I64", "int32": "I32",
    "int16": "I16", "int8": "I8", "uint8": "U8", "bool": "BOOL",
}  # fmt: skip
_ARRAY_NAME = re.compile(r"[A-Za-z0-9_]+(?:[.\-][A-Za-z0-9_]+)*")
_STREAM_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_TRACE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_\-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ArraySpec:
    """What one array of a trace is: ``shape`` of one step, NumPy dtype name, stream, and its meaning in words."""

    shape: tuple[int, ...]
    dtype: str
    stream: str
    meaning: str = ""

    @property
    def step_bytes(self) -> int:
        """Bytes of one step of this array."""
        return math.prod(self.shape) * np.dtype(self.dtype).itemsize


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk file: its size in bytes, its sha256 and its steps as ranges (first, count, stride)."""

    file: str
    bytes: int
    sha256: str
    ranges: tuple[tuple[int, int, int], ...]

    @property
    def count(self) -> int:
        """How many steps the chunk holds."""
        return sum(count for _, count, _ in self.ranges)


def canonical(value: object) -> bytes:
    """JSON with sorted keys, no spaces, UTF-8, no NaN: equal values give equal bytes."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def valid_trace_name(name: object) -> bool:
    """A name that is safe as a folder's name: letters, digits, _ and -, at most 64."""
    return isinstance(name, str) and _TRACE_NAME.fullmatch(name) is not None


def valid_array_name(name: object) -> bool:
    """A name such as ``grads.layers.0.weight``: words joined by dots or dashes, at most 128 characters."""
    return isinstance(name, str) and len(name) <= 128 and _ARRAY_NAME.fullmatch(name) is not None


def valid_stream_name(name: object) -> bool:
    """A lower-case word; chunk files are called after it."""
    return isinstance(name, str) and _STREAM_NAME.fullmatch(name) is not None


def chunk_file(stream: str, number: int) -> str:
    """The only file name a chunk may have; a manifest that names another is refused."""
    return "constants.safetensors" if stream == CONSTANT else f"{stream}-{number:05d}.safetensors"


def sync_folder(folder: Path) -> None:
    """Make renames in ``folder`` durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(path: Path, data: bytes) -> None:
    """Write ``path`` wholly or not at all: temporary file, fsync, rename, fsync of the folder."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def read_bounded(path: Path, limit: int, exact: int | None = None) -> bytes:
    """The bytes of a regular file of at most ``limit`` (or of ``exact``) bytes; TraceError otherwise."""
    try:
        with path.open("rb") as handle:
            status = os.fstat(handle.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise TraceError(f"{path}: not a regular file")
            if status.st_size > limit:
                raise TraceError(f"{path}: {status.st_size} bytes: more than the {limit} a trace may have")
            if exact is not None and status.st_size != exact:
                raise TraceError(f"{path}: {status.st_size} bytes instead of {exact}: damaged, record it again")
            return handle.read(limit + 1 if exact is None else exact)
    except FileNotFoundError:
        raise TraceError(f"{path}: missing: record it again") from None
    except OSError as error:
        raise TraceError(f"{path}: cannot be read: {error.strerror or error}") from None


def encode_chunk(arrays: Mapping[str, np.ndarray], note: Mapping[str, Any]) -> bytes:
    """A safetensors file holding ``arrays``, with ``note`` as canonical JSON under its one metadata key."""
    whole = {name: np.array(array, order="C", copy=None) for name, array in arrays.items()}
    return save(whole, metadata={METADATA_KEY: canonical(note).decode()})


def decode_chunk(data: bytes, specs: Mapping[str, ArraySpec], count: int | None, where: str) -> dict[str, np.ndarray]:
    """Arrays of a chunk, read-only, each (count, *shape), or (*shape) when ``count`` is None; else TraceError.

    The sizes that ``specs`` promise are compared with the file's before the library may allocate anything.
    """
    promised = sum(spec.step_bytes * (1 if count is None else count) for spec in specs.values())
    header = int.from_bytes(data[:8], "little") if len(data) >= 8 else -1
    if not 2 <= header <= min(MAX_HEADER_BYTES, len(data) - 8) or promised != len(data) - 8 - header:
        raise TraceError(f"{where}: its size does not fit the manifest: damaged, record it again")
    try:
        tensors = dict(deserialize(data))
    except (SafetensorError, ValueError, OverflowError, MemoryError) as error:
        raise TraceError(f"{where}: not a safetensors file: {str(error).splitlines()[0]}") from None
    if set(tensors) != set(specs):
        raise TraceError(f"{where}: holds other arrays than the manifest says: damaged, record it again")
    arrays = {}
    for name, spec in specs.items():
        shape = spec.shape if count is None else (count, *spec.shape)
        tensor = tensors[name]
        if tensor["dtype"] != DTYPES[spec.dtype] or tuple(tensor["shape"]) != shape:
            raise TraceError(f"{where}: {name} is not {spec.dtype} {shape}: damaged, record it again")
        array = np.frombuffer(tensor["data"], dtype=spec.dtype).reshape(shape)
        array.flags.writeable = False
        arrays[name] = array
    return arrays


def parse_manifest(data: bytes, where: str) -> dict[str, Any]:
    """The manifest as a dict: its JSON is strict and its schema is ours; TraceError otherwise."""

    def refuse(text: str) -> None:
        raise ValueError(f"{text} is not JSON")

    try:
        manifest = json.loads(data, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise TraceError(f"{where}: not JSON: {str(error).splitlines()[0][:120]}") from None
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        raise TraceError(f"{where}: schema: not {SCHEMA}: record it again")
    if not valid_trace_name(manifest.get("name")):
        raise TraceError(f"{where}: name: not a trace's name")
    return manifest


def parse_arrays(manifest: Mapping[str, Any], where: str) -> dict[str, ArraySpec]:
    """The manifest's table of arrays, every field checked."""
    table = manifest.get("arrays")
    if not isinstance(table, dict) or len(table) > MAX_ARRAYS:
        raise TraceError(f"{where}: arrays: not a table of at most {MAX_ARRAYS} arrays")
    specs = {}
    for name, row in table.items():
        if not valid_array_name(name):
            raise TraceError(f"{where}: arrays: {name[:60]!r} is not an array's name")
        specs[name] = _parse_spec(row, f"{where}: arrays.{name}")
    return specs


def _parse_spec(row: object, where: str) -> ArraySpec:
    if not isinstance(row, dict) or set(row) != {"shape", "dtype", "stream", "meaning"}:
        raise TraceError(f"{where}: needs exactly shape, dtype, stream and meaning")
    shape, dtype, stream, meaning = row["shape"], row["dtype"], row["stream"], row["meaning"]
    if not isinstance(shape, list) or len(shape) > MAX_DIMENSIONS or not all(_whole(n, 2**31) for n in shape):
        raise TraceError(f"{where}: shape: not at most {MAX_DIMENSIONS} whole numbers below 2^31")
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise TraceError(f"{where}: dtype: not one of {', '.join(DTYPES)}")
    if not valid_stream_name(stream) or not isinstance(meaning, str):
        raise TraceError(f"{where}: stream or meaning is not a proper word")
    return ArraySpec(tuple(shape), dtype, stream, meaning)


def parse_streams(manifest: Mapping[str, Any], specs: Mapping[str, ArraySpec], where: str) -> dict[str, list[Chunk]]:
    """The chunks of every stream, in order; sizes, hashes, names and step ranges checked."""
    table = manifest.get("streams")
    used = {spec.stream for spec in specs.values()}
    if not isinstance(table, dict) or set(table) != used:
        raise TraceError(f"{where}: streams: not exactly those that the arrays use")
    streams = {}
    for stream, rows in table.items():
        if not isinstance(rows, list) or not 1 <= len(rows) <= (1 if stream == CONSTANT else MAX_CHUNKS):
            raise TraceError(f"{where}: streams.{stream}: not a list of chunks")
        chunks = [
            _parse_chunk(row, chunk_file(stream, number), f"{where}: streams.{stream}[{number}]")
            for number, row in enumerate(rows)
        ]
        _check_order(chunks, stream, where)
        per_step = sum(spec.step_bytes for spec in specs.values() if spec.stream == stream)
        for chunk in chunks:
            if per_step * (1 if stream == CONSTANT else chunk.count) > chunk.bytes:
                raise TraceError(f"{where}: {chunk.file}: its arrays do not fit into {chunk.bytes} bytes")
        streams[stream] = chunks
    return streams


def _parse_chunk(row: object, file: str, where: str) -> Chunk:
    if not isinstance(row, dict) or set(row) != {"file", "bytes", "sha256", "ranges"}:
        raise TraceError(f"{where}: needs exactly file, bytes, sha256 and ranges")
    if row["file"] != file:
        raise TraceError(f"{where}: file: must be {file}")
    if not _whole(row["bytes"], MAX_CHUNK_BYTES + 1):
        raise TraceError(f"{where}: bytes: not a whole number up to {MAX_CHUNK_BYTES}")
    if not isinstance(row["sha256"], str) or _SHA256.fullmatch(row["sha256"]) is None:
        raise TraceError(f"{where}: sha256: not 64 hexadecimal digits")
    ranges = row["ranges"]
    good = isinstance(ranges, list) and all(
        isinstance(part, list) and len(part) == 3 and all(_whole(n, 2**53) for n in part) and part[1] and part[2]
        for part in ranges
    )
    if not good:
        raise TraceError(f"{where}: ranges: not a list of [first, count, stride]")
    return Chunk(file, row["bytes"], row["sha256"], tuple((a, b, c) for a, b, c in ranges))


def _check_order(chunks: list[Chunk], stream: str, where: str) -> None:
    if stream == CONSTANT:
        if chunks[0].ranges:
            raise TraceError(f"{where}: streams.constant: has steps")
        return
    last, total = -1, 0
    for chunk in chunks:
        for first, count, stride in chunk.ranges:
            total += count
            if first <= last or total > MAX_STEPS:
                raise TraceError(f"{where}: streams.{stream}: steps do not rise, or are too many")
            last = first + (count - 1) * stride
        if not chunk.ranges:
            raise TraceError(f"{where}: streams.{stream}: a chunk without steps")


def step_ranges(steps: list[int]) -> list[list[int]]:
    """Rising step numbers as few [first, count, stride] as a greedy reading needs."""
    ranges: list[list[int]] = []
    for step in steps:
        if ranges and ranges[-1][1] == 1 and step > ranges[-1][0]:
            ranges[-1] = [ranges[-1][0], 2, step - ranges[-1][0]]
        elif ranges and step == ranges[-1][0] + ranges[-1][1] * ranges[-1][2]:
            ranges[-1][1] += 1
        else:
            ranges.append([step, 1, 1])
    return ranges


def sha256_hex(data: bytes) -> str:
    """The sha256 of ``data`` as hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def _whole(value: object, below: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < below
