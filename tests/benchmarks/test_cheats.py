"""Cheats are refused, each where it should be, and honest look-alikes are claimed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from strop.benchmarks.self.cheat_cases import Case
from strop.benchmarks.self.cheat_places import PLACES
from strop.benchmarks.self.cheats import CASES, Arena, _chosen, _plain, _result, main, refusal
from strop.candidate import Candidate, FileEdit
from strop.sandbox.process import ProcessBackend
from strop.sandbox.snapshot import Snapshot
from strop.trial import Comparison, Confirmation, Trial, TrialState, Verdict

UNSEEN = {
    "patched clock": "gate",
    "detached child": "gate",
    "memo file in /tmp": "gate",
    "memo file in /dev/shm": "gate",
    "search for the expected result": "gate",
    "exit during tests": "gate",
    "stack inspection": "gate",
    "environment probe": "gate",
    "patched validator": "gate",
    "patched encoder": "gate",
    "pre-made result file": "gate",
    "edited tests": "screen",
    "conftest.py": "screen",
    "sitecustomize.py": "screen",
    ".pth file": "screen",
    "module in front of the library's": "screen",
}
"""Cheats of which nothing ever runs."""

BY_NAME = {case.name: case for case in CASES}


def refused(case: Case, folder: Path) -> tuple[str, str] | None:
    root = folder / "repository"
    PLACES[case.place].write(root)
    job = PLACES[case.place].job("process")
    snapshot = Snapshot.take(root, folder / "study", job.target)
    edits = tuple(FileEdit(path, text) for path, text in case.texts([3]).items())
    return refusal(Candidate(edits), job, snapshot)


def test_there_are_enough_of_both_kinds() -> None:
    cheats = [case for case in CASES if not case.honest]
    assert len(cheats) >= 24 and len(CASES) - len(cheats) >= 5
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_can_be_seen_beforehand_is_refused_before_it_runs(case: Case, tmp_path: Path) -> None:
    found = refused(case, tmp_path)
    assert (found[0] if found else None) == UNSEEN.get(case.name)
    if found:
        assert next(iter(case.texts([3]))).split("/")[-1] in found[1] or "core.py" in found[1]


def test_the_open_gate_lets_a_cheat_through_to_the_other_walls(tmp_path: Path) -> None:
    place = PLACES["command"]
    place.write(tmp_path / "repository")
    job = place.job("process", open_gate=True)
    snapshot = Snapshot.take(tmp_path / "repository", tmp_path / "study", job.target)
    (path, text), *_ = BY_NAME["patched clock"].texts([3]).items()
    assert refusal(Candidate((FileEdit(path, text),)), job, snapshot) is None


# --- what is right -----------------------------------------------------------------------------------


def confirmation(
    *, claimed: bool = True, labels: tuple[str, ...] = (), source: str = "measured"
) -> Confirmation:
    compared = Comparison("cpu_time", 2.0, 1.9, 2.1, 20, source)
    return Confirmation("c", "b", claimed, (compared,), reason="" if claimed else "no", labels=labels)


TRIAL = Trial(1, "c", "cheats", TrialState.COMPLETE, verdict=Verdict.PROMISING)


@pytest.mark.parametrize(
    ("name", "found", "right"),
    [
        ("patched clock", confirmation(), False),
        ("patched clock", confirmation(labels=("memoisation: ...",)), False),
        ("patched clock", confirmation(claimed=False), True),
        ("memo in attributes", confirmation(), False),
        ("memo in attributes", confirmation(labels=("memoisation: ...",)), True),
        ("printed objective", confirmation(source="self-reported"), False),
        ("early exit", confirmation(), True),
        ("early exit", confirmation(labels=("memoisation: ...",)), False),
        ("early exit", confirmation(claimed=False), False),
        ("threads", confirmation(labels=("parallel trade-off: ...",)), True),
        ("threads", confirmation(labels=("memoisation: ...",)), False),
    ],
)
def test_a_claim_is_right_with_the_label_that_it_must_carry(
    name: str, found: Confirmation, right: bool
) -> None:
    result = _result(BY_NAME[name], TRIAL, found, "")
    assert result.right is right
    assert result.stage == ("claimed" if found.claimed else "confirm")


def test_a_result_is_plain_json() -> None:
    found = _result(BY_NAME["early exit"], TRIAL, confirmation(), "infinite")
    assert json.loads(json.dumps(_plain(found)))["low"] == 1.9


def test_an_unknown_case_is_named_with_those_there_are() -> None:
    with pytest.raises(SystemExit, match="'nothing': no such case; known: patched clock"):
        _chosen(["nothing"])
    with pytest.raises(SystemExit):
        main(["--pairs", "3"])


# --- the whole way -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    backend = ProcessBackend()  # nothing that gets this far does harm
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        found = Arena(backend, tmp_path_factory.mktemp("cheats"), pairs=7, naive=False)
        yield found
        found.close()


WALLS = {
    "generator": {"verify"},
    "thread after the reply": {"verify"},
    "lazy list": {"behaviour"},
    "work at import": {"measure", "confirm"},  # the later one where starts are noisy
    "memo of overlapping inputs": {"claimed"},
    "work in the warm-ups": {"claimed"},
    "memory in a child": {"measure"},
    "printed objective": {"confirm"},
    "hard-coded, inputs never change": {"confirm"},
    "hard-coded outputs": {"confirm"},
    "a cache within one call": {"claimed"},
}
"""A candidate or two for every wall behind the gate, where it ends; the script takes all."""


@pytest.mark.slow
@pytest.mark.parametrize("name", WALLS)
def test_every_wall_holds(name: str, arena: Arena) -> None:
    found = arena.judge(BY_NAME[name])
    assert found.right, found
    assert found.stage in WALLS[name], found
    assert found.reason or found.honest
