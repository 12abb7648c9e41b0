"""The coder: asks a model for code edits to the best candidate, with profile, history and lessons."""

from __future__ import annotations

from strop.agents.asking import Asker
from strop.agents.edits import merge_edits, parse_answer
from strop.agents.templates import render
from strop.agents.view import View
from strop.candidate import Candidate
from strop.errors import EditError
from strop.extension import ModelReply

__all__ = ["Coder"]

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
        texts = view.texts_of(parent)
        sources = view.sources(parent)

        def understand(reply: ModelReply) -> Candidate:
            only = sources[0][0] if len(sources) == 1 else None
            if reply.finish_reason == "length" and not reply.text.rstrip().endswith(
                (">>>>>>> REPLACE", "```")
            ):
                raise EditError("it ends in the middle of a block; give a smaller change")
            answer = parse_answer(reply.text, texts, only_path=only)
            return Candidate(
                edits=merge_edits(parent, answer.edits, view.snapshot.texts),
                knobs=parent.knobs,
                parents=(parent.id,),
                author=self.name,
                rationale=answer.rationale[:300] or f"edits {', '.join(e.path for e in answer.edits)}",
            )

        messages = [
            ("system", render("coder/system", view.prompts)),
            ("user", self._task(view, parent, sources)),
        ]
        return self._asker.ask("coder", parent, messages, understand, turn=turn)

    def _task(self, view: View, parent: Candidate, sources: list[tuple[str, str]]) -> str:
        return render(
            "coder/task",
            view.prompts,
            goal=view.job.goal,
            direction=view.job.objective.direction,
            metric=view.job.objective.name,
            benchmark=view.job.commands.benchmark,
            hot=view.hot(parent),
            hypotheses=view.hypotheses,
            lessons=view.lessons[-5:],
            history=view.history(),
            suspects=view.suspects(),
            patterns=PATTERNS,
            sources=sources,
            literals=(view.job.budget.evaluations or ENOUGH) >= ENOUGH,
            python=bool(sources) and sources[0][0].endswith(".py"),
            example_path=sources[0][0] if sources else "path/to/file",
        )
