"""Control arms beside OptoPrime: the history alone, and a gradient in words for every variable."""

from __future__ import annotations

from collections.abc import Sequence

from strop.agents.optimizers.traces.optoprime import OptoPrime, Values
from strop.agents.opto.propagation import Feedback

__all__ = ["OPRO", "TextGrad"]


class OPRO(OptoPrime):
    """Sees variables, outputs' feedback and the history, and nothing of the trace.

    Source: Yang et al., "Large Language Models as Optimizers", arXiv 2309.03409.
    """

    sections = ("Variables", "Constraints", "Feedback")
    agent = "opro"


class TextGrad(OptoPrime):
    """Asks about one variable after the other, each with its own part of the trace.

    Source: Yuksekgonul et al., "TextGrad", arXiv 2406.07496, in whose manner it is: there one call a
    variable writes the criticism and another one the new value; here one does both.
    """

    agent = "textgrad"

    def _asked(self, feedbacks: Sequence[Feedback]) -> Values:
        found: Values = {}
        told = self._told
        try:
            for parameter in self._reached(feedbacks):
                self._told = [parameter]
                mine = [f for f in parameter.feedback if any(f is known for known in feedbacks)]
                found |= super()._asked([f.of(parameter) for f in mine])
        finally:
            self._told = told
        return found
