"""What can befall a build: each function makes one misfortune at random and checks what must hold right after it.

The caller then builds again and compares with a clean build. Disks that fail are in tests/bad_disks.py.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from house_on_fire import House, group_alive, server_of, workers_of

HOSTILE = (b'""', b"null", b'{"x":3}', b"../../x", b"[" * 1_000_000, b"", b"[]", b"\x00" * 64)
EDITS = (  # old text, new text of scenes/tiny.py
    ("rotate(1.0)", "rotate(1.5)"),
    ("style.POSITIVE", "style.NEGATIVE"),
    ("shift(RIGHT)", "shift(2 * RIGHT)"),
    ("self.run_steps(30, 20.0)", "self.run_steps(29, 20.0)"),
    ("It counts.", "It counts and counts."),
    ("class Moving(", "# nothing new\nclass Moving("),
)


def some(chance: random.Random, *names: str) -> list[str]:
    """Each of `names` with even chance."""
    return [name for name in names if chance.random() < 0.5]


# -- kills -------------------------------------------------------------------------------------------
def kill(house: House, chance: random.Random) -> None:
    """Five SIGKILLs at random moments, half to the parent alone; no orphan may be left after two seconds."""
    for _ in range(5):
        house.forget(*some(chance, "renders", "traces"))
        process = house.start()
        time.sleep(chance.uniform(0.05, 8.0))
        if chance.random() < 0.5:
            process.kill()
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        time.sleep(2.0)
        assert not group_alive(process.pid), "orphans after two seconds"
        house.sound()


def kill_training(house: House, chance: random.Random) -> None:
    """SIGKILL while a long run is recorded; recorded to its end afterwards, it has the same bytes."""
    wanted = house.clean.get("slow")
    if wanted is None:
        wanted = house.clean["slow"] = _record_slow(house)
    shutil.rmtree(house.traces / "slow", ignore_errors=True)
    for _ in range(3):
        process = house.start("trace", "slow")
        time.sleep(chance.uniform(0.3, 4.0))
        os.killpg(process.pid, signal.SIGKILL) if chance.random() < 0.5 else process.kill()
        process.communicate()
        time.sleep(1.0)
    assert _record_slow(house) == wanted, "a trace that was killed and taken up again differs"


def _record_slow(house: House) -> str:
    done = house.run("trace", "slow", "--json")
    assert done.code == 0, done.err
    names = sorted(path.name for path in (house.traces / "slow").iterdir())
    return repr([(name, (house.traces / "slow" / name).read_bytes()) for name in names if name != "made_from.json"])


def crash_in_commit(house: House, chance: random.Random) -> None:
    """A crash right after one random step of the commit path, in the build or in each of its workers."""
    house.forget(*some(chance, "renders", "traces"))
    process = house.start(GRADREEL_CRASH_AT=str(chance.randint(1, 60)))
    process.communicate(timeout=300)
    time.sleep(1.0)
    assert not group_alive(process.pid), "orphans after a crash"
    house.sound()


# -- signals, workers ----------------------------------------------------------------------------------
def polite(house: House, chance: random.Random) -> None:
    """SIGINT, SIGTERM or SIGHUP, to the parent or to all: the right exit code within 2 s, no child alive."""
    for _ in range(3):
        house.forget(*some(chance, "renders", "traces"))
        process = house.start()
        time.sleep(chance.uniform(0.4, 8.0))
        number = chance.choice([signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
        done = process.poll() is not None
        began = time.monotonic()
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number) if chance.random() < 0.5 else os.killpg(process.pid, number)
        out, err = process.communicate(timeout=10)
        done = done or "film: " in out  # it was at its very end, where Python has put its handlers away already
        took = time.monotonic() - began
        if not done and process.returncode != 0:
            assert process.returncode == 128 + number, f"exit {process.returncode} after {number!r}: {err}"
            assert took < 2.0 + _slack(), f"took {took:.1f} s to stop after {number!r}"
            assert "Traceback" not in err, err
        time.sleep(0.5)
        assert not group_alive(process.pid), f"children outlived a polite stop: {number!r}"
        house.sound()


def _slack() -> float:
    """A busy machine may take its time to let a process run at all."""
    return max(0.3, os.getloadavg()[0] / (os.cpu_count() or 1) - 1)


def worker_dies(house: House, chance: random.Random) -> None:
    """A worker, or the server they fork from, is killed now and then; the build itself goes on and ends well."""
    house.forget(*some(chance, "renders", "traces"))
    process = house.start()
    for _ in range(chance.randint(1, 2)):
        time.sleep(chance.uniform(1.0, 4.0))
        victims = server_of(process.pid) if chance.random() < 0.3 else workers_of(process.pid)
        if victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(victims), signal.SIGKILL)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err


def worker_hangs(house: House, chance: random.Random) -> None:
    """A worker stands still for ever; it is noticed, ended and replaced."""
    house.forget("renders")
    process = house.start(GRADREEL_PATIENCE="12")
    deadline = time.monotonic() + 20
    while not (victims := workers_of(process.pid)) and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(chance.uniform(0.0, 2.0))
    with contextlib.suppress(ProcessLookupError, IndexError):
        os.kill(chance.choice(victims), signal.SIGSTOP)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    time.sleep(0.5)
    assert not group_alive(process.pid), "the standing worker outlived its build"


def starves(house: House, chance: random.Random) -> None:
    """A scene asks for more memory than there is: one line says where, and nothing half-made is left."""
    path = house.project / "scenes" / "tiny.py"
    before = path.read_text()
    house.forget(*some(chance, "renders"))
    line = "        disc = Circle(color=self.colour)\n"
    path.write_text(before.replace(line, line + "        disc.points = np.zeros((1 << 50, 3))\n"))
    try:
        done = house.run()
        assert done.code == 1 and re.search(r"scenes/tiny\.py:\d+: .*MemoryError: Unable to allocate", done.one_line())
        house.sound()
    finally:
        path.write_text(before)


def offline(house: House, chance: random.Random) -> None:
    """No network at all, not even this machine's own."""
    house.forget(*some(chance, "renders", "traces"))
    house.within = ("unshare", "--net")
    try:
        house.build()
    finally:
        house.within = ()


