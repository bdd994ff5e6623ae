"""The same jobs on the machines of a Dask cluster: bytes in, bytes out, no shared disk. Needs the extra `cluster`.

A bundle holds the snapshot of the sources and the traces; each worker unpacks it once. Jobs run off a Dask worker's
main thread and Manim's configuration is global to a process, so workers must have one thread each.
"""

from __future__ import annotations

import hashlib
import io
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.errors import UserError
from studio import plan, scratch, worker
from studio.crew import Crew, Report
from studio.jobs import JobFailed, SceneJob

MAX_UNPACKED = 1 << 30
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
        _demand_fit(self._client, threads)
        super().__init__(len(threads), report)
        self._digest = hashlib.sha256(bundle).hexdigest()
        self._bundle = self._client.scatter(bundle, broadcast=True, hash=False)

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        super().__exit__(kind, *rest)
        self._client.close()

    def submit(self, call: tuple[Any, ...], label: str, then: Callable[[Any], None], cost: float = 0.0) -> None:
        """As for any crew; what would be written to a store on this machine comes back as bytes instead."""
        function, job, *rest = call
        if function is worker.draw_chunks:
            rest[-1] = None
        super().submit((remote, function.__name__, job, tuple(rest), self._digest, self._bundle), label, then, cost)

    def _open_pool(self) -> Any:
        return self._client.get_executor(pure=False, retries=2)

    def _end_pool(self, kill: bool) -> None:
        if self._pool is not None:
            for future in self._running:
                future.cancel()
            self._pool.shutdown(wait=False)
        self._pool = None
        self._running.clear()


def _demand_fit(client: Any, threads: dict[str, int]) -> None:
    """Refuse, by name, workers that would draw other pixels or could not draw at all."""
    if not threads:
        raise UserError("--cluster: the scheduler has no workers yet: start some and try again")
    for name, count in threads.items():
        if count != 1:
            raise UserError(f"--cluster: worker {name}: has {count} threads: start it with --nthreads 1")
    ours = plan.versions()
    for name, theirs in client.run(_versions).items():
        for package, version in ours.items():
            if theirs.get(package) != version:
                there = theirs.get(package, "missing")
                raise UserError(f"--cluster: worker {name}: {package} {there} there, {version} here: refused")


def _versions() -> dict[str, str]:
    """Runs on a worker: the versions it would draw with; what is wrong with it when it has no gradreel."""
    try:
        from studio import plan
    except ImportError as error:
        return {"gradreel": str(error)}
    return plan.versions()


def pack(root: Path, traces: Iterable[tuple[str, str]]) -> bytes:
    """A bundle: the snapshot `root` and the folders of `traces` (name, folder), as the bytes of a zip file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as bundle:
        for path in sorted(root.rglob("*")):
            if path.is_file() and "mnist" not in path.parts:
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


def remote(function: str, job: SceneJob, rest: tuple[Any, ...], digest: str, bundle: bytes) -> Any:
    """Runs on a Dask worker: call `function` of studio.worker on the bundle's sources and traces."""
    folder = _unpacked(bundle, digest)
    here = tuple((name, str(folder / "traces" / name)) for name, _ in job.traces)
    return getattr(worker, function)(replace(job, root=str(folder / "root"), traces=here), *rest)
