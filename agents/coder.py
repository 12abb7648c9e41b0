"""The coder: asks a model for code edits to the best candidate, with profile, history and lessons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from strop.agents.asking import Asker
from strop.agents.edits import merge_edits, parse_answer
from strop.agents.templates import render
from strop.agents.view import View
from strop.candidate import Candidate
from strop.errors import EditError
from strop.extension import ModelReply

__all__ = ["Coder", "Knowledge", "read_code", "render_role", "render_task"]

TIMES = ("time", "wall_time", "cpu_time", "instructions")

ENOUGH = 12
"""Evaluations from which on the budget has room for tuning a constant of new code."""

PATTERNS = (
    "build a set or dict once instead of searching a list in a loop",
    "count with collections.Counter",
    "join a list of strings once",
    "compile regular expressions once",
    "collections.deque instead of pop(0)",
    "heapq or min/max instead of sorting everything",
    "move work that doesn't change out of the loop",
    "cache results of pure functions",
    "index by key instead of nested loops",
    "do I/O in batches",
)


class Coder:
    """Code edits by a model; without one there are the rewrite rules (optimizer "rules")."""

    name = "coder"

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    def propose(self, view: View, parent: Candidate, *, turn: int) -> Candidate | None:
        """Return a candidate that changes code of `parent`, None where no usable answer came."""

        def understand(reply: ModelReply) -> Candidate:
            return read_code(reply, view, parent, author=self.name)

        knowledge = Knowledge(
            hypotheses=view.hypotheses,
            lessons=view.lessons[-5:],
            history=view.history(),
            suspects=view.suspects(),
            literals=(view.job.budget.evaluations or ENOUGH) >= ENOUGH,
        )
        messages = [
            ("system", render_role(view)),
            ("user", render_task(view, parent, knowledge)),
        ]
        return self._asker.ask("coder", parent, messages, understand, turn=turn)


def render_role(view: View) -> str:
    """Return what a coder is, and what has to stay the same."""
    job = view.job
    return render(
        "coder/system",
        view.prompts,
        judged=not job.compares_results,
        faster=job.objective.name in TIMES,
        metric=job.objective.name,
        direction=job.objective.direction,
    )


@dataclass(frozen=True)
class Knowledge:
    """What a coder is told beside the code and its profile."""

    hypotheses: Sequence[str] = ()
    lessons: Sequence[str] = ()
    history: Sequence[str] = ()
    suspects: Sequence[str] = ()
    literals: bool = False  # whether constants of new code may be left to the tuner


def render_task(view: View, parent: Candidate, knowledge: Knowledge) -> str:
    """Return the task of changing a candidate's code, and in which form."""
    sources = view.sources(parent)
    return render(
        "coder/task",
        view.prompts,
        goal=view.job.goal,
        direction=view.job.objective.direction,
        metric=view.job.objective.name,
        benchmark=view.job.commands.benchmark,
        limits=[
            f"{metric.name} is {'above' if metric.direction == 'minimize' else 'below'} {metric.limit:g}"
            for metric in view.job.metrics
            if metric.limit is not None
        ],
        hot=view.hot(parent),
        beside=view.beside_hot(parent),
        hypotheses=knowledge.hypotheses,
        lessons=knowledge.lessons,
        history=knowledge.history,
        suspects=knowledge.suspects,
        patterns=PATTERNS,
        sources=sources,
        literals=knowledge.literals,
        python=bool(sources) and sources[0][0].endswith(".py"),
        example_path=sources[0][0] if sources else "path/to/file",
    )


def read_code(
    reply: ModelReply, view: View, parent: Candidate, *, author: str, others: tuple[str, ...] = ()
) -> Candidate:
    """Return the candidate that an answer makes of a parent; raises `EditError` for the model.

    `others` are ids of further candidates that it was made from.
    """
    sources = view.sources(parent)
    if reply.finish_reason == "length" and not reply.text.rstrip().endswith((">>>>>>> REPLACE", "```")):
        raise EditError("it ends in the middle of a block; give a smaller change")
    only = sources[0][0] if len(sources) == 1 else None
    answer = parse_answer(reply.text, view.texts_of(parent), only_path=only)
    return Candidate(
        edits=merge_edits(parent, answer.edits, view.snapshot.texts),
        knobs=parent.knobs,
        parents=(parent.id, *others),
        author=author,
        rationale=answer.rationale[:300] or f"edits {', '.join(e.path for e in answer.edits)}",
    )
