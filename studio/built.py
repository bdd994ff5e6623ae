"""What a build knows of one scene while it works, as plain data. Does nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio.catalog import SceneInfo
from studio.jobs import Chunk, SceneJob, ScoreRecord, Told
from studio.memory import Memory


@dataclass(slots=True)
class Built:
    """One scene's share of a build."""

    info: SceneInfo
    job: SceneJob
    inputs: dict[str, str] = field(default_factory=dict)
    sources: dict[str, Any] = field(default_factory=dict)  # the traces it draws, each with its digest and seed
    key: str = ""
    record: ScoreRecord | None = None
    chunks: list[Chunk] = field(default_factory=list)
    drawn: int = 0  # frames drawn in this build
    seconds: float = 0.0  # CPU that drawing them took
    stepped: bool = False
    new: bool = False  # never drawn before: it is hashed, and even stepped, while it is drawn
    told: list[Told] = field(default_factory=list)
    samples: dict[int, str] = field(default_factory=dict)  # of a new scene: frame -> recipe that a jump comes to
    memory: Memory | None = None
    path: Path | None = None
    sources_hash: str = ""  # what studio.stamp says of the snapshot it was made from
    offset: int = 0  # number in the scene of the first frame that is wanted

    @property
    def frames(self) -> int:
        """Frames of the whole scene."""
        return len(self.record.addresses) if self.record else 0
