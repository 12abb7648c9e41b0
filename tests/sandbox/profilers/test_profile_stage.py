"""The profile stage on real jobs: what each level adds, and what is said where a tool can't be had."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from strop.candidate import BASELINE
from strop.extension import Backend, EnvironmentSpec, ExecResult, Outcome, SandboxSpec
from strop.job import parse_job
from strop.sandbox.bubblewrap import BubblewrapBackend
from strop.sandbox.docker import DockerBackend
from strop.sandbox.process import ProcessBackend
from strop.sandbox.profilers.fetch import fetch
from strop.sandbox.profilers.native import perf_problem
from strop.sandbox.profiling import profile, resources
from strop.sandbox.snapshot import Snapshot
from strop.sandbox.stages import Stages
from strop.testing.sandboxes import docker_backend_or_skip

SHELF = """\
def find(wanted: list, books: list) -> int:
    found = 0
    for book in wanted:
        if book in books:
            found += 1
    return found
"""
BENCH = "import shelf\nprint(shelf.find(list(range(2000)), list(range(3000))))\n"
KERNEL = (Path(__file__).parent / "recorded" / "kernel.c").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def own_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.setenv("STROP_PROFILERS", "none")


def stages(folder: Path, backend: Backend, files: Mapping[str, str], **job: Any) -> Stages:
    root, study = folder / "repository", folder / "study"
    root.mkdir()
    study.mkdir()
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")
    parsed = parse_job({"target": {"files": [*files]}, **job}, "strop.toml")
    snapshot = Snapshot.take(root, study, parsed.target)
    return Stages(parsed, snapshot, backend, backend.prepare(EnvironmentSpec()), label="test")


def bubblewrap_or_skip() -> BubblewrapBackend:
    backend = BubblewrapBackend()
    found = backend.available()
    if not found.ok:
        pytest.skip(found.reason)
    return backend


def backend_or_skip(name: str, request: pytest.FixtureRequest) -> Backend:
    if name == "process":
        return ProcessBackend()
    if name == "bubblewrap":
        return bubblewrap_or_skip()
    docker = DockerBackend()
    request.addfinalizer(docker.close)
    return docker_backend_or_skip(docker)


def native(folder: Path) -> Stages:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not there")
    commands = {"build": "gcc -O1 -g -fno-inline -o kernel kernel.c", "benchmark": "./kernel"}
    return stages(folder, bubblewrap_or_skip(), {"kernel.c": KERNEL}, commands=commands)


@pytest.mark.parametrize("name", ["process", "bubblewrap", pytest.param("docker", marks=pytest.mark.docker)])
def test_the_second_level_adds_hits_signals_and_the_change(
    tmp_path: Path, name: str, request: pytest.FixtureRequest
) -> None:
    there = stages(
        tmp_path,
        backend_or_skip(name, request),
        {"shelf.py": SHELF, "bench.py": BENCH},
        commands={"benchmark": "python bench.py"},
    )
    parent = {"hot": [{"fn": "shelf.py:find", "self_pct": 10.0}]}
    found = profile(there, there.build(BASELINE), level=2, parent=parent)
    assert "hot" in found, found
    first = found["hot"][0]
    assert first["fn"] == "shelf.py:find"
    # Which line is the hottest hangs on some samples, and on what else the machine does.
    wanted = {"n": 4, "hits": 2000, "src": "if book in books:"}
    assert any(wanted.items() <= line.items() for line in first["lines"]), first["lines"]
    assert first["signals"] == [{"id": "linear-membership", "n": 4}]
    assert found["patterns"] == ["membership-set"]
    assert {"fn": "shelf.py:find", "self_pct": [10.0, first["self_pct"]]} in found["diff_vs_parent"]
    assert "line events" in found["tool"]
    assert len(json.dumps(found)) <= 2500


def test_the_first_level_counts_no_lines(tmp_path: Path) -> None:
    there = stages(
        tmp_path,
        ProcessBackend(),
        {"shelf.py": SHELF, "bench.py": BENCH},
        commands={"benchmark": "python bench.py"},
    )
    found = profile(there, there.build(BASELINE))
    assert found["tool"] == "strop python sampler"
    assert "hits" not in json.dumps(found)
    assert found["hot"][0]["signals"]


def test_calls_are_profiled_without_the_process_that_answers(tmp_path: Path) -> None:
    inputs = "python -c 'for n in range(30): print([list(range(500 + n)), list(range(2000))])'"
    there = stages(
        tmp_path,
        ProcessBackend(),
        {"shelf.py": SHELF},
        commands={},
        calls={"function": "shelf:find", "inputs": inputs},
    )
    found = profile(there, there.build(BASELINE), level=2)
    assert found["hot"][0]["fn"] == "shelf.py:find"
    assert not any(row["fn"].startswith(".strop") for row in found["hot"])
    assert found["hot"][0]["lines"][0]["hits"] == sum(500 + n for n in range(30))


def test_python_that_keeps_the_sampler_out_needs_a_package(tmp_path: Path) -> None:
    there = stages(
        tmp_path,
        ProcessBackend(),
        {"shelf.py": SHELF, "bench.py": BENCH},
        commands={"benchmark": "python -I bench.py"},
    )
    found = profile(there, there.build(BASELINE))
    assert set(found) == {"schema", "unavailable"}
    assert "with -I" in found["unavailable"]


def test_native_code_is_sampled_where_perf_may(tmp_path: Path) -> None:
    there = native(tmp_path)
    with there.sandbox(profiling="perf") as sandbox:
        problem = perf_problem(sandbox)
    found = profile(there, there.build(BASELINE))
    if problem:
        pytest.skip(problem)
    assert found["tool"] == "perf cpu-clock"
    assert (found["hot"][0]["fn"], found["hot"][0]["line"]) == ("kernel.c:work", 3)
    assert found["hot"][0]["self_pct"] > 80


def test_perf_is_for_profiling_sandboxes_alone(tmp_path: Path) -> None:
    there = native(tmp_path)
    if shutil.which("perf") is None:
        pytest.skip("perf is not there")
    with there.sandbox() as sandbox:
        assert "perf can't sample here" in perf_problem(sandbox)


def with_tools(folder: Path, *tools: str) -> str:
    """Return a folder for PATH with nothing but these programs of this machine; skip where one is missing."""
    (folder / "bin").mkdir()
    for tool in tools:
        found = shutil.which(tool)
        if found is None:
            pytest.skip(f"{tool} is not there")
        (folder / "bin" / tool).symlink_to(found)
    return str(folder / "bin")


@pytest.mark.slow
def test_native_code_without_perf_is_counted_by_callgrind(tmp_path: Path) -> None:
    wrapped = ["valgrind.bin"] if shutil.which("valgrind.bin") else []  # Debian's valgrind is a script
    path = with_tools(tmp_path, "gcc", "as", "ld", "valgrind", "mkdir", *wrapped)
    small = KERNEL.replace("work(40000), other(10000000)", "work(400), other(1000)")
    commands = {
        "build": "gcc -O1 -g -fno-inline -o kernel kernel.c",
        "benchmark": "./kernel",
        "env": {"PATH": path},
    }
    there = stages(tmp_path, ProcessBackend(), {"kernel.c": small}, commands=commands)
    found = profile(there, there.build(BASELINE))
    assert found.get("tool") == "callgrind", found
    assert found["hot"][0]["fn"] == "kernel.c:work"
    assert found["hot"][0]["lines"][0]["src"] == "total += (double) i * j / (j + 1);"
    assert "perf is not in the sandbox" in found["notes"][0]


def test_without_any_tool_each_reason_is_told(tmp_path: Path) -> None:
    commands = {"benchmark": "true", "env": {"PATH": with_tools(tmp_path)}}
    there = stages(tmp_path, ProcessBackend(), {"run.rb": "1\n"}, commands=commands)
    found = profile(there, there.build(BASELINE))
    assert set(found) == {"schema", "unavailable"}
    for reason in (
        "does not look like Python",
        "perf is not in the sandbox",
        "valgrind is not in the sandbox",
    ):
        assert reason in found["unavailable"]


def test_what_is_fetched_is_bounded_and_plain(tmp_path: Path) -> None:
    backend = ProcessBackend()
    sandbox = backend.start(SandboxSpec(backend.prepare(EnvironmentSpec())))
    try:
        sandbox.exec(
            "mkdir out && cd out && echo a > good.json && ln -s /etc/passwd link && echo b > 'bad name' && "
            "mkdir folder && echo c > .hidden && ln -s out ../other"
        )
        assert fetch(sandbox, "out") == {"out/good.json": b"a\n"}
        assert fetch(sandbox, "other") == {}
        assert fetch(sandbox, "nowhere") == {}
        sandbox.exec("mkdir many && cd many && for n in $(seq 1000); do echo x > f$n; done")
        assert len(fetch(sandbox, "many")) == 128
    finally:
        sandbox.close()


def test_the_level_without_a_profiler() -> None:
    result = ExecResult(Outcome.EXITED, 0, b"", b"", 1.23456, 0.5, 3 << 20, "runner")
    assert resources(result) == {"wall_s": 1.2346, "cpu_s": 0.5, "peak_mb": 3.0}
