"""Writes a trace: rows are gathered, chunks leave whole, the manifest comes last. Reads no trace, trains nothing.

Everything is written into ``.<folder>.part`` beside the folder, which takes the folder's place only when it is
complete. What an interrupted run leaves there is a row of whole chunks, a journal and the trainer's state, from
which the same run goes on and ends with the same bytes.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from engine.errors import TraceError
from engine.trace_format import (
    CONSTANT,
    DTYPES,
    MADE_FROM,
    MANIFEST,
    MAX_CHUNK_BYTES,
    MAX_MANIFEST_BYTES,
    SCHEMA,
    ArraySpec,
    canonical,
    chunk_file,
    decode_chunk,
    encode_chunk,
    read_bounded,
    sha256_hex,
    step_ranges,
    sync_folder,
    valid_array_name,
    valid_stream_name,
    valid_trace_name,
    write_whole,
)

CHUNK_BYTES = 4 << 20  # a chunk is closed at the first checkpoint at which the gathered rows exceed this
JOURNAL = "journal.json"
STATE = "state.safetensors"
NOTE = "parameters and gradients of a step belong to the moment before its update"

Derive = Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]]


class TraceWriter:
    """Context manager that records one run into ``folder``.

    ``manifest`` is any JSON-able mapping that shall travel with the trace (experiment, task, seed, environment).
    ``meanings`` maps names, or patterns such as ``grads.*``, to a sentence with shape and unit; every array needs
    one. ``derive[stream]`` is called with a chunk's stacked arrays and returns those to be written: what can be
    worked out for many steps at once is worked out there, so that recording is cheaper than the step it records.
    Leaving the block normally publishes the trace; leaving it by an exception keeps the whole chunks for a writer
    with the same ``resume_key`` (whatever the numbers depend on). ``beside`` is written as ``made_from.json``,
    with the manifest's hash: what the trace was made from is not part of its digest, so that an engine that gives the
    same numbers gives the same trace.
    """

    def __init__(
        self,
        folder: Path | str,
        name: str,
        manifest: Mapping[str, Any] | None = None,
        meanings: Mapping[str, str] | None = None,
        *,
        derive: Mapping[str, Derive] | None = None,
        chunk_bytes: int = CHUNK_BYTES,
        resume_key: str | None = None,
        beside: Mapping[str, Any] | None = None,
    ) -> None:
        if not valid_trace_name(name):
            raise TraceError(f"{name!r}: a trace's name has only letters, digits, _ and -, at most 64")
        self.folder = Path(folder)
        self.name = name
        self.manifest = dict(manifest or {})
        self.chunk_bytes = chunk_bytes
        self._part = self.folder.with_name(f".{self.folder.name}.part")
        self._meanings = dict(meanings or {})
        self._derive = dict(derive or {})
        self._resume_key = resume_key
        self._beside = dict(beside or {})
        self._rows: dict[str, list[Mapping[str, Any]]] = {}
        self._row_bytes: dict[str, int] = {}
        self._numbers: dict[str, list[int]] = {}
        self._gathered = 0
        self._constants: dict[str, np.ndarray] = {}
        self._specs: dict[str, ArraySpec] = {}
        self._chunks: dict[str, list[dict[str, Any]]] = {}
        self._last: dict[str, int] = {}
        self.state: dict[str, np.ndarray] = {}  # the trainer's, when a run is resumed; empty for a fresh one

    def __enter__(self) -> TraceWriter:
        """Prepare the working folder; take over what an interrupted run of the same key left."""
        self._part.parent.mkdir(parents=True, exist_ok=True)
        if self._resume_key is None or not self._take_over():
            shutil.rmtree(self._part, ignore_errors=True)
            self._part.mkdir()
            self._chunks, self._specs, self._last, self.state = {}, {}, {}, {}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Publish the trace, unless the block was left by an exception."""
        if kind is None:
            self.finish()

    def constants(self, arrays: Mapping[str, np.ndarray | float]) -> None:
        """Record arrays that hold for the whole run; may be called several times with different names."""
        for name, value in arrays.items():
            array = np.array(value, order="C")
            self._declare(name, CONSTANT, array.shape, array.dtype)
            self._constants[name] = array

    def append(self, stream: str, step: int, arrays: Mapping[str, np.ndarray | float], *, copy: bool = True) -> None:
        """Record ``arrays`` at ``step``; steps of a stream must rise and always bring the same names and shapes.

        With ``copy=False`` the arrays are handed over: nobody may change them afterwards.
        """
        if step <= self._last.get(stream, -1):
            raise TraceError(f"{self.name}: {stream}: step {step} recorded after step {self._last[stream]}")
        row = {name: np.array(value) for name, value in arrays.items()} if copy else arrays
        if stream not in self._rows:
            self._rows[stream], self._numbers[stream] = [], []
            self._row_bytes[stream] = sum(np.asarray(value).nbytes for value in row.values())
        self._last[stream] = step
        self._rows[stream].append(row)
        self._numbers[stream].append(step)
        self._gathered += self._row_bytes[stream]

    def checkpoint(self, state: Callable[[], Mapping[str, np.ndarray]] | None = None) -> bool:
        """Call between steps: when enough is gathered, write all streams' chunks and what resuming needs.

        ``state`` gives the arrays from which the run can go on. Returns whether anything was written.
        """
        if self._gathered < self.chunk_bytes:
            return False
        self._flush()
        if state is not None:
            arrays = {name: np.array(value, order="C") for name, value in state().items()}
            table = {name: [list(array.shape), array.dtype.name] for name, array in arrays.items()}
            data = encode_chunk(arrays, {})
            write_whole(self._part / STATE, data)
            self._write_journal({"sha256": sha256_hex(data), "bytes": len(data), "arrays": table})
        return True

    def series(self, name: str) -> np.ndarray:
        """Everything recorded so far of one array, (steps, *shape), also by the run this one goes on from.

        Closes the current chunks, so call it where every run of the experiment does: after a training.
        """
        self._flush()
        stream = self._specs[name].stream
        specs = {other: spec for other, spec in self._specs.items() if spec.stream == stream}
        parts = []
        for chunk in self._chunks[stream]:
            data = read_bounded(self._part / chunk["file"], MAX_CHUNK_BYTES, chunk["bytes"])
            count = sum(row[1] for row in chunk["ranges"])
            parts.append(decode_chunk(data, specs, count, chunk["file"])[name])
        return np.concatenate(parts)

    def finish(self, **more: Any) -> None:
        """Write what is left and the manifest (with ``more`` added), and put the folder in its place."""
        self._flush()
        if self._constants:
            self._write_chunk(CONSTANT, self._constants, [])
        self.manifest.update(more)
        arrays = {
            name: {"shape": list(s.shape), "dtype": s.dtype, "stream": s.stream, "meaning": s.meaning}
            for name, s in self._specs.items()
        }
        head = {"schema": SCHEMA, "name": self.name, "note": NOTE, "arrays": arrays, "streams": self._chunks}
        data = canonical({**self.manifest, **head})
        if len(data) > MAX_MANIFEST_BYTES:
            raise TraceError(f"{self.name}: manifest of {len(data)} bytes: more than {MAX_MANIFEST_BYTES}")
        (self._part / STATE).unlink(missing_ok=True)
        (self._part / JOURNAL).unlink(missing_ok=True)
        if self._beside:
            write_whole(self._part / MADE_FROM, canonical({**self._beside, "manifest": sha256_hex(data)}))
        write_whole(self._part / MANIFEST, data)
        self._publish()

    def _publish(self) -> None:
        """Swap the finished folder in. A kill in between leaves the old trace or a complete ``.part`` folder."""
        old = self.folder.with_name(f".{self.folder.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        if self.folder.exists():
            self.folder.rename(old)
        self._part.rename(self.folder)
        sync_folder(self.folder.parent)
        shutil.rmtree(old, ignore_errors=True)

    def _flush(self) -> None:
        for stream, rows in self._rows.items():
            if not rows:
                continue
            arrays: dict[str, np.ndarray] = {
                name: _stacked([row[name] for row in rows], f"{self.name}: {name}") for name in rows[0]
            }
            if stream in self._derive:
                arrays = self._derive[stream](arrays)
            for name, array in arrays.items():
                self._declare(name, stream, array.shape[1:], array.dtype)
            self._write_chunk(stream, arrays, self._numbers[stream])
        self._rows, self._numbers, self._gathered = {}, {}, 0

    def _write_chunk(self, stream: str, arrays: Mapping[str, np.ndarray], steps: list[int]) -> None:
        chunks = self._chunks.setdefault(stream, [])
        file, ranges = chunk_file(stream, len(chunks)), step_ranges(steps)
        expected = {name for name, spec in self._specs.items() if spec.stream == stream}
        if expected != set(arrays):
            raise TraceError(f"{self.name}: {stream}: arrays differ from those of the steps before")
        data = encode_chunk(arrays, {"trace": self.name, "stream": stream, "ranges": ranges})
        if len(data) > MAX_CHUNK_BYTES:
            raise TraceError(
                f"{self.name}: {file}: {len(data)} bytes: more than {MAX_CHUNK_BYTES}: checkpoint more often"
            )
        write_whole(self._part / file, data)
        chunks.append({"file": file, "bytes": len(data), "sha256": sha256_hex(data), "ranges": ranges})

    def _declare(self, name: str, stream: str, shape: tuple[int, ...], dtype: np.dtype) -> None:
        known = self._specs.get(name)
        if known is not None:
            if (known.shape, known.dtype, known.stream) != (shape, dtype.name, stream):
                raise TraceError(f"{self.name}: {name}: {dtype.name} {shape} in {stream} after {known}")
            return
        if not valid_array_name(name) or not valid_stream_name(stream) or dtype.name not in DTYPES:
            raise TraceError(f"{self.name}: {stream}: {name}: bad name or dtype {dtype.name}")
        self._specs[name] = ArraySpec(shape, dtype.name, stream, self._meaning(name))

    def _meaning(self, name: str) -> str:
        if name in self._meanings:
            return self._meanings[name]
        for pattern, meaning in self._meanings.items():
            if fnmatchcase(name, pattern):
                return meaning
        raise TraceError(f"{self.name}: {name}: recorded without a meaning")

    # -- resuming ----------------------------------------------------------------------------------

    def _key(self) -> str:
        return sha256_hex(canonical([self.name, self.manifest, self.chunk_bytes, self._resume_key]))

    def _write_journal(self, state: Mapping[str, Any]) -> None:
        specs = {
            name: [list(s.shape), s.dtype, s.stream, s.meaning]
            for name, s in self._specs.items()
            if s.stream != CONSTANT
        }
        journal = {
            "key": self._key(), "chunks": self._chunks, "specs": specs, "last": self._last, "state": state,
        }  # fmt: skip
        write_whole(self._part / JOURNAL, canonical(journal))

    def _take_over(self) -> bool:
        """Read the journal of an interrupted run with the same key; any damage means starting anew."""
        try:
            journal = json.loads(read_bounded(self._part / JOURNAL, MAX_MANIFEST_BYTES))
            if journal["key"] != self._key():
                return False
            for chunks in journal["chunks"].values():
                for chunk in chunks:
                    data = read_bounded(self._part / chunk["file"], MAX_CHUNK_BYTES, chunk["bytes"])
                    if sha256_hex(data) != chunk["sha256"]:
                        return False
            state = journal["state"]
            data = read_bounded(self._part / STATE, MAX_CHUNK_BYTES, state["bytes"])
            if sha256_hex(data) != state["sha256"]:
                return False
            shapes = {name: ArraySpec(tuple(shape), dtype, "state") for name, (shape, dtype) in state["arrays"].items()}
            self.state = decode_chunk(data, shapes, None, str(self._part / STATE))
            self._chunks, self._last = journal["chunks"], journal["last"]
            self._specs = {
                name: ArraySpec(tuple(shape), dtype, stream, meaning)
                for name, (shape, dtype, stream, meaning) in journal["specs"].items()
            }
        except (TraceError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return False
        keep = {chunk["file"] for chunks in self._chunks.values() for chunk in chunks} | {STATE, JOURNAL}
        for path in self._part.iterdir():
            if path.name not in keep:
                path.unlink()
        return True


def _stacked(values: list[Any], where: str) -> np.ndarray:
    """Values of one array over the steps as (steps, *shape): np.stack, but quick for thousands of small ones."""
    first = np.asarray(values[0])
    try:
        if first.ndim == 0:
            return np.array(values, dtype=first.dtype)
        return np.concatenate(values).reshape(len(values), *first.shape)
    except (ValueError, TypeError):
        raise TraceError(f"{where}: its shape changes from step to step") from None
