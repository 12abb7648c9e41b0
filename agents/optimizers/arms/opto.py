"""Sequential refinement that also sees the trace: the part of the execution that the feedback reaches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from strop.agents.optimizers.arms.arm import Question
from strop.agents.optimizers.arms.sequential import Sequential
from strop.agents.optimizers.arms.tries import Tries
from strop.agents.templates import render
from strop.candidate import BASELINE, Candidate
from strop.errors import ConfigError
from strop.trial import Trial

if TYPE_CHECKING:
    from strop.agents.optimizers.traces.rendering import Rendering
    from strop.agents.opto.jobs.trials import TrialTrace

__all__ = ["Opto"]

TRACE_TOKENS = 4000


class Opto(Sequential):
    """The chain of `sequential`, and before its history the sections of OptoPrime of the parent's trial.

    What they differ in is the trace alone. Source: Cheng, Nie, Swaminathan, arXiv 2406.16218.
    """

    def question(self, tries: Tries, turn: int) -> Question | None:
        """Return the chain's question with the trace of its parent."""
        from strop.agents.opto.jobs.studies import trace_of

        question = super().question(tries, turn)
        if question is None:
            return None
        trial = self._trial_of(question.parent, tries)
        rendering = rendered(trace_of(self._view.study, self._view.snapshot, trial)) if trial else None
        if rendering is None:
            return question
        sections = [(title, text) for title, text in rendering.sections.items() if text]
        trace = render("arms/opto", self._view.prompts, sections=sections)
        templates = ("arms/opto", *question.templates)
        return replace(question, preface=f"{trace}\n{question.preface}", templates=templates)

    def _trial_of(self, parent: Candidate, tries: Tries) -> Trial | None:
        if parent.id == BASELINE.id:
            return next((trial for trial in self._view.study.trials() if trial.number == 0), None)
        return next((one.trial for one in tries.all() if one.candidate.id == parent.id), None)


def rendered(trace: TrialTrace, *, max_tokens: int = TRACE_TOKENS) -> Rendering | None:
    """Return a trace's sections within the limit, the least suspected variables left out if need be."""
    from strop.agents.optimizers.traces.rendering import render_trace

    if trace.feedback is None:
        return None
    parameters = list(trace.parameters)
    while parameters:
        try:
            return render_trace([trace.feedback], parameters, max_tokens=max_tokens)
        except ConfigError:  # the variables alone are longer
            parameters.pop()
    return None
