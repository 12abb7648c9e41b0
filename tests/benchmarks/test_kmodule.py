"""The chain of modules: the scripted policy solves it with a trace, and guesses without."""

from __future__ import annotations

import re

import pytest

from strop.benchmarks.self.kmodule import main, steps_to_solve
from strop.benchmarks.self.tracing import main as tracing
from strop.opto import OPRO, OptoPrime


def test_with_a_trace_every_instance_takes_at_most_five_steps() -> None:
    steps = [steps_to_solve(OptoPrime, 4, seed) for seed in range(20)]
    assert all(count is not None and count <= 5 for count in steps), steps
    guessed = [steps_to_solve(OPRO, 4, seed) for seed in range(20)]
    assert sum(count is not None and count <= 5 for count in guessed) < 5, guessed


def test_the_tables_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--instances", "2", "--modules", "3"]) == 0
    assert re.search(r"with the trace \(OptoPrime\) +2 of 2", capsys.readouterr().out)
    assert tracing(["--operations", "50"]) == 0
    assert "backward over bundles" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--modules", "99"])
