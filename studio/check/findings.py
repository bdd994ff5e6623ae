"""What the check has to say: the kinds of findings, and a report. Plain data; needs neither Manim nor scenes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

KINDS: Final[Mapping[str, str]] = {
    "edge": "text outside the frame or too near its edge",
    "small": "text smaller than the film's smallest size",
    "contrast": "text that hardly differs from what lies behind it",
    "overlap": "text over text",
    "crossed": "text crossed by a line or a shape",
    "number": "a number that is not the trace's, or not of this step",
    "digits": "digits that are neither recorded nor declared",
    "class-colour": "a class's colour on something else",
    "palette": "a colour that is not the film's",
    "dead-time": "nothing changes and nobody speaks",
    "caption": "narration that cannot be read or placed",
    "fast": "a movement too fast for the eye",
    "stateful": "a frame that depends on how it was reached",
    "waiver": "a waiver that waives nothing",
}


@dataclass(frozen=True, slots=True)
class Thing:
    """Something on screen: what it is called, and the file and line that made it ("" when unknown)."""

    name: str
    made_at: str


@dataclass(slots=True)
class Finding:
    """One fault: seen first at `time` seconds and last at `until`, `alike` more of the same kind and origin."""

    kind: str
    scene: str
    section: str
    time: float
    until: float
    what: str
    things: tuple[Thing, ...] = ()
    alike: int = 0
    waived: str | None = None

    def line(self) -> str:
        """For people: scene, time, kind, the things involved with their lines, what is wrong."""
        when = f"{self.time:.1f} s" if self.until - self.time < 0.1 else f"{self.time:.1f}–{self.until:.1f} s"
        who = " and ".join(t.name + (f" ({t.made_at})" if t.made_at else "") for t in self.things)
        more = f"; {self.alike} more alike" if self.alike else ""
        return f"{self.scene} {when} [{self.section}] {self.kind}: {who + ': ' if who else ''}{self.what}{more}"

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


@dataclass(slots=True)
class Report:
    """All that was found in one scene."""

    scene: str
    findings: list[Finding] = field(default_factory=list)
    waived: list[Finding] = field(default_factory=list)
    frames: int = 0
    states: int = 0  # distinct pictures inspected
    seconds: float = 0.0  # of processor time

    def as_dict(self) -> dict[str, Any]:
        """For programs, and for travelling between processes."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: dict[str, Any]) -> Report:
        """What `as_dict` gave."""
        findings, waived = (
            [Finding(**{**one, "things": tuple(Thing(**t) for t in one["things"])}) for one in raw[key]]
            for key in ("findings", "waived")
        )
        return cls(raw["scene"], findings, waived, raw["frames"], raw["states"], raw["seconds"])
