"""Disks that are full, bad or read-only, for `make torture`: one line that names path and reason, nothing partial.

Small disks are mounted as tmpfs, which needs root; a bad one is faulty.c, compiled and put between the program and the
C library.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from house_on_fire import Ended, House

SIZES = ("0", "16k", "60k", "1m")


def full(house: House, chance: random.Random) -> None:
    """A disk that is too small for the store, then for the traces; with more room only the rest is done."""
    size = chance.choice(SIZES)
    with small_disk(house.folder / "disk", size) as disk:
        kept, house.renders = house.renders, disk
        try:
            done = house.run()
            if done.code or size != "1m":  # a megabyte is about what the tiny film takes
                _refused(done, disk, "No space left on device")
            finished = _frames(house)
            _remount(disk, "size=64m")
            for path in disk.glob("filler"):
                path.unlink()
            assert house.build().drawn == 143 - finished, "finished work was done again"
            house.same(house.clean["film"], "after the disk had room")
        finally:
            house.renders = kept
    with small_disk(house.folder / "disk", chance.choice(SIZES[:3])) as disk:
        kept, house.traces = house.traces, disk
        try:
            house.forget()
            _refused(house.run(), disk, "No space left on device")
            assert not [p for p in disk.glob("[!.]*") if p.is_dir()], "a trace was published on a full disk"
        finally:
            house.traces = kept


def no_scratch(house: House, chance: random.Random) -> None:
    """The place for temporary files is full."""
    with small_disk(house.folder / "disk", chance.choice(SIZES)) as disk:
        kept, house.scratch = house.scratch, disk
        try:
            house.forget()
            done = house.run()
            if done.code:
                assert "No space left on device" in done.one_line(), done.err
            house.sound()
        finally:
            house.scratch = kept


def read_only(house: House, chance: random.Random) -> None:
    """A store that cannot be written: what stands is told, anything else is refused in a line."""
    with small_disk(house.folder / "disk", "64m") as disk:
        kept, house.renders = house.renders, disk
        try:
            house.build()
            _remount(disk, "ro")
            assert house.build().drawn == 0, "nothing had changed"
            path = house.project / "scenes" / "tiny.py"
            before = path.read_text()
            path.write_text(before.replace("rotate(1.0)", "rotate(0.7)"))
            try:
                _refused(house.run(), disk, "Read-only file system")
            finally:
                path.write_text(before)
        finally:
            house.renders = kept


def bad(house: House, chance: random.Random) -> None:
    """EIO from the so-many-th write, sync or rename on, in store or traces."""
    place = chance.choice([house.renders, house.traces])
    shim = faulty()
    if shim is None:
        return
    house.forget("renders", "traces")
    done = house.run(LD_PRELOAD=shim, FAULT_PATH=str(place), FAULT_AFTER=str(chance.randint(0, 60)))
    if done.code:
        _refused(done, place, "Input/output error")
    house.sound()


def _refused(done: Ended, place: Path, reason: str) -> None:
    """Exit 1, one line with path and reason, and no half-written file that could be taken for a whole one."""
    assert done.code == 1, f"exit {done.code}: {done.out}{done.err}"
    line = done.one_line()
    assert reason in line and str(place) in line, line
    left = [p for p in place.rglob(".gradreel~*")]
    assert not left, f"partial files left: {left}"


def _frames(house: House) -> int:
    from studio.encode import frame_count
    from studio.store import Store

    store = Store(house.renders / ".store")
    found = [store.get(kind, key) for kind, key, _ in store.records() if kind == "chunk"]
    return sum(frame_count(data) for data in found if data is not None)


@contextlib.contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """A tmpfs of `size` at `place`; "0" is one that has been filled to the last byte. Needs root."""
    place.mkdir(exist_ok=True)
    given = "16k" if size == "0" else size
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={given}", "tmpfs", str(place)], check=True)
    try:
        if size == "0":
            with contextlib.suppress(OSError), (place / "filler").open("wb", buffering=0) as file:
                while file.write(bytes(4096)):
                    pass
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def _remount(place: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(place)], check=True)


@lru_cache(maxsize=1)
def faulty() -> str | None:
    """The path of faulty.c as a library, or None without a compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return None
    target = Path(tempfile.mkdtemp(prefix="faulty-")) / "faulty.so"
    source = Path(__file__).with_name("faulty.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(target), str(source), "-ldl"], check=True)
    return str(target)


@lru_cache(maxsize=1)
def may_mount() -> bool:
    """Whether this process may mount a tmpfs."""
    if os.geteuid() or shutil.which("mount") is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        try:
            with small_disk(Path(folder), "16k"):
                return True
        except (subprocess.CalledProcessError, OSError):
            return False


def all_here() -> tuple[Callable[[House, random.Random], None], ...]:
    """The misfortunes that this machine lets a test make."""
    return (bad, *((full, no_scratch, read_only) if may_mount() else ()))
