"""The arms of a study: an optimizer by name, and what it is controlled by.

`tpe` is a search of `strop.tuning`; `tpe+default` begins its own proposals with the problem's default, the
control for everything that knows defaults; `default` proposes nothing else. `llm` and `hybrid` ask the
study's model, `llm+anonymous` without the names of parameters: what names are worth. `llambo-stored` is no
search but a stored run of somebody else's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from strop.benchmarks.tuning.problems import Problem
from strop.errors import ConfigError
from strop.tuning import (
    SEARCHES,
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

__all__ = ["ARMS", "Arm", "OpenModel", "parse_arm"]

DEFAULT, ANONYMOUS = "default", "anonymous"
MODEL_ARMS = ("llm", "hybrid", "warmstart", "warmstart-buckets", "llambo")
STORED_ARMS = ("llambo-stored",)
ARMS = (*SEARCHES, *MODEL_ARMS, *STORED_ARMS, DEFAULT)

OpenModel = Callable[[str], AskModel]
"""Returns a model to ask, for a run of one arm that this text names."""


@dataclass(frozen=True)
class Arm:
    """One optimizer of a study."""

    name: str  # as it was asked for
    base: str
    default: bool = False  # the default is its first own proposal
    anonymous: bool = False
    open_model: OpenModel | None = None

    @property
    def stored(self) -> bool:
        """Whether it is somebody's run, and no search."""
        return self.base in STORED_ARMS

    def check(self, problem: Problem) -> None:
        """Raise `ConfigError` where it has nothing to do with a problem."""
        if (self.default or self.base == DEFAULT) and problem.default is None:
            raise ConfigError(
                f"optimizer {self.name}: {problem.name} has no defaults; "
                'give each parameter in config.json a "default", or leave the arm out'
            )
        if self.stored and problem.stored(self.base, 0) is None:
            raise ConfigError(f"optimizer {self.name}: no stored runs for {problem.name} in STROP_DATA")
        if not self.stored and self.base not in (DEFAULT, *MODEL_ARMS):
            open_search(self.base, problem.space)  # what can't work is told before anything is spent

    def search(self, problem: Problem, seed: int) -> Search:
        """Return the search for a seed."""
        if self.base == DEFAULT:
            return _Nothing()
        if self.base not in MODEL_ARMS:
            return open_search(self.base, problem.space, seed=seed)
        assert self.open_model is not None
        subject = Subject(
            goal=f"{'maximize' if problem.maximize else 'minimize'} {problem.measurement}",
            metric=f"{'-' if problem.maximize else ''}{problem.measurement}",
            program="" if self.anonymous else problem.name,
            anonymous=self.anonymous,
        )
        ask, space = self.open_model(f"{problem.name} {self.name} {seed}"), problem.space
        if self.base == "llambo":
            return LlamboSearch(space, ask, subject, seed=seed)
        if self.base == "llm":
            return ModelSearch(space, ask, subject)
        sampler = GpSearch(space, seed=seed)
        if self.base == "hybrid":
            return HybridSearch(sampler, ModelSearch(space, ask, subject))
        first, _ = initial_points(space, ask, subject, buckets=self.base == "warmstart-buckets")
        return WarmStart(space, first, sampler)


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
    return Arm(name, base, default, ANONYMOUS in extras, open_model)


def _check_extras(name: str, base: str, extras: Sequence[str]) -> None:
    for extra in extras:
        if extra not in (DEFAULT, ANONYMOUS) or base == DEFAULT or base in STORED_ARMS:
            raise ConfigError(f"unknown optimizer {name!r}; after + goes {DEFAULT} or {ANONYMOUS}")
        if extra == ANONYMOUS and base not in MODEL_ARMS:
            raise ConfigError(f"optimizer {name}: only {', '.join(MODEL_ARMS)} see names")
