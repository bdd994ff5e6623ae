"""What a trace was made from, in files: the import closure of an engine module, read from its text. Imports nothing.

A module stands for itself, for every engine module it imports anywhere in its text, and for the ``__init__.py`` of
the packages above them. A dynamic import could hide a file from this, so it is refused.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from engine.errors import UserError

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "engine"


def closure(module: str) -> list[Path]:
    """Files of ``engine`` that module ``engine.…`` reaches, itself included, sorted."""
    found: set[Path] = set()
    waiting = [module]
    while waiting:
        for path in _files_of(waiting.pop()):
            if path not in found:
                found.add(path)
                waiting.extend(_read(path, path.stat().st_mtime_ns)[0])
    return sorted(found)


def code_digest(path: Path) -> str:
    """sha256 of a Python file's syntax tree: comments and blank lines do not count, everything else does."""
    return _read(path, path.stat().st_mtime_ns)[1]


def _files_of(module: str) -> Iterator[Path]:
    parts = module.split(".")
    for depth in range(1, len(parts) + 1):
        place = ROOT.joinpath(*parts[:depth])
        if (place / "__init__.py").is_file():
            yield place / "__init__.py"
        elif place.with_suffix(".py").is_file():
            yield place.with_suffix(".py")


@lru_cache(maxsize=512)
def _read(path: Path, changed: int) -> tuple[tuple[str, ...], str]:
    """What ``path`` imports from the engine, and the digest of its syntax tree: parsing is most of the work."""
    tree = _parse(path)
    return _imports(tree, path), hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _imports(tree: ast.Module, path: Path) -> tuple[str, ...]:
    """Dotted names that the tree of ``path`` imports; ``from engine import x`` counts as both."""
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, path)
            names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Call) and _is_dynamic(node.func):
            raise UserError(f"{path}:{node.lineno}: a dynamic import hides what a trace depends on")
    return tuple(name for name in names if name == PACKAGE or name.startswith(f"{PACKAGE}."))


def _base(node: ast.ImportFrom, path: Path) -> str:
    if not node.level:
        return node.module or ""
    parents = path.relative_to(ROOT).parts[: -node.level]
    return ".".join([*parents, *([node.module] if node.module else [])])


def _is_dynamic(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in ("import_module", "__import__", "run_module", "run_path", "spec_from_file_location")


def _parse(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_bytes(), filename=str(path))
    except SyntaxError as error:
        raise UserError(f"{path}:{error.lineno}: {error.msg}") from None