def dirty(house: House, chance: random.Random) -> None:
    """Memory that is handed out is full of some byte, and so is what is given back: nobody reads what nobody wrote."""
    house.forget("renders", *some(chance, "traces"))
    done = house.run(MALLOC_PERTURB_=str(chance.randint(1, 255)))  # glibc fills it; elsewhere nothing happens
    assert done.code == 0, done.err
    house.same(house.clean["film"], "other bytes from dirty memory")


@lru_cache(maxsize=1)
def may_unshare() -> bool:
    """Whether this process may start another one without a network."""
    return (
        shutil.which("unshare") is not None
        and subprocess.run(["unshare", "--net", "true"], stderr=subprocess.DEVNULL).returncode == 0
    )


# -- damage ----------------------------------------------------------------------------------------------
def damage(house: House, chance: random.Random) -> None:
    """Flip, truncate, delete, zero or replace files of store and traces; only what was damaged is drawn again."""
    frames = _frames_of_chunks(house)
    store = [p for p in (house.renders / ".store").rglob("*") if p.is_file()]
    traces = [p for p in house.traces.rglob("*") if p.is_file() and ".slow" not in str(p) and "/slow/" not in str(p)]
    hurt = {path for path in chance.sample(store, min(len(store), chance.randint(1, 20))) if _hurt(path, chance)}
    for path in chance.sample(traces, min(len(traces), chance.randint(0, 4))):
        _hurt(path, chance)
    if chance.random() < 0.7:
        house.forget()
    else:
        shutil.rmtree(house.renders / ".stamps", ignore_errors=True)
    wanted = sum(count for path, count in frames.items() if path in hurt)
    drawn = house.build().drawn
    if any(path.parent.parent.name == "begun" for path in hurt):  # a scene that nothing is known of is drawn anew
        assert wanted <= drawn, f"{drawn} frames drawn, {wanted} were damaged"
    else:
        assert drawn == wanted, f"{drawn} frames drawn, {wanted} were damaged"


def damage_beside(house: House, chance: random.Random) -> None:
    """The same for what lies in the open: videos, records, stamps, speeds; nothing is drawn again."""
    files = [p for p in house.renders.rglob("*") if p.is_file() and ".store" not in p.parts]
    for path in chance.sample(files, min(len(files), chance.randint(1, 12))):
        _hurt(path, chance)
    assert house.build().drawn == 0, "frames were drawn though the store was whole"


def _frames_of_chunks(house: House) -> dict[Path, int]:
    """How many frames each chunk of the film as it stands holds."""
    import json

    from studio.encode import frame_count
    from studio.store import Store

    store, found = Store(house.renders / ".store"), {}
    for name in ("Counting", "Moving"):
        for key in json.loads((house.renders / "480p15" / f"{name}.json").read_text())["chunks"]:
            data = store.get("chunk", key)
            assert data is not None
            found[store.path("chunk", key)] = frame_count(data)
    return found


