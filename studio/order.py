"""What a user asks of a build, as plain data. Imports nothing heavy."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from studio.catalog import SceneInfo
from studio.project import ROOT, renders_folder
from studio.quality import QUALITIES


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for."""

    scenes: tuple[SceneInfo, ...]
    letter: str = "l"
    format: str = "mp4"
    transparent: bool = False
    jobs: int = field(default_factory=lambda: os.cpu_count() or 1)
    overrides: tuple[tuple[str, str], ...] = ()  # trace name -> folder that stands in for it
    extra: tuple[str, ...] = ()  # experiments to be trained for the overrides
    force: bool = False
    out: Path | None = None  # where a single scene's video goes instead of renders/
    cluster: str | None = None  # address of a Dask scheduler whose workers step and draw
    insecure: bool = False  # allow plain tcp to a cluster on other machines
    plays: tuple[int, int] | None = None  # only these plays, both included; -1 for the last
    root: Path = ROOT  # the project whose sources are used

    @property
    def folder(self) -> Path:
        """Where the videos go."""
        return renders_folder() / QUALITIES[self.letter].folder
