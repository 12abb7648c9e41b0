"""Evolution: islands of measured candidates, changed and crossed by the model, with lessons of all tries."""

from __future__ import annotations

import random

from strop.agents.optimizers.arms.arm import Question
from strop.agents.optimizers.arms.islands import archives, island_of, relatives, tournament
from strop.agents.optimizers.arms.lessons import gains_of, losers, outcome_of, winners
from strop.agents.optimizers.arms.tries import Tries, Try
from strop.agents.templates import render
from strop.agents.view import View
from strop.candidate import BASELINE, unified_diff

__all__ = ["Evolution", "partners"]

CROSSOVER = 0.3
"""Share of the turns that cross two candidates, where an island has two that are not of one line."""

ANGLES = (
    "another algorithm or data structure for the part that takes the most time",
    "work that is done more often than needed: in a loop, for each element, or again for the same input",
    "the form of the data: how it is built, held, passed on and copied",
    "what the language and its standard library do faster than a loop written by hand",
)
"""Where mutations look; drawn, so that islands that begin with the same program part ways."""


class Evolution:
    """Parents by tournament on the turn's island; the turn's number and the seed say all that is drawn."""

    reasks = 1
    patience = 4
    temperature: float | None = None

    def __init__(self, view: View) -> None:
        self._view = view

    def question(self, tries: Tries, turn: int) -> Question | None:
        """Return a mutation or a crossover of this turn's island."""
        every = tries.all()
        rng = random.Random(f"{self._view.job.seed} {turn}")
        archive = archives(every, turn)[island_of(turn)]
        parent = tournament(archive, rng)
        others = partners(parent, archive, every)
        angle = rng.choice(ANGLES)
        gains = gains_of(every)
        crossed = rng.random() < CROSSOVER and bool(others)
        if crossed:
            return self._crossover(parent, tournament(others, rng), losers(every, gains))
        preface = render(
            "arms/mutation",
            self._view.prompts,
            parent=outcome_of(parent) if parent.candidate.id != BASELINE.id else "",
            diff=self._diff(parent),
            winners=winners(every, gains),
            losers=losers(every, gains),
            angle=angle,
        )
        return Question(parent.candidate, preface, ("arms/mutation",))

    def _crossover(self, first: Try, second: Try, lost: list[str]) -> Question:
        pair = sorted((first, second), key=lambda one: -(one.gain or 0.0))
        better, other = pair
        rows = [
            {"why": " ".join(one.candidate.rationale.split()), "outcome": outcome_of(one), "diff": diff}
            for one, diff in ((better, self._diff(better)), (other, self._diff(other)))
        ]
        preface = render("arms/crossover", self._view.prompts, first=rows[0], second=rows[1], losers=lost)
        return Question(better.candidate, preface, ("arms/crossover",), (other.candidate.id,))

    def _diff(self, one: Try) -> str:
        return unified_diff(one.candidate.edits, self._view.snapshot.texts)


def partners(parent: Try, archive: list[Try], every: list[Try]) -> list[Try]:
    """Return who can be crossed with a parent: not its own line, and no pair a second time."""
    if parent.candidate.id == BASELINE.id:
        return []
    by_id = {one.candidate.id: one for one in every}
    crossed = {frozenset(one.candidate.parents) for one in every}
    own = relatives(parent, by_id)
    others = [one for one in archive if one.candidate.id != BASELINE.id and one.candidate.id not in own]
    return [
        one
        for one in others
        if parent.candidate.id not in relatives(one, by_id)
        and frozenset((parent.candidate.id, one.candidate.id)) not in crossed
    ]
