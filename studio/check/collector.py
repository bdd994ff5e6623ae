"""Gathers faults as they are seen, frame after frame, and makes findings of them, apart those that the scene waives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from manim import Mobject

from studio.check.findings import KINDS, Finding, Report, Thing
from studio.check.naming import Names


@dataclass(slots=True)
class Waiver:
    """A fault that the scene's author accepts, and why. `parts`: what it is about, in each instance of the scene."""

    kind: str
    parts: list[Mobject | None]
    why: str
    used: bool = False

    def covers(self, kind: str, mobjects: Sequence[Mobject]) -> bool:
        """Whether a fault of `kind` that involves `mobjects` is meant."""
        if kind != self.kind:
            return False
        family = {id(member) for part in self.parts if part is not None for member in part.get_family()}
        return None in self.parts or any(id(mobject) in family for mobject in mobjects)


@dataclass(slots=True)
class _Fault:
    """One fault of one set of things, from its first sight to its last."""

    kind: str
    what: str
    mobjects: tuple[Mobject, ...]
    things: tuple[Thing, ...]
    section: str
    time: float
    until: float


class Collector:
    """Takes faults as they are seen, frame after frame, and makes findings of them."""

    def __init__(self, scene: str) -> None:
        self._scene_name = scene
        self._scenes: list[Any] = []
        self._names: Names | None = None
        self._time, self._section = 0.0, ""
        self._groups: dict[tuple[Any, ...], dict[tuple[Any, ...], _Fault]] = {}

    def meet(self, scene: Any) -> None:
        """The instance of the scene whose things are told of from now on."""
        self._scenes.append(scene)
        self._names = Names(scene)

    def stand_at(self, time: float, section: str) -> None:
        """Faults told from now on are seen at this time."""
        self._time, self._section = time, section

    def tell(self, kind: str, what: str, *mobjects: Mobject, time: float | None = None) -> None:
        """A fault of `kind`, seen now (or at `time`), in which `mobjects` are involved.

        The same fault in later frames prolongs the finding; equal faults of things made by one line are counted.
        """
        assert self._names is not None
        at = self._time if time is None else time
        mine = (kind, *(id(m) for m in mobjects)) if mobjects else (kind, what)
        made = tuple(self._names.made_at(m) for m in mobjects)
        group = self._groups.setdefault((kind, *made) if any(made) else mine, {})
        if mine in group:
            group[mine].until = max(group[mine].until, at)
            return
        things = tuple(Thing(self._names.name(m), line) for m, line in zip(mobjects, made, strict=True))
        group[mine] = _Fault(kind, what, mobjects, things, self._section, at, at)

    def close(self, report: Report) -> None:
        """Make findings of all faults, apart those that the scene waives; complain of waivers that nothing needed."""
        waivers = self._waivers()
        for group in self._groups.values():
            left, accepted = [], []
            for fault in group.values():
                waiver = next((w for w in waivers if w.covers(fault.kind, fault.mobjects)), None)
                if waiver is None:
                    left.append(fault)
                else:
                    waiver.used = True
                    accepted.append((fault, waiver.why))
            if left:
                report.findings.append(self._finding(left))
            for why in dict.fromkeys(why for _, why in accepted):
                report.waived.append(self._finding([fault for fault, reason in accepted if reason == why], why))
        for waiver in waivers:
            if not waiver.used:
                unknown = waiver.kind not in KINDS
                what = f"no such kind as {waiver.kind!r}; there are {', '.join(KINDS)}"
                what = what if unknown else f"nothing of kind {waiver.kind!r} was found to waive ({waiver.why})"
                report.findings.append(Finding("waiver", self._scene_name, "", 0.0, 0.0, what))
        report.findings.sort(key=lambda finding: finding.time)

    def _waivers(self) -> list[Waiver]:
        """The scene's waivers, those of all its instances taken together."""
        given = [list(getattr(scene, "waivers", ())) for scene in self._scenes]
        most = max(given, key=len, default=[])
        return [Waiver(kind, [of[n][1] for of in given if n < len(of)], why) for n, (kind, _, why) in enumerate(most)]

    def _finding(self, faults: list[_Fault], waived: str | None = None) -> Finding:
        first = min(faults, key=lambda fault: fault.time)
        until = max(fault.until for fault in faults)
        return Finding(
            first.kind, self._scene_name, first.section, first.time, until, first.what, first.things,
            len(faults) - 1, waived,
        )  # fmt: skip
