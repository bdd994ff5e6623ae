"""Asks the C library to keep freed memory: pictures of several megabytes come and go with every frame."""

from __future__ import annotations

import ctypes
from functools import lru_cache
from typing import Final

_TRIM_THRESHOLD: Final = -1  # numbers of glibc's malloc.h
_MMAP_THRESHOLD: Final = -3
_LARGEST: Final = 32 << 20  # bytes, more than any picture of a frame; glibc allows no more than this
_KEPT: Final = 48 << 20  # free bytes at the heap's end before any are given back


@lru_cache(maxsize=1)
def keep() -> None:
    """From now on, in this process, freed arrays are used again instead of given back and zeroed page by page.

    Nothing happens where the C library is not glibc.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return
    mallopt(_MMAP_THRESHOLD, _LARGEST)
    mallopt(_TRIM_THRESHOLD, _KEPT)
