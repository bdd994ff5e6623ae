"""The same film on a Dask cluster on this machine: same bytes, a killed worker, and who is refused."""

import hashlib
import os
import signal
import threading
import time

import pytest
import tiny

from engine.errors import UserError
from studio import catalog, cluster, plan
from studio.build import build
from studio.order import Order
from studio.progress import Progress

distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")


@pytest.fixture(scope="module")
def workers():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1", silence_logs=50
    ) as local:
        yield local


@pytest.fixture
def project(tmp_path, traces, monkeypatch):
    monkeypatch.setenv("GRADREEL_TRACES", str(traces))
    monkeypatch.setenv("GRADREEL_RENDERS", str(tmp_path / "renders"))
    return tiny.make(tmp_path / "project")


def digests(project, **options):
    order = Order(tuple(catalog.scenes(project)), root=project, **options)
    built = build(order, Progress(quiet=True))
    return {item.info.name: hashlib.sha256(item.path.read_bytes()).hexdigest() for item in built}


@pytest.mark.slow
def test_a_cluster_gives_the_same_bytes_even_when_a_worker_is_killed(project, tmp_path, monkeypatch, workers):
    here = digests(project)
    monkeypatch.setenv("GRADREEL_RENDERS", str(tmp_path / "elsewhere"))

    killed = []

    def kill_one_at_work():
        with distributed.Client(workers, set_as_default=False) as client:
            pids = client.run(os.getpid)
            while not (busy := [pids[name] for name, tasks in client.processing().items() if tasks]):
                time.sleep(0.01)
            os.kill(busy[0], signal.SIGKILL)
            killed.append(busy[0])

    killer = threading.Thread(target=kill_one_at_work, daemon=True)
    killer.start()
    there = digests(project, cluster=workers.scheduler_address)
    assert killed, "the film was done before a worker was killed"
    killer.join()
    assert there == here


@pytest.mark.parametrize(("answers", "fault"), [((OSError("gone"), {}), ""), ((OSError("gone"),), "does not answer")])
def test_a_worker_that_has_just_died_is_left_to_dask(answers, fault):
    class Client:
        def run(self, function, on_error):
            return {f"tcp://127.0.0.1:{k}": answer for k, answer in enumerate(answers)}

    threads = dict.fromkeys(Client().run(None, "return"), 1)
    if fault:
        with pytest.raises(UserError, match=fault):
            cluster._demand_fit(Client(), threads, {})
    else:
        cluster._demand_fit(Client(), threads, {})


def test_workers_of_other_versions_are_refused_by_name(workers, monkeypatch):
    monkeypatch.setattr(plan, "versions", lambda: {"manim": "0.0.1"})
    workers.wait_for_workers(2, timeout=30)
    with pytest.raises(
        UserError, match=r"--cluster: worker tcp://127\.0\.0\.1:\d+: manim 0\.22\S* there, 0\.0\.1 here: refused"
    ):
        cluster.ClusterCrew(workers.scheduler_address, b"")


@pytest.mark.parametrize("address", ["tcp://10.0.0.7:8786", "somewhere:8786", "tcp://127.0.0.1.example.org:8786"])
def test_plain_tcp_to_other_machines_needs_a_word(address):
    with pytest.raises(UserError, match="--insecure-cluster"):
        cluster.ClusterCrew(address, b"")


def test_nobody_there_is_one_line(monkeypatch):
    with pytest.raises(UserError, match=r"^--cluster: tcp://127\.0\.0\.1:1: no scheduler answers"):
        cluster.ClusterCrew("127.0.0.1:1", b"")
