"""A black box: parameters, a callable that evaluates them, and a model, Optuna, or both that propose."""

from __future__ import annotations

import asyncio
import copy
import inspect
import math
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strop.agents.asking import BREAKER, REFUSED
from strop.errors import BudgetExhausted, ConfigError, ModelError
from strop.events import NO_IDEA
from strop.job import Budget, ModelSettings

__all__ = ["Evaluate", "EvaluateResult", "optimize_evaluate"]

Evaluate = Callable[[dict[str, Any]], Any]
"""From values by name to a number, or (number, side information), or an awaitable of that."""

MOST_IDLE = 5
MOST_IDLE_FREE = 30
"""Steps in a row without anything new to try, after which the search ends; the second without a model."""


@dataclass(frozen=True)
class EvaluateResult:
    """What came of a black box; its values are what `evaluate` said, and nobody verified them."""

    values: dict[str, Any]  # the best, by name
    score: float  # as `evaluate` returned it
    first: float  # score of the first values
    trials: tuple[dict[str, Any], ...]  # "number", "values", "score" (None: it raised), "side_info"
    stopped_because: str
    problems: tuple[str, ...] = ()  # what of the model's answers could not be used


def optimize_evaluate(
    *,
    evaluate: Evaluate,
    parameters: Mapping[str, Any],
    model: Any = None,
    budget: Budget | None = None,
    objective: str = "",
    direction: str = "maximize",
    seed: int = 0,
    on_trial: Callable[[dict[str, Any]], None] | None = None,
    on_round: Callable[[dict[str, Any]], None] | None = None,
) -> EvaluateResult:
    """See `strop.optimize`; raises `ConfigError` where an argument is wrong."""
    if direction not in ("maximize", "minimize"):
        raise ConfigError(f"direction is {direction!r}; allowed: maximize, minimize")
    if not parameters:
        raise ConfigError("parameters: at least one")
    search = _Search(evaluate, parameters, direction, on_trial)
    limits = budget or Budget()
    with tempfile.TemporaryDirectory(prefix="strop-evaluate-") as folder:
        search.open(_model(model, limits, Path(folder)), objective, seed)
        stopped = search.run(limits, on_round)
    return search.result(stopped)


def _model(given: Any, budget: Budget, folder: Path) -> Any:
    if not isinstance(given, (str, ModelSettings)):
        return given
    from strop.agents.models import open_model

    settings = ModelSettings(name=given) if isinstance(given, str) else given
    return open_model(settings, folder=folder, budget=budget)


def _awaited(found: Awaitable[Any]) -> Any:
    """Return what an async `evaluate` comes to; in a thread, so that a caller's own loop may be running."""

    async def wait() -> Any:
        return await found

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, wait()).result()


