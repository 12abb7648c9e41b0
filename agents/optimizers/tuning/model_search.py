"""Models that propose points of a space, and a sampler that lets one have a bounded share of its turns.

A model knows what names mean, and little of what was measured; a sampler the other way round. So the
sampler has most of the turns and tells the model what it would try next; the model's share grows where
its proposals pay and shrinks where they don't, which bounds what a bad one can cost (after Centaur,
github.com/ferreirafabio/autoresearch-automl: a sampler with a model on 30 % of the trials).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from strop.agents.optimizers.tuning.base import Expected
from strop.agents.optimizers.tuning.mixed import Search, key_of, wait_for
from strop.agents.optimizers.tuning.screening import Screen
from strop.agents.optimizers.tuning.space import Space, Values
from strop.agents.optimizers.tuning.wording import AskModel, Subject, Wording
from strop.agents.templates import render
from strop.agents.tuner import parse_values
from strop.errors import BudgetExhausted, EditError

__all__ = ["HybridSearch", "ModelSearch"]

GIVE_UP = 3
"""Answers in a row that are of no use, after which a model is not asked any more."""

SHOWN = 12
"""Best and latest points that a model is shown of each."""

OUTLOOK = 3
"""Points of the sampler's that a model is shown, with the costs that it expects there."""

FIRST = 1
"""Turn that a model has at once: knowledge is worth most before anything is measured."""

SHARE, POOR_SHARE = 0.3, 0.05
"""Parts of the turns that a model has at most, where its proposals pay and where they don't."""


class ModelSearch:
    """A model as a search: names, docs, ranges and what was measured go in, values come out."""

    name = "llm"

    def __init__(
        self,
        space: Space,
        ask: AskModel,
        subject: Subject | None = None,
    ) -> None:
        self._space = space
        self._ask = ask
        self._wording = Wording(space, subject or Subject())
        self._told: list[tuple[Values, float | None]] = []
        self._keys: set[tuple[Any, ...]] = set()
        self._useless = 0
        self.asked = 0
        self.problems: list[str] = []  # what of the answers could not be used, or was corrected
        self.refused: list[str] = []  # of these, why there was no point
        self._corrections: dict[tuple[Any, ...], list[str]] = {}  # by point: what of the answer was changed

    @property
    def space(self) -> Space:
        """The space that it proposes points of."""
        return self._space

    @property
    def usable(self) -> bool:
        """False once it is not asked any more."""
        return self._useless < GIVE_UP

    def ask(self, outlook: Sequence[Expected] = ()) -> Values | None:
        """Return the model's point, corrected to the space; None where it has no usable, new one.

        `outlook`: points that somebody else's model of the trials holds for the best.
        """
        if not self.usable:
            return None
        prompts = self._wording.subject.prompts
        messages = [("system", render("tuner/system", prompts)), ("user", self._task(outlook))]
        for _ in range(2):
            self.asked += 1
            try:
                answer = self._ask(messages)
            except BudgetExhausted as spent:
                self._useless = GIVE_UP
                self.refuse(str(spent))
                return None
            point, problem = self._understood(answer)
            if point is not None:
                self._useless = 0
                self._keys.add(self._space.key(point))
                return point
            self.problems.append(problem)
            if answer is not None:  # why there was none, is known to who asked
                self.refused.append(problem)
            again = render("coder/retry", prompts, problem=problem)
            messages += [("assistant", answer or "(empty)"), ("user", again)]
        self._useless += 1
        return None

    def correction(self, values: Mapping[str, Any]) -> str:
        """Return in what a proposed point is not what the model said; empty: in nothing."""
        return "; ".join(self._corrections.get(self._space.key(values), ()))

    def refuse(self, problem: str) -> None:
        """Keep why an answer came to no point."""
        self.problems.append(problem)
        self.refused.append(problem)

    def note(self, values: Mapping[str, Any]) -> None:
        """Know of a point that somebody else waits for."""
        self._keys.add(self._space.key(values))

    def tell(self, values: Mapping[str, Any], cost: float | None) -> None:
        """Keep what came of a point, for the next question."""
        self._keys.add(self._space.key(values))
        self._told.append((dict(values), cost))

    def _understood(self, answer: str | None) -> tuple[Values | None, str]:
        if not answer or not answer.strip():
            return None, "the answer was empty"
        try:
            said = parse_values(answer, self._wording.knobs, strict=False)
            point, notes = self._wording.point(said, self._best() or self._space.defaults)
        except EditError as error:
            return None, str(error)
        self.problems += notes
        if notes:
            self._corrections[self._space.key(point)] = notes
        if self._space.key(point) in self._keys:
            return None, "these values were tried already; propose others"
        return point, ""

    def _best(self) -> Values | None:
        scored = [(cost, place) for place, (_, cost) in enumerate(self._told) if cost is not None]
        return self._told[min(scored)[1]][0] if scored else None

    def _task(self, outlook: Sequence[Expected]) -> str:
        order = sorted(range(len(self._told)), key=lambda i: _or_worst(self._told[i][1]))
        shown = sorted({*order[:SHOWN], *range(max(0, len(self._told) - SHOWN), len(self._told))})
        subject = self._wording.subject
        return render(
            "tuner/task",
            subject.prompts,
            goal=subject.goal,
            direction=subject.direction,
            metric=subject.metric,
            benchmark=subject.program or "the program",
            knobs=self._wording.rows(),
            constraints=self._wording.constraints,
            history=[self._wording.line(*self._told[place]) for place in shown],
            meaning=f"{subject.metric}, {'more' if subject.direction == 'maximize' else 'less'} is better",
            hot=self._wording.hot,
            outlook=[f"{self._wording.line(e.values, e.cost)} ± {e.sd:.2g}" for e in outlook],
            lessons=[],
            suspects=[],
            example=json.dumps(self._wording.named(self._best() or self._space.defaults)),
        )


