"""The CPU clock of calls where no control group keeps it: processes, threads, children, the detached."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from strop.extension import Backend, EnvironmentSpec, Outcome, Sandbox, SandboxSpec, TreeFile
from strop.sandbox import channel, local
from strop.sandbox.bubblewrap import BubblewrapBackend
from strop.sandbox.cgroups import make_group
from strop.sandbox.process import ProcessBackend
from strop.testing.conversations import ANSWERS, ASK
from strop.testing.sandboxes import SMALL


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(params=["process", "bubblewrap"])
def sandbox(
    request: pytest.FixtureRequest, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Sandbox]:
    """One that has no group: its control groups can't be written."""
    backend: Backend = ProcessBackend() if request.param == "process" else BubblewrapBackend()
    found = backend.available()
    if not found.ok:
        pytest.skip(found.reason)
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.setattr(local, "make_group", partial(make_group, root=tmp_path / "nothing"))
    started = backend.start(SandboxSpec(backend.prepare(EnvironmentSpec()), SMALL))
    try:
        started.put({"answers.py": TreeFile(ANSWERS)})
        yield started
    finally:
        started.close()


def test_cpu_time_belongs_to_its_request(sandbox: Sandbox) -> None:
    requests = [b"length 1", b"burn 0.2", b"length 1", b"child 0.2", b"length 1", b"last_burn 0.2"]
    done = sandbox.calls(ASK, requests)
    assert done.ok, done
    spent = [reply.cpu_s for reply in done.replies]
    assert spent[1] > 0.18 and spent[3] > 0.18 and done.closing_cpu_s > 0.18
    assert max(spent[0], spent[2], spent[4], spent[5]) < 0.15


def test_cpu_time_of_detached_processes_counts(sandbox: Sandbox) -> None:
    done = sandbox.calls(ASK, [b"detach 0.3", b"join", b"length 1"])
    assert done.ok, done
    assert sum(reply.cpu_s for reply in done.replies) > 0.25


def test_cpu_time_of_threads_that_have_ended_counts(sandbox: Sandbox) -> None:
    code = (
        "import sys, threading; from answers import burn; print('ready', flush=True)\n"
        "for line in sys.stdin:\n"
        "    thread = threading.Thread(target=burn, args=(0.2,)); thread.start(); thread.join()\n"
        "    print('done', flush=True)\n"
    )
    done = sandbox.calls(["python3", "-c", code], [b"1", b"2"])
    assert done.ok, done
    assert all(reply.cpu_s > 0.18 for reply in done.replies)


def test_what_is_killed_in_the_end_counts_and_has_a_peak(sandbox: Sandbox) -> None:
    code = (
        "import sys; from answers import burn; print('ready', flush=True); sys.stdin.readline()\n"
        "held = b'x' * (60 << 20); print('done', flush=True); burn(100)"
    )
    done = sandbox.calls(["python3", "-c", code], [b"1"])
    assert done.ok, done
    assert done.closing_cpu_s > 0.1 and done.peak_rss_bytes > 60 << 20


def test_a_service_has_a_clock_of_its_own(sandbox: Sandbox) -> None:
    service = 'python3 -c \'import answers, os; open("up", "w"); answers.child(0.3); answers.burn(100)\''
    # Ends when the service's child has ended, and its own time begins.
    load = "python3 -c 'import answers; answers.burn(0.3)'"
    done = sandbox.serve(service, "test -e up", load)
    assert done.load is not None and done.load.ok, done
    assert done.load.cpu_s > 0.28 and done.cpu_s > 0.05


def test_the_runner_needs_no_file_of_strop() -> None:
    """It starts from its text alone, without site packages, and ends with its stdin."""
    command = [sys.executable, "-I", "-S", "-c", channel.runner_source()]
    assert len(command[-1].encode("utf-8")) < 128 << 10  # the longest argument that Linux takes
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True, cwd="/")
    assert b'"ready": true' in done.stdout and done.stderr == b""


@pytest.mark.parametrize("size", [900, 300])
def test_replies_are_bounded_together(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(local, "Dialogue", partial(local.Dialogue, all_bytes=1000))
    code = f"print('ready', flush=True)\nwhile input():\n    print('x' * {size}, flush=True)"
    found = sandbox.calls(["python3", "-c", code], [b"a"] * 3)
    assert found.outcome is (Outcome.OUTPUT_LIMIT if size == 900 else Outcome.EXITED)
    assert len(found.replies) == (1 if size == 900 else 3)


LEFT_ALONE = """
import subprocess, sys
burn = "import time\\nwhile time.process_time() < 0.4: pass\\nprint('burnt', flush=True)\\ntime.sleep(1000)"
child = subprocess.Popen([sys.executable, "-c", burn], stdout=subprocess.PIPE)
child.stdout.readline()
"""


def test_cpu_time_of_who_is_left_alive_counts(sandbox: Sandbox) -> None:
    """It ends with its namespace, and nobody waits for it."""
    done = sandbox.exec(["python3", "-c", LEFT_ALONE])
    assert done.ok and done.cpu_s > 0.3