class _Search:
    """One search over a black box."""

    def __init__(
        self,
        evaluate: Evaluate,
        parameters: Mapping[str, Any],
        direction: str,
        on_trial: Callable[[dict[str, Any]], None] | None,
    ) -> None:
        from strop.opto import Node, ParameterNode, bundle, node

        self._evaluate = evaluate
        self._sign = 1.0 if direction == "maximize" else -1.0
        self._on_trial = on_trial
        self._trials: list[dict[str, Any]] = []
        self._problems: list[str] = []
        self._nodes: dict[str, Any] = {}
        for name, value in parameters.items():
            if not name.isidentifier():
                raise ConfigError(f"parameters: {name!r} is no name; use letters, digits and _")
            mine = value if isinstance(value, Node) else node(value, name=name, trainable=True)
            if not isinstance(mine, ParameterNode):
                raise ConfigError(f"parameters: {name}: a node that is not trainable")
            self._nodes[name] = mine

        @bundle("[evaluate] Evaluate the variables.")
        def evaluated(**values: Any) -> float:
            return self._once(values)[0]

        self._operation = evaluated

    def open(self, model: Any, objective: str, seed: int) -> None:
        """Choose who proposes: Optuna for numbers and choices within limits, the model for the rest."""
        from strop.opto import OptoPrime

        self._asks = model is not None
        goal = "large" if self._sign > 0 else "small"
        objective = objective or (
            "Change the variables in #Variables so that the score in #Feedback becomes as "
            f"{goal} as possible."
        )
        self._optimizer = OptoPrime(
            self._nodes.values(), model=model, objective=objective, tuner="optuna", seed=seed
        )

    def run(self, limits: Budget, on_round: Callable[[dict[str, Any]], None] | None) -> str:
        """Search to the end of the budget; returns why it ended."""
        start, idle, turn, silent = time.monotonic(), 0, 0, 0
        most = MOST_IDLE if self._asks else MOST_IDLE_FREE
        # As many steps as evaluations: a step tries one candidate at most.
        while True:
            stop = self._spent(limits, start) or (NO_IDEA if idle >= most else "")
            if stop:
                return stop
            before = len(self._trials)
            output = self._operation(**self._nodes)
            self._optimizer.zero_feedback()
            self._optimizer.backward(output, self._feedback())
            try:
                if not self._spent(limits, start):
                    step = self._optimizer.step(self._try)
                    self._problems += step.problems
                    silent = 0
            except BudgetExhausted as spent:
                return str(spent)
            except ModelError as error:  # what was evaluated so far is kept
                if error.kind in REFUSED and len(self._trials) == 1:
                    raise  # it was never reached, and won't be
                self._problems.append(str(error))
                silent += 1
                if silent >= BREAKER or error.kind in REFUSED:
                    return f"the model failed: {error}"
            idle = 0 if len(self._trials) > before else idle + 1
            turn += 1
            if on_round is not None:
                on_round({"turn": turn, "trials": len(self._trials)})

    def result(self, stopped: str) -> EvaluateResult:
        """Return what was found."""
        scored = [t for t in self._trials if t["score"] is not None]
        if not scored:
            raise ConfigError(
                f"evaluate failed for every candidate; the last: {self._trials[-1]['side_info']}"
            )
        best = max(scored, key=lambda trial: self._sign * trial["score"])
        first = self._trials[0]["score"]
        return EvaluateResult(
            best["values"],
            best["score"],
            float("nan") if first is None else first,
            tuple(self._trials),
            stopped,
            tuple(self._problems),
        )

    # --- pieces ---------------------------------------------------------------------------

    def _spent(self, limits: Budget, start: float) -> str:
        if limits.evaluations is not None and len(self._trials) >= limits.evaluations:
            return f"{limits.evaluations} evaluations done"
        if limits.minutes is not None and time.monotonic() - start >= 60 * limits.minutes:
            return f"{limits.minutes:g} minutes are over"
        return ""

    def _try(self) -> tuple[float, str]:
        values = {name: parameter._data for name, parameter in self._nodes.items()}
        score, said = self._once(values)
        return score, said

    def _once(self, values: dict[str, Any]) -> tuple[float, str]:
        """Evaluate values, or return what is known of them; the score is turned so that more is better."""
        known = next((trial for trial in self._trials if trial["values"] == values), None)
        if known is None:
            known = self._evaluated(copy.deepcopy(values))
        score = float("-inf") if known["score"] is None else self._sign * known["score"]
        return score, self._said(known)

    def _evaluated(self, values: dict[str, Any]) -> dict[str, Any]:
        score: float | None
        side: Any
        try:
            found = self._evaluate(copy.deepcopy(values))  # which it may change
            if inspect.isawaitable(found):
                found = _awaited(found)
            score, side = found if isinstance(found, tuple) else (found, None)
            score = float(score)
            if math.isnan(score):
                score, side = None, f"evaluate returned {found!r:.100}, which is no number"
        except Exception as error:  # a candidate that the user's callable can't take is data
            score, side = None, f"{type(error).__name__}: {error}"
        trial = {"number": len(self._trials), "values": values, "score": score, "side_info": side}
        self._trials.append(trial)
        if self._on_trial is not None:
            self._on_trial(dict(trial))
        return trial

    def _feedback(self) -> str:
        values = {name: parameter._data for name, parameter in self._nodes.items()}
        return self._said(next(trial for trial in self._trials if trial["values"] == values))

    @staticmethod
    def _said(trial: Mapping[str, Any]) -> str:
        score = "it failed" if trial["score"] is None else f"score {trial['score']:.6g}"
        return f"{score}; {trial['side_info']}" if trial["side_info"] is not None else score
