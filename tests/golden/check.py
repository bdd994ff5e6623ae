"""Judges one picture against its golden one, and leaves a picture of the difference. Fails whenever it cannot judge."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from studio.project import renders_folder

from .compare import difference, load, show_difference
from .subjects import PICTURES


def judge(name: str, picture: np.ndarray | None, folder: Path = PICTURES) -> str:
    """What is wrong with `picture` (None: a part of nothing but words), "" when it is like the golden one."""
    golden = folder / f"{name}.png"
    renew = f"python -m tests.golden --renew {name.partition('-')[0]}"
    if picture is None:
        return f"{name}: shows nothing but words, yet there is {golden}: remove it" if golden.exists() else ""
    try:
        wanted = load(golden)
    except (OSError, ValueError, SyntaxError) as error:
        return f"{name}: no golden picture ({error}): look at it, then `{renew}`"
    shown = renders_folder() / "golden" / f"{name}.png"
    try:
        apart = difference(wanted, picture)
    except ValueError as error:
        show_difference(wanted, picture, shown)
        return f"{name}: {error}: see {shown}; if it ought to be so, `{renew}`"
    if apart.tolerable:
        return ""
    show_difference(wanted, picture, shown)
    return f"{name}: {apart}: see {shown}; if it ought to be so, `{renew}`"
