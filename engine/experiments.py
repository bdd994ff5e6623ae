"""The named runs, described as data in data/experiments/: run(name) -> Trace. Knows kinds, computes no number.

Also says what a trace was made from (sources, fingerprint) and whether it is still that (is_fresh).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.environment import environment, one_blas_thread
from engine.errors import DivergedError, StorageError, TraceError, UserError
from engine.experiment_spec import Table, read_toml
from engine.recipe import Progress, Recipe
from engine.sources import ROOT, closure, code_digest
from engine.trace import Trace
from engine.trace_format import MADE_FROM, MAX_MANIFEST_BYTES, SCHEMA, canonical, read_bounded, valid_trace_name
from engine.trace_writer import TraceWriter

EXPERIMENTS = ROOT / "data" / "experiments"
TRACES = ROOT / "data" / "traces"


def _cities(table: Table) -> Recipe:
    from engine.runs.cities import prepare

    return prepare(table)


def _blocks(table: Table) -> Recipe:
    from engine.runs.blocks import prepare

    return prepare(table)


def _chain(table: Table) -> Recipe:
    from engine.runs.chain import prepare

    return prepare(table)


def _rates(table: Table) -> Recipe:
    from engine.runs.rates import prepare

    return prepare(table)


def _border(table: Table) -> Recipe:
    from engine.runs.border import prepare

    return prepare(table)


def _digits(table: Table) -> Recipe:
    from engine.runs.digits import prepare

    return prepare(table)


def _batches(table: Table) -> Recipe:
    from engine.runs.batches import prepare

    return prepare(table)


def _places(table: Table) -> Recipe:
    from engine.runs.places import prepare

    return prepare(table)


def _prompts(table: Table) -> Recipe:
    from engine.runs.prompts import prepare

    return prepare(table)


def _language(table: Table) -> Recipe:
    from engine.runs.language import prepare

    return prepare(table)


def _language_map(table: Table) -> Recipe:
    from engine.runs.language_map import prepare

    return prepare(table)


# kind -> (the module its numbers come from, its door). Doors import late: a run costs only its own modules.
KINDS: dict[str, tuple[str, Callable[[Table], Recipe]]] = {
    "cities": ("engine.runs.cities", _cities),
    "blocks": ("engine.runs.blocks", _blocks),
    "chain": ("engine.runs.chain", _chain),
    "rates": ("engine.runs.rates", _rates),
    "border": ("engine.runs.border", _border),
    "digits": ("engine.runs.digits", _digits),
    "batches": ("engine.runs.batches", _batches),
    "places": ("engine.runs.places", _places),
    "prompts": ("engine.runs.prompts", _prompts),
    "language": ("engine.runs.language", _language),
    "language_map": ("engine.runs.language_map", _language_map),
}


def names() -> tuple[str, ...]:
    """Names of all experiments in data/experiments, sorted."""
    return tuple(sorted(path.stem for path in EXPERIMENTS.glob("*.toml")))


def experiment_path(name_or_path: str | Path) -> Path:
    """The TOML file of an experiment given by name, or a user's own .toml (or .csv of prompts) given by its path."""
    text = str(name_or_path)
    if text.endswith((".toml", ".csv")):
        return Path(name_or_path)
    if not valid_trace_name(text):
        raise UserError(f"{text[:80]!r}: not the name of an experiment: letters, digits, _ and - only")
    path = EXPERIMENTS / f"{text}.toml"
    if not path.is_file():
        raise UserError(f"{text}: no such experiment: there are {', '.join(names())}")
    return path


def refuse_namesake(name_or_path: str | Path) -> None:
    """UserError when a user's own file is called like one of the film's experiments: its trace would replace that."""
    path = experiment_path(name_or_path)
    if path.stem in names() and path.resolve() != (EXPERIMENTS / f"{path.stem}.toml").resolve():
        raise UserError(f"{path}: the film has an experiment called {path.stem}: give your file another name")


def trace_name(name_or_path: str | Path) -> str:
    """What the trace of this experiment is called: the file's name without .toml."""
    stem = experiment_path(name_or_path).stem
    if not valid_trace_name(stem):
        raise UserError(f"{name_or_path}: the file's name must be letters, digits, _ and -, at most 64")
    return stem


def prepare(name_or_path: str | Path) -> Recipe:
    """Check the experiment in full, without training; UserError "file: key: reason" when it is wrong."""
    table, kind = _read(name_or_path)
    return KINDS[kind][1](table)


