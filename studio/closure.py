"""Which source files a module reaches, and what their code says apart from comments and docstrings."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Final

PACKAGES: Final = ("engine", "scenes", "studio")


def closure(root: Path, modules: Iterable[str]) -> list[Path]:
    """All project files that importing `modules` can read, sorted; packages' `__init__.py` included.

    Both `from x import y` and `import x.y` count, at any depth and inside functions.
    """
    waiting = [path for module in modules for path in _files_of(root, module)]
    found: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            for module in imports(path):
                waiting.extend(_files_of(root, module))
    return sorted(found)


def imports(path: Path) -> tuple[str, ...]:
    """Dotted names that the file imports from the project, `from x import y` giving both x and x.y."""
    return _imports(path.read_bytes())


@lru_cache(maxsize=4096)
def _imports(source: bytes) -> tuple[str, ...]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return tuple(sorted(name for name in names if name.split(".")[0] in PACKAGES))


def _files_of(root: Path, module: str) -> list[Path]:
    """The module's own file and the `__init__.py` of every package above it, as far as they exist."""
    parts = module.split(".")
    files = [root.joinpath(*parts[:n], "__init__.py") for n in range(1, len(parts) + 1)]
    files.append(root.joinpath(*parts).with_suffix(".py"))
    return [path for path in files if path.is_file()]


def code_digest(paths: Iterable[Path], root: Path) -> str:
    """Hash of what the code in `paths` says: comments, docstrings and layout do not count, names and values do."""
    hasher = hashlib.sha256()
    for path in sorted(paths):
        hasher.update(path.relative_to(root).as_posix().encode() + b"\0")
        hasher.update(file_digest(path))
    return hasher.hexdigest()


def file_digest(path: Path) -> bytes:
    """Hash of one source file without comments, docstrings and layout; of its bytes when it does not parse."""
    data = path.read_bytes()
    return _code_digest(data)


@lru_cache(maxsize=4096)
def _code_digest(data: bytes) -> bytes:
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return hashlib.sha256(data).digest()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and body:
            first = body[0]
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                del body[0]
    return hashlib.sha256(ast.dump(tree).encode()).digest()
