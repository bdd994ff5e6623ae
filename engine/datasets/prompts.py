"""The door in for prompts: a JSON, TOML or CSV file becomes sentences, next words and topics. Trains nothing.

A prompt is the beginning of a sentence, the word that comes next, and what it is about. The same four lines of
checks hold for the committed prompts and for a user's own.
"""

from __future__ import annotations

import csv
import io
import json
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine.errors import UserError

CITY_PROMPTS: Final = Path(__file__).resolve().parents[2] / "data" / "city_prompts.json"
MAX_BYTES: Final = 4 << 20
PROMPTS: Final = (20, 5000)  # fewest and most prompts of a file
WORDS: Final = (1, 48)  # fewest and most words of a prompt
CLASSES: Final = (2, 24)  # fewest and most different next words
MAX_TOPICS: Final = 60
MAX_NAME: Final = 40  # characters of a next word or a topic
MAX_TEXT: Final = 400  # characters of a prompt
FIELDS: Final = ("text", "next", "topic")
_OPENING: Final = '"([{<¿¡«“„'
_CLOSING: Final = '")]}>»”.,;:!?…'


@dataclass(frozen=True, slots=True)
class Prompt:
    """The beginning of a sentence, the word that comes next, and what it is about."""

    text: str
    answer: str
    topic: str


@dataclass(frozen=True, slots=True)
class Prompts:
    """A file's prompts in their order; ``classes`` are the next words and ``topics`` the topics that occur."""

    where: str
    items: tuple[Prompt, ...]
    classes: tuple[str, ...]
    topics: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.items)

    @property
    def labels(self) -> np.ndarray:
        """Which of ``classes`` comes next: (prompts,) int64."""
        return np.array([self.classes.index(item.answer) for item in self.items])

    @property
    def topic_labels(self) -> np.ndarray:
        """Which of ``topics`` each prompt is about: (prompts,) int64."""
        return np.array([self.topics.index(item.topic) for item in self.items])

    def find(self, text: str) -> int:
        """The place of the prompt whose text is ``text``; UserError when there is none."""
        for place, item in enumerate(self.items):
            if item.text == text:
                return place
        raise UserError(f"{self.where}: {text!r}: is not one of its {len(self)} prompts")


def load_prompts(path: Path | str = CITY_PROMPTS, classes: Sequence[str] = ()) -> Prompts:
    """The prompts of a .json, .toml or .csv file; UserError "file: key: reason" for anything else.

    ``classes`` fixes the order of the next words (and must then name them all); by default they come in the order in
    which the file brings them.
    """
    path = Path(path)
    readers = {".json": _json_rows, ".toml": _toml_rows, ".csv": _csv_rows}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise UserError(f"{path}: prompts: a .json, .toml or .csv file is needed")
    return _checked(reader(_text(path), str(path)), str(path), classes)


def read_rows(rows: Any, where: str) -> Prompts:
    """Prompts from tables with text, next and topic that somebody else has read; ``where`` names their file."""
    if not isinstance(rows, list):
        raise UserError(f"{where}: prompt: [[prompt]] tables with text, next and topic are needed")
    return _checked(rows, where, ())


def split_words(text: str) -> list[str]:
    """The words of ``text``: split at blanks, marks at a word's edges are words of their own.

    Wide characters (Chinese, Japanese, Korean) stand for themselves, as their scripts use no blanks.
    """
    words: list[str] = []
    for chunk in text.split():
        head, tail = [], []
        while len(chunk) > 1 and chunk[0] in _OPENING:
            head.append(chunk[0])
            chunk = chunk[1:]
        while len(chunk) > 1 and chunk[-1] in _CLOSING and not _initial(chunk):
            tail.append(chunk[-1])
            chunk = chunk[:-1]
        words += [*head, *_narrow(chunk), *reversed(tail)]
    return words


def _initial(chunk: str) -> bool:
    """Whether ``chunk`` is an initial such as "I.", whose full stop is part of it."""
    return len(chunk) == 2 and chunk[0].isalpha() and chunk[0].isupper() and chunk[1] == "."


