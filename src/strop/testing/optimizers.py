"""A scripted optimizer, and what every optimizer has to hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from strop.candidate import Candidate
from strop.extension import Optimizer
from strop.trial import Comparison, Trial, TrialState

__all__ = ["OptimizerConformance", "ScriptedOptimizer"]


class ScriptedOptimizer:
    """Proposes the given candidates in order, and keeps the trials that it is told."""

    def __init__(self, candidates: Sequence[Candidate], *, name: str = "scripted") -> None:
        self.name = name
        self.told: list[Trial] = []
        self._left = [replace(candidate, author=name) for candidate in candidates]

    def ask(self, count: int) -> list[Candidate]:
        """Return the next candidates of the script."""
        asked, self._left = self._left[:count], self._left[count:]
        return asked

    def tell(self, trial: Trial) -> None:
        """Keep a trial."""
        self.told.append(trial)


class OptimizerConformance:
    """Subclass it, override `make_optimizer`, and pytest runs the contract of `Optimizer`."""

    def make_optimizer(self) -> Optimizer:
        """Return a new optimizer with at least one candidate to propose."""
        raise NotImplementedError("a conformance test overrides make_optimizer")

    def test_it_has_a_name_and_returns_at_most_what_was_asked(self) -> None:
        optimizer = self.make_optimizer()
        assert optimizer.name
        assert optimizer.ask(0) == []
        assert 1 <= len(optimizer.ask(2)) <= 2

    def test_no_candidate_comes_twice_and_it_ends_or_goes_on(self) -> None:
        optimizer, seen = self.make_optimizer(), set()
        for number in range(1, 13):
            asked = optimizer.ask(1)
            if not asked:
                break
            (candidate,) = asked
            assert candidate.id not in seen
            seen.add(candidate.id)
            optimizer.tell(_trial(number, candidate, ratio=1.0 + number / 10 if number % 3 else 0.0))

    def test_a_failure_is_information(self) -> None:
        optimizer = self.make_optimizer()
        (candidate,) = optimizer.ask(1)
        optimizer.tell(_trial(1, candidate, ratio=0.0))
        assert candidate.id not in {other.id for other in optimizer.ask(2)}


def _trial(number: int, candidate: Candidate, *, ratio: float) -> Trial:
    """Return a measured trial, a failed one where `ratio` is 0."""
    if not ratio:
        failed = Trial(number, candidate.id, candidate.author, TrialState.FAILED, candidate.values)
        return replace(failed, stage="test", reason="tests failed", feedback="tests failed")
    found = Comparison("wall_time", ratio, ratio * 0.9, ratio * 1.1, 3, "measured")
    return Trial(
        number, candidate.id, candidate.author, TrialState.COMPLETE, candidate.values, comparisons=(found,)
    )
