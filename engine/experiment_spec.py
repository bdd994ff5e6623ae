"""Experiments as data: a TOML table whose every key is asked for, checked, and refused if nobody asked. Runs nothing.

Each check raises UserError with one line, "file: key: reason".
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import UserError

MAX_FILE_BYTES = 1 << 20
MAX_LAYERS = 32
MAX_WIDTH = 4096
MAX_PARAMETERS = 5_000_000
MAX_STEPS = 200_000
_REQUIRED: Any = object()
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_\-]{0,63}")


class Table:
    """One TOML table being read. Getters check and note the key; ``done`` refuses whatever was not asked for."""

    def __init__(self, values: Mapping[str, Any], where: str, folder: Path = Path()) -> None:
        self._values = dict(values)
        self._where = where
        self._folder = folder  # of the TOML file: what it names lies there
        self._asked: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._values

    @property
    def where(self) -> str:
        """What this table's errors begin with: its file, and its own name unless it is the whole file."""
        return self._where.rstrip(": .")

    def wrong(self, key: str, reason: str) -> UserError:
        """The error to raise about ``key``."""
        return UserError(f"{self._where}{key}: {reason}")

    def raw(self, key: str, default: Any = _REQUIRED) -> Any:
        """The value as TOML gave it."""
        self._asked.add(key)
        if key not in self._values:
            if default is _REQUIRED:
                raise self.wrong(key, "missing")
            return default
        return self._values[key]

    def keys(self) -> list[str]:
        """All keys of the table, in the file's order."""
        return list(self._values)

    def table(self, key: str) -> Table:
        """A table inside this one; an absent one is empty."""
        value = self.raw(key, {})
        if not isinstance(value, dict):
            raise self.wrong(key, "must be a table")
        return Table(value, f"{self._where}{key}.", self._folder)

    def tables(self, key: str) -> list[Table]:
        """An array of tables."""
        value = self.raw(key)
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise self.wrong(key, "must be an array of tables")
        return [Table(row, f"{self._where}{key}[{i}].", self._folder) for i, row in enumerate(value)]

    def text(self, key: str, default: Any = _REQUIRED, choices: Iterable[str] | None = None, longest: int = 300) -> str:
        """A string, one of ``choices`` if given."""
        value = self.raw(key, default)
        if value is default and default is not _REQUIRED:
            return default
        if not isinstance(value, str) or len(value) > longest or any(not c.isprintable() for c in value):
            raise self.wrong(key, f"must be text of at most {longest} printable characters")
        if choices is not None and value not in (allowed := list(choices)):
            raise self.wrong(key, f"{value!r} is not one of {', '.join(allowed)}")
        return value

    def word(self, key: str, default: Any = _REQUIRED) -> str:
        """A string fit for a file's name: letters, digits, _ and -; no dots, no slashes."""
        value = self.text(key, default)
        if value is not None and _WORD.fullmatch(value) is None:
            raise self.wrong(key, f"{value!r} must be letters, digits, _ or -, at most 64")
        return value

    def place(self, key: str) -> Path:
        """A file or folder that exists beside the TOML file or below it: relative, and never climbing with .. ."""
        text = self.text(key)
        relative = Path(text)
        if relative.is_absolute() or ".." in relative.parts:
            raise self.wrong(key, f"{text!r} must lie beside this file or below it")
        if not (self._folder / relative).exists():
            raise self.wrong(key, f"{text!r}: no such file or folder beside this file")
        return self._folder / relative

    def texts(self, key: str, low: int, high: int) -> list[str]:
        """``low`` to ``high`` different strings."""
        value = self.raw(key)
        good = isinstance(value, list) and all(isinstance(v, str) and 0 < len(v) <= 60 for v in value)
        if not good or not low <= len(value) <= high or len(set(value)) != len(value):
            raise self.wrong(key, f"must be {low} to {high} different words")
        if any(not c.isprintable() for v in value for c in v):
            raise self.wrong(key, "must be printable text")
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        """true or false."""
        value = self.raw(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, "must be true or false")
        return value

    def integer(self, key: str, default: Any = _REQUIRED, low: int = 0, high: int = 2**31) -> int:
        """A whole number from ``low`` to ``high``."""
        value = self.raw(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.wrong(key, f"must be a whole number from {low} to {high}")
        return value

    def number(self, key: str, default: Any = _REQUIRED, low: float = -1e12, high: float = 1e12) -> float:
        """A finite number from ``low`` to ``high``."""
        value = self.raw(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.wrong(key, "must be a finite number")
        if not low <= value <= high:
            raise self.wrong(key, f"{value} is not from {low:g} to {high:g}")
        return float(value) + 0.0  # and -0.0 is 0.0

    def array(self, key: str, shape: Sequence[int | None], default: Any = _REQUIRED) -> NDArray[np.float64]:
        """Nested lists of finite numbers of exactly this shape (None: any length)."""
        value = self.raw(key, default)
        _regular(value, len(shape), self, key)
        array = np.array(value, dtype=np.float64).reshape(_shape(value, len(shape)))
        if any(want is not None and want != got for want, got in zip(shape, array.shape, strict=True)):
            raise self.wrong(key, f"has shape {array.shape} instead of {tuple(n or 'any' for n in shape)}")
        if not np.isfinite(array).all():
            raise self.wrong(key, "holds a number that is not finite")
        return array

    def sizes(self, key: str) -> list[int]:
        """Layer sizes: inputs, hidden layers, outputs. Absurd ones are refused before anything is allocated."""
        value = self.raw(key)
        if not isinstance(value, list) or not 2 <= len(value) <= MAX_LAYERS + 1:
            raise self.wrong(key, f"must be 2 to {MAX_LAYERS + 1} sizes: inputs, hidden layers, outputs")
        for size in value:
            if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= MAX_WIDTH:
                raise self.wrong(key, f"{str(size)[:20]} is not a size from 1 to {MAX_WIDTH}")
        count = sum((a + 1) * b for a, b in pairwise(value))
        if count > MAX_PARAMETERS:
            raise self.wrong(key, f"{count} parameters: more than {MAX_PARAMETERS}")
        return value

    def done(self) -> None:
        """Refuse keys that nobody asked for."""
        for key in self._values:
            if key not in self._asked:
                known = ", ".join(sorted(self._asked))
                raise self.wrong(str(key)[:60], f"unknown key (known here: {known})")


def read_toml(path: Path) -> Table:
    """The TOML file at ``path`` as a Table; UserError if it is absent, too large, or not TOML."""
    try:
        if not path.is_file():
            raise UserError(f"{path}: no such file")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise UserError(f"{path}: larger than {MAX_FILE_BYTES} bytes: not an experiment")
        text = path.read_bytes().decode()
        return Table(tomllib.loads(text), f"{path}: ", path.parent)
    except UnicodeDecodeError:
        raise UserError(f"{path}: not UTF-8 text") from None
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise UserError(f"{path}: not TOML: {str(error).splitlines()[0][:160]}") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror or error}") from None


def _regular(value: Any, depth: int, table: Table, key: str) -> None:
    """Refuse anything but lists of lists (``depth`` deep, rows alike) of numbers."""
    if depth == 0:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise table.wrong(key, f"{str(value)[:40]!r} is not a number")
        if isinstance(value, int) and abs(value) > 2**53:
            raise table.wrong(key, "holds a number that is too large")
        return
    if not isinstance(value, list) or not value:
        raise table.wrong(key, f"must be numbers in lists {depth} deep")
    for row in value:
        _regular(row, depth - 1, table, key)
    if depth > 1 and len({len(row) for row in value}) != 1:
        raise table.wrong(key, "has rows of different lengths")


def _shape(value: Any, depth: int) -> tuple[int, ...]:
    shape = []
    for _ in range(depth):
        shape.append(len(value))
        value = value[0]
    return tuple(shape)
