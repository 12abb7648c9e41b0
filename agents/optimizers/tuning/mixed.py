"""Several searches over one space under one budget: all learn from every trial, who earns more asks more."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from strop.agents.optimizers.tuning.base import unit_of
from strop.agents.optimizers.tuning.space import Values

__all__ = ["MixedSearch", "Search", "key_of", "memory_of", "remember", "wait_for"]

TRUST = (1.0, 0.03, 0.01)
"""Gain that members are credited with before their first trial, in standard deviations of the costs: the
first is the one that the tables favour. The best of twelve pairs with `EXPLORE` on Olympus' tables without
Iron Mind's and on synthetic functions (docs/tuning.md); `strop.benchmarks.tuning.settings portfolio` tries
them."""

EXPLORE = 0.1
"""Weight of the bonus for members that were asked little. Chosen like `TRUST`; source of the form: Auer et
al. 2002 (UCB1)."""


class Search(Protocol):
    """Proposes points of a space; lower costs are better."""

    name: str

    def ask(self) -> Values | None:
        """Return a point that is not known yet, None where there is none left."""

    def tell(self, values: Mapping[str, Any], cost: float | None) -> None:
        """Learn the cost of a point, whoever asked for it; None: it failed."""


class MixedSearch:
    """A portfolio of searches: credit by how much the best cost fell, per trial."""

    name = "portfolio"

    def __init__(
        self, members: Sequence[Search], trust: Sequence[float] = TRUST, explore: float = EXPLORE
    ) -> None:
        self.members = list(members)
        self._explore = explore
        self._gain = [float(trust[min(place, len(trust) - 1)]) for place in range(len(self.members))]
        self.asked = [0] * len(self.members)
        self._owner: dict[tuple[Any, ...], int] = {}
        self._costs: list[float] = []

    def ask(self) -> Values | None:
        """Return the next point of the member with the best gain per trial; None where none has any."""
        order = sorted(range(len(self.members)), key=lambda place: -self._priority(place))
        for place in order:
            point = self.members[place].ask()
            if point is not None:
                self.asked[place] += 1
                self._owner[key_of(point)] = place
                for other, member in enumerate(self.members):
                    if other != place:
                        wait_for(member, point)
                return point
        return None

    def note(self, values: Mapping[str, Any]) -> None:
        """Know of a point that somebody else waits for."""
        for member in self.members:
            wait_for(member, dict(values))

    def memory(self, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return what has to be known again of a point that was asked for: whose it is."""
        place = self._owner.get(key_of(values))
        if place is None:
            return None
        return {"member": place, "own": memory_of(self.members[place], values)}

    def remember(self, values: Mapping[str, Any], memory: Mapping[str, Any]) -> None:
        """Know again, before its cost is told, that a point was asked for, from what `memory` returned."""
        place = memory["member"]
        if 0 <= place < len(self.members):
            self.asked[place] += 1
            self._owner[key_of(values)] = place
            remember(self.members[place], values, memory["own"])

    def tell(self, values: Mapping[str, Any], cost: float | None) -> None:
        """Tell every member, and credit who asked."""
        place = self._owner.pop(key_of(values), None)
        if cost is not None and math.isfinite(cost):
            if place is not None and self._costs:
                self._gain[place] += _fall(self._costs, cost)
            self._costs.append(cost)
        for member in self.members:
            member.tell(values, cost)

    def _priority(self, place: int) -> float:
        asked, total = self.asked[place], sum(self.asked)
        return self._gain[place] / (asked + 1) + self._explore * math.sqrt(math.log(total + 2) / (asked + 1))


def wait_for(member: Search, point: Values) -> None:
    """Let a member know that a point is waited for, where it cares."""
    note = getattr(member, "note", None)
    if note is not None:
        note(point)


def memory_of(member: Search, values: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return, as plain JSON, what a member has to know again of a point that it asked for; None: nothing."""
    memory = getattr(member, "memory", None)
    found: dict[str, Any] | None = memory(values) if memory is not None else None
    return found


def remember(member: Search, values: Mapping[str, Any], memory: Mapping[str, Any] | None) -> None:
    """Let the member of another process know what `memory_of` returned, before it is told the cost."""
    if memory is not None and hasattr(member, "remember"):
        member.remember(values, memory)


def key_of(values: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what two equal points have in common."""
    return tuple(sorted(values.items()))


def _fall(known: Sequence[float], cost: float) -> float:
    """Return how far a cost lies below the known ones, in standard deviations of those; 0: not below."""
    unit = unit_of((*known, cost))
    known, cost = [one / unit for one in known], cost / unit
    spread = _spread(known)
    return max(0.0, (min(known) - cost) / spread) if spread > 0 else 0.0


def _spread(costs: Sequence[float]) -> float:
    mean = math.fsum(costs) / len(costs)
    return math.sqrt(math.fsum((cost - mean) ** 2 for cost in costs) / len(costs))
