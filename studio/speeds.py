"""How long a frame of each scene took to draw last time: for `--dry-run`, which says about how long it will take."""

from __future__ import annotations

import json
from typing import Final

from studio.project import read_record, renders_folder, write_bytes

GUESS: Final = {"l": 0.008, "m": 0.015, "h": 0.03, "p": 0.05, "k": 0.11}  # CPU seconds a frame, until it is known


def note(letter: str, scene: str, seconds: float) -> None:
    """Remember that a frame of `scene` took `seconds` of CPU at quality `letter`."""
    known = _known()
    known[f"{letter} {scene}"] = round(seconds, 5)
    write_bytes(renders_folder() / ".speeds.json", json.dumps(known, indent=1, sort_keys=True).encode())


def expected(letter: str, scene: str) -> float:
    """CPU seconds that a frame of `scene` will take, as far as anybody knows."""
    return _known().get(f"{letter} {scene}", GUESS[letter])


def _known() -> dict[str, float]:
    found = read_record(renders_folder() / ".speeds.json")
    return {name: float(seconds) for name, seconds in found.items() if isinstance(seconds, int | float)}
