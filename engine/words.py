"""A vocabulary of whole words: prompts become numbers and back. Learns nothing.

Every word that occurs has a number; there is no word for "unknown", because the model only ever sees its prompts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from engine.datasets.prompts import Prompts, split_words


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All words in alphabetical order; a word's number is its place."""

    words: tuple[str, ...]
    numbers: dict[str, int]

    @classmethod
    def of(cls, prompts: Prompts) -> Vocabulary:
        """The words of all prompts, and their next words (each one word, even "New York")."""
        found = {word for item in prompts.items for word in split_words(item.text)} | set(prompts.classes)
        words = tuple(sorted(found))
        return cls(words, {word: number for number, word in enumerate(words)})

    def encode(self, words: Iterable[str]) -> list[int]:
        """Numbers of known words."""
        return [self.numbers[word] for word in words]


@dataclass(frozen=True, slots=True)
class Sentences:
    """Prompts as numbers: ``inputs`` and ``following`` (prompts, longest), −1 behind the shorter ones.

    ``following[i, j]`` is the word after ``inputs[i, j]``; after the last word of a prompt it is ``answers[i]``.
    """

    inputs: np.ndarray
    following: np.ndarray
    answers: np.ndarray
    lengths: np.ndarray
    class_tokens: np.ndarray


def encode(prompts: Prompts, vocabulary: Vocabulary) -> Sentences:
    """The prompts in their order, as numbers of ``vocabulary``."""
    rows = [vocabulary.encode([*split_words(item.text), item.answer]) for item in prompts.items]
    lengths = np.array([len(row) - 1 for row in rows])
    inputs = np.full((len(rows), int(lengths.max())), -1)
    following = inputs.copy()
    for i, row in enumerate(rows):
        inputs[i, : lengths[i]], following[i, : lengths[i]] = row[:-1], row[1:]
    class_tokens = np.array(vocabulary.encode(prompts.classes))
    return Sentences(inputs, following, class_tokens[prompts.labels], lengths, class_tokens)
