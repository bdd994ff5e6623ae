"""The house rules that a program can watch: imports point one way, and some words never appear."""

import ast
import re
from pathlib import Path

import pytest

from studio.closure import imports
from studio.project import ROOT

FILES = sorted(path for package in ("engine", "scenes", "studio") for path in (ROOT / package).rglob("*.py"))
SOURCES = [path for path in FILES if "__pycache__" not in path.parts]
LATE = {"umap", "torch", "transformers", "dask", "distributed", "tokenizers"}


def module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def outside(path: Path) -> set[str]:
    """Top-level names of everything the file imports from outside the project."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def may_import(name: str, target: str) -> bool:
    """Whether module `name` may import project module `target`."""
    room, other = name.split(".")[0], target.split(".")[0]
    if room == "engine":
        return other == "engine"
    if name.startswith("scenes.parts"):
        return target == "scenes" or target.startswith(("scenes.style", "scenes.parts", "scenes.camera"))
    if room == "scenes":
        return other == "scenes" or target == "engine" or target.startswith(("engine.trace", "engine.datasets"))
    return (
        other == "studio"
        or target == "engine"
        or target.startswith(("engine.experiments", "engine.trace", "engine.datasets", "engine.errors", "engine.llama"))
    )


# The files that run inside a worker or draw beside one: they alone know the stage.
INSIDE_A_WORKER = {
    f"studio.{name}" for name in ("stepper", "seeker", "frames", "easel", "address", "worker", "tasks", "recalling")
}


@pytest.mark.parametrize("path", SOURCES, ids=module)
def test_imports_point_one_way(path):
    name = module(path)
    for target in imports(path):
        inside = name in INSIDE_A_WORKER or name.startswith("studio.check")
        if inside and target.startswith(("scenes.camera", "scenes.parts", "scenes.style", "scenes.stage", "scenes")):
            continue
        assert may_import(name, target), f"{name} imports {target}"


@pytest.mark.parametrize("path", SOURCES, ids=module)
def test_engine_has_never_seen_a_picture(path):
    if module(path).startswith("engine"):
        assert not outside(path) & {"manim", "scenes", "studio", "PIL", "cairo"}


def test_no_circles():
    graph = {module(path): {t for t in _top_level(path)} for path in SOURCES}
    state: dict[str, int] = {}

    def visit(name, trail):
        state[name] = 1
        for target in graph.get(name, ()):
            assert state.get(target) != 1, " -> ".join([*trail, name, target])
            if target in graph and target not in state:
                visit(target, [*trail, name])
        state[name] = 2

    for name in graph:
        if name not in state:
            visit(name, [])


def _top_level(path: Path) -> set[str]:
    """Project modules imported when the file is imported (not inside functions, not for type checking only)."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            modules = {n for n in names if (ROOT / n.replace(".", "/")).with_suffix(".py").is_file()}
            found.update(modules or {node.module})
    return {name for name in found if name.split(".")[0] in ("engine", "scenes", "studio")}


@pytest.mark.parametrize("path", SOURCES, ids=module)
def test_heavy_things_are_imported_late(path):
    top = {
        n.split(".")[0]
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Import)
        for n in [a.name for a in node.names]
    }
    top |= {
        node.module.split(".")[0]
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ImportFrom) and node.module
    }
    assert not top & LATE


@pytest.mark.parametrize("path", SOURCES, ids=module)
def test_forbidden_things(path):
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert all(alias.name != "*" for alias in node.names), f"{path}:{node.lineno}: star import"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("eval", "exec"), f"{path}:{node.lineno}"
        if isinstance(node, ast.keyword) and node.arg == "shell":
            assert not getattr(node.value, "value", False), f"{path}: shell=True"
    assert "pickle" not in outside(path)
    if module(path).startswith("scenes") and path.name != "style.py":
        assert not re.search(r"[\"']#[0-9A-Fa-f]{6}[\"']", path.read_text()), f"{path}: a colour literal"


# What Manim sets by Pango in the system's fonts, or by LaTeX, or by a Typst compiler of its own.
FOREIGN_TEXT = {
    "Text", "MarkupText", "Paragraph", "Code", "Tex", "MathTex", "SingleStringMathTex", "Title", "BulletedList",
    "Typst", "MathTypst", "DecimalNumber", "Integer", "Variable", "Matrix", "Table", "NumberLine", "NumberPlane",
    "Axes", "BarChart", "LabeledLine", "LabeledDot", "BraceLabel", "BraceText", "register_font",
}  # fmt: skip


@pytest.mark.parametrize("path", [p for p in SOURCES if module(p).startswith("scenes")], ids=module)
def test_no_text_is_set_with_a_system_font(path):
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "manim":
            assert not FOREIGN_TEXT & {alias.name for alias in node.names}, f"{path}:{node.lineno}"
        if isinstance(node, ast.ImportFrom) and node.module == "PIL":
            assert not {"ImageFont", "ImageDraw"} & {alias.name for alias in node.names}, f"{path}:{node.lineno}"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("manim", "mn"):
            assert node.attr not in FOREIGN_TEXT, f"{path}:{node.lineno}"
    assert not outside(path) & {"manimpango", "matplotlib"}
    assert "typst" not in outside(path) or module(path) == "scenes.parts.outlines"  # the one door to typesetting


def test_the_typesetter_is_shut_to_system_fonts():
    calls = [
        (path, node)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("Compiler", "compile") and
        getattr(getattr(node.func, "value", None), "id", "") == "typst"
    ]  # fmt: skip
    assert calls
    for path, node in calls:
        shut = {keyword.arg: getattr(keyword.value, "value", None) for keyword in node.keywords}
        assert shut.get("ignore_system_fonts") is True, f"{path}:{node.lineno}"


@pytest.mark.parametrize("path", SOURCES, ids=module)
def test_files_are_rooms_not_halls(path):
    text = path.read_text()
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno <= 60, f"{path}:{node.lineno}: {node.name}"


def test_no_file_names_a_registry():
    hosts = ["py" + "pi.org", "pythonhosted" + ".org", "registry.npm" + "js", "deb." + "debian.org"]
    for pattern in ("*.py", "*.toml", "*.md", "*.txt", "*.sh", "Makefile", ".ci/run"):
        for path in ROOT.rglob(pattern):
            if not {".venv", "renders", "node_modules"} & set(path.relative_to(ROOT).parts):
                text = path.read_text(errors="ignore")
                assert not any(host in text for host in hosts), path