class HybridSearch:
    """A sampler on most turns, a model on a bounded share of them.

    What past trials say is hopeless of the model's points is refused, and the sampler is asked instead.
    """

    name = "hybrid"

    def __init__(
        self,
        sampler: Search,
        model: ModelSearch,
        *,
        share: float = SHARE,
        poor: float = POOR_SHARE,
        screen: bool = True,
    ) -> None:
        """`share`, `poor`: the model's parts of the turns; `screen`: hopeless points of its are refused."""
        self._sampler = sampler
        self._model = model
        self._screen = Screen(model.space) if screen else None
        self._shares = share, poor
        self._turns = 0
        self.model_turns = 0
        self._gain = {True: 0.0, False: 0.0}  # fall of the best cost by the model's and the sampler's points
        self._of_model: set[tuple[Any, ...]] = set()
        self._best = math.inf

    @property
    def refused(self) -> list[str]:
        """Why answers of the model came to no point."""
        return self._model.refused

    def correction(self, values: Mapping[str, Any]) -> str:
        """Return in what a point of the model's is not what it said; empty: in nothing."""
        return self._model.correction(values)

    def ask(self) -> Values | None:
        """Return the next point: the model's where it is its turn and it has one, else the sampler's."""
        self._turns += 1
        if self._model.usable and self.model_turns < FIRST + int(self._share() * self._turns):
            point = self._model.ask(self._outlook())
            self.model_turns += 1
            if point is not None and not self._refused(point):
                wait_for(self._sampler, point)
                self._of_model.add(key_of(point))
                return point
        point = self._sampler.ask()
        if point is not None:
            self._model.note(point)
        return point

    def note(self, values: Mapping[str, Any]) -> None:
        """Know of a point that somebody else waits for."""
        wait_for(self._sampler, dict(values))
        self._model.note(values)

    def memory(self, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return what has to be known again of a point: whose it is, and how many turns there were."""
        mine = key_of(values) in self._of_model
        return {"mine": mine, "turns": self._turns, "model_turns": self.model_turns}

    def remember(self, values: Mapping[str, Any], memory: Mapping[str, Any]) -> None:
        """Know again, before its cost is told, that a point was asked for, from what `memory` returned."""
        self._turns = max(self._turns, memory["turns"])
        self.model_turns = max(self.model_turns, memory["model_turns"])
        if memory["mine"]:
            self._of_model.add(key_of(values))

    def tell(self, values: Mapping[str, Any], cost: float | None) -> None:
        """Tell both, and credit whose point it was."""
        mine = key_of(values) in self._of_model
        self._of_model.discard(key_of(values))
        if cost is not None and math.isfinite(cost):
            if cost < self._best and math.isfinite(self._best):
                self._gain[mine] += self._best - cost
            self._best = min(self._best, cost)
        self._sampler.tell(values, cost)
        self._model.tell(values, cost)
        if self._screen is not None:
            self._screen.tell(values, cost)

    def _outlook(self) -> Sequence[Expected]:
        """Return what the sampler makes of the trials so far; not all of them say."""
        outlook = getattr(self._sampler, "outlook", None)
        return outlook(OUTLOOK) if outlook is not None else ()

    def _refused(self, point: Values) -> bool:
        """Return whether a point of the model is hopeless, and keep why."""
        problem = self._screen.problem(point) if self._screen is not None else ""
        if problem:
            self._model.refuse(problem)
        return bool(problem)

    def _share(self) -> float:
        """Return the part of the turns that the model may have had by now."""
        high, low = self._shares
        if not self.model_turns:
            return high
        own = self._gain[True] / self.model_turns
        others = self._gain[False] / max(1, self._turns - self.model_turns)
        return high if own > 0 and own >= 0.5 * others else low


def _or_worst(cost: float | None) -> float:
    return math.inf if cost is None else cost
