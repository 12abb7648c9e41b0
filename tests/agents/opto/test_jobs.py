"""Who is at fault, by logs, tests, recorded calls and profiles of a job's trial."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from strop.agents.opto.jobs.evidence import TestReferences, blame, slower
from strop.agents.opto.jobs.trials import trace_trial
from strop.agents.opto.jobs.units import Units
from strop.benchmarks.self.fault_package import FILES, MUTANTS
from strop.benchmarks.self.faults import Place, main
from strop.candidate import Candidate
from strop.job import parse_job
from strop.sandbox.process import ProcessBackend
from strop.trial import Comparison, StageResult, Trial, TrialState, Verdict

TEXTS = {path: text for path, text in FILES.items() if path.startswith("ledger/") and text}
TESTS = TestReferences.read([FILES["tests/test_ledger.py"]])
TRACEBACK = """\
ERROR: test_report (tests.test_ledger.PagesTest.test_report)
Traceback (most recent call last):
  File "/work/tests/test_ledger.py", line 60, in test_report
    report(TEXT, 1.0, 2)
  File "/work/ledger/pages.py", line 15, in report
    groups = by_account(parse_all(text))
  File "/work/ledger/reading.py", line 6, in parse_line
    account, amount, day = line.split(",")
ValueError: not enough values to unpack
"""


def names(found: Any) -> list[str]:
    return [suspect.id.rpartition(":")[2] for suspect in found]


def test_units_are_functions_methods_and_the_rest_of_a_file() -> None:
    text = "import os\n\nX = os.name\n\n\nclass A:\n    @property\n    def b(self):\n        return c()\n"
    text += "\n\ndef c():\n    return X\n"
    units = Units({"a.py": text, "k.c": "int f() {}\n", "bad.py": "def ("})
    assert set(units.by_id) == {"a.py:A.b", "a.py:c", "a.py:<module>", "k.c:<module>", "bad.py:<module>"}
    assert units.at("/work/a.py", 7) is units.by_id["a.py:A.b"]
    assert units.at("a.py", 3) is units.by_id["a.py:<module>"] and units.at("other.py", 3) is None
    assert units.callees(units.by_id["a.py:A.b"]) == [units.by_id["a.py:c"]]


def test_calls_are_followed_with_their_distance() -> None:
    units = Units(TEXTS)
    reached = units.reached([units.by_id["ledger/pages.py:report"]])
    assert reached["ledger/pages.py:report"] == 0 and reached["ledger/groups.py:sums"] == 1
    assert reached["ledger/money.py:total"] == 2 and reached["ledger/money.py:round_cents"] == 4


def test_an_exception_names_the_innermost_own_function() -> None:
    assert names(blame(Units(TEXTS), TRACEBACK))[:2] == ["parse_line", "report"]
    log = "ledger/money.py:6: in round_cents\nledger/money.py:6: TypeError"
    assert names(blame(Units(TEXTS), log)) == ["round_cents"]
    assert names(blame(Units({"src/k.c": "int f;"}), "src/k.c:1:5: error: no")) == ["<module>"]
    assert names(blame(Units({"src/k.c": "int f;"}), "src/k.c:1:5: warning: unused")) == []
    rust = "error[E0425]: cannot find value\n  --> src/main.rs:3:5\n   |\n"
    assert names(blame(Units({"src/main.rs": "fn main() {}\n\n\n"}), rust)) == ["<module>"]
    place = '  File "/usr/lib/python3/site-packages/x/utils.py", line 1, in f\n'
    library = f"Traceback (most recent call last):\n{place}"
    assert names(blame(Units({"utils.py": "def f(): pass\n"}), library)) == []


def test_recorded_calls_name_the_deepest_that_differs() -> None:
    log = "\n".join(
        f"ledger/{name} behaves differently on a recorded call (result): expected 1, got 2"
        for name in ("pages.py:report", "money.py:total", "groups.py:sums")
    )
    found = names(blame(Units(TEXTS), log))
    assert found[0] == "total" and set(found[:4]) == {"total", "report", "sums", "convert"}


def test_tests_that_fail_and_pass() -> None:
    failed = ["tests.test_ledger.MoneyTest.test_convert"]
    passed = ["tests/test_ledger.py::MoneyTest::test_round", "tests/test_ledger.py::PagesTest::test_row[a-b]"]
    assert names(blame(Units(TEXTS), "", failed=failed, passed=passed, tests=TESTS)) == [
        "convert",
        "round_cents",
    ]
    assert blame(Units(TEXTS), "", failed=["nobody knows it"], tests=TESTS) == []


def test_a_slowdown_is_who_takes_more_of_the_baselines_time() -> None:
    before = {
        "hot": [{"fn": "a:f", "self_pct": 60, "cum_pct": 100}, {"fn": "a:g", "self_pct": 40, "cum_pct": 40}]
    }
    now = {
        "hot": [{"fn": "a:f", "self_pct": 30, "cum_pct": 100}, {"fn": "a:g", "self_pct": 70, "cum_pct": 70}]
    }
    found = slower(now, before, 0.5)
    assert names(found) == ["g", "f"] and found[0].weight > 10 * found[1].weight
    assert slower(now, before, 0) == []


JOB = parse_job(
    {
        "target": {"files": ["ledger/*.py"]},
        "commands": {"benchmark": "true"},
        "knobs": [{"name": "size", "type": "int", "low": 1, "high": 9, "default": 3}],
    },
    "test",
)


def test_feedback_of_a_lower_rung_reaches_the_knobs() -> None:
    stages = (StageResult("build", True, 0.1), StageResult("rungs", True, 0.1, "pruned at rung 1 of 4"))
    trial = Trial(1, "c", "gp", TrialState.COMPLETE, {"size": 9}, feedback="pruned at rung 1 of 4: why")
    trial = replace(trial, stages=stages, verdict=Verdict.WORSE)
    trace = trace_trial(JOB, TEXTS, Candidate(knobs=(("size", 9),)), trial)
    assert trace.feedback is not None
    assert {parameter.stem for parameter in trace.feedback.graph.parameters} == {"size"}
    assert "pruned at rung 1 of 4: why" in str([p.feedback for p in trace.feedback.graph.parameters])


def test_feedback_on_a_failed_stage_reaches_suspects_and_knobs_and_nobody_else(tmp_path: Path) -> None:
    (tmp_path / "test.log").write_text(TRACEBACK, encoding="utf-8")
    stages = (StageResult("build", True, 0.1), StageResult("test", False, 0.1, "tests failed", "test.log"))
    trial = Trial(1, "c", "coder", TrialState.FAILED, stage="test", reason="tests failed", stages=stages)
    trace = trace_trial(JOB, TEXTS, Candidate(), trial, logs=tmp_path)
    assert names(trace.suspects)[:2] == ["parse_line", "report"] and trace.feedback is not None
    reached = {parameter.stem for parameter in trace.feedback.graph.parameters}
    assert reached == {"parse_line", "report", "size"}
    assert trace.feedback.output.kind == "exception" and "parse_line" in trace.lines()[0]


def test_feedback_on_a_metric_reaches_what_takes_the_time() -> None:
    hot = [{"fn": "ledger/money.py:total", "self_pct": 90, "cum_pct": 95}]
    compared = (Comparison("cpu_time", 1.5, 1.4, 1.6, 8, "measured"),)
    stages = (StageResult("build", True, 0.1), StageResult("measure", True, 1.0, "1.5 times"))
    trial = Trial(1, "c", "coder", TrialState.COMPLETE, stages=stages, verdict=Verdict.PROMISING,
                  comparisons=compared, profile={"hot": hot})  # fmt: skip
    trace = trace_trial(JOB, TEXTS, Candidate(), trial)
    assert names(trace.suspects) == ["total"] and trace.feedback is not None
    assert trace.feedback.output.data == "1.50 times the baseline"
    assert {p.stem for p in trace.feedback.graph.parameters} == {"total", "size"}


@pytest.mark.slow
def test_real_mutants_are_named(tmp_path: Path) -> None:
    place = Place(tmp_path, ProcessBackend())
    chosen = [m for m in MUTANTS if m.function.endswith(("busiest", "convert", "format_row"))]
    found = [place.judge(mutant) for mutant in chosen]
    assert [one.rank for one in found] == [1] * 6, found
    assert {one.stage for one in found} == {"test"}
    with pytest.raises(SystemExit):
        main(["--backend", "none"])
