"""Versions of what is installed, read off the names of folders: `importlib.metadata` itself takes as long as NumPy."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from typing import Any, Final

PackageNotFoundError: Final = ModuleNotFoundError  # what the real one is a kind of, so that it is caught as well


def version(name: str) -> str:
    """The version of the distribution `name`, as `importlib.metadata.version` tells it."""
    found = set(_versions(f"{name}-"))
    if len(found) == 1:
        return found.pop()
    return str(_real().version(name))


def _versions(start: str) -> Iterator[str]:
    for folder in sys.path:
        try:
            names = os.listdir(folder or os.curdir)  # noqa: PTH208 (names are all that is wanted)
        except OSError:
            continue
        for name in names:
            if name.startswith(start) and name.endswith(".dist-info"):
                yield name.removeprefix(start).removesuffix(".dist-info")


def __getattr__(name: str) -> Any:
    """All else that `importlib.metadata` has."""
    if name.startswith("__"):
        raise AttributeError(name)
    return getattr(_real(), name)


def _real() -> Any:
    if sys.modules.get("importlib.metadata") is sys.modules[__name__]:
        del sys.modules["importlib.metadata"]
    return importlib.import_module("importlib.metadata")
