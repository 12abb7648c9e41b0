"""Parameters that Optuna tunes beside the model: numbers within limits, booleans, choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from strop.agents.opto.nodes import ParameterNode

__all__ = ["Tuner", "tunable"]


def tunable(parameter: ParameterNode) -> bool:
    """Return whether a parameter is a number within limits, a boolean, or a choice."""
    rule = parameter.constraint
    if parameter.is_code or rule.predicate is not None:
        return False
    if rule.choices is not None or type(parameter._data) is bool:
        return True
    return type(parameter._data) in (int, float) and rule.low is not None and rule.high is not None


class Tuner:
    """TPE over some parameters; more is better. What others try is told to it, too."""

    def __init__(self, parameters: Sequence[ParameterNode], *, seed: int) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._parameters = list(parameters)
        self._study = optuna.create_study(
            direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed, multivariate=True)
        )
        self._worst = float("inf")
        self._open: list[tuple[Any, dict[str, Any]]] = []
        self._space = {parameter.py_name: _distribution(parameter) for parameter in self._parameters}

    def ask(self) -> dict[ParameterNode, Any]:
        """Return values to try."""
        trial = self._study.ask(self._space)
        found: dict[ParameterNode, Any] = {}
        for parameter in self._parameters:
            value = trial.params[parameter.py_name]
            choices = _choices(parameter)
            found[parameter] = choices[int(value)] if choices is not None else value
        self._open.append((trial, {p.py_name: found[p] for p in self._parameters}))
        return found

    def tell(self, values: Mapping[ParameterNode, Any], score: float) -> None:
        """Learn what values scored, whoever proposed them."""
        import math

        import optuna

        # Samplers ignore failed trials, so that they would propose the same again: a penalty instead.
        if math.isfinite(score):
            self._worst = min(self._worst, score)
        else:
            score = self._worst - 1 if math.isfinite(self._worst) else 0.0
        mine = {p.py_name: values.get(p, p._data) for p in self._parameters}
        for place, (trial, asked) in enumerate(self._open):
            if asked == mine:
                self._study.tell(trial, score)
                del self._open[place]
                return
        params = {}
        for parameter in self._parameters:
            value, choices = mine[parameter.py_name], _choices(parameter)
            params[parameter.py_name] = choices.index(value) if choices is not None else value
        self._study.add_trial(
            optuna.trial.create_trial(params=params, distributions=self._space, value=score)
        )


def _choices(parameter: ParameterNode) -> list[Any] | None:
    if parameter.constraint.choices is not None:
        return list(parameter.constraint.choices)
    return [False, True] if type(parameter._data) is bool else None


def _distribution(parameter: ParameterNode) -> Any:
    from optuna import distributions

    choices, rule = _choices(parameter), parameter.constraint
    if choices is not None:
        return distributions.CategoricalDistribution(range(len(choices)))
    assert rule.low is not None and rule.high is not None
    if type(parameter._data) is int:
        return distributions.IntDistribution(int(rule.low), int(rule.high))
    return distributions.FloatDistribution(rule.low, rule.high)