def _narrow(chunk: str) -> list[str]:
    """``chunk`` with its wide characters cut out as words of one character."""
    words, word = [], ""
    for letter in chunk:
        if unicodedata.east_asian_width(letter) in "WF":
            words += [word, letter] if word else [letter]
            word = ""
        else:
            word += letter
    return [*words, word] if word else words


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UserError(f"{path}: size: more than {MAX_BYTES} bytes")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(f"{path}: text: is not UTF-8") from None
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}") from None


def _json_rows(text: str, where: str) -> list[Any]:
    """The committed format: a list of {"city", "topic", "stem"}, or of {"text", "next", "topic"}."""
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{where}: JSON: {str(error).splitlines()[0][:120]}") from None
    if not isinstance(rows, list):
        raise UserError(f"{where}: JSON: a list of prompts is needed")
    renamed = {"stem": "text", "city": "next"}
    return [
        {renamed.get(key, key): value for key, value in row.items()} if isinstance(row, dict) else row for row in rows
    ]


def _toml_rows(text: str, where: str) -> list[Any]:
    """``[[prompt]]`` tables with text, next and topic."""
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{where}: TOML: {str(error).splitlines()[0][:120]}") from None
    for key in table:
        if key != "prompt":
            raise UserError(f"{where}: {key}: unknown key: only [[prompt]] tables are known")
    rows = table.get("prompt")
    if not isinstance(rows, list):
        raise UserError(f"{where}: prompt: [[prompt]] tables with text, next and topic are needed")
    return rows


def _csv_rows(text: str, where: str) -> list[Any]:
    """A header line with text, next and topic in any order, then a line for each prompt."""
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise UserError(f"{where}: CSV: {error}") from None
    header = [name.strip().lower() for name in lines[0]] if lines else []
    if sorted(header) != sorted(FIELDS):
        raise UserError(f"{where}: line 1: the columns must be text, next and topic")
    rows = []
    for number, line in enumerate(lines[1:], 2):
        if not line:
            continue
        if len(line) != len(header):
            raise UserError(f"{where}: line {number}: {len(line)} columns instead of {len(header)}")
        rows.append(dict(zip(header, line, strict=True)))
    return rows


def _checked(rows: Sequence[Any], where: str, order: Sequence[str]) -> Prompts:
    _within(len(rows), PROMPTS, f"{where}: prompts")
    items: list[Prompt] = []
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, 1):
        item = _prompt(row, f"{where}: prompt {number}")
        if item.text in seen:
            raise UserError(f"{where}: prompt {number}: text: the same as prompt {seen[item.text]}")
        seen[item.text] = number
        items.append(item)
    classes = _unique(item.answer for item in items)
    topics = _unique(item.topic for item in items)
    _within(len(classes), CLASSES, f"{where}: next: different words")
    _within(len(topics), (1, MAX_TOPICS), f"{where}: topic: different topics")
    if order:
        if sorted(order) != sorted(classes):
            raise UserError(f"{where}: classes: {', '.join(order)}: must name the next words {', '.join(classes)}")
        classes = tuple(order)
    return Prompts(where, tuple(items), classes, topics)


def _prompt(row: Any, where: str) -> Prompt:
    if not isinstance(row, Mapping):
        raise UserError(f"{where}: a table with text, next and topic is needed")
    for key in row:
        if key not in FIELDS:
            raise UserError(f"{where}: {str(key)[:40]}: unknown key: only text, next and topic are known")
    text, answer, topic = (_string(row, key, where) for key in FIELDS)
    _within(len(split_words(text)), WORDS, f"{where}: text: words")
    return Prompt(text, answer, topic)


def _string(row: Mapping[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    if not isinstance(value, str):
        raise UserError(f"{where}: {key}: a text is needed")
    value = unicodedata.normalize("NFC", " ".join(value.split()))
    longest = MAX_TEXT if key == "text" else MAX_NAME
    if not value or len(value) > longest:
        raise UserError(f"{where}: {key}: 1 to {longest} characters are needed")
    for letter in value:
        if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn") and letter not in "\u200c\u200d":
            raise UserError(f"{where}: {key}: holds the unprintable character U+{ord(letter):04X}")
    return value


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _within(count: int, bounds: tuple[int, int], where: str) -> None:
    fewest, most = bounds
    if not fewest <= count <= most:
        raise UserError(f"{where}: {count}: must be {fewest} to {most}")
