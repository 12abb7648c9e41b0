"""The optimizers hold the contract: scripted, portfolio, rules and Optuna."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from strop.agents.optimizers.optuna_search import OptunaSearch
from strop.agents.optimizers.portfolio import Portfolio
from strop.agents.optimizers.rule_search import RuleSearch
from strop.agents.view import View
from strop.candidate import Candidate, FileEdit
from strop.extension import Optimizer
from strop.job import load_job
from strop.sandbox.workspace import Snapshot
from strop.study import Study
from strop.testing.optimizers import OptimizerConformance, ScriptedOptimizer
from strop.testing.repositories import FAST, JOB, make_repository
from strop.trial import Comparison, Trial, TrialState, Verdict

KNOB = '\n[[knobs]]\nname = "size"\ntype = "int"\nlow = 1\nhigh = 100\ndefault = 5\n'
SCRIPT = [Candidate(knobs=(("size", size),)) for size in range(1, 20)]


class TestScripted(OptimizerConformance):
    def make_optimizer(self) -> Optimizer:
        return ScriptedOptimizer(SCRIPT)


class TestPortfolio(OptimizerConformance):
    def make_optimizer(self) -> Optimizer:
        return Portfolio([ScriptedOptimizer(SCRIPT[:5], name="a"), ScriptedOptimizer(SCRIPT[5:], name="b")])


class _OnARepository(OptimizerConformance):
    knobs = KNOB
    view: View

    @pytest.fixture(autouse=True)
    def _repository(self, tmp_path: Path) -> None:
        repository = make_repository(tmp_path / "r", job=JOB + self.knobs)
        study = Study.create(repository, load_job(repository))
        self.view = View(study.job, Snapshot.take(repository, study.folder, study.job.target), study)

    def kept(self, optimizer: Optimizer) -> Optimizer:
        """Return an optimizer whose candidates the study keeps, as the graph does it."""
        ask, view = optimizer.ask, self.view

        def asked(count: int) -> list[Candidate]:
            found = ask(count)
            for candidate in found:
                view.study.add(candidate, view.snapshot.texts)
            return found

        optimizer.ask = asked  # type: ignore[method-assign]
        return optimizer


class TestRules(_OnARepository):
    def make_optimizer(self) -> Optimizer:
        return self.kept(RuleSearch(self.view))


class TestOptuna(_OnARepository):
    def make_optimizer(self) -> Optimizer:
        return self.kept(OptunaSearch(self.view, seed=1, evaluations=8))


class TestOptunaAwayFromSpecialValues(TestOptuna):
    """The program has a number, and 0 would switch the thing off."""

    knobs = KNOB.replace("default = 5", "special = [0]\ndefault = 5")

    def test_special_values_are_asked_for(self) -> None:
        optimizer = self.make_optimizer()
        asked = [candidate.values.get("size") for candidate in optimizer.ask(8)]
        assert 0 in asked and any(isinstance(value, int) and value > 1 for value in asked), asked


class TestOptunaWithSpecialValues(TestOptuna):
    """0 stands for "off" beside a logarithmic scale, which Optuna has no place for."""

    knobs = KNOB.replace("default = 5", "log = true\nspecial = [0]\ndefault = 0")

    def test_the_best_special_value_of_others_stops_nobody(self) -> None:
        optimizer = self.make_optimizer()
        code = Candidate((FileEdit("numbers_shared.py", FAST),), author="coder")
        best = Candidate((*code.edits,), (("size", 0),), author="gp")
        wrong = Candidate(knobs=(("size", -7),), author="coder")  # refused by the screen, and told
        for number, candidate in ((1, code), (2, best), (-1, wrong)):
            self.view.study.add(candidate, self.view.snapshot.texts)
            found = Comparison("wall_time", 2.0, 1.9, 2.1, 8, "measured")
            state = TrialState.COMPLETE if number > 0 else TrialState.FAILED
            comparisons = (found,) if number > 0 else ()
            verdict = Verdict.PROMISING if number > 0 else None
            row = self.view.study.begin(candidate) if number > 0 else Trial(-1, candidate.id, "coder", state)
            trial = replace(row, state=state, comparisons=comparisons, verdict=verdict)
            if number > 0:
                self.view.study.finish(trial)
            optimizer.tell(trial)
        assert len(optimizer.ask(4)) == 4
