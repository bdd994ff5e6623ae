"""Which scenes exist: read from their source text, so that listing them imports neither Manim nor the scenes."""

from __future__ import annotations

import ast
import tomllib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from engine.errors import UserError
from studio.project import ROOT


@dataclass(frozen=True, slots=True)
class SceneInfo:
    """What a scene's source says of it."""

    name: str
    module: str  # such as scenes.cities
    path: Path
    line: int
    chapter: int  # 0 for scenes that are in no chapter
    trace: str
    also: tuple[str, ...]
    about: str  # first line of the docstring

    @property
    def traces(self) -> tuple[str, ...]:
        """Names of all traces that the scene opens."""
        return tuple(name for name in (self.trace, *self.also) if name)


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter of the film: `number` from 1, and its scenes by name."""

    number: int
    title: str
    scenes: tuple[str, ...]


def chapters(root: Path = ROOT) -> list[Chapter]:
    """The film's chapters in order, from scenes/film.toml."""
    path = root / "scenes" / "film.toml"
    try:
        film = tomllib.loads(path.read_text(encoding="utf-8"))
        listed = [(str(c["title"]), tuple(map(str, c["scenes"]))) for c in film["chapter"]]
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise UserError(f"{path}: not a list of chapters: {error}") from error
    return [Chapter(number, title, scenes) for number, (title, scenes) in enumerate(listed, 1)]


def scenes(root: Path = ROOT) -> list[SceneInfo]:
    """Every scene in the order of the film; those in no chapter come last."""
    found: dict[str, SceneInfo] = {}
    for path in sorted((root / "scenes").glob("*.py")):
        for info in _scenes_in(path):
            if info.name in found:
                raise UserError(f"{path}: class {info.name}: also in {found[info.name].path.name}: rename one")
            found[info.name] = info
    ordered = []
    for chapter in chapters(root):
        for name in chapter.scenes:
            if name not in found:
                raise UserError(f"{root / 'scenes' / 'film.toml'}: chapter {chapter.number}: no scene {name}")
            info = found.pop(name)
            ordered.append(
                SceneInfo(
                    info.name, info.module, info.path, info.line, chapter.number, info.trace, info.also, info.about
                )
            )
    return ordered + list(found.values())


def find(names: tuple[str, ...], root: Path = ROOT) -> list[SceneInfo]:
    """The scenes with these names; UserError names an unknown one and the nearest that exist."""
    if len(names) == 1 and (info := _alone(names[0], root)) is not None:
        return [info]
    known = {info.name: info for info in scenes(root)}
    for name in names:
        if name not in known:
            raise UserError(f"{name}: no such scene: {_suggestion(name, list(known))}")
    return [known[name] for name in names]


def _alone(name: str, root: Path) -> SceneInfo | None:
    """One scene, parsing only the file that has a class of that name; None when there is not just one such file."""
    paths = [p for p in (root / "scenes").glob("*.py") if f"class {name}(" in p.read_text("utf-8", "replace")]
    found = [info for path in paths for info in _scenes_in(path) if info.name == name]
    if len(paths) != 1 or len(found) != 1:
        return None
    number = next((chapter.number for chapter in chapters(root) if name in chapter.scenes), 0)
    return replace(found[0], chapter=number)


def _suggestion(name: str, known: list[str]) -> str:
    from difflib import get_close_matches

    lowered = {k.lower(): k for k in known}
    near = [lowered[m] for m in get_close_matches(name.lower(), list(lowered), n=2, cutoff=0.5)]
    return f"did you mean {' or '.join(near)}?" if near else "`reel list` shows them all"


def _scenes_in(path: Path) -> list[SceneInfo]:
    return list(_scenes_of(path, path.read_bytes()))


@lru_cache(maxsize=512)
def _scenes_of(path: Path, source: bytes) -> tuple[SceneInfo, ...]:
    try:
        tree = ast.parse(source.decode("utf-8"))
    except (SyntaxError, UnicodeDecodeError) as error:
        raise UserError(f"{path}:{getattr(error, 'lineno', 0)}: does not parse: {error}") from error
    bases: set[str] = {"TraceScene"}
    found = []
    for node in tree.body:
        if not isinstance(node, ast.ClassDef):
            continue
        if any(isinstance(base, ast.Name) and base.id in bases for base in node.bases):
            bases.add(node.name)
            if any(isinstance(item, ast.FunctionDef) and item.name == "construct" for item in node.body):
                found.append(_describe(node, path))
    return tuple(found)


def _describe(node: ast.ClassDef, path: Path) -> SceneInfo:
    attributes: dict[str, object] = {}
    for item in node.body:
        target = (
            item.target
            if isinstance(item, ast.AnnAssign)
            else item.targets[0]
            if isinstance(item, ast.Assign)
            else None
        )
        if isinstance(target, ast.Name) and isinstance(item, ast.Assign | ast.AnnAssign) and item.value is not None:
            try:
                attributes[target.id] = ast.literal_eval(item.value)
            except ValueError:
                continue
    about = (ast.get_docstring(node) or "").strip().split("\n")[0]
    also = attributes.get("also", ())
    return SceneInfo(
        node.name,
        f"scenes.{path.stem}",
        path,
        node.lineno,
        0,
        str(attributes.get("trace_name", "")),
        tuple(str(name) for name in also) if isinstance(also, tuple | list) else (),
        about,
    )
