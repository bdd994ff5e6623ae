"""The same jobs on the machines of a Dask cluster: bytes in, bytes out, no shared disk. Needs the extra `cluster`.

A bundle holds the snapshot of the sources and the traces; each worker unpacks it once. Jobs run off a Dask worker's
main thread and Manim's configuration is global to a process, so workers must have one thread each.
"""

from __future__ import annotations

import hashlib
import io
import re
import socket
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.errors import UserError
from studio import plan, scratch, tasks
from studio.closure import code_digest
from studio.crew import Crew, Report
from studio.jobs import JobFailed, SceneJob
from studio.project import version

MAX_UNPACKED = 1 << 30
_CARRIED = ("cluster", "tasks", "worker", "jobs", "scratch")  # what runs on a worker as it is installed there
_LOOPBACK = re.compile(r"(tcp://)?(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?")


class ClusterCrew(Crew):
    """A crew whose workers are those of the Dask scheduler at `address`."""

    def __init__(self, address: str, bundle: bytes, report: Report | None = None, insecure: bool = False) -> None:
        if "://" not in address:
            address = f"tcp://{address}"
        if address.startswith("tcp://") and not _LOOPBACK.fullmatch(address) and not insecure:
            raise UserError(
                f"--cluster: {address}: plain tcp carries pickled work that anybody on the network could replace; "
                "use tls://, a tunnel to loopback, or say --insecure-cluster"
            )
        try:
            from distributed import Client
        except ImportError:
            raise UserError("--cluster: needs the extra `cluster`: .venv/bin/pip install -e '.[cluster]'") from None
        try:
            self._client = Client(address, timeout="10s", set_as_default=False)
        except (OSError, ValueError) as error:
            raise UserError(f"--cluster: {address}: no scheduler answers: {error}") from None
        threads = self._client.nthreads()
        self._ours = versions()
        _demand_fit(self._client, threads, self._ours)
        super().__init__(len(threads), report)
        self._patience = float("inf")  # Dask itself notices workers that are gone
        self._digest = hashlib.sha256(bundle).hexdigest()
        self._bundle = self._client.scatter(bundle, broadcast=True, hash=False)

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        super().__exit__(kind, *rest)
        self._client.close()

    def submit(self, call: tuple[Any, ...], label: str, then: Callable[[Any], None], cost: float = 0.0) -> None:
        """As for any crew; what would be written to a store on this machine comes back as bytes instead."""
        function, job, *rest = call
        if function is tasks.draw_chunks:
            rest[2] = None  # no store there
        what = (remote, function.__name__, job, tuple(rest), self._digest, self._bundle, self._ours)
        super().submit(what, label, then, cost)

    def _told(self, error: Exception, label: str) -> Exception:
        if isinstance(error, JobFailed | UserError):
            return error
        return JobFailed(
            f"{label}: the cluster gave it up: {(str(error).splitlines() or [type(error).__name__])[0]}", 1
        )

    def _open_pool(self) -> Any:
        return self._client.get_executor(pure=False, retries=2)

    def _end_pool(self) -> None:
        if self._pool is not None:
            for future in self._running:
                future.cancel()
            self._pool.shutdown(wait=False)
        self._pool = None
        self._running.clear()


def _demand_fit(client: Any, threads: dict[str, int], ours: dict[str, str]) -> None:
    """Refuse, by name, workers that would draw other pixels or could not draw at all."""
    if not threads:
        raise UserError("--cluster: the scheduler has no workers yet: start some and try again")
    for name, count in threads.items():
        if count != 1:
            raise UserError(f"--cluster: worker {name}: has {count} threads: start it with --nthreads 1")
    answers = client.run(versions, on_error="return")
    if all(isinstance(theirs, OSError) for theirs in answers.values()):
        raise UserError(f"--cluster: worker {next(iter(answers))}: does not answer: {next(iter(answers.values()))}")
    for name, theirs in answers.items():
        if isinstance(theirs, OSError):
            continue  # it has just died: Dask drops it, and whoever comes in its place is looked at by `remote`
        if not isinstance(theirs, dict):
            raise UserError(f"--cluster: worker {name}: has no gradreel to run: {theirs}")
        if reason := _misfit(theirs, ours):
            raise UserError(f"--cluster: worker {name}: {reason}")


def _misfit(theirs: dict[str, str], ours: dict[str, str]) -> str:
    """Why a worker with these versions would not give the bytes that this machine gives; "" when it would."""
    for package, wanted in ours.items():
        there = theirs.get(package, "missing")
        if there != wanted:
            remedy = ""
            if package == plan.PROCESSOR:
                others = sorted({*there.split()} ^ {*wanted.split()})
                remedy = (
                    "; start reel and every worker with NPY_DISABLE_CPU_FEATURES and OPENBLAS_CORETYPE set so that "
                    f"they agree ({' '.join(others)})"
                )
            return f"{package} {there} there, {wanted} here: refused{remedy}"
    return ""


def versions() -> dict[str, str]:
    """What this process would draw with; on a worker it is asked for by name."""
    here = Path(__file__).resolve().parents[1]
    own = code_digest([here / "studio" / f"{name}.py" for name in _CARRIED], here)[:12]
    return {"gradreel": f"{version()} {own}", **plan.versions()}


def pack(root: Path, traces: Iterable[tuple[str, str]]) -> bytes:
    """A bundle: the snapshot `root` and the folders of `traces` (name, folder), as the bytes of a zip file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as bundle:
        for path in sorted(root.rglob("*")):
            inside = path.relative_to(root).parts
            if path.is_file() and "mnist" not in inside and inside[:2] != ("data", "traces") and inside[0] != "given":
                bundle.write(path, f"root/{path.relative_to(root).as_posix()}")
        for name, folder in sorted(dict(traces).items()):
            for path in sorted(Path(folder).iterdir()):
                if path.is_file():
                    bundle.write(path, f"traces/{name}/{path.name}")
    return out.getvalue()


def _unpacked(bundle: bytes, digest: str) -> Path:
    """The bundle's folder on this machine, unpacked by whichever job comes first."""
    if hashlib.sha256(bundle).hexdigest() != digest:
        raise JobFailed("the bundle of sources arrived damaged on a worker", 1)
    folder = Path(tempfile.gettempdir()) / f"gradreel-bundle-{digest[:32]}"
    if folder.is_dir():
        return folder
    with scratch.folder() as temporary:
        with zipfile.ZipFile(io.BytesIO(bundle)) as packed:
            if sum(item.file_size for item in packed.infolist()) > MAX_UNPACKED:
                raise JobFailed("the bundle of sources is larger than a gigabyte", 1)
            packed.extractall(Path(temporary) / "b")
        try:
            (Path(temporary) / "b").rename(folder)
        except OSError:  # another job was sooner
            if not folder.is_dir():
                raise
    return folder


def remote(
    function: str, job: SceneJob, rest: tuple[Any, ...], digest: str, bundle: bytes, ours: dict[str, str]
) -> Any:
    """Runs on a Dask worker: call `function` of studio.tasks on the bundle's sources and traces.

    A worker that joined after the others had been looked at is looked at here.
    """
    if reason := _misfit(versions(), ours):
        raise JobFailed(f"--cluster: worker on {socket.gethostname()}: {reason}", 2)
    folder = _unpacked(bundle, digest)
    here = tuple((name, str(folder / "traces" / name)) for name, _ in job.traces)
    return getattr(tasks, function)(replace(job, root=str(folder / "root"), traces=here), *rest)
