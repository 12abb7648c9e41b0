"""Searches over a space by name: Optuna's samplers, a Gaussian process and others; all ask and tell alike.

A search never asks for a point that is known: Optuna's samplers repeat configurations in finite spaces
(by design, its maintainers say), which would be a wasted trial.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from strop.agents.optimizers.tuning.base import NewPointSearch
from strop.agents.optimizers.tuning.distributions import distributions_of, drawn_values, fits, params_of
from strop.agents.optimizers.tuning.gp import GpSearch
from strop.agents.optimizers.tuning.mixed import MixedSearch, Search
from strop.agents.optimizers.tuning.plain import GridSearch, RandomSearch
from strop.agents.optimizers.tuning.space import Space, Values
from strop.agents.optimizers.tuning.tree import TreeSearch
from strop.errors import ConfigError

if TYPE_CHECKING:
    import optuna

__all__ = [
    "FRONT",
    "SEARCHES",
    "SETTINGS",
    "OptunaSampling",
    "RandomSearch",
    "Search",
    "open_front_search",
    "open_search",
]

RESAMPLES = 20
"""After so many repeats of a sampler in a row a random point that is new is asked for."""


POPULATION = 12
"""Of the genetic searches. Optuna's 50 are more than most jobs' evaluations, and the first generation is
drawn at random."""


BEYOND = 0.1
"""How far above the worst cost a failure lies, in spreads of the costs; most samplers go by ranks alone."""


class OptunaSampling(NewPointSearch):
    """A sampler of Optuna over one space.

    `metrics`: how many costs a point has. Of several, all count: what the sampler looks for is their front.
    """

    def __init__(
        self,
        name: str,
        space: Space,
        make: Callable[[Space, int], optuna.samplers.BaseSampler],
        *,
        seed: int = 0,
        metrics: int = 1,
    ) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        super().__init__(space, seed=seed)
        self.name = name
        self.metrics = metrics
        self._distributions = distributions_of(space.knobs)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            self._study = optuna.create_study(sampler=make(space, seed), directions=["minimize"] * metrics)
        self._asked: dict[tuple[Any, ...], optuna.trial.Trial] = {}
        self._costs: dict[tuple[Any, ...], tuple[float, ...] | None] = {}  # None: it failed
        self._attributes: dict[tuple[Any, ...], dict[str, Any]] = {}  # of questions of an earlier process
        self._unpriced: list[optuna.trial.Trial | Values] = []  # failures before any cost was known

    def _proposed(self) -> Values | None:
        """Return the sampler's next point; its repeats are answered from what is known."""
        import optuna

        if self._known.full:
            return None
        for _ in range(RESAMPLES):
            question = self._study.ask(self._distributions)
            point, _ = self._space.corrected(drawn_values(self._space.knobs, question.params))
            key = self._space.key(point)
            if self._space.problem(point):
                self._answer(question, None)  # breaks a constraint: nothing to evaluate
            elif key in self._costs:
                self._answer(question, self._costs[key])
            elif key in self._asked:
                self._study.tell(question, state=optuna.trial.TrialState.FAIL)  # nobody learns from it
            else:
                self._asked[key] = question  # where somebody else waits for the point, it waits, too
                if point not in self._known:
                    return point
        return None

    def tell(self, values: Mapping[str, Any], cost: float | Sequence[float] | None) -> None:
        """Learn what a point costs, one number a metric; None, or a number that is not finite: it failed.

        Raises `ValueError` where the number of costs is another than that of the metrics.
        """
        costs = cost if cost is None or isinstance(cost, Sequence) else (float(cost),)
        if costs is not None and len(costs) != self.metrics:
            raise ValueError(f"optimizer {self.name}: {len(costs)} costs for {self.metrics} metrics")
        self._known.add(values)
        known = costs is not None and all(map(math.isfinite, costs))
        self._learn_costs(values, tuple(costs) if costs is not None and known else None)

    def memory(self, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return what the sampler keeps with a point that it asked for (CMA-ES: its state), None: nothing."""
        question = self._asked.get(self._space.key(values))
        if question is None:
            return None
        number = question.number
        return dict(self._study.get_trials(deepcopy=False)[number].system_attrs) or None

    def remember(self, values: Mapping[str, Any], memory: Mapping[str, Any]) -> None:
        """Know again, before its cost is told, that a point was asked for, from what `memory` returned."""
        self._attributes[self._space.key(values)] = dict(memory)

    def _learn_costs(self, values: Mapping[str, Any], costs: tuple[float, ...] | None) -> None:
        key = self._space.key(values)
        self._costs[key] = costs
        if costs is not None:
            unpriced, self._unpriced = self._unpriced, []
            for what in unpriced:
                self._answer(what, None)
        question = self._asked.pop(key, None)
        self._answer(dict(values) if question is None else question, costs)

    def _answer(self, what: optuna.trial.Trial | Values, costs: tuple[float, ...] | None) -> None:
        """Tell the sampler the costs of its question, or of somebody else's point.

        A failure costs more than the worst point, since Optuna's samplers ignore failed trials; before any
        cost is known there is no such number, and it waits.
        """
        import optuna

        told = self._beyond_worst() if costs is None else costs
        if told is None:
            self._unpriced.append(what)
        elif isinstance(what, optuna.trial.Trial):
            self._study.tell(what, told)
        else:
            params = params_of(self._space.knobs, what)
            if all(fits(d, params[name]) for name, d in self._distributions.items()):
                self._study.add_trial(
                    optuna.trial.create_trial(
                        params=params,
                        distributions=self._distributions,
                        values=told,
                        system_attrs=self._attributes.get(self._space.key(what), {}),
                    )
                )  # else it lies between two steps, which Optuna has no place for

    def _beyond_worst(self) -> tuple[float, ...] | None:
        """Return what a failure costs: a tenth of the spread of all costs above the worst."""
        known = [costs for costs in self._costs.values() if costs is not None]
        if not known:
            return None
        columns = list(zip(*known, strict=True))
        return tuple(max(c) + BEYOND * ((max(c) - min(c)) or abs(max(c)) or 1.0) for c in columns)


def _tpe(space: Space, seed: int, **settings: Any) -> Any:
    import optuna

    return optuna.samplers.TPESampler(seed=seed, **{"n_startup_trials": 5, **settings})


def _sampler(name: str, **defaults: Any) -> Callable[..., Any]:
    def make(space: Space, seed: int, **settings: Any) -> Any:
        import optuna

        return getattr(optuna.samplers, name)(seed=seed, **{**defaults, **settings})

    return make


def _cmaes(space: Space, seed: int, **settings: Any) -> Any:
    import optuna

    # Categories are drawn at random, as its documentation says; no need to tell it with every trial.
    return optuna.samplers.CmaEsSampler(seed=seed, warn_independent_sampling=False, **settings)


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


def _of(name: str, make: Callable[..., Any]) -> Callable[..., Search]:
    return lambda space, seed, **settings: OptunaSampling(name, space, partial(make, **settings), seed=seed)


FRONT = {
    "nsga2": _sampler("NSGAIISampler", population_size=POPULATION),
    "nsga3": _sampler("NSGAIIISampler", population_size=POPULATION),
}
"""Samplers for the Pareto front of several metrics; other searches minimise the first one."""

SEARCHES: dict[str, Callable[..., Search]] = {
    "random": lambda space, seed: RandomSearch(space, seed=seed),
    # Only a scrambled sequence is another one with another seed.
    "qmc": _of("qmc", _sampler("QMCSampler", scramble=True)),
    "tpe": _of("tpe", _tpe),
    "cmaes": _of("cmaes", _cmaes),
    **{name: _of(name, make) for name, make in FRONT.items()},
    "gp": lambda space, seed, **settings: GpSearch(space, seed=seed, **settings),
    "portfolio": lambda space, seed, **settings: MixedSearch(
        [
            GpSearch(space, seed=seed),
            OptunaSampling("tpe", space, _tpe, seed=seed),
            RandomSearch(space, seed=seed),
        ],
        **settings,
    ),
    "optuna-gp": _of("optuna-gp", _torch_gp),
    "grid": lambda space, seed: GridSearch(space, seed=seed),
    "auto": _auto,
    "mcts": lambda space, seed: TreeSearch(space, seed=seed),
}
"""Searches by name, made of a space and a seed, and settings of their own where `SETTINGS` has some."""

SETTINGS: dict[str, dict[str, tuple[Any, ...]]] = {
    "tpe": {
        "n_startup_trials": (2, 5, 10),
        "multivariate": (False, True),
        "n_ei_candidates": (8, 24, 96),
    },
    "gp": {"startup": (3, 5, 8), "number": (0.3, 1.0, 3.0), "category": (0.03, 0.1, 0.3)},
    "portfolio": {
        "trust": ((1.0, 0.03, 0.01), (1.0, 0.1, 0.02), (1.0, 0.3, 0.1), (1.0, 1.0, 1.0)),
        "explore": (0.01, 0.03, 0.1),
    },
    "cmaes": {"n_startup_trials": (1, 3, 5)},
    "nsga2": {"population_size": (4, 8, 16), "crossover_prob": (0.5, 0.9), "mutation_prob": (None, 0.1, 0.3)},
}
"""Sensible values of a search's own settings: how much its result hangs on them can be measured."""


def open_search(
    name: str, space: Space, *, seed: int = 0, settings: Mapping[str, Any] | None = None
) -> Search:
    """Return a search by name.

    Args:
        name: One of `SEARCHES`.
        space: What is searched.
        seed: Of its draws.
        settings: Of the search itself, by the names in `SETTINGS`.

    Raises:
        ConfigError: There is no such search or setting, or it can't work here.
    """
    if name not in SEARCHES:
        raise ConfigError(f"unknown optimizer {name!r}; known: {', '.join(SEARCHES)}")
    known = SETTINGS.get(name, {})
    for key in settings or {}:
        if key not in known:
            raise ConfigError(
                f"optimizer {name}: unknown setting {key!r}; known: {', '.join(known) or 'none'}"
            )
    return SEARCHES[name](space, seed, **(settings or {}))


def open_front_search(name: str, space: Space, *, metrics: int, seed: int = 0) -> OptunaSampling:
    """Return a search for the Pareto front of several metrics, which is told all costs of a point.

    Args:
        name: One of `FRONT`.
        space: What is searched.
        metrics: Costs that a point has; lower is better in each.
        seed: Of its draws.

    Raises:
        ConfigError: There is no such search.
    """
    if name not in FRONT:
        raise ConfigError(f"optimizer {name!r} looks for no front; those that do: {', '.join(FRONT)}")
    return OptunaSampling(name, space, FRONT[name], seed=seed, metrics=metrics)
