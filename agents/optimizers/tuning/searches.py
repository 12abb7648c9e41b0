"""Searches over a space by name: Optuna's samplers, a Gaussian process and others; all ask and tell alike.

A search never asks for a point that is known: Optuna's samplers repeat configurations in finite spaces
(by design, its maintainers say), which would be a wasted trial.
"""

from __future__ import annotations

import math
import random
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from strop.agents.optimizers.tuning.gp import GpSearch
from strop.agents.optimizers.tuning.mixed import MixedSearch, Search
from strop.agents.optimizers.tuning.plain import GridSearch, RandomSearch
from strop.agents.optimizers.tuning.space import Known, Space, Values
from strop.agents.optimizers.tuning.tree import TreeSearch
from strop.errors import ConfigError

if TYPE_CHECKING:
    import optuna

__all__ = ["SEARCHES", "OptunaSampling", "RandomSearch", "Search", "open_search"]

RESAMPLES = 20
"""After so many repeats of a sampler in a row a random point that is new is asked for."""


class OptunaSampling:
    """A sampler of Optuna over one space."""

    def __init__(
        self,
        name: str,
        space: Space,
        make: Callable[[Space, int], optuna.samplers.BaseSampler],
        *,
        seed: int = 0,
    ) -> None:
        import optuna

        from strop.study import regular_distribution

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.name = name
        self._space = space
        self._distributions: dict[str, Any] = {k.name: regular_distribution(k) for k in space.knobs}
        for knob in space.knobs:
            if knob.special:  # another parameter says whether the number is one of them
                choices = ["regular", *(f"{value:g}" for value in knob.special)]
                self._distributions[f"{knob.name}?"] = optuna.distributions.CategoricalDistribution(choices)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            self._study = optuna.create_study(sampler=make(space, seed))
        self._asked: dict[tuple[Any, ...], optuna.trial.Trial] = {}
        self._costs: dict[tuple[Any, ...], float] = {}
        self._known = Known(space)
        self._rng = random.Random(seed)

    def ask(self) -> Values | None:
        """Return the sampler's next point; its repeats are answered from what is known."""
        if self._known.full:
            return None
        for _ in range(RESAMPLES):
            question = self._study.ask(self._distributions)
            point, _ = self._space.corrected(self._values(question.params))
            if self._space.problem(point):
                self._study.tell(question, self._worst())  # breaks a constraint: nothing to evaluate
                continue
            if point not in self._known:
                self._asked[self._space.key(point)] = question
                self._known.add(point)
                return point
            self._study.tell(question, self._costs.get(self._space.key(point), self._worst()))
        other = self._known.fresh(self._rng)
        if other is not None:
            self._known.add(other)
        return other

    def note(self, values: Mapping[str, Any]) -> None:
        """Know of a point that somebody else waits for."""
        self._known.add(values)

    def tell(self, values: Mapping[str, Any], cost: float | None) -> None:
        """Learn a cost; a failure is told as the worst seen, since Optuna's samplers ignore failed trials."""
        import optuna

        key = self._space.key(values)
        value = self._worst() if cost is None or not math.isfinite(cost) else cost
        self._costs[key] = value
        self._known.add(values)
        question = self._asked.pop(key, None)
        if question is not None:
            self._study.tell(question, value)
            return
        params = self._params(values)
        if not all(d._contains(d.to_internal_repr(params[name])) for name, d in self._distributions.items()):
            return  # between two steps, which Optuna has no place for
        told = optuna.trial.create_trial(params=params, distributions=self._distributions, value=value)
        self._study.add_trial(told)

    def _values(self, params: Mapping[str, Any]) -> Values:
        """Return the knobs' values of what the sampler drew."""
        found = {}
        for knob in self._space.knobs:
            which = params.get(f"{knob.name}?", "regular")
            found[knob.name] = params[knob.name] if which == "regular" else float(which)
        return found

    def _params(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values as the sampler would have drawn them."""
        found = dict(values)
        for knob in self._space.knobs:
            if knob.special:
                aside = values[knob.name] in knob.special
                found[f"{knob.name}?"] = f"{values[knob.name]:g}" if aside else "regular"
                if aside and knob.low is not None:
                    found[knob.name] = int(knob.low) if knob.type == "int" else knob.low
        return found

    def _worst(self) -> float:
        return max(self._costs.values(), default=1.0)


def _tpe(space: Space, seed: int) -> Any:
    import optuna

    return optuna.samplers.TPESampler(seed=seed, n_startup_trials=5)


def _sampler(name: str) -> Callable[[Space, int], Any]:
    def make(space: Space, seed: int) -> Any:
        import optuna

        return getattr(optuna.samplers, name)(seed=seed)

    return make


def _torch_gp(space: Space, seed: int) -> Any:
    import optuna

    try:
        import torch  # noqa: F401  # Optuna imports it at the first model alone

        return optuna.samplers.GPSampler(seed=seed, n_startup_trials=5, deterministic_objective=True)
    except ImportError as error:
        raise ConfigError(f"optimizer optuna-gp: it needs torch ({error}); `gp` goes without") from None


def _auto(space: Space, seed: int) -> Search:
    """Return what Optuna's AutoSampler would take for a space and a short study: TPE beside categories.

    Source: github.com/optuna/optunahub-registry, package/samplers/auto_sampler. Its Gaussian process for
    numbers is ours, which needs no torch.
    """
    plain = not any(space.categorical) and not any(knob.only_if or knob.special for knob in space.knobs)
    found: Search = GpSearch(space, seed=seed) if plain else OptunaSampling("tpe", space, _tpe, seed=seed)
    found.name = "auto"
    return found


def _of(name: str, make: Callable[[Space, int], Any]) -> Callable[[Space, int], Search]:
    return lambda space, seed: OptunaSampling(name, space, make, seed=seed)


SEARCHES: dict[str, Callable[[Space, int], Search]] = {
    "random": lambda space, seed: RandomSearch(space, seed=seed),
    "qmc": _of("qmc", _sampler("QMCSampler")),
    "tpe": _of("tpe", _tpe),
    "cmaes": _of("cmaes", _sampler("CmaEsSampler")),
    "nsga2": _of("nsga2", _sampler("NSGAIISampler")),
    "nsga3": _of("nsga3", _sampler("NSGAIIISampler")),
    "gp": lambda space, seed: GpSearch(space, seed=seed),
    "portfolio": lambda space, seed: MixedSearch(
        [
            GpSearch(space, seed=seed),
            OptunaSampling("tpe", space, _tpe, seed=seed),
            RandomSearch(space, seed=seed),
        ]
    ),
    "optuna-gp": _of("optuna-gp", _torch_gp),
    "grid": lambda space, seed: GridSearch(space, seed=seed),
    "auto": _auto,
    "mcts": lambda space, seed: TreeSearch(space, seed=seed),
}
"""Searches by name, made of a space and a seed."""


def open_search(name: str, space: Space, *, seed: int = 0) -> Search:
    """Return a search by name; raises `ConfigError` for an unknown one, or one that can't work here."""
    if name not in SEARCHES:
        raise ConfigError(f"unknown optimizer {name!r}; known: {', '.join(SEARCHES)}")
    return SEARCHES[name](space, seed)
