"""Inside a worker: rasters that tell their digests unpainted because they are remembered, or that are remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scenes.parts.raster import Pixels
from studio.memory import Memory, add, recall

_trusted: dict[bytes, bytes] | None = None  # what is remembered, while that is doubted


def forget() -> None:
    """From now on every picture is painted to be hashed."""
    Pixels.known = None


def doubt() -> None:
    """Until `trust`, every picture is painted before it is hashed, and learnt; to be called inside `remembered`."""
    global _trusted
    _trusted, Pixels.known = Pixels.known, {}


def trust() -> None:
    """What is remembered, and what has been learnt since `doubt`, tells digests again."""
    global _trusted
    if _trusted is not None:
        _trusted.update(Pixels.known or {})
        Pixels.known, _trusted = _trusted, None


@contextmanager
def learning(memory: Memory | None) -> Iterator[Callable[[], None]]:
    """Inside, every picture is painted before it is hashed; the function given adds what was learnt to the memory."""
    if memory is None:
        yield lambda: None
        return
    known: dict[bytes, bytes] = {}
    Pixels.known = known
    try:
        yield lambda: add(memory, known)
    finally:
        forget()


@contextmanager
def remembered(memory: Memory | None) -> Iterator[None]:
    """Inside, pictures that are remembered tell their digests unpainted; what is learnt is added if all went well."""
    known = {} if memory is None else recall(memory)
    before = len(known)
    Pixels.known = known
    try:
        yield
    finally:
        forget()
    if memory is not None and len(known) > before:
        add(memory, known)
