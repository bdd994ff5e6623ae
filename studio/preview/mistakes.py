"""What went wrong in the author's code, told so that it can be mended: message, file and line, the lines around."""

from __future__ import annotations

import re
import traceback
from pathlib import Path
from typing import Any, Final

from studio.project import ROOT

AROUND: Final = 4  # lines shown before and after the line in question
_PACKAGES: Final = ("engine", "scenes", "studio", "data")
_NAMED: Final = re.compile(r"(/\S+\.(?:toml|json|csv)): (?:([\w.\"-]+): )?")  # how errors about data begin
_AT_LINE: Final = re.compile(r"\bline (\d+)")
_STACK_LINE: Final = re.compile(r'\s*File "([^"]+)", line (\d+) in (.+)')


def described(error: BaseException, root: Path) -> dict[str, Any]:
    """`error` as plain data: kind, message, and the way through the project's files below `root`, innermost last."""
    if isinstance(error, SyntaxError) and error.filename:
        places = [(error.filename, error.lineno or 1, "")]
        message = error.msg
    else:
        places = [(entry.filename, entry.lineno or 1, entry.name) for entry in _entries(error)]
        message = str(error) or type(error).__name__
    if found := _data_place(message, root):
        name, line = found
        return assembled(type(error).__name__, message[message.index(": ") + 2 :], [(name, line, "")], root)
    return assembled(type(error).__name__, message, places, root)


def assembled(kind: str, message: str, places: list[tuple[str, int, str]], root: Path) -> dict[str, Any]:
    """A mistake from its parts; places outside the project are left out."""
    way = []
    for name, line, function in places:
        shown = _within(Path(name), root)
        if shown is not None and not shown.startswith("studio/"):
            way.append({"file": shown, "line": line, "function": function, "source": _around(root / shown, line)})
    return {"kind": kind, "message": message[:4000], "way": way[-12:]}


def hanging(stack: str, seconds: float, root: Path) -> dict[str, Any]:
    """A mistake from what faulthandler wrote of a process that has not moved for `seconds`."""
    places = [(m[1], int(m[2]), m[3]) for m in map(_STACK_LINE.match, stack.splitlines()) if m]
    places.reverse()  # faulthandler begins with the innermost
    return assembled("Hanging", f"stopped: no frame in {seconds:g} s", places, root)


def one_line(mistake: dict[str, Any]) -> str:
    """For the terminal: place, kind and first line of the message."""
    where = f"{mistake['way'][-1]['file']}:{mistake['way'][-1]['line']}: " if mistake["way"] else ""
    return f"{where}{mistake['kind']}: {mistake['message'].splitlines()[0]}"


def _data_place(message: str, root: Path) -> tuple[str, int] | None:
    """File and line that a message about a data file means, "/…/x.toml: training.rate: missing" for example."""
    named = _NAMED.match(message)
    if named is None:
        return None
    path = Path(named[1])
    for base in (root, ROOT):
        shown = _within(path, base)
        if shown is not None:
            at = _AT_LINE.search(message)
            line = int(at[1]) if at else _line_of((named[2] or "").split("."), root / shown)
            return str(root / shown), line
    return None


def _line_of(key: list[str], path: Path) -> int:
    """The line of a TOML file where the key stands, or the header of the table that lacks it; 1 when neither does."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return 1
    starts = [f"[{'.'.join(part)}]" for part in (key, key[:-1]) if part]
    table = next((n for n, text in enumerate(lines, 1) if any(text.startswith(start) for start in starts)), 1)
    for number, text in enumerate(lines[table - 1 :], table):
        if text.split("=")[0].strip().strip('"') == key[-1].strip('"'):
            return number
        if number > table and text.startswith("["):
            break
    return table


def _entries(error: BaseException) -> list[traceback.FrameSummary]:
    """The calls on the way to `error`, those of its cause first."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    own = list(traceback.extract_tb(error.__traceback__))
    if isinstance(cause, SyntaxError) and cause.filename:
        return [*own, traceback.FrameSummary(cause.filename, cause.lineno or 1, "")]
    return own


def _within(path: Path, root: Path) -> str | None:
    try:
        shown = path.resolve().relative_to(root.resolve())
    except (ValueError, OSError):
        return None
    return shown.as_posix() if shown.parts and shown.parts[0] in _PACKAGES else None


def _around(path: Path, line: int) -> list[tuple[int, str]]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    first = max(1, line - AROUND)
    return [(number, lines[number - 1][:300]) for number in range(first, min(len(lines), line + AROUND) + 1)]
