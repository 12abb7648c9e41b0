"""The Gaussian process as a sampler of Optuna's, for studies of one's own; without torch.

    study = optuna.create_study(sampler=strop.tuning.GpSampler(seed=1))

It keeps nothing: every proposal is made from the study's trials, so that several processes may share one.
What runs counts as measured at what the model predicts of it, so that a batch of trials is no repetition.
Parameters that only some trials have are modelled, too: where another one's value decides (a method that has
parameters of its own), that is read off the trials, and elsewhere a missing one counts as its middle.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import FrozenTrial, TrialState

from strop.agents.optimizers.tuning.gp import STARTUP, GpSearch
from strop.agents.optimizers.tuning.space import Space
from strop.job import Knob

__all__ = ["GpSampler"]


class GpSampler(optuna.samplers.BaseSampler):
    """Optuna's interface to `strop.tuning.GpSearch`; studies of one objective.

    Args:
        seed: Of random points and of the local search; None: another one in every process.
        n_startup_trials: Finished trials before the first proposal by the model.
    """

    def __init__(self, seed: int | None = None, n_startup_trials: int = STARTUP) -> None:
        self._seed = seed
        self._startup = n_startup_trials
        self._independent = optuna.samplers.RandomSampler(seed=seed)

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Return the parameters of finished trials; not those with one value, or with ranges that change."""
        found: dict[str, BaseDistribution] = {}
        changing: set[str] = set()
        for one in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED)):
            for name, kind in one.distributions.items():
                if found.setdefault(name, kind) != kind:
                    changing.add(name)
        return {
            name: found[name] for name in sorted(found) if name not in changing and not found[name].single()
        }

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return the model's proposal; nothing (random values) before there are trials to learn from."""
        if len(study.directions) > 1:
            raise ValueError("GpSampler is for studies of one objective")
        states = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
        done = study.get_trials(deepcopy=False, states=states)
        complete = [one for one in done if one.state is TrialState.COMPLETE]
        if not search_space or len(complete) < max(2, self._startup):
            return {}
        space = _space(search_space, done)
        seed = trial.number if self._seed is None else self._seed * 100_003 + trial.number
        search = GpSearch(space, seed=seed, startup=0)
        sign = 1.0 if study.direction == optuna.study.StudyDirection.MINIMIZE else -1.0
        for one in done:
            if (known := _shared(one, search_space)) is not None:
                value = one.value if one.state is TrialState.COMPLETE else None
                cost = None if value is None else sign * value
                search.tell(_values(known, search_space, space), cost)
        for one in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            if one.number != trial.number and (known := _shared(one, search_space)):
                search.note(_values(known, search_space, space))
        point = search.ask()
        if point is None:
            return {}
        return {
            name: _param(kind, knob, point[knob.name])
            for knob, (name, kind) in zip(space.knobs, search_space.items(), strict=True)
        }

    def sample_independent(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Return a random value: of the first trials, and of parameters that none of them had."""
        return self._independent.sample_independent(study, trial, param_name, param_distribution)

    def reseed_rng(self) -> None:
        """Draw other random numbers than the process that this one was forked from."""
        self._independent.reseed_rng()


def _shared(one: FrozenTrial, search_space: Mapping[str, BaseDistribution]) -> dict[str, Any] | None:
    """Return a trial's parameters that are searched, None where one had another range then."""
    known = {name: value for name, value in one.params.items() if name in search_space}
    same = all(one.distributions[name] == search_space[name] for name in known)
    return known if same else None


def _space(search_space: Mapping[str, BaseDistribution], done: Sequence[FrozenTrial]) -> Space:
    """Return the parameters as knobs, with the conditions that the trials show."""
    knobs = {name: _knob(place, kind) for place, (name, kind) in enumerate(search_space.items())}
    found = []
    for name, knob in knobs.items():
        condition = _condition(name, search_space, done)
        if condition is None:
            found.append(knob)
            continue
        other, values = condition
        kind = search_space[other]
        allowed = tuple(knobs[other].choices[int(kind.to_internal_repr(value))] for value in values)
        found.append(knob.model_copy(update={"only_if": {knobs[other].name: allowed}}))
    return Space(tuple(found))


def _condition(
    name: str, search_space: Mapping[str, BaseDistribution], done: Sequence[FrozenTrial]
) -> tuple[str, list[Any]] | None:
    """Return the category whose values decide whether trials have a parameter, with those values."""
    having = [one for one in done if name in one.params]
    lacking = [one for one in done if name not in one.params]
    if not having or not lacking:
        return None
    for other, kind in search_space.items():
        if other == name or not isinstance(kind, CategoricalDistribution):
            continue
        if not all(other in one.params for one in having):
            continue
        without = [one.params[other] for one in lacking if other in one.params]
        values = [
            choice for choice in kind.choices if any(_same(choice, one.params[other]) for one in having)
        ]
        # One that no trial has without this parameter decides nothing: both may hang on a third.
        if without and not any(_same(value, one) for value in values for one in without):
            return other, values
    return None


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _knob(place: int, kind: BaseDistribution) -> Knob:
    name = f"p{place}"
    if isinstance(kind, CategoricalDistribution):
        numbers = [c for c in kind.choices if isinstance(c, (int, float)) and not isinstance(c, bool)]
        choices: tuple[Any, ...] = tuple(f"c{number}" for number in range(len(kind.choices)))
        if len(numbers) == len(kind.choices):
            choices = tuple(numbers)
        return Knob(name=name, type="categorical", choices=choices, default=choices[0])
    if isinstance(kind, IntDistribution):
        step = None if kind.log or kind.step == 1 else kind.step
        whole = _middle(kind.low, kind.high, kind.log)
        middle = kind.low + round((whole - kind.low) / (step or 1)) * (step or 1)
        return Knob(
            name=name, type="int", low=kind.low, high=kind.high, log=kind.log, step=step, default=middle
        )
    if isinstance(kind, FloatDistribution):
        low, high = kind.low, kind.high
        usual = _middle(low, high, kind.log) if kind.step is None else low
        return Knob(name=name, type="float", low=low, high=high, log=kind.log, step=kind.step, default=usual)
    raise ValueError(f"GpSampler: {type(kind).__name__} is not supported")


def _middle(low: float, high: float, log: bool) -> float:
    return math.sqrt(low * high) if log else (low + high) / 2


def _values(
    params: Mapping[str, Any], search_space: Mapping[str, BaseDistribution], space: Space
) -> dict[str, Any]:
    found = {}
    for knob, (name, kind) in zip(space.knobs, search_space.items(), strict=True):
        if name not in params:
            found[knob.name] = knob.default
            continue
        value = params[name]
        if isinstance(kind, CategoricalDistribution):
            value = knob.choices[int(kind.to_internal_repr(value))]
        found[knob.name] = value
    return space.corrected(found)[0]


def _param(kind: BaseDistribution, knob: Knob, value: Any) -> Any:
    if isinstance(kind, CategoricalDistribution):
        return kind.choices[knob.choices.index(value)]
    return value
