"""The machine report: its schema, where a claim comes from, and what is never called one."""

from __future__ import annotations

import fcntl
import json
from typing import Any

import pytest

from strop.report import REPORT_SCHEMA, build_report
from strop.study import Study
from strop.trial import TrialState


def validate(report: dict[str, Any]) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.validate(report, REPORT_SCHEMA)
    json.dumps(report, allow_nan=False)


@pytest.mark.parametrize("name", ["improved", "unlucky", "interrupted", "fresh"])
def test_every_report_fits_the_schema(name: str, request: pytest.FixtureRequest) -> None:
    validate(build_report(request.getfixturevalue(name)))


def test_the_claim_is_the_minimised_confirmation(improved: Study) -> None:
    report = build_report(improved)
    assert report["status"] == "improved"
    assert report["speedup"]["ratio"] == 2.75
    assert report["speedup"]["verified_by"] == "tests and output"
    best = report["best"]
    assert best["trial"] == 2
    assert best["author"] == "coder"
    assert best["dropped"] == ["mode=a"]
    assert "+    return ''.join([])" in best["patch"]
    assert best["delivery"] == {
        "chunk": "environment variable WORDS_CHUNK=12",
        "threads": "{threads} in the command: python app.py --threads {threads}",
    }
    assert [row["metric"] for row in report["comparisons"]] == ["wall_time", "peak_memory", "items"]
    assert report["unconfirmed"] is None


def test_a_minimised_candidate_that_was_not_confirmed_leaves_the_first_claim(improved: Study) -> None:
    first = improved.get("confirmation")
    kept = {"candidate": first["candidate"], "dropped": [], "confirmation": None}
    improved.set("minimised", kept)
    report = build_report(improved)
    assert report["speedup"]["ratio"] == 2.73
    assert report["best"]["candidate"] == first["candidate"]


def test_an_unconfirmed_champion_is_no_speedup(unlucky: Study) -> None:
    report = build_report(unlucky)
    assert report["status"] == "no improvement found"
    assert report["speedup"] is None and report["best"] is None and report["comparisons"] == []
    assert report["unconfirmed"]["trial"] == 2
    assert report["unconfirmed"]["measured_anew"]["ratio"] == 1.01
    assert "not above 1.030" in report["unconfirmed"]["reason"]


def test_a_killed_study_is_interrupted_and_a_locked_one_is_running(interrupted: Study) -> None:
    assert build_report(interrupted)["status"] == "interrupted"
    with (interrupted.folder / "lock").open("a", encoding="ascii") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        report = build_report(interrupted)
    assert report["status"] == "running"
    assert "goes on" in report["unconfirmed"]["reason"]


def test_attempts_that_came_to_no_trial_are_told(improved: Study) -> None:
    attempts = build_report(improved)["attempts"]
    assert [row["told"] for row in attempts] == [
        "an answer of coder could not be used: the answer was empty",
        "tuner got no answer: cannot be reached: [/nope]",
        "a proposal of rules was refused: the same as trial 2",
    ]
    order = build_report(improved)["order"]
    expected = [{"attempt": 0}, {"trial": 1}, {"attempt": 1}, {"trial": 2}, {"trial": 3}, {"attempt": 2}]
    assert order == expected


def test_reading_leaves_a_line_that_is_being_written_alone(improved: Study) -> None:
    file = improved.folder / "attempts.jsonl"
    before = file.read_bytes()
    build_report(improved)
    assert file.read_bytes() == before


def test_a_proposal_that_nobody_evaluated_is_told(improved: Study) -> None:
    file = improved.folder / "attempts.jsonl"
    row = {"agent": "coder", "parent": "", "attempt": 9, "outcome": "candidate", "sentence": ""}
    whole = file.read_text(encoding="utf-8").rpartition("\n")[0]
    line = json.dumps({**row, "candidate": "abc", "turn": 9})
    file.write_text(f"{whole}\n{line}\n", encoding="utf-8")
    told = build_report(improved)["attempts"][-1]["told"]
    assert told == "a proposal of coder was not evaluated: the search ended before"


def test_costs_without_a_price_are_unknown_not_free(improved: Study) -> None:
    cost = build_report(improved)["cost"]
    assert cost["usd"] is None and cost["calls"] == 4 and cost["evaluations"] == 3
    improved.set("spent", None)
    assert build_report(improved)["cost"]["usd"] == 0.0


def test_interrupted_trials_took_no_place(interrupted: Study) -> None:
    from dataclasses import replace

    row = interrupted.begin(interrupted.candidate(interrupted.trials()[1].candidate))
    interrupted.finish(replace(row, state=TrialState.INTERRUPTED, reason="stopped"))
    assert build_report(interrupted)["cost"]["evaluations"] == 3
