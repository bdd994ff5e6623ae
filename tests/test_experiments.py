"""Experiments: strict tables, fingerprints, freshness, determinism, resuming, and one line for everything bad."""

import os
import random
import time
from functools import partial

import numpy as np
import pytest

from engine import experiments
from engine.errors import DivergedError, StorageError, UserError
from engine.experiments import fingerprint, is_fresh, names, run, sources
from engine.recipe import Recipe
from engine.recorder import train as real_train
from engine.trace import Trace

CITIES3 = experiments.experiment_path("cities3").read_text()


def changed(text, old, new):
    assert old in text
    return text.replace(old, new, 1)


BAD = {
    "unknown key": changed(CITIES3, "seed = 0", "sead = 0"),
    "unknown key in a table": changed(CITIES3, "[task]", "[task]\nzoom = 3"),
    "unknown table": CITIES3 + "\n[more]\n",
    "no kind": changed(CITIES3, 'kind = "cities"', ""),
    "unknown kind": changed(CITIES3, 'kind = "cities"', 'kind = "citys"'),
    "kind of wrong type": changed(CITIES3, 'kind = "cities"', "kind = 3"),
    "rate is text": changed(CITIES3, "learning_rate = 0.05", 'learning_rate = "0.05"'),
    "rate is nan": changed(CITIES3, "learning_rate = 0.05", "learning_rate = nan"),
    "rate is inf": changed(CITIES3, "learning_rate = 0.05", "learning_rate = inf"),
    "rate is true": changed(CITIES3, "learning_rate = 0.05", "learning_rate = true"),
    "rate is negative": changed(CITIES3, "learning_rate = 0.05", "learning_rate = -1.0"),
    "steps absurd": changed(CITIES3, "steps = 400", "steps = 1000000000000"),
    "steps zero": changed(CITIES3, "steps = 400", "steps = 0"),
    "start of wrong shape": changed(CITIES3, "[[1.0], [0.0], [-1.0]]", "[[1.0], [0.0]]"),
    "start ragged": changed(CITIES3, "[[1.0], [0.0], [-1.0]]", "[[1.0], [0.0, 1.0], [-1.0]]"),
    "start with nan": changed(CITIES3, "[[1.0], [0.0], [-1.0]]", "[[nan], [0.0], [-1.0]]"),
    "start not numbers": changed(CITIES3, "[[1.0], [0.0], [-1.0]]", '[["a"], [0.0], [-1.0]]'),
    "start lacks one": changed(CITIES3, '"layers.0.bias" = [0.0, 0.0, 0.0]', ""),
    "start of another net": changed(CITIES3, '"layers.0.bias"', '"layers.9.bias"'),
    "order out of range": changed(CITIES3, "order = [5,", "order = [15,"),
    "order negative": changed(CITIES3, "order = [5,", "order = [-1,"),
    "order empty": changed(CITIES3, "order = [", "order = []\nunused = ["),
    "file climbs": changed(CITIES3, 'file = "cities.json"', 'file = "../../etc/passwd"'),
    "place unknown": changed(CITIES3, '"Berlin"', '"Atlantis"'),
    "place twice": changed(CITIES3, '"Berlin"', '"Paris"'),
    "one place": changed(CITIES3, '["Madrid", "Paris", "Berlin"]', '["Madrid"]'),
    "feature unknown": changed(CITIES3, '["lon"]', '["height"]'),
    "offset of wrong shape": changed(CITIES3, "offset = [0.0]", "offset = [0.0, 1.0]"),
    "frame upside down": changed(CITIES3, "[-9.8, 17.2, 36.15, 54.7]", "[-9.8, 17.2, 54.7, 36.15]"),
    "optimizer unknown": changed(CITIES3, '"sgd"', '"sgdx"'),
    "setting of another optimizer": changed(CITIES3, 'optimizer = "sgd"', 'optimizer = "sgd"\nbeta1 = 0.9'),
    "batch too large": changed(CITIES3, "steps = 400", "steps = 400\nbatch = 1000000000"),
    "seed is text": changed(CITIES3, "seed = 0", 'seed = "0"'),
    "huge integer": changed(CITIES3, "seed = 0", "seed = " + "9" * 5000),
    "table where a value belongs": changed(CITIES3, "seed = 0", "seed = {a = 1}"),
    "value where a table belongs": changed(CITIES3, "[start]", "[start_]").replace('kind =', 'start = 3\nkind =', 1),
    "control characters": changed(CITIES3, "Three neurons", "Three\\u0007neurons"),
    "not TOML": "= = =",
    "deep": "a = " + "[" * 20_000,
    "empty": "",
}  # fmt: skip