def sources(name_or_path: str | Path) -> list[Path]:
    """Files the trace's numbers depend on: its TOML, its data, and the engine modules it reaches."""
    _, kind = _read(name_or_path)
    recipe = prepare(name_or_path)
    needed = [path for need in recipe.needs for path in sources(need)]
    return list(dict.fromkeys([experiment_path(name_or_path), *recipe.data, *closure(KINDS[kind][0]), *needed]))


def fingerprint(name_or_path: str | Path) -> str:
    """sha256 over parameters, data and code; see made_from()."""
    return hashlib.sha256(canonical(made_from(name_or_path))).hexdigest()


def made_from(name_or_path: str | Path) -> dict[str, Any]:
    """JSON-able: the experiment's parameters, sha256 of its data files and of its engine modules' syntax trees."""
    table, kind = _read(name_or_path)
    recipe = prepare(name_or_path)
    return {
        "schema": SCHEMA,
        "experiment": {key: table.raw(key) for key in table.keys()},  # noqa: SIM118
        "data": {_shown(path): _file_digest(path) for path in recipe.data},
        "code": {_shown(path): code_digest(path) for path in closure(KINDS[kind][0])},
        **({"needs": {need: fingerprint(need) for need in recipe.needs}} if recipe.needs else {}),
    }


def is_fresh(name_or_path: str | Path, folder: Path | str = TRACES, thorough: bool = False) -> bool:
    """Whether ``folder``/<name> holds a trace made from exactly today's parameters, data and code.

    A ``thorough`` look reads every chunk and finds damage of any kind; else only what is missing or cut off is found.
    """
    place = Path(folder) / trace_name(name_or_path)
    try:
        trace = Trace.load(place)
        kept = json.loads(read_bounded(place / MADE_FROM, MAX_MANIFEST_BYTES))
        sealed = kept.pop("manifest", trace.digest)  # traces recorded before it was kept have none
    except (TraceError, ValueError, RecursionError, AttributeError, TypeError):
        return False
    if sealed != trace.digest or "stopped" in trace.manifest:
        return False
    return bool(kept == made_from(name_or_path)) and (not thorough or _whole(trace))


def _whole(trace: Trace) -> bool:
    try:
        trace.verify()
    except TraceError:
        return False
    return True


def run(
    name_or_path: str | Path,
    out_folder: Path | str = TRACES,
    progress: Progress | None = None,
    force: bool = False,
) -> Trace:
    """Record the experiment into ``out_folder``/<name>, unless it is there and fresh already; gives the trace.

    ``progress(done, total)`` is called now and then. An interrupted run goes on from its last whole chunk. Raises
    UserError for bad input, DivergedError when the loss stops being a number (the steps so far are kept).
    """
    name, folder = trace_name(name_or_path), Path(out_folder)
    table, kind = _read(name_or_path)
    recipe = KINDS[kind][1](table)
    made = made_from(name_or_path)
    for need in recipe.needs:
        run(need, folder, progress)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder / f".{name}.lock"):
            if force or not is_fresh(name_or_path, folder, thorough=True):
                _record(folder / name, name, recipe, made, progress or (lambda done, total: None))
    except OSError as error:
        raise StorageError(f"{error.filename or folder / name}: {error.strerror or error}") from None
    return Trace.load(folder / name)


def _record(place: Path, name: str, recipe: Recipe, made: dict[str, Any], progress: Progress) -> None:
    stopped: DivergedError | None = None
    with one_blas_thread():
        manifest = {**recipe.manifest, "experiment": made["experiment"], "environment": environment()}
        writer = TraceWriter(
            place, name, manifest, recipe.meanings, derive=recipe.derive, chunk_bytes=recipe.chunk_bytes,
            resume_key=hashlib.sha256(canonical(made)).hexdigest(), beside=made,
        )  # fmt: skip
        with writer:
            try:
                recipe.record(writer, progress)
            except DivergedError as error:
                stopped = error
                writer.manifest["stopped"] = str(error)
    if stopped is not None:
        raise stopped


def _read(name_or_path: str | Path) -> tuple[Table, str]:
    path = experiment_path(name_or_path)
    if path.suffix == ".csv":
        return Table({"kind": "prompts", "file": path.name}, f"{path}: ", path.parent), "prompts"
    table = read_toml(path)
    if "prompt" in table and "kind" not in table:
        return table, "prompts"  # neither need a user's own prompts
    if "place" in table and "kind" not in table:
        return table, "places"  # a user's own cities.toml needs not say so
    return table, table.text("kind", choices=KINDS)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Only one process records a trace at a time; the others wait and then find it fresh."""
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def _file_digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror or error}") from None
