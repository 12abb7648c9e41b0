"""The optimizers by name, and those of a user's own: an object, or something that makes one of a view."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from strop.agents.asking import Asker
from strop.agents.coder import Coder
from strop.agents.custom import ROLES, Agent, CustomMember, CustomProposer, plain
from strop.agents.optimizers.agents import AgentsOptimizer, Proposer
from strop.agents.optimizers.arms.opening import ARMS, open_arm
from strop.agents.optimizers.knob_search import MIXED_SEARCH, MODEL_SEARCHES, PAST_SEARCH, KnobSearch
from strop.agents.optimizers.literal_search import LiteralSearch
from strop.agents.optimizers.optuna_search import OptunaSearch
from strop.agents.optimizers.portfolio import Portfolio
from strop.agents.optimizers.rule_search import RuleSearch, ranked_sites
from strop.agents.optimizers.tuning.searches import SEARCHES
from strop.agents.tuner import Tuner
from strop.agents.view import View
from strop.candidate import Candidate
from strop.errors import ConfigError, StropError
from strop.events import Listener, note
from strop.extension import Optimizer
from strop.trial import Trial

__all__ = [
    "NAMES",
    "WITHOUT_MODEL",
    "Searchers",
    "asks_models",
    "check_optimizer",
    "default_names",
    "draws_on_agents",
    "open_optimizer",
    "optimizer_name",
]

KNOBS = (*(name for name in SEARCHES if name != "portfolio"), MIXED_SEARCH, PAST_SEARCH)
"""Searches over a job's knobs alone."""

WITHOUT_MODEL = ("rules", "optuna", "literals", *KNOBS)

"""Who asks no model."""

NAMES = ("portfolio", "agents", *WITHOUT_MODEL, *ARMS, *MODEL_SEARCHES)


@dataclass(frozen=True)
class Searchers:
    """Who searches besides strop's own."""

    agents: Sequence[Agent] = ()
    optimizers: Mapping[str, Any] = field(default_factory=dict)  # by name: an object, or made from a `View`

    def agent(self, name: str) -> Agent | None:
        """Return the agent of a name."""
        return next((agent for agent in self.agents if agent.name == name), None)


def default_names(view: View, with_model: bool) -> tuple[str, ...]:
    """Return who searches where the job doesn't say.

    `mixed` has a TPE of its own: beside it `optuna` is for rewrites and knobs together alone.
    """
    names = ["agents"] if with_model else []
    names.append("rules")
    if not view.job.knobs or ranked_sites(view.snapshot.texts, view.baseline_profile):
        names.append("optuna")
    return (*names, MIXED_SEARCH) if view.job.knobs else tuple(names)


def asks_models(name: str) -> bool:
    """Return whether an optimizer asks the study's model; of one of a user's own nobody knows."""
    return name not in WITHOUT_MODEL


def draws_on_agents(names: Sequence[str]) -> bool:
    """Return whether anyone of these reads what the analyst and the critic say.

    Arms, rules and searches over knobs do not.
    """
    return any(name not in (*ARMS, *WITHOUT_MODEL, *MODEL_SEARCHES) for name in names)


def optimizer_name(thing: Any) -> str:
    """Return the name of an optimizer, or of what makes one; raises `ConfigError` for what is neither."""
    name = getattr(thing, "name", None) or getattr(thing, "__name__", "")
    searches = callable(getattr(thing, "ask", None)) and callable(getattr(thing, "tell", None))
    if not isinstance(name, str) or not name or not (searches or callable(thing)):
        raise ConfigError(
            f"optimizers: {thing!r:.80} is none; give a name ({', '.join(NAMES)}, package.module:Name), an "
            "object with name, ask(count) and tell(trial), or a function that makes one of a view"
        )
    if name in NAMES:
        raise ConfigError(f"optimizers: {name!r} is the name of one of strop's; give yours another")
    return name


def check_optimizer(name: str, own: Mapping[str, Any]) -> None:
    """Raise `ConfigError` for a name that says no optimizer."""
    if name in NAMES or name in own:
        return
    if ":" in name:
        _imported(name)
        return
    raise ConfigError(f"unknown optimizer {name!r}; known: {', '.join(NAMES)}, or package.module:Name")


