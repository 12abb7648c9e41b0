"""Instruction counts in real sandboxes, and what is made of counts that can't be true."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from strop.extension import EnvironmentSpec, Sandbox, SandboxSpec, TreeFile
from strop.sandbox.measure.instructions import Count, count_env, objection, problem, read, wrap
from strop.sandbox.process import ProcessBackend

KERNEL = 'i=0; while [ "$i" -lt {count} ]; do i=$((i + 1)); done; echo "$i"; exit 3'


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def sandbox(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    backend = ProcessBackend()
    made = backend.start(SandboxSpec(backend.prepare(EnvironmentSpec())))
    try:
        yield made
    finally:
        made.close()


def needs_valgrind() -> None:
    if shutil.which("valgrind") is None:
        pytest.skip("valgrind is not there")


def count(sandbox: Sandbox, rounds: int) -> Count:
    sandbox.exec("rm -rf .strop-callgrind")
    result = sandbox.exec(wrap(KERNEL.format(count=rounds)), env=count_env(3))
    assert (result.exit_code, result.stdout) == (3, f"{rounds}\n".encode())
    return read(sandbox, result)


@pytest.mark.slow
def test_the_same_work_has_the_same_count_and_more_work_a_higher_one(sandbox: Sandbox) -> None:
    needs_valgrind()
    assert problem(sandbox) == ""
    one, again, twice = (count(sandbox, rounds) for rounds in (500, 500, 1000))
    assert one.reason == ""
    assert one.instructions == again.instructions
    assert twice.instructions > one.instructions + 500 * 20
    assert one.cpu_s > 0


@pytest.mark.slow
def test_work_in_a_child_counts(sandbox: Sandbox) -> None:
    needs_valgrind()
    alone = count(sandbox, 500)
    sandbox.exec("rm -rf .strop-callgrind")
    child = "/bin/sh -c '" + KERNEL.format(count=2000) + "'; exit 3"
    with_child = read(sandbox, sandbox.exec(wrap(child)))
    assert with_child.instructions > alone.instructions + 1500 * 20


def test_a_sandbox_without_valgrind_has_a_remedy(sandbox: Sandbox) -> None:
    assert "install it in the job's image" in problem(sandbox, {"PATH": "/nowhere"})


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, "callgrind left no file"),
        ({"callgrind.1": b"totals: 5\n"}, "not a callgrind file"),
        ({"callgrind.1": b"events: Ir\n"}, "its process was killed"),
        ({"other.1": b"events: Ir\ntotals: 5\n"}, "callgrind left no file"),
    ],
)
def test_what_is_no_count_has_a_reason(sandbox: Sandbox, files: dict[str, bytes], reason: str) -> None:
    sandbox.put({f".strop-callgrind/{name}": TreeFile(content) for name, content in files.items()})
    found = read(sandbox, sandbox.exec("true"))
    assert found.instructions == 0
    assert reason in found.reason


def test_counts_are_held_against_the_clock() -> None:
    base = Count(800_000_000, 8.0)
    assert objection([(base, Count(400_000_000, 5.0))]) == ""
    assert objection([(base, Count(400_000_000, 8.0))]) == ""  # another mix of instructions may do that
    forged = objection([(base, Count(8_000_000, 8.0))])
    assert "100.0 times fewer" in forged
    assert "8,000,000" in forged


def test_the_start_of_the_counter_is_held_against_nobody() -> None:
    # Five times fewer, at 100 million a second: most of what is left is callgrind's own start.
    assert objection([(Count(150_000_000, 3.5), Count(30_000_000, 2.3))]) == ""
    base, faster = Count(300_000_000, 5.0), Count(100_000_000, 3.0)
    disturbed = faster._replace(cpu_s=12.0)  # by the machine: one pair says nothing
    assert objection([(base, faster), (base, disturbed), (base, faster)]) == ""
    assert "fewer a second" in objection([(base, disturbed)] * 3)
    forged = Count(100_000, 3.0)
    assert "100,000 instructions" in objection([(base, faster), (base, forged), (base, faster)])


@pytest.mark.parametrize(
    "bad", [Count(0, 1.0, "no file"), Count(0, 1.0), Count(5, 0.0), Count(5, float("nan"))]
)
def test_counts_that_are_missing_are_an_objection(bad: Count) -> None:
    good = Count(800_000_000, 8.0)
    assert "candidate" in objection([(good, good), (good, bad)])
    assert "baseline" in objection([(bad, good)])
