"""The known good version of a task as an arm: what there is to reach, under the rules that hold for all."""

from __future__ import annotations

from collections.abc import Sequence

from strop.agents.view import View
from strop.benchmarks.leaderboard.probes import overlay
from strop.benchmarks.leaderboard.tasks import open_task
from strop.candidate import Candidate
from strop.trial import Trial

__all__ = ["ARMS", "REFERENCES", "KnownGood", "named", "path_of"]


class KnownGood:
    """Proposes a bundled task's known good version, and nothing else; it is no optimizer.

    In `constructions` that is a numeric baseline (SLSQP from many starts), in `modeling` a solver of its own,
    elsewhere what a person wrote who knew the task.
    """

    name = "known-good"

    def __init__(self, view: View) -> None:
        """Raises `ConfigError` where the job is that of no bundled task."""
        good = open_task(view.job.name).good
        self._left = [overlay(good, self.name)] if good else []  # a control task has none

    def ask(self, count: int) -> Sequence[Candidate]:
        """Return the version, once."""
        asked, self._left = self._left[:count], self._left[count:]
        return asked

    def tell(self, trial: Trial) -> None:
        """Learn nothing."""


ARMS = {KnownGood.name: f"{__name__}:{KnownGood.__name__}"}
"""Arms of benchmarks alone, by name."""


REFERENCES = frozenset({*ARMS, *ARMS.values()})
"""Optimizers that propose what a task holds as solved: they say what there is to reach, and have no rank."""


def path_of(name: str) -> str:
    """Return what `strop run` calls an optimizer that a benchmark names."""
    return ARMS.get(name, name)


def named(optimizer: str) -> str:
    """Return an optimizer's name as boards have it: what is no optimizer is told apart."""
    return f"{optimizer} (no optimizer)" if optimizer in REFERENCES else optimizer