def open_optimizer(
    names: Sequence[str],
    view: View,
    asker: Asker | None,
    listener: Listener,
    searchers: Searchers | None = None,
) -> Portfolio:
    """Return the named optimizers and the user's agents under one budget.

    `portfolio` stands for those who search where a job doesn't say.

    Without a model the agents' deterministic fallback stands in: rules for the coder, Optuna for
    the tuner. Raises `ConfigError` for an unknown name, and for an arm without a model.
    """
    searchers = searchers or Searchers()
    coder, tuner = searchers.agent("coder"), searchers.agent("tuner")
    wanted: list[str] = []
    for name in _members(names, view, asker):
        if searchers.agent(name):
            continue  # is in anyway; named, it may be the only one
        check_optimizer(name, searchers.optimizers)
        if name == "agents" and asker is None and not (coder or tuner):
            note(listener, "agents without a model: rules and optuna stand in for them")
            wanted += ["rules", "optuna"]
        elif name in MODEL_SEARCHES and asker is None:
            note(listener, f"{name} without a model: gp stands in for it")
            wanted.append("gp")
        else:
            wanted.append(name)
    if (coder or tuner) and "agents" not in wanted:
        wanted.insert(0, "agents")
    members: list[Optimizer] = [
        CustomMember(agent, view, asker, listener=listener)
        for agent in searchers.agents
        if agent.name not in ROLES
    ]
    for name in dict.fromkeys(wanted):
        if name == "agents":
            parts = [_proposer(agent, asker, ours) for agent, ours in ((coder, Coder), (tuner, Tuner))]
            members.append(AgentsOptimizer(view, parts[0], parts[1], listener=listener))
        elif name in ARMS:
            members.append(open_arm(name, view, asker, listener))
        else:
            members.append(_open(name, view, searchers.optimizers, asker, listener))
    writes_code = {"agents"} | {agent.name for agent in searchers.agents}
    if any(member.name in writes_code for member in members) and "literals" not in wanted:
        members.append(LiteralSearch(view, seed=view.job.seed))
    taken = [member.name for member in members]
    twice = sorted({name for name in taken if taken.count(name) > 1})
    if twice:
        raise ConfigError(f"two who search are named {twice[0]!r}; each needs a name of its own")
    return Portfolio(members, least_claim=view.job.least_claim)


def _members(names: Sequence[str], view: View, asker: Asker | None) -> list[str]:
    """Return the names with `portfolio` replaced by those who search where a job doesn't say."""
    members = default_names(view, asker is not None) if "portfolio" in names else ()
    return [one for name in names for one in (members if name == "portfolio" else (name,))]


def _proposer(agent: Agent | None, asker: Asker | None, ours: Callable[[Asker], Proposer]) -> Proposer | None:
    if agent is not None:
        return CustomProposer(agent, asker)
    return ours(asker) if asker is not None else None


def _open(
    name: str, view: View, own: Mapping[str, Any], asker: Asker | None, listener: Listener
) -> Optimizer:
    if name == "rules":
        return RuleSearch(view)
    if name in KNOBS or name in MODEL_SEARCHES:
        return KnobSearch(name, view, seed=view.job.seed, asker=asker, listener=listener)
    if name == "literals":
        return LiteralSearch(view, seed=view.job.seed)
    if name == "optuna":
        return OptunaSearch(view, seed=view.job.seed, evaluations=view.job.budget.evaluations)
    thing = own[name] if name in own else _imported(name)
    if isinstance(thing, type) or not callable(getattr(thing, "ask", None)):
        with _named(name):
            thing = thing(view)
    if not (callable(getattr(thing, "ask", None)) and callable(getattr(thing, "tell", None))):
        raise ConfigError(f"optimizer {name}: {thing!r:.80} has no ask(count) and tell(trial)")
    return OwnOptimizer(name, cast(Optimizer, thing))


class OwnOptimizer:
    """An optimizer of a user's own: what it raises, or returns and should not, is told with its name."""

    def __init__(self, name: str, optimizer: Optimizer) -> None:
        self.name = str(getattr(optimizer, "name", "") or name)
        self._optimizer = optimizer

    def ask(self, count: int) -> list[Candidate]:
        """Return its candidates."""
        with _named(self.name):
            found = list(self._optimizer.ask(count))
        for candidate in found:
            if not isinstance(candidate, Candidate):
                raise ConfigError(f"optimizer {self.name} returned {candidate!r:.80}; allowed: candidates")
        return [plain(candidate, f"optimizer {self.name}") for candidate in found]

    def tell(self, trial: Trial) -> None:
        """Tell it."""
        with _named(self.name):
            self._optimizer.tell(trial)


@contextmanager
def _named(name: str) -> Iterator[None]:
    try:
        yield
    except StropError:
        raise
    except Exception as error:  # the border to a user's own code, which raises whatever it likes
        raise ConfigError(f"optimizer {name} raised {type(error).__name__}: {error}") from error


def _imported(name: str) -> Any:
    """Return what `package.module:Name` says."""
    module, _, attribute = name.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except Exception as error:  # a module of the user's runs as it is imported
        raise ConfigError(
            f"optimizer {name!r} can't be imported: {error}; is it installed, or its folder in PYTHONPATH?"
        ) from None
