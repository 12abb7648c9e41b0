"""The arms of a study: an optimizer by name, and what it is controlled by.

`tpe` is a search of `strop.tuning`; `tpe+default` begins its own proposals with the problem's default, the
control for everything that knows defaults; `default` proposes nothing else. `llm` and `hybrid` ask the
study's model, `llm+anonymous` without the names of parameters: what names are worth. `tpe+lottery` draws the
search's own settings with each seed: how much a result hangs on them. `llambo-stored` is no search but a
stored run of somebody else's.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from strop.benchmarks.tuning.problems import Problem
from strop.errors import ConfigError
from strop.tuning import (
    SEARCHES,
    SETTINGS,
    AskModel,
    GpSearch,
    HybridSearch,
    LlamboSearch,
    ModelSearch,
    Search,
    Subject,
    WarmStart,
    initial_points,
    open_search,
)

__all__ = ["ARMS", "Arm", "OpenModel", "Spent", "parse_arm"]

DEFAULT, ANONYMOUS, LOTTERY = "default", "anonymous", "lottery"
MODEL_ARMS = ("llm", "hybrid", "warmstart", "warmstart-buckets", "llambo")
STORED_ARMS = ("llambo-stored",)
ARMS = (*SEARCHES, *MODEL_ARMS, *STORED_ARMS, DEFAULT)


@dataclass
class Spent:
    """What questions to a model cost."""

    tokens: int = 0
    usd: float | None = 0.0  # None: the price is unknown


OpenModel = Callable[[str, Spent], AskModel]
"""Returns a model to ask, for a run of one arm that this text names; its cost is added up."""


@dataclass(frozen=True)
class Arm:
    """One optimizer of a study."""

    name: str  # as it was asked for
    base: str
    default: bool = False  # the default is its first own proposal
    anonymous: bool = False
    lottery: bool = False  # each seed draws settings of the search itself
    open_model: OpenModel | None = None
    fixed: Mapping[str, Any] = field(default_factory=dict)  # settings of the search itself

    @property
    def stored(self) -> bool:
        """Whether it is somebody's run, and no search."""
        return self.base in STORED_ARMS

    def check(self, problem: Problem, seeds: int = 1) -> None:
        """Raise `ConfigError` where it has nothing to do with a problem, with one of so many seeds."""
        if (self.default or self.base == DEFAULT) and problem.default is None:
            raise ConfigError(
                f"optimizer {self.name}: {problem.name} has no defaults; "
                'give each parameter in config.json a "default", or leave the arm out'
            )
        if self.stored:
            there = [problem.stored(self.base, seed) is not None for seed in range(seeds)]
            if not there[0]:
                raise ConfigError(f"optimizer {self.name}: no stored runs for {problem.name} in STROP_DATA")
            if not all(there):
                raise ConfigError(
                    f"optimizer {self.name}: {problem.name} has stored runs for the seeds below "
                    f"{there.index(False)} alone; give --seeds {there.index(False)}"
                )
        if not self.stored and self.base not in (DEFAULT, *MODEL_ARMS):
            open_search(self.base, problem.space)  # what can't work is told before anything is spent

    def search(self, problem: Problem, seed: int, spent: Spent | None = None) -> Search:
        """Return the search for a seed; what its questions to a model cost is added to `spent`."""
        if self.base == DEFAULT:
            return _Nothing()
        if self.base not in MODEL_ARMS:
            return open_search(self.base, problem.space, seed=seed, settings=self.settings(seed))
        assert self.open_model is not None
        subject = Subject(
            goal=f"{'maximize' if problem.maximize else 'minimize'} {problem.measurement}",
            metric=f"{'-' if problem.maximize else ''}{problem.measurement}",
            program="" if self.anonymous else problem.name,
            anonymous=self.anonymous,
        )
        ask = self.open_model(f"{problem.name} {self.name} {seed}", spent or Spent())
        space = problem.space
        if self.base == "llambo":
            return LlamboSearch(space, ask, subject, seed=seed)
        if self.base == "llm":
            return ModelSearch(space, ask, subject)
        sampler = GpSearch(space, seed=seed)
        if self.base == "hybrid":
            return HybridSearch(sampler, ModelSearch(space, ask, subject))
        first, _ = initial_points(space, ask, subject, buckets=self.base == "warmstart-buckets")
        return WarmStart(space, first, sampler)

    def settings(self, seed: int) -> dict[str, Any]:
        """Return the search's own settings for a seed; none where they are the usual ones."""
        if not self.lottery:
            return dict(self.fixed)
        rng = random.Random(f"{self.base} settings {seed}")
        return {name: rng.choice(values) for name, values in SETTINGS[self.base].items()}


class _Nothing:
    """Proposes nothing: the default is all there is."""

    name = DEFAULT

    def ask(self) -> None:
        """Return None."""

    def tell(self, values: Any, cost: float | None) -> None:
        """Learn nothing."""


def parse_arm(name: str, open_model: OpenModel | None = None) -> Arm:
    """Return the arm of a name, e.g. `tpe+default`; raises `ConfigError`."""
    base, *extras = name.split("+")
    known = ", ".join(ARMS)
    if base not in ARMS:
        raise ConfigError(f"unknown optimizer {name!r}; known: {known}")
    _check_extras(name, base, extras)
    if base in MODEL_ARMS and open_model is None:
        raise ConfigError(f"optimizer {name}: it asks a model; give --model")
    default = base == DEFAULT or DEFAULT in extras
    return Arm(name, base, default, ANONYMOUS in extras, LOTTERY in extras, open_model)


def _check_extras(name: str, base: str, extras: Sequence[str]) -> None:
    for extra in extras:
        if extra not in (DEFAULT, ANONYMOUS, LOTTERY) or base == DEFAULT or base in STORED_ARMS:
            raise ConfigError(f"unknown optimizer {name!r}; after + goes {DEFAULT}, {ANONYMOUS} or {LOTTERY}")
        if extra == LOTTERY and base not in SETTINGS:
            raise ConfigError(f"optimizer {name}: only {', '.join(SETTINGS)} have settings to draw")
        if extra == ANONYMOUS and base not in MODEL_ARMS:
            raise ConfigError(f"optimizer {name}: only {', '.join(MODEL_ARMS)} see names")