@pytest.mark.parametrize("case", sorted(BAD))
def test_bad_tables_are_one_line_at_once(tmp_path, case):
    path = tmp_path / "bad.toml"
    path.write_text(BAD[case])
    start = time.process_time()
    with pytest.raises(UserError) as caught:
        run(path, tmp_path)
    assert time.process_time() - start < 1
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500
    assert caught.value.exit_code == 2
    assert [p.name for p in tmp_path.iterdir()] == ["bad.toml"]


def test_the_line_names_file_key_and_reason(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(BAD["rate is nan"])
    with pytest.raises(UserError) as caught:
        run(path, tmp_path)
    assert str(caught.value) == f"{path}: training.learning_rate: must be a finite number"


def test_random_damage_to_a_table_never_crashes(tmp_path):
    rng, path = random.Random(4), tmp_path / "x.toml"
    start = time.process_time()
    for _ in range(300):
        data = bytearray(CITIES3.encode())
        for _ in range(rng.randint(1, 4)):
            place = rng.randrange(len(data))
            data[place : place + rng.randint(0, 3)] = rng.randbytes(rng.randint(0, 3))
        path.write_bytes(data)
        try:
            experiments.prepare(path)
        except UserError as error:
            assert "\n" not in str(error)
    assert time.process_time() - start < 20


ODD = (
    "nan", "inf", "-1", "0", "-0.0", "1e400", "1000000000000", "true", '"x"', '"../../x"', "[]", "[[]]", "[1, [2]]",
    "{}", '""', "[2, 1000000000, 2]", f"[{'2, ' * 2000}2]", "1979-05-27", '["a", "a"]', "[nan]", "9223372036854775807",
)  # fmt: skip


@pytest.mark.parametrize("name", names())
def test_odd_values_anywhere_never_crash(tmp_path, name):
    rng, path = random.Random(name), tmp_path / "x.toml"
    lines = experiments.experiment_path(name).read_text().split("\n")
    keyed = [i for i, line in enumerate(lines) if "=" in line and not line.startswith("#")]
    for _ in range(40):
        changed, place = list(lines), rng.choice(keyed)
        changed[place] = f"{lines[place].split('=')[0]} = {rng.choice(ODD)}"
        path.write_text("\n".join(changed))
        start = time.process_time()
        try:
            experiments.prepare(path)
        except UserError as error:
            assert "\n" not in str(error)
            assert len(str(error)) < 700
        assert time.process_time() - start < 1


@pytest.mark.parametrize("name", ["../../x", "a/b", "", "x" * 100, "nothing", ".", "cities3.toml/", "a\nb"])
def test_bad_names(tmp_path, name):
    with pytest.raises(UserError) as caught:
        run(name, tmp_path)
    assert "\n" not in str(caught.value)


def test_files_that_are_no_experiments(tmp_path):
    large = tmp_path / "large.toml"
    with large.open("wb") as handle:
        handle.truncate(100 << 20)
    for path in (large, tmp_path / "absent.toml", tmp_path / "a b.toml"):
        with pytest.raises(UserError):
            run(path, tmp_path)


@pytest.mark.parametrize("name", names())
def test_every_committed_experiment_is_well_formed(name):
    recipe = experiments.prepare(name)
    assert recipe.meanings
    assert all(path.is_file() for path in sources(name))
    assert experiments._read(name)[0].text("about")


def test_same_seed_same_bytes(tmp_path, traces):
    again = run("cities3", tmp_path)
    one, two = traces / "cities3", again.folder
    assert again.digest == Trace.load(one).digest
    assert {p.name: p.read_bytes() for p in one.iterdir()} == {p.name: p.read_bytes() for p in two.iterdir()}


def test_freshness(tmp_path, monkeypatch):
    path = tmp_path / "mine.toml"
    path.write_text(CITIES3)
    assert not is_fresh(path, tmp_path)
    run(path, tmp_path)
    assert is_fresh(path, tmp_path)
    made = (tmp_path / "mine" / "manifest.json").stat().st_mtime_ns
    run(path, tmp_path)
    assert (tmp_path / "mine" / "manifest.json").stat().st_mtime_ns == made
    path.write_text("# a comment changes nothing\n" + CITIES3)
    assert is_fresh(path, tmp_path)
    for file in [path, *(tmp_path / "mine").iterdir()]:
        os.utime(file, (0, 0))
    assert is_fresh(path, tmp_path)
    path.write_text(CITIES3.replace("steps = 400", "steps = 20"))
    assert not is_fresh(path, tmp_path)
    run(path, tmp_path)
    assert is_fresh(path, tmp_path)
    (tmp_path / "mine" / "step-00000.safetensors").unlink()
    assert not is_fresh(path, tmp_path)
    run(path, tmp_path)
    (tmp_path / "mine" / "made_from.json").write_bytes(b"[" * 1000)
    assert not is_fresh(path, tmp_path)


def test_sources_and_fingerprint_follow_the_imports(monkeypatch):
    found = {p.relative_to(experiments.ROOT).as_posix() for p in sources("cities3")}
    assert {"engine/layers.py", "engine/__init__.py", "engine/runs/__init__.py", "engine/datasets/cities.py"} <= found
    assert {"data/cities.json", "data/experiments/cities3.toml"} <= found
    assert not {"engine/attention.py", "engine/datasets/borders.py", "engine/experiments.py"} & found
    before = fingerprint("cities3")
    real = experiments.code_digest
    monkeypatch.setattr(experiments, "code_digest", lambda p: "other" if p.name == "losses.py" else real(p))
    assert fingerprint("cities3") != before


def test_comments_do_not_count_and_code_does(tmp_path):
    from engine.sources import code_digest

    digests = []
    for text in ("x = 1\n", "# why\nx = 1  # because\n\n", "x = 2\n"):
        (tmp_path / f"{len(digests)}.py").write_text(text)
        digests.append(code_digest(tmp_path / f"{len(digests)}.py"))
    assert digests[0] == digests[1] != digests[2]


def test_dynamic_imports_are_refused(tmp_path, monkeypatch):
    from engine import sources as module

    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "__init__.py").write_text("")
    (tmp_path / "engine" / "a.py").write_text("import importlib\nb = importlib.import_module('engine.b')\n")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    with pytest.raises(UserError, match="dynamic import"):
        module.closure("engine.a")


