"""Arms that ask about the unchanged program alone: once, or again and again."""

from __future__ import annotations

from strop.agents.optimizers.arms.arm import Question
from strop.agents.optimizers.arms.tries import Tries
from strop.agents.view import View
from strop.candidate import BASELINE

__all__ = ["BestOfN", "ZeroShot"]

GREEDY = 0.0

DIVERSE = 0.8
"""Lowest temperature of independent samples. Source: Chen et al., "Evaluating Large Language Models Trained
on Code", arXiv 2107.03374, section 3.3: the best one for a hundred samples."""


class ZeroShot:
    """One answer about the unchanged program, the likeliest one; then nothing more."""

    reasks = 0
    patience = 4
    temperature = GREEDY

    def question(self, tries: Tries, turn: int) -> Question | None:
        """Return the one question, until an answer has come: an endpoint that was away gave none."""
        return None if tries.answers else Question(BASELINE)


class BestOfN:
    """Independent samples: the same question each time, and no answer knows of another."""

    reasks = 0  # asking again with the error would be a second step
    patience = 25  # as many as refused proposals end a search

    def __init__(self, view: View) -> None:
        self.temperature = max(view.job.model.temperature, DIVERSE)

    def question(self, tries: Tries, turn: int) -> Question | None:
        """Return the question."""
        return Question(BASELINE)
