"""What the graph's nodes do once, whatever process they run in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from strop.agents.nodes import analyse, reflect
from strop.agents.view import View
from strop.candidate import Candidate
from strop.events import silent
from strop.job import load_job
from strop.sandbox.workspace import Snapshot
from strop.study import Study
from strop.testing.repositories import make_repository
from strop.trial import Trial, TrialState


class Critic:
    """Draws a lesson from every trial."""

    def lesson(self, view: View, trial: Trial, candidate: Candidate, *, turn: int) -> str:
        return f"lesson of {trial.number}"


class Analyst:
    """Finds nothing, and counts how often it was asked."""

    asked = 0

    def analyse(self, view: View, candidate: Candidate, *, turn: int) -> tuple[str, ...]:
        self.asked += 1
        return ()


@pytest.fixture
def study(tmp_path: Path) -> Study:
    repository = make_repository(tmp_path / "r")
    study = Study.create(repository, load_job(repository))
    Snapshot.take(repository, study.folder, study.job.target)
    study.begin(Candidate(author="baseline"))  # number 0
    return study


def process(study: Study) -> Any:
    """Return what a node gets in a new process: the study, and nothing that was learnt before."""
    view = View(study.job, Snapshot.load(study.folder, study.job.target), study)
    view.lessons = list(study.get("lessons", []))
    guard = SimpleNamespace(evaluations_left=lambda: 0, keep=lambda: None)
    session = SimpleNamespace(
        study=study, view=view, critic=Critic(), analyst=Analyst(), guard=guard, listener=silent, told=set()
    )
    session.tell = lambda trial: session.told.add(trial.number)
    return SimpleNamespace(context=session)


def finish(study: Study, size: int) -> int:
    candidate = Candidate(knobs=(("size", size),), author="coder")
    study.add(candidate, {})
    trial = study.begin(candidate)
    study.finish(replace(trial, state=TrialState.COMPLETE))
    return trial.number


def test_lessons_of_a_process_that_died_are_drawn_by_the_next_one(study: Study) -> None:
    first = process(study)
    reflect({"turn": 1, "finished": [finish(study, 1)]}, first)
    finish(study, 2)  # and the process dies before it has seen that
    second = process(study)
    second.context.told.update({1, 2})  # it tells the history before anything else
    reflect({"turn": 2, "finished": [finish(study, 3)]}, second)
    assert study.get("lessons") == ["lesson of 1", "lesson of 2", "lesson of 3"]
    reflect({"turn": 2, "finished": [3]}, process(study))  # a node may run twice
    assert study.get("lessons") == ["lesson of 1", "lesson of 2", "lesson of 3"]


def test_an_analyst_is_asked_once_for_a_champion_also_where_it_finds_nothing(study: Study) -> None:
    runtime = process(study)
    state = analyse({"turn": 1}, runtime)
    assert analyse({"turn": 2, **state}, runtime) == state
    assert runtime.context.analyst.asked == 1