def _hurt(path: Path, chance: random.Random) -> bool:
    """Damage a file; whether its bytes differ now."""
    before = path.read_bytes()
    data = bytearray(before)
    kind = chance.choice(["flip", "truncate", "delete", "zero", "hostile", "long"])
    if kind == "flip" and data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
    elif kind == "truncate":
        path.write_bytes(data[: chance.randrange(len(data) + 1)])
    elif kind == "delete":
        path.unlink()
        return True
    elif kind == "zero":
        path.write_bytes(bytes(len(data)))
    elif kind == "long":
        path.write_bytes(data + b"[" * 100_000_000 if chance.random() < 0.1 else data + b"\n")
    else:
        path.write_bytes(chance.choice(HOSTILE))
    return path.read_bytes() != before


# -- together --------------------------------------------------------------------------------------------
def crowd(house: House, chance: random.Random) -> None:
    """Three builds at once: all succeed."""
    house.forget(*some(chance, "renders", "traces"))
    processes = [house.start() for _ in range(3)]
    for process in processes:
        _, err = process.communicate(timeout=400)
        assert process.returncode == 0, err
    house.sound()


def cleaned_meanwhile(house: House, chance: random.Random) -> None:
    """Two builds, and everything is cleaned away under them: they end well or say so in a line."""
    house.forget(*some(chance, "renders", "traces"))
    processes = [house.start() for _ in range(2)]
    time.sleep(chance.uniform(0.5, 7.0))
    words = chance.choice([("clean",), ("clean", "--all"), ("clean", "--store"), ("clean", "--all", "--traces")])
    assert house.run(*words).code == 0
    for process in processes:
        _, err = process.communicate(timeout=400)
        assert "Traceback" not in err and "fault of gradreel" not in err, err
        assert process.returncode in (0, 1), err
    house.sound()


def edited_meanwhile(house: House, chance: random.Random) -> None:
    """An edit during a build: what comes out belongs wholly to the sources as they were, or wholly to the new ones."""
    path = house.project / "scenes" / "tiny.py"
    before = path.read_text()
    old, new = chance.choice(EDITS)
    house.forget(*some(chance, "renders"))
    process = house.start()
    time.sleep(chance.uniform(0.2, 6.0))
    try:
        path.write_text(before.replace(old, new))
        _, err = process.communicate(timeout=400)
        assert process.returncode == 0, err
        found = house.digests()
        assert found in (house.clean["film"], clean_of(house, new)), "a mixture of two snapshots"
        house.build()
        house.same(clean_of(house, new), "the edit was missed afterwards")
    finally:
        path.write_text(before)


def clean_of(house: House, edit: str) -> dict[str, str]:
    """The film as a clean build makes it of the sources as they stand, remembered under `edit`."""
    if edit not in house.clean:
        kept, house.renders = house.renders, house.folder / "clean"
        house.forget("renders")
        house.build()
        house.clean[edit] = house.digests()
        shutil.rmtree(house.renders)
        house.renders = kept
    return house.clean[edit]


def edits(house: House, chance: random.Random) -> None:
    """Edits one after another, there and back: each time the film is that of a clean build."""
    path = house.project / "scenes" / "tiny.py"
    before = path.read_text()
    try:
        for old, new in chance.sample(EDITS, 2):
            path.write_text(before.replace(old, new))
            house.build()
            house.same(clean_of(house, new), f"stale after {old} became {new}")
    finally:
        path.write_text(before)


def touch(house: House, chance: random.Random) -> None:
    """All times set to 1970, and a module that nobody uses: nothing has changed, so nothing may be drawn."""
    extra = house.project / "scenes" / "parts" / "unused.py"
    extra.write_text('"""Nobody uses this."""\n')
    for path in house.project.rglob("*"):
        os.utime(path, (0, 0))
    try:
        assert house.build().drawn == 0
    finally:
        extra.unlink()


ALL: tuple[Callable[[House, random.Random], None], ...] = (
    starves, *((offline,) if may_unshare() else ()),
    dirty, kill, kill_training, crash_in_commit, polite, worker_dies, worker_hangs, damage, damage_beside, crowd,
    cleaned_meanwhile, edited_meanwhile, edits, touch,
)  # fmt: skip
