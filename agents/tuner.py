"""The tuner: asks a model for knob values, given their names, docs, ranges and the history."""

from __future__ import annotations

import json
import re
from typing import Any

from strop.agents.answer import without_thoughts
from strop.agents.asking import Asker
from strop.agents.templates import render
from strop.agents.view import View, space_of
from strop.candidate import Candidate, KnobValue
from strop.errors import EditError
from strop.extension import ModelReply
from strop.job import Knob
from strop.knob import active

__all__ = ["Tuner"]

_OPENING = re.compile(r"[\[{]")

MOST_OBJECTS = 100
MOST_TRIES = 2000  # openings that are looked at: a text of nothing else takes its time with each
"""JSON objects of an answer that are looked at."""


class Tuner:
    """Knob values by a model; without one there is TPE (optimizer "optuna")."""

    name = "tuner"

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    def propose(self, view: View, parent: Candidate, *, turn: int) -> Candidate | None:
        """Return a candidate that changes knobs of `parent`, None where no usable answer came."""

        def understand(reply: ModelReply) -> Candidate:
            values = parse_values(reply.text, view.job.knobs)
            merged = {**parent.values, **values}
            if problem := view.job.knob_problem(merged):
                raise EditError(problem)
            defaults = {knob.name: knob.default for knob in view.job.knobs}
            effective = active(view.job.knobs, {**defaults, **merged})
            said = {name: value for name, value in values.items() if name in effective}
            if not said:
                raise EditError(
                    f"{', '.join(values)}: no effect beside the other settings; change those, too"
                )
            return Candidate(
                edits=parent.edits,
                # What has no effect keeps its default: nobody is told to set it.
                knobs=tuple((name, value) for name, value in merged.items() if name in effective),
                parents=(parent.id,),
                author=self.name,
                rationale=", ".join(f"{name}={value}" for name, value in said.items()),
            )

        messages = [("system", render("tuner/system", view.prompts)), ("user", self._task(view, parent))]
        limit = self._asker.limit(256)
        return self._asker.ask("tuner", parent, messages, understand, turn=turn, max_tokens=limit)

    def _task(self, view: View, parent: Candidate) -> str:
        knobs = view.job.knobs
        rows = [
            {"name": k.name, "space": space_of(k), "default": json.dumps(k.default), "doc": k.doc}
            for k in knobs
        ]
        history = []
        for trial in view.trials():
            if trial.knobs:
                values = ", ".join(f"{name}={value}" for name, value in trial.knobs.items())
                outcome = trial.objective.words if trial.objective else f"failed: {trial.reason}"
                history.append(f"{values} -> {outcome}")
        return render(
            "tuner/task",
            view.prompts,
            goal=view.job.goal,
            direction=view.job.objective.direction,
            metric=view.job.objective.name,
            benchmark=view.job.commands.benchmark,
            knobs=rows,
            constraints=view.job.constraints,
            history=history[-12:],
            meaning="against the baseline, more is better",
            hot=view.hot(parent, 3),
            outlook=[],
            lessons=view.lessons[-5:],
            suspects=view.suspects(),
            example=json.dumps({knob.name: knob.default for knob in knobs}),
        )


def parse_values(text: str, knobs: tuple[Knob, ...], *, strict: bool = True) -> dict[str, KnobValue]:
    """Return the knob values of an answer; raises `EditError` for unknown names and wrong values.

    `strict`: values outside of a range are refused; else they are returned as they are, for the caller to
    correct.
    """
    known = {knob.name: knob for knob in knobs}
    objects = _objects(without_thoughts(text))
    # Whoever reasons first mentions what was tried; what it proposes comes last.
    data = ([one for one in objects if one and one.keys() <= known.keys()] or objects)[-1]
    unknown = sorted(data.keys() - known.keys())
    if unknown:
        raise EditError(f"unknown settings {', '.join(unknown)}; known: {', '.join(known)}")
    values: dict[str, KnobValue] = {}
    for name, value in data.items():
        problem = known[name].problem_with(value)
        if problem and strict:
            raise EditError(f"{name}: {problem}")
        values[name] = int(value) if known[name].type == "int" and not problem else value
    if not values:
        raise EditError("no setting in the answer")
    return values


def _objects(text: str) -> list[dict[str, Any]]:
    """Return the JSON objects of a text in order, at least one, of a list its first; raises `EditError`."""
    decoder = json.JSONDecoder()
    found: list[dict[str, Any]] = []
    place = tries = 0
    while (start := _OPENING.search(text, place)) and len(found) < MOST_OBJECTS and tries < MOST_TRIES:
        place, tries = start.start() + 1, tries + 1
        try:
            data, place = decoder.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            continue
        data = next(iter(data), None) if isinstance(data, list) else data
        if isinstance(data, dict):
            found.append(data)
    if not found:
        raise EditError("no JSON object in the answer")
    return found
