"""The analyst: reads the profile, names where there is something to gain, as ranked hypotheses."""

from __future__ import annotations

import re
from typing import Any

from strop.agents.answer import without_thoughts
from strop.agents.asking import Asker
from strop.agents.templates import render
from strop.agents.view import View, space_of
from strop.candidate import Candidate
from strop.errors import EditError
from strop.extension import ModelReply

__all__ = ["Analyst"]

MOST = 4
_LINE = re.compile(r"^\W*HYPOTHESIS\W+(.+)$", re.MULTILINE | re.IGNORECASE)


class Analyst:
    """Hypotheses from the profile by a model; without one, Amdahl's bound of the hottest functions."""

    def __init__(self, asker: Asker | None) -> None:
        self._asker = asker

    def analyse(self, view: View, candidate: Candidate, *, turn: int) -> tuple[str, ...]:
        """Return up to four hypotheses about a candidate, the largest gain first."""
        if self._asker is not None and self._asker.usable:
            answer = self._asker.ask(
                "analyst", candidate, self._messages(view, candidate), _hypotheses, turn=turn, reasks=0,
                max_tokens=self._asker.limit(512),
            )  # fmt: skip
            if answer:
                return answer
        return _by_amdahl(view, candidate)

    def _messages(self, view: View, candidate: Candidate) -> list[tuple[str, str]]:
        text = render(
            "analyst/task",
            view.prompts,
            goal=view.job.goal,
            direction=view.job.objective.direction,
            metric=view.job.objective.name,
            benchmark=view.job.commands.benchmark,
            hot=[{**row, "bound": bound(row)} for row in view.hot(candidate)],
            beside=view.beside_hot(candidate),
            sources=view.sources(candidate, limit=8000),
            knobs=[f"{knob.name} ({space_of(knob)})" for knob in view.job.knobs],
        )
        return [("system", render("analyst/system", view.prompts)), ("user", text)]


def bound(row: dict[str, Any]) -> float:
    """Return Amdahl's bound: the speedup if a function's own share of the time fell to zero."""
    return 1.0 / max(1.0 - min(float(row["self_pct"]), 99.9) / 100.0, 1e-3)


def _by_amdahl(view: View, candidate: Candidate) -> tuple[str, ...]:
    rows = [row for row in view.hot(candidate, MOST) if float(row["self_pct"]) >= 5]
    return tuple(
        f"{row['fn']} takes {row['self_pct']} % of the time itself: at most {bound(row):.2f} times faster"
        for row in rows
    )


def _hypotheses(reply: ModelReply) -> tuple[str, ...]:
    found = tuple(" ".join(line.split())[:300] for line in _LINE.findall(without_thoughts(reply.text)))[:MOST]
    if not found:
        raise EditError("no line of the form HYPOTHESIS <function> | <cause> | <what to change>")
    return found
