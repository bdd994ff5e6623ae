"""What a fork server loads once, so that a worker starts with it: Manim and the libraries, never the project's code.

Imported by name only (`set_forkserver_preload`).
"""

from __future__ import annotations

import sys
from types import TracebackType

import av  # noqa: F401
import PIL.Image  # noqa: F401
import scipy.special  # noqa: F401
import shapely  # noqa: F401
import typst  # noqa: F401

from studio import late


def _quietly(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A worker that is born while its parent ends finds nobody to work for: that is no news to anybody."""
    if not issubclass(kind, OSError | EOFError):
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _quietly
late.settle()  # before anything is forked: what nobody looks through is not copied either
