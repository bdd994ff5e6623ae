"""What a worker is asked to do and what it answers, as plain data that travels between processes. Does nothing."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from studio import shown
from studio.quality import QUALITIES, Quality

UNSTEADY: Final = (
    "{}: frames {}–{} look different each time they are made: something in them depends on more than trace, step and "
    "layout (a clock, random numbers, the order of a set); `reel check` may tell what"
)


class JobFailed(Exception):  # noqa: N818 (it names what happened)
    """A job that failed: one line for the user, the exit code, and the traceback for `--debug`."""

    def __init__(self, message: str, exit_code: int = 1, details: str = "") -> None:
        super().__init__(message, exit_code, details)
        self.message, self.exit_code, self.details = message, exit_code, details

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class SceneJob:
    """A scene to be stepped: which class, on which traces, at which size, from which snapshot of the sources."""

    root: str  # folder that holds engine/, scenes/, studio/ and data/ as they are to be used
    module: str
    name: str
    traces: tuple[tuple[str, str], ...]  # trace name -> folder
    letter: str
    transparent: bool = False

    @property
    def quality(self) -> Quality:
        """Size and rate of the picture."""
        return QUALITIES[self.letter]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of frames, `first` … `last` inclusive, that is encoded as one piece under `key`.

    A chunk without a key is still to be hashed: its frames are known by their recipes instead of their addresses.
    """

    first: int
    last: int
    key: str
    proof: str = ""  # what `proof_of` says of its frames' addresses
    repeats: int = 0  # frames that look like the one before them in the chunk
    opening: str = ""  # address of its first frame

    @property
    def frames(self) -> int:
        """How many frames."""
        return self.last - self.first + 1

    def later(self, frames: int) -> Chunk:
        """The same chunk, counted from `frames` frames earlier on."""
        return replace(self, first=self.first + frames, last=self.last + frames)


def proof_of(addresses: list[str]) -> str:
    """One hash for the addresses of some frames; those that are never the same twice count as equal."""
    return hashlib.sha256(" ".join("?" if a.startswith("?") else a for a in addresses).encode()).hexdigest()[:32]


Told = tuple[int, list[str], list[str]]


@dataclass(frozen=True, slots=True)
class Drawn:
    """What drawing chunks gave: their keys and bytes (none when they went to a store), and the CPU seconds it took.

    `told`: of each chunk that had no key the first frame, and its frames' addresses and recipes. `record`: of a scene
    that was drawn in one pass, the score record as bytes.
    """

    chunks: list[tuple[str, bytes]]
    seconds: float
    told: list[Told]
    record: bytes = b""


@dataclass(slots=True)
class ScoreRecord:
    """What stepping a scene told: an address for each frame, and what lies beside the picture."""

    addresses: list[str] = field(default_factory=list)  # "?…" when not all that drawing reads is known, "" not hashed
    sections: list[tuple[str, int]] = field(default_factory=list)  # name, first frame
    captions: list[tuple[float, float, str]] = field(default_factory=list)  # start, end (seconds), text
    plays: list[int] = field(default_factory=list)  # first frame of each play
    steps: list[int] = field(default_factory=list)  # training step shown by each frame
    shown: dict[str, Any] = field(default_factory=dict)  # what stands on which frames: a table of studio.shown
    recipes: list[str] = field(default_factory=list)  # of frames, while some addresses are not hashed

    def tell(self, score: Any, table: dict[str, Any] | None = None) -> None:
        """Add what a `studio.stepper.Score` tells of the whole scene, and the table of what stands on which frames."""
        self.sections = [(section.name, section.first) for section in score.sections]
        self.captions = [(caption.start, caption.end, caption.text) for caption in score.captions]
        self.plays = list(score.plays)
        self.shown = table or {}

    @property
    def is_hashed(self) -> bool:
        """Whether every frame has its address."""
        return all(self.addresses)

    def between(self, first: int, end: int, rate: int) -> ScoreRecord:
        """The same for frames `first` … `end` - 1 only, counted and timed from `first` on; `rate` frames a second."""
        early, late = first / rate, end / rate
        section = next((name for name, start in reversed(self.sections) if start <= first), "")
        return ScoreRecord(
            self.addresses[first:end],
            [(section, 0)] + [(name, start - first) for name, start in self.sections if first < start < end],
            [
                (max(s, early) - early, min(e, late) - early, t)
                for s, e, t in self.captions
                if s < late - 0.05 and e > early + 0.05
            ],
            [start - first for start in self.plays if first <= start < end],
            self.steps[first:end],
            shown.between(self.shown, first, end),
            self.recipes[first:end],
        )

    def to_bytes(self) -> bytes:
        """As JSON."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> ScoreRecord:
        """From JSON that `to_bytes` made; ValueError when it is anything else."""
        raw: dict[str, Any] = json.loads(data)
        try:
            return cls(
                [str(a) for a in raw["addresses"]],
                [(str(n), int(f)) for n, f in raw["sections"]],
                [(float(s), float(e), str(t)) for s, e, t in raw["captions"]],
                [int(p) for p in raw["plays"]],
                [int(s) for s in raw["steps"]],
                dict(raw["shown"]),
                [str(r) for r in raw["recipes"]],
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a score: {error}") from error
