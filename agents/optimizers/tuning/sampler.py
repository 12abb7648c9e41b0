"""The Gaussian process as a sampler of Optuna's, for studies of one's own; without torch.

    study = optuna.create_study(sampler=strop.tuning.GpSampler(seed=1))

It keeps nothing: every proposal is made from the study's trials, so that several processes may share one.
"""

from __future__ import annotations

from collections.abc import Mapping
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
        self._spaces = optuna.search_space.IntersectionSearchSpace()

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Return the parameters that all finished trials have, those with one value left out."""
        found = self._spaces.calculate(study)
        return {name: kind for name, kind in found.items() if not kind.single()}

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
        space = Space(tuple(_knob(place, kind) for place, kind in enumerate(search_space.values())))
        seed = trial.number if self._seed is None else self._seed * 100_003 + trial.number
        search = GpSearch(space, seed=seed, startup=0)
        sign = 1.0 if study.direction == optuna.study.StudyDirection.MINIMIZE else -1.0
        for one in done:
            if search_space.keys() <= one.params.keys():
                cost = (
                    sign * one.value if one.state is TrialState.COMPLETE and one.value is not None else None
                )
                search.tell(_values(one.params, search_space, space), cost)
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
        """Return a random value: of the first trials, and of parameters that not all of them have."""
        return self._independent.sample_independent(study, trial, param_name, param_distribution)

    def reseed_rng(self) -> None:
        """Draw other random numbers than the process that this one was forked from."""
        self._independent.reseed_rng()


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
        return Knob(
            name=name, type="int", low=kind.low, high=kind.high, log=kind.log, step=step, default=kind.low
        )
    if isinstance(kind, FloatDistribution):
        low, high = kind.low, kind.high
        return Knob(name=name, type="float", low=low, high=high, log=kind.log, step=kind.step, default=low)
    raise ValueError(f"GpSampler: {type(kind).__name__} is not supported")


def _values(
    params: Mapping[str, Any], search_space: Mapping[str, BaseDistribution], space: Space
) -> dict[str, Any]:
    found = {}
    for knob, (name, kind) in zip(space.knobs, search_space.items(), strict=True):
        value = params[name]
        if isinstance(kind, CategoricalDistribution):
            value = knob.choices[int(kind.to_internal_repr(value))]
        found[knob.name] = value
    return space.corrected(found)[0]


def _param(kind: BaseDistribution, knob: Knob, value: Any) -> Any:
    if isinstance(kind, CategoricalDistribution):
        return kind.choices[knob.choices.index(value)]
    return value
