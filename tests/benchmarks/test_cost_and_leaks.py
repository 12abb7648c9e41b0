"""The scripts that tell what sandboxes cost and what they leave find what there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from strop.benchmarks.self.cost import COMMANDS, Cost, close, flood_growth, measure, quantile, render
from strop.benchmarks.self.leaks import HOSTILE, Census, census, run_trials
from strop.extension import Backend, EnvironmentSpec, Limits, SandboxSpec
from strop.sandbox.bubblewrap import BubblewrapBackend
from strop.sandbox.cgroups import make_group, ungrouped
from strop.sandbox.docker import DockerBackend
from strop.sandbox.owner import Owner, remove_folder, scratch_folder, scratch_root
from strop.sandbox.process import ProcessBackend
from strop.testing.sandboxes import docker_backend_or_skip


@pytest.fixture(scope="module", autouse=True)
def private_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(
    params=[
        pytest.param("docker", marks=[pytest.mark.docker, pytest.mark.slow]),
        pytest.param("bubblewrap", marks=pytest.mark.slow),
        "process",
    ]
)
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    chosen: Backend
    if request.param == "docker":
        chosen = docker_backend_or_skip(DockerBackend())
    else:
        chosen = BubblewrapBackend() if request.param == "bubblewrap" else ProcessBackend()
        if not chosen.available().ok:
            pytest.skip(chosen.available().reason)
    try:
        yield chosen
    finally:
        close(chosen)


def test_trials_leave_nothing(backend: Backend) -> None:
    findings = run_trials(backend, trials=20, seed=4)
    assert findings.wrong == []
    assert findings.left == {}
    assert findings.trials == 20 and findings.ends["honest"] == 18 + 1  # one before counting
    assert len(findings.ends) == 3  # two hostile kinds


def test_what_is_left_is_counted() -> None:
    backend = ProcessBackend()
    backend.start(SandboxSpec(backend.prepare(EnvironmentSpec()))).close()  # what forks runners stays
    before = census(backend)
    sandbox = backend.start(SandboxSpec(backend.prepare(EnvironmentSpec())))
    with open("/dev/null", "rb"):
        grown = census(backend).more_than(before)
    sandbox.close()
    assert grown["folders"] == 1 and grown["processes"] >= 1 and grown["open_files"] == 5
    assert grown.get("groups", 0) == (0 if "memory" in ungrouped() else len(make_group_and_remove()))
    assert not {"folders", "groups", "open_files", "threads"} & set(census(backend).more_than(before))


def make_group_and_remove() -> tuple[Path, ...]:
    group = make_group(Limits())
    group.remove()
    return group.folders


def test_folders_of_killed_owners_count_and_those_of_others_do_not() -> None:
    backend = ProcessBackend()
    before = census(backend)
    others = scratch_root() / f"{replace(Owner.current(), pid=12345, start=1)}.abc"
    mine = scratch_folder()
    others.mkdir()
    try:
        assert census(backend).more_than(before)["folders"] == 1
        assert census(backend, [12345]).more_than(before)["folders"] == 2
    finally:
        remove_folder(others)
        remove_folder(mine)


def test_growth_is_what_counts() -> None:
    before = Census(1, 2, 2, 3, 4, 5, 6, 7)
    assert replace(before, open_files=9, threads=1).more_than(before) == {"open_files": 3}


def test_hostile_kinds_say_how_they_end() -> None:
    assert len(HOSTILE) >= 10
    assert {"fork bomb", "memory bomb", "flood", "detached daemon"} <= set(HOSTILE)


@pytest.mark.slow
def test_every_step_has_its_cost() -> None:
    costs = measure([ProcessBackend()], runs=2)
    steps = {(cost.where, cost.step) for cost in costs}
    assert {("bare", name) for name in COMMANDS} <= steps
    for step in ("start", "put 30 files", *COMMANDS, "close", "whole trial"):
        assert ("process", step) in steps
    assert all(0 < cost.median <= cost.p90 and cost.runs == 2 for cost in costs)


def test_a_flood_is_not_kept_in_memory(backend: Backend) -> None:
    assert flood_growth(backend, 1000 * 10**6, times=2) < 20


def test_the_table_judges_by_the_goals() -> None:
    costs = [Cost("bare", "true", 1.0, 2.0, 9), Cost("docker", "true", 152.0, 200.0, 9)]
    text = render(costs, {"docker": 19.0, "process": 21.0}, 1000)
    assert "docker adds 151.0 ms per command (goal: under 150): OVER" in text
    assert "docker       prints 1000 MB: the orchestrator grows by 19.0 MiB (goal: 20): ok" in text
    assert "grows by 21.0 MiB (goal: 20): OVER" in text


@pytest.mark.parametrize(("part", "value"), [(0.5, 3), (0.9, 5), (0.01, 1), (1.0, 5)])
def test_quantiles_by_nearest_rank(part: float, value: float) -> None:
    assert quantile([5, 1, 4, 2, 3], part) == value
