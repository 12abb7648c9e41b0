"""Initial configurations from somebody who knows something, then any sampler.

A model proposes several configurations at once, before anything is measured: as values, or as words from
"very low" to "very high" for each number, which models know better than digits; or past studies of similar
jobs bring their best ones.

Source: Huang et al. 2024 (LLMTune, E2ETune: buckets in place of values); Liu et al. 2024, arXiv 2402.03921
(LLAMBO: zero-shot warm start).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from strop.agents.optimizers.tuning.mixed import Search, wait_for
from strop.agents.optimizers.tuning.space import Known, Space, Values
from strop.agents.optimizers.tuning.wording import AskModel, Subject, Wording, json_values
from strop.agents.templates import render
from strop.errors import BudgetExhausted, EditError
from strop.job import Knob
from strop.past import PastTrial

__all__ = [
    "BUCKETS",
    "PastPoint",
    "Proposed",
    "WarmStart",
    "initial_points",
    "past_points",
    "proposed_points",
]

POINTS = 5
"""Configurations that a model is asked for."""

BUCKETS = ("very low", "low", "medium", "high", "very high")
"""Words for a number: each stands for the middle of a fifth of its range."""


class WarmStart:
    """First the points of somebody who knows, in order, then those of a sampler, which learns from all."""

    name = "warmstart"

    def __init__(self, space: Space, first: Sequence[Mapping[str, Any]], sampler: Search) -> None:
        """Points outside of the space are moved into it; those that break a constraint are left out."""
        self._sampler = sampler
        self._known = Known(space)
        corrected = [space.corrected(values)[0] for values in first]
        self._first = [point for point in corrected if not space.problem(point)]

    def ask(self) -> Values | None:
        """Return the next point."""
        while self._first:
            point = self._first.pop(0)
            if point not in self._known:
                self._known.add(point)
                wait_for(self._sampler, point)
                return point
        return self._sampler.ask()

    def note(self, values: Mapping[str, Any]) -> None:
        """Know of a point that somebody else waits for."""
        self._known.add(values)
        wait_for(self._sampler, dict(values))

    def tell(self, values: Mapping[str, Any], cost: float | None) -> None:
        """Tell the sampler."""
        self._known.add(values)
        self._sampler.tell(values, cost)


@dataclass(frozen=True)
class Proposed:
    """What a model proposed to begin with."""

    points: list[Values] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)  # why something came to no point, a sentence each
    corrected: list[str] = field(default_factory=list)  # what was changed in the points


def initial_points(
    space: Space,
    ask: AskModel,
    subject: Subject | None = None,
    *,
    count: int = POINTS,
    buckets: bool = False,
) -> tuple[list[Values], list[str]]:
    """Return what `proposed_points` does: the points, and in words all that was changed or refused."""
    found = proposed_points(space, ask, subject, count=count, buckets=buckets)
    return found.points, [*found.corrected, *found.refused]


def proposed_points(
    space: Space,
    ask: AskModel,
    subject: Subject | None = None,
    *,
    count: int = POINTS,
    buckets: bool = False,
) -> Proposed:
    """Return different configurations that a model proposes, and what of its answer could not be used.

    Args:
        space: where they lie.
        ask: the model; asked once, and once more where nothing of the answer can be used.
        subject: what the space is about.
        count: how many are asked for.
        buckets: numbers are asked for as words from "very low" to "very high".
    """
    wording = Wording(space, subject or Subject())
    prompts = wording.subject.prompts
    task = render(
        "tuner/warmstart",
        prompts,
        goal=wording.subject.goal,
        direction=wording.subject.direction,
        metric=wording.subject.metric,
        program=wording.subject.program or "the program",
        knobs=wording.rows(),
        constraints=wording.constraints,
        count=count,
        words=", ".join(f'"{word}"' for word in BUCKETS) if buckets else "",
    )
    messages = [("system", render("tuner/system", prompts)), ("user", task)]
    refused: list[str] = []
    for _ in range(2):
        try:
            answer = ask(messages)
        except BudgetExhausted as spent:
            return Proposed(refused=[*refused, str(spent)])
        found = _understood(wording, answer or "", count)
        if answer is not None:  # why there was none, is known to who asked
            refused += found.refused
        if found.points:
            return Proposed(found.points, refused, found.corrected)
        messages += [("assistant", answer or "(empty)")]
        messages += [("user", render("coder/retry", prompts, problem=found.refused[0]))]
    return Proposed(refused=refused)


def _understood(wording: Wording, answer: str, count: int) -> Proposed:
    found = Proposed()
    known = Known(wording.space)
    for said in json_values(answer, dict)[:count]:
        try:
            point, notes = wording.point(_numbers(wording, said), wording.space.defaults)
        except EditError as error:
            found.refused.append(str(error))
            continue
        found.corrected.extend(notes)
        if point not in known:
            known.add(point)
            found.points.append(point)
    if not found.points and not found.refused:
        found.refused.append(
            "no JSON list of objects in the answer" if answer.strip() else "the answer was empty"
        )
    return found


def _numbers(wording: Wording, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was said with the middle of its part of the range for each word."""
    knobs = {knob.name: knob for knob in wording.knobs}
    return {name: _number(wording, knobs.get(name), value) for name, value in said.items()}


def _number(wording: Wording, knob: Knob | None, value: Any) -> Any:
    if knob is None or knob.type not in ("int", "float") or not isinstance(value, str):
        return value
    word = value.strip().lower()
    if word not in BUCKETS:
        return value
    return wording.space.value_at(knob, (BUCKETS.index(word) + 0.5) / len(BUCKETS))


class PastPoint(NamedTuple):
    """A point that an earlier study found good."""

    values: Values
    words: str  # whose it is, and what was changed for this space


def past_points(
    space: Space, trials: Iterable[PastTrial], *, count: int = POINTS
) -> tuple[list[PastPoint], list[str]]:
    """Return the first different points of past trials, and why others are none in this space.

    They are corrected like a model's; knobs that a past study did not have get their default, and the
    defaults themselves are no point to begin with: they are the baseline.
    """
    wording = Wording(space, Subject())
    points: list[PastPoint] = []
    problems: list[str] = []
    known = Known(space)
    known.add(space.defaults)
    for trial in trials:
        if len(points) == count:
            break
        try:
            values, notes = wording.point(trial.values, space.defaults)
        except EditError as error:
            problems.append(f"{trial.source} is left out: {error}")
            continue
        if values not in known:
            known.add(values)
            points.append(PastPoint(values, "; ".join([f"from {trial.source}: {trial.gain}", *notes])))
    return points, problems