def test_an_interrupted_training_goes_on_and_ends_with_the_same_bytes(tmp_path, monkeypatch):
    text = CITIES3.replace('"sgd"', '"adam"')
    for folder in ("whole", "broken"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine.toml").write_text(text)
    monkeypatch.setattr("engine.runs.cities.Recipe", partial(Recipe, chunk_bytes=8_000))
    whole = run(tmp_path / "whole" / "mine.toml", tmp_path / "whole")
    assert len(list(whole.folder.glob("step-*"))) > 5
    started = []

    def breaking(*arguments):
        started.append(arguments[7])
        for step in real_train(*arguments):
            if step.number == 100 * (len(started) + 1):
                raise KeyboardInterrupt
            yield step

    monkeypatch.setattr("engine.recorder.train", breaking)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "broken" / "mine.toml", tmp_path / "broken")
        assert not (tmp_path / "broken" / "mine").exists()
    again = run(tmp_path / "broken" / "mine.toml", tmp_path / "broken")
    assert started[0] == 0 < started[1] < started[2]
    assert again.digest == whole.digest


def test_divergence_names_step_and_experiment_and_keeps_the_steps(tmp_path, monkeypatch):
    path = tmp_path / "wild.toml"
    path.write_text(CITIES3)

    def failing(*arguments):
        for step in real_train(*arguments):
            if step.number == 30:
                step.loss = float("nan")
            yield step

    monkeypatch.setattr("engine.recorder.train", failing)
    with pytest.raises(DivergedError, match=r"^wild: step 30: ") as caught:
        run(path, tmp_path)
    assert caught.value.exit_code == 1
    trace = Trace.load(tmp_path / "wild")
    assert trace.steps().tolist() == list(range(30))
    assert "step 30" in trace.manifest["stopped"]
    assert not is_fresh(path, tmp_path)


def test_a_full_disk_is_one_line(tmp_path, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left on device") as caught:
        run("cities3", tmp_path)
    assert caught.value.exit_code == 1
    assert not (tmp_path / "cities3").exists()


def test_progress_rises_to_the_end(tmp_path):
    seen = []
    run("cities3", tmp_path, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (400, 400)
    assert seen == sorted(seen)
    assert np.ptp([total for _, total in seen]) == 0
