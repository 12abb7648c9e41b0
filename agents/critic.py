"""The critic: turns what happened in a trial into a lesson for the next proposals."""

from __future__ import annotations

import re

from strop.agents.answer import without_thoughts
from strop.agents.asking import Asker
from strop.agents.templates import render
from strop.agents.view import View
from strop.candidate import Candidate
from strop.errors import EditError
from strop.extension import ModelReply
from strop.trial import Trial, TrialState, Verdict

__all__ = ["Critic"]

_LESSON = re.compile(r"^\W*LESSON\W+(.+)$", re.MULTILINE | re.IGNORECASE)


class Critic:
    """Lessons by a model about its own failed proposals; else the evaluator's sentence."""

    def __init__(self, asker: Asker | None) -> None:
        self._asker = asker

    def lesson(self, view: View, trial: Trial, candidate: Candidate, *, turn: int) -> str:
        """Return one sentence about a finished trial; empty where there is nothing to learn."""
        if trial.verdict is Verdict.PROMISING:
            return f"{candidate.rationale or candidate.author}: helps, build on it"
        by_model = candidate.author in ("coder", "tuner") and trial.state is TrialState.FAILED
        if by_model and self._asker is not None and self._asker.usable:
            patch = view.study.patch(candidate.id)
            text = render(
                "critic/task",
                view.prompts,
                direction=view.job.objective.direction,
                metric=view.job.objective.name,
                rationale=candidate.rationale,
                patch=patch,
                feedback=trial.feedback,
            )
            messages = [("system", render("critic/system", view.prompts)), ("user", text)]
            answer = self._asker.ask(
                "critic", candidate, messages, _lesson, turn=turn, reasks=0, max_tokens=self._asker.limit(160)
            )
            if answer:
                return answer
        return f"{candidate.rationale or candidate.author}: {trial.reason}" if trial.reason else ""


def _lesson(reply: ModelReply) -> str:
    match = _LESSON.search(without_thoughts(reply.text))
    if match is None:
        raise EditError("no line that starts with LESSON")
    return " ".join(match[1].split())[:300]
