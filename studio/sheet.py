"""Contact sheets: many frames on one page, each with its time, section, step and caption under it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from studio.jobs import ScoreRecord

COLUMNS = 4
LABEL_ROWS = 3
_INK, _DIM, _PAPER = (235, 230, 220), (150, 140, 125), (18, 19, 21)


@dataclass(frozen=True, slots=True)
class Cell:
    """One picture of a sheet and the lines under it."""

    image: Image.Image
    lines: tuple[str, ...]


def spread(record: ScoreRecord, count: int) -> list[int]:
    """`count` frame numbers from the first to the last, evenly."""
    last = len(record.addresses) - 1
    return sorted({round(i * last / max(1, count - 1)) for i in range(count)})


def describe(record: ScoreRecord, frame: int, rate: int) -> tuple[str, str, str]:
    """Time and section, training step, caption of a frame."""
    time = frame / rate
    section = next((name for name, first in reversed(record.sections) if first <= frame), "")
    caption = next((text for start, end, text in record.captions if start <= time < end), "")
    return f"{time:6.2f} s   {section}", f"step {record.steps[frame]}", caption


def lay_out(cells: Sequence[Cell], width: int = 2000, columns: int = COLUMNS) -> Image.Image:
    """One page, `width` pixels wide."""
    across = min(columns, len(cells))
    gap = 12
    wide = (width - gap * (across + 1)) // across
    high = round(wide * cells[0].image.height / cells[0].image.width)
    font = ImageFont.load_default(size=max(13, wide // 32))
    line = round(font.getbbox("Ag")[3] * 1.25)
    row = high + line * (LABEL_ROWS + 1) + gap
    page = Image.new("RGB", (width, gap + row * -(-len(cells) // across)), _PAPER)
    draw = ImageDraw.Draw(page)
    for number, cell in enumerate(cells):
        x, y = gap + (number % across) * (wide + gap), gap + (number // across) * row
        page.paste(cell.image.convert("RGB").resize((wide, high), Image.Resampling.LANCZOS), (x, y))
        shown = [cell.lines[0] + "   " + cell.lines[1], *_wrap(cell.lines[2], font, wide)][: LABEL_ROWS + 1]
        for at, text in enumerate(shown):
            draw.text((x, y + high + 3 + at * line), text, font=font, fill=_INK if at else _DIM)
    return page


def _wrap(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
