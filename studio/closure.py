"""Which source files a module reaches, and what their code says apart from comments and docstrings."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from engine.errors import UserError
from studio import parsed

PACKAGES: Final = ("engine", "scenes", "studio")
_CLOSED: Final = ("engine", "scenes")  # where nothing may be imported but by its name
_DYNAMIC: Final = ("import_module", "__import__", "run_module", "run_path", "spec_from_file_location")


@dataclass(frozen=True, slots=True)
class _Source:
    """What the text of one file tells."""

    digest: bytes  # of its code, without comments, docstrings and layout
    imports: tuple[tuple[int, str, tuple[str, ...]], ...]  # level, module, names
    dynamic: int  # line of a dynamic import, or 0


def closure(root: Path, modules: Iterable[str]) -> list[Path]:
    """All project files that importing `modules` can read, sorted; packages' `__init__.py` included.

    Both `from x import y` and `import x.y` count, at any depth and inside functions, and so do relative imports.
    A dynamic import in a scene or the engine would hide what the picture depends on: UserError.
    """
    waiting = [path for module in modules for path in _files_of(root, module)]
    found: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            for module in imports(path):
                waiting.extend(_files_of(root, module))
    parsed.save()
    return sorted(found)


def imports(path: Path) -> tuple[str, ...]:
    """Dotted names that the file imports from the project, `from x import y` giving both x and x.y.

    SyntaxError when it does not parse, UserError when it is a scene or of the engine and imports dynamically.
    """
    data = path.read_bytes()
    source = _read(data)
    if source is None:
        ast.parse(data, filename=str(path))  # raises
        return ()
    start = max((at for at, part in enumerate(path.parts[:-1]) if part in PACKAGES), default=len(path.parts) - 1)
    package = path.parts[start:-1]
    if source.dynamic and package[:1] and package[0] in _CLOSED:
        raise UserError(
            f"{path}:{source.dynamic}: a dynamic import hides what the picture depends on: import it by its name"
        )
    names: set[str] = set()
    for level, module, asked in source.imports:
        above = package[: len(package) + 1 - level] if level else ()
        base = ".".join([*above, *([module] if module else [])])
        names.update((base, *(f"{base}.{name}" for name in asked)))
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
    source = _read(data)
    return hashlib.sha256(data).digest() if source is None else source.digest


@lru_cache(maxsize=4096)
def _read(data: bytes) -> _Source | None:
    """Parse a file once, and never again while its text is the same; None when it does not parse."""
    kept = parsed.recall(data)
    if kept is not None:
        digest, names, dynamic = kept
        imported = tuple((level, module, tuple(asked)) for level, module, asked in names)
        return _Source(bytes.fromhex(digest), imported, dynamic)
    source = _parsed(data)
    if source is not None:
        parsed.learn(data, (source.digest.hex(), source.imports, source.dynamic))
    return source


def _parsed(data: bytes) -> _Source | None:
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return None
    found: list[tuple[int, str, tuple[str, ...]]] = []
    dynamic = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(0, alias.name, ()) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append((node.level, node.module or "", tuple(alias.name for alias in node.names)))
        elif isinstance(node, ast.Call) and _called(node.func) in _DYNAMIC:
            dynamic = node.lineno
        elif isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            _drop_docstring(node)
    return _Source(hashlib.sha256(ast.dump(tree).encode()).digest(), tuple(found), dynamic)


def _called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _drop_docstring(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    first = node.body[0] if node.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        del node.body[0]
