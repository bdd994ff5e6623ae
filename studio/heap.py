"""What the C library does with freed memory: kept by who draws, where pictures of several megabytes come and go with
every frame; given back by who serves many pictures now and then, for hours, in many threads."""

from __future__ import annotations

import ctypes
from functools import lru_cache
from typing import Any, Final

_TRIM_THRESHOLD: Final = -1  # numbers of glibc's malloc.h
_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8
_LARGEST: Final = 32 << 20  # bytes, more than any picture of a frame; glibc allows no more than this
_KEPT: Final = 48 << 20  # free bytes at the heap's end before any are given back
_ARENAS: Final = 2  # heaps for all threads, instead of eight a core that each keep what they once had


@lru_cache(maxsize=1)
def _library() -> Any:
    """The C library, or None where it is not glibc."""
    try:
        library = ctypes.CDLL(None)
        return library if library.mallopt and library.malloc_trim else None
    except (OSError, AttributeError, TypeError):
        return None


@lru_cache(maxsize=1)
def keep() -> None:
    """From now on, in this process, freed arrays are used again instead of given back and zeroed page by page.

    Nothing happens where the C library is not glibc; the same goes for the functions below.
    """
    if (library := _library()) is not None:
        library.mallopt(_MMAP_THRESHOLD, _LARGEST)
        library.mallopt(_TRIM_THRESHOLD, _KEPT)


def share() -> None:
    """From now on the threads of this process share a few heaps: what one frees, another may use."""
    if (library := _library()) is not None:
        library.mallopt(_ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Give what is free to the system, wherever in the heaps it lies."""
    if (library := _library()) is not None:
        library.malloc_trim(0)
