"""The optimizers hold the contract: scripted, portfolio, rules and Optuna."""

from __future__ import annotations

from pathlib import Path

import pytest

from strop.agents.optimizers.optuna_search import OptunaSearch
from strop.agents.optimizers.portfolio import Portfolio
from strop.agents.optimizers.rule_search import RuleSearch
from strop.agents.view import View
from strop.candidate import Candidate
from strop.extension import Optimizer
from strop.job import load_job
from strop.sandbox.workspace import Snapshot
from strop.study import Study
from strop.testing.optimizers import OptimizerConformance, ScriptedOptimizer
from strop.testing.repositories import JOB, make_repository

KNOB = '\n[[knobs]]\nname = "size"\ntype = "int"\nlow = 1\nhigh = 100\ndefault = 5\n'
SCRIPT = [Candidate(knobs=(("size", size),)) for size in range(1, 20)]


class TestScripted(OptimizerConformance):
    def make_optimizer(self) -> Optimizer:
        return ScriptedOptimizer(SCRIPT)


class TestPortfolio(OptimizerConformance):
    def make_optimizer(self) -> Optimizer:
        return Portfolio([ScriptedOptimizer(SCRIPT[:5], name="a"), ScriptedOptimizer(SCRIPT[5:], name="b")])


class _OnARepository(OptimizerConformance):
    view: View

    @pytest.fixture(autouse=True)
    def _repository(self, tmp_path: Path) -> None:
        repository = make_repository(tmp_path / "r", job=JOB + KNOB)
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
