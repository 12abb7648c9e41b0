"""The optimizers by name."""

from __future__ import annotations

from collections.abc import Sequence

from strop.agents.asking import Asker
from strop.agents.coder import Coder
from strop.agents.optimizers.agents import AgentsOptimizer
from strop.agents.optimizers.optuna_search import OptunaSearch
from strop.agents.optimizers.portfolio import Portfolio
from strop.agents.optimizers.rule_search import RuleSearch
from strop.agents.tuner import Tuner
from strop.agents.view import View
from strop.errors import ConfigError
from strop.events import Event, Listener
from strop.extension import Optimizer

__all__ = ["NAMES", "default_names", "open_optimizer"]

NAMES = ("agents", "rules", "optuna")


def default_names(with_model: bool) -> tuple[str, ...]:
    """Return who searches where the job doesn't say."""
    return NAMES if with_model else NAMES[1:]


def open_optimizer(names: Sequence[str], view: View, asker: Asker | None, listener: Listener) -> Portfolio:
    """Return the named optimizers under one budget.

    Without a model the agents' deterministic fallback stands in: rules for the coder, Optuna for
    the tuner. Raises `ConfigError` for an unknown name.
    """
    wanted: list[str] = []
    for name in names:
        if name not in NAMES:
            raise ConfigError(f"unknown optimizer {name!r}; known: {', '.join(NAMES)}")
        if name == "agents" and asker is None:
            listener(Event("note", {"text": "agents without a model: rules and optuna stand in for them"}))
            wanted += ["rules", "optuna"]
        else:
            wanted.append(name)
    return Portfolio([_open(name, view, asker, listener) for name in dict.fromkeys(wanted)])


def _open(name: str, view: View, asker: Asker | None, listener: Listener) -> Optimizer:
    if name == "rules":
        return RuleSearch(view)
    if name == "optuna":
        return OptunaSearch(view, seed=view.job.seed, evaluations=view.job.budget.evaluations)
    assert asker is not None
    return AgentsOptimizer(view, Coder(asker), Tuner(asker), listener=listener)
