"""Bayesian optimisation in which a model is everything: initial points, candidates and surrogate.

A model that has seen what was measured proposes configurations for a target somewhat better than the best;
then it is asked, several times over the history in another order, what each of them will measure, and the
one with the greatest expected improvement is tried. Unlike other implementations this one shows failures and
categories to the model, keeps constraints, and counts how often nothing of an answer was of use.

All candidates are judged in one question, where the original asks one question for each: some ten calls less
for a trial.

Source: Liu et al. 2024, arXiv 2402.03921.
"""

from __future__ import annotations

import contextlib
import json
import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from strop.agents.optimizers.tuning.base import NewPointSearch
from strop.agents.optimizers.tuning.space import Known, Space, Values
from strop.agents.optimizers.tuning.warm import proposed_points
from strop.agents.optimizers.tuning.wording import AskModel, Subject, Wording, json_values
from strop.agents.templates import render
from strop.errors import BudgetExhausted, EditError

__all__ = ["LlamboSearch"]

ALPHA = 0.1
"""How much better than the best a target is, as a part of the range of what was measured."""

ORDERS = 2
"""Questions for candidates, each over the history in another order."""

CANDIDATES = 5
"""Configurations that each of them asks for."""

SAMPLES = 3
"""Questions to the surrogate: their spread is its uncertainty."""

GOOD = 0.25
"""Part of what was measured that counts as good to the generative surrogate."""

SHOWN = 30
"""Best and latest points that a model is shown at most."""


