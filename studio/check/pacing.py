"""Time: is anything happening, can the narration be read, can the eye follow?"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Final

import numpy as np

from studio.check.seen import FAINT, Seen
from studio.check.sight import Sight, Tell

DEAD: Final = 4.0  # seconds without change or word
FASTEST_READING: Final = 20.0  # characters a second
BLINK: Final = 0.15  # seconds within which
LEAP: Final = 0.5  # … nothing may travel more than this share of the frame's width

Captions = Sequence[tuple[float, float, str]]


def captions(lines: Captions, first_section: float | None, length: float, tell: Tell) -> None:
    """Narration: `lines` (start, end, text) in seconds, of a scene `length` seconds long."""
    until, before = -1.0, ""
    for start, end, text in sorted(lines):
        rate = len(text) / max(end - start, 1e-6)
        if rate > FASTEST_READING:
            tell("caption", f"{rate:.0f} characters a second, {FASTEST_READING:.0f} can be read: “{text}”", time=start)
        if start < until - 1e-6:
            tell("caption", f"“{text}” begins before “{before}” ends", time=start)
        if first_section is None or start < first_section - 1e-6:
            tell("caption", f"belongs to no section: “{text}”", time=start)
        if end > length + 0.1:
            tell("caption", f"stays {end - length:.1f} s beyond the scene's end: “{text}”", time=start)
        until, before = max(until, end), text


def dead_time(changes: Sequence[float], lines: Captions, length: float, tell: Tell) -> None:
    """Stretches longer than `DEAD` in which nothing changes (`changes`: seconds at which something did)."""
    events = [0.0, *changes, length]
    for start, end in itertools.pairwise(events):
        for quiet, over in _silent(start, end, lines):
            if over - quiet > DEAD + 1e-6:
                tell("dead-time", f"nothing changes and nobody speaks for {over - quiet:.1f} s", time=quiet)


def _silent(start: float, end: float, lines: Captions) -> list[tuple[float, float]]:
    """The pieces of (start, end) in which nobody speaks; the blink between two lines is no silence."""
    pieces, at = [], start
    for begin, stop, _ in sorted(lines):
        if begin > at and at < end:
            pieces.append((at, min(begin, end)))
        at = max(at, stop)
    if at < end:
        pieces.append((at, end))
    return pieces


class Movement:
    """Watches for things that travel too far within a blink.

    A thing that jumps because the training step changed is no movement: markers, pointers and dots show one recorded
    value after the other, and between two of them there is nothing to show. Animations are judged, and so are jumps
    between two plays.
    """

    def __init__(self) -> None:
        self._step: int | None = None
        self._stepped_at = -1.0

    def judge(self, sight: Sight, tell: Tell) -> None:
        """Take in one state and tell what moved too fast on the way to it."""
        now = sight.time
        if sight.step != self._step:
            self._step, self._stepped_at = sight.step, now
        by_step = now - self._stepped_at < BLINK
        most = LEAP * (sight.view.box[2] - sight.view.box[0])
        for seen in sight.seen:
            mine = id(seen.mobject)
            if mine in sight.appeared or seen.opacity <= FAINT:
                seen.trail.clear()
            if mine not in sight.changed or seen.opacity <= FAINT:
                continue
            distance = _travelled(seen, now)
            if distance > most and not (by_step and sight.rests(seen)):
                what = f"travels {distance:.1f} units within {BLINK} s; {most:.1f} can be followed"
                tell("fast", what, seen.mobject)
            seen.trail.append((now, *seen.middle))


def _travelled(seen: Seen, now: float) -> float:
    """Units from where it was a blink ago; 0 for what has just come. Forgets older places."""
    trail = seen.trail  # each place was held from its time until the next one's
    while len(trail) > 1 and trail[1][0] <= now - BLINK:
        trail.pop(0)
    if not trail:
        return 0.0
    x, y = seen.middle
    return float(np.hypot(x - trail[0][1], y - trail[0][2]))
