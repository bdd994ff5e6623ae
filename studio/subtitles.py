"""Narration as subtitle files: SubRip and WebVTT. Times are seconds from the start."""

from __future__ import annotations

from collections.abc import Iterable

Captions = Iterable[tuple[float, float, str]]


def srt(captions: Captions) -> str:
    """SubRip text of (start, end, text)."""
    blocks = []
    for number, (start, end, text) in enumerate(sorted(captions), 1):
        blocks.append(f"{number}\n{_clock(start, ',')} --> {_clock(end, ',')}\n{text}\n")
    return "\n".join(blocks)


def vtt(captions: Captions) -> str:
    """WebVTT text of (start, end, text)."""
    escaped = (
        (start, end, text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
        for start, end, text in sorted(captions)
    )
    return "WEBVTT\n\n" + "\n".join(f"{_clock(s, '.')} --> {_clock(e, '.')}\n{text}\n" for s, e, text in escaped)


def _clock(seconds: float, comma: str) -> str:
    milliseconds = round(seconds * 1000)
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}{comma}{rest % 1000:03d}"
