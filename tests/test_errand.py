"""A question answered by a fork: the same answers wherever they are found, and nothing of the fork is left."""

import subprocess
import sys

import pytest

from studio.errand import Errand
from studio.project import ROOT

ASKING = """
import os, signal, sys, time
from studio.errand import Errand

HERE = os.getpid()


def answers():
    yield b"first" * 20_000  # more than a pipe holds
    {then}
    yield str(os.getpid() == HERE).encode()


with Errand(answers) as errand:
    first = errand.receive()
    {meanwhile}
    print(len(first), *({wanted}))
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("nobody left")
"""


def asked(then: str = "", meanwhile: str = "", wanted: str = "errand.receive().decode(),", first: str = "") -> str:
    code = first + ASKING.format(then=then, meanwhile=meanwhile, wanted=wanted)
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60)
    assert not done.stderr
    return done.stdout


def test_another_process_answers():
    assert asked() == "100000 False\nnobody left\n"


def test_what_is_not_there_yet_need_not_be_waited_for():
    assert asked(then="time.sleep(0.5)", wanted="errand.is_back(),") == "100000 False\nnobody left\n"
    assert asked(meanwhile="time.sleep(0.5)", wanted="errand.is_back(),") == "100000 True\nnobody left\n"


def test_what_is_no_longer_wanted_is_ended_and_what_it_was_writing_taken_back(tmp_path):
    place = str(tmp_path / "note")
    writing = f"write_whole(Path({place!r}), lambda t: (t.write_text('x'), print('half', flush=True), time.sleep(60)))"
    first = "from pathlib import Path\nfrom studio.project import write_whole\n"
    begun = f"while not any(p.stat().st_size for p in Path({str(tmp_path)!r}).glob('.gradreel*')): time.sleep(0.01)"
    assert asked(then=writing, meanwhile=begun, wanted="", first=first).endswith("100000\nnobody left\n")
    assert not list(tmp_path.iterdir())


def test_one_that_has_hardly_begun_is_ended_without_a_word():
    handled = "signal.signal(signal.SIGTERM, lambda *_: print('not for me', flush=True))\nfork = os.fork\n"
    handled += (
        "def slow():\n    process = fork()\n    time.sleep(0 if process else 0.3)\n    return process\nos.fork = slow\n"
    )
    first = "import os, signal, time\n" + handled
    done = "with Errand(answers): pass\nprint('done')\n"
    code = first + ASKING.split("with Errand")[0].format(then="") + done
    told = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60
    )
    assert (told.stdout, told.stderr) == ("done\n", "")


def test_a_signal_does_not_stop_it_half_way():
    stopped = "os.kill(os.getpid(), signal.SIGINT); time.sleep(0.1)"
    assert asked(then=stopped) == "100000 False\nnobody left\n"


def test_what_fails_there_is_answered_here():
    killed = "if os.getpid() != HERE: os.kill(os.getpid(), signal.SIGKILL)"
    assert asked(then=killed) == "100000 True\nnobody left\n"
    assert asked(then="if os.getpid() != HERE: raise ValueError") == "100000 True\nnobody left\n"


def test_a_process_with_threads_is_not_forked():
    threads = "import threading, time\nthreading.Thread(target=time.sleep, args=(1,), daemon=True).start()\n"
    assert asked(first=threads) == "100000 True\nnobody left\n"
    assert asked(first="import numpy\n") == "100000 True\nnobody left\n"


def test_a_mistake_comes_to_whoever_asked():
    def answers():
        yield b"so far"
        raise ValueError("so good")

    with Errand(answers) as errand:
        assert errand.receive() == b"so far"
        with pytest.raises(ValueError, match="so good"):
            errand.receive()