class LlamboSearch(NewPointSearch):
    """Asks a model for candidates and for what they will measure."""

    name = "llambo"

    def __init__(
        self,
        space: Space,
        ask: AskModel,
        subject: Subject | None = None,
        *,
        seed: int = 0,
        surrogate: Literal["discriminative", "generative"] = "discriminative",
    ) -> None:
        """`discriminative` asks for values, `generative` whether a candidate will be among the good ones."""
        super().__init__(space, seed=seed)
        self._ask = ask
        self._wording = Wording(space, subject or Subject())
        self._generative = surrogate == "generative"
        self._told: list[tuple[Values, float | None]] = []
        self._first: list[Values] | None = None
        self.turns = 0
        self.fallbacks = 0  # turns without a candidate or a prediction of the model's
        self.problems: list[str] = []  # what of the answers could not be used, or was corrected
        self.refused: list[str] = []  # of these, why there was no point or prediction

    @property
    def fallback_rate(self) -> float:
        """The part of the turns that the model had nothing usable for."""
        return self.fallbacks / self.turns if self.turns else 0.0

    def _proposed(self) -> Values | None:
        """Return the model's next point, None where it has none."""
        self.turns += 1
        try:
            point = self._initial() or self._best_candidate()
        except BudgetExhausted as spent:
            self._refuse(str(spent))
            point = None
        if point is None:
            self.fallbacks += 1
        return point

    def _refuse(self, problem: str) -> None:
        self.problems.append(problem)
        self.refused.append(problem)

    def _learn(self, values: Mapping[str, Any], cost: float | None) -> None:
        """Keep what came of a point, for the next questions."""
        self._told.append((dict(values), cost))

    def _initial(self) -> Values | None:
        """Return a point of the model's warm start, as long as less was measured than it has points."""
        if self._first is None:
            self._first = []
            if len(self._costs()) < 3:
                found = proposed_points(self._space, self._ask, self._wording.subject)
                self._first = found.points
                self.problems += found.corrected
                for problem in found.refused:
                    self._refuse(problem)
        while self._first:
            point = self._first.pop(0)
            if point not in self._known:
                return point
        return None

    def _best_candidate(self) -> Values | None:
        if not self._costs():
            return None  # a target needs something that was measured
        candidates = self._candidates()
        if len(candidates) < 2:
            return candidates[0] if candidates else None
        predicted = self._predicted(candidates)
        if not any(predicted):
            self.fallbacks += 1  # the candidate is the model's, the choice is none
            return self._rng.choice(candidates)
        score = self._mean if self._generative else self._improvement
        return max(zip(candidates, map(score, predicted), strict=True), key=lambda pair: pair[1])[0]

    def _candidates(self) -> list[Values]:
        found: list[Values] = []
        new = Known(self._space)
        best, span = min(self._costs()), max(self._costs()) - min(self._costs())
        target = best - ALPHA * (span or abs(best) or 1.0)
        for _ in range(ORDERS):
            task = self._rendered("candidates", count=CANDIDATES, target=self._wording.cost(target))
            for said in json_values(self._answer(task), dict):
                try:
                    point, notes = self._wording.point(said, self._space.defaults)
                except EditError as error:
                    self._refuse(str(error))
                    continue
                self.problems += notes
                if point not in self._known and point not in new:
                    new.add(point)
                    found.append(point)
        return found

    def _predicted(self, candidates: Sequence[Values]) -> list[list[float]]:
        """Return what was predicted of each candidate, for each usable answer."""
        found: list[list[float]] = [[] for _ in candidates]
        costs = sorted(self._costs())
        threshold = self._wording.cost(costs[int(GOOD * (len(costs) - 1))]) if self._generative else ""
        shown = [json.dumps(self._wording.named(point)) for point in candidates]
        for _ in range(SAMPLES):
            answer = self._answer(self._rendered("predict", candidates=shown, threshold=threshold))
            numbers = _flat(json_values(answer, object))
            if len(numbers) != len(candidates) or not all(map(math.isfinite, numbers)):
                problem = f"{len(numbers)} predictions of {len(candidates)} configurations"
                self.problems.append(problem)
                if answer is not None:  # why there was none, is known to who asked
                    self.refused.append(problem)
                continue
            for row, number in zip(found, numbers, strict=True):
                row.append(number)
        return found

    def _improvement(self, predicted: Sequence[float]) -> float:
        """Return the expected improvement of a candidate from its predictions."""
        if not predicted:
            return -math.inf
        maximize = self._wording.subject.direction == "maximize"
        costs = [-value if maximize else value for value in predicted]
        span = max(self._costs()) - min(self._costs())
        spread = max(statistics.pstdev(costs), 1e-3 * span, 1e-12)
        gain = (min(self._costs()) - statistics.fmean(costs)) / spread
        density = math.exp(-gain * gain / 2) / math.sqrt(2 * math.pi)
        return spread * (gain * (1 + math.erf(gain / math.sqrt(2))) / 2 + density)

    @staticmethod
    def _mean(predicted: Sequence[float]) -> float:
        return statistics.fmean(predicted) if predicted else -math.inf

    def _costs(self) -> list[float]:
        return [cost for _, cost in self._told if cost is not None]

    def _rendered(self, template: str, **more: Any) -> str:
        told = self._told
        if len(told) > SHOWN:
            costs = [math.inf if cost is None else cost for _, cost in told]
            order = sorted(range(len(told)), key=costs.__getitem__)
            kept = {*order[: SHOWN // 2], *range(len(told) - SHOWN // 2, len(told))}
            told = [told[place] for place in sorted(kept)]
        rows = [
            {"cost": self._wording.cost(cost), "text": json.dumps(self._wording.named(values))}
            for values, cost in told
        ]
        self._rng.shuffle(rows)
        subject = self._wording.subject
        return render(
            f"tuner/{template}",
            subject.prompts,
            goal=subject.goal,
            direction=subject.direction,
            metric=subject.metric,
            program=subject.program or "the program",
            knobs=self._wording.rows(),
            constraints=self._wording.constraints,
            history=rows,
            **more,
        )

    def _answer(self, task: str) -> str | None:
        system = render("tuner/system", self._wording.subject.prompts)
        return self._ask([("system", system), ("user", task)])


def _flat(items: Sequence[Any]) -> list[float]:
    found = []
    for item in items:
        if isinstance(item, (int, float)) and not isinstance(item, bool):
            with contextlib.suppress(OverflowError):  # a whole number of hundreds of digits
                found.append(float(item))
    return found
