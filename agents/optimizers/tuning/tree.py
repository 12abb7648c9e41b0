"""Monte-Carlo tree search over knobs in order: for spaces in which a choice opens its own settings.

Source: Kocsis and Szepesvari 2006 (UCT); over spaces of hyperparameters Negrinho and Gordon 2017
(DeepArchitect).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from strop.agents.optimizers.tuning.base import NewPointSearch
from strop.agents.optimizers.tuning.space import Space, Values
from strop.knob import Knob, active

__all__ = ["TreeSearch"]

BINS = 4
"""Parts that a number's range is cut into: the branches of its level."""

EXPLORE = 0.7
"""Weight of the bonus for branches that were taken little, beside gains between 0 and 1."""

MOST_WALKS = 60
"""Walks down the tree that end in a known point, or none at all, before a random point is taken."""


@dataclass
class _Node:
    """What is known of all points that begin alike."""

    costs: list[float | None] = field(default_factory=list)  # None: failed
    branches: dict[int, _Node] = field(default_factory=dict)


class TreeSearch(NewPointSearch):
    """Walks from the root, knob by knob, to where gains were good or little is known; the rest is random.

    A knob comes after those that it depends on, and where it has no effect it has no level. A branch is a
    category, a special value, or a quarter of a number's range.
    """

    name = "mcts"

    def __init__(self, space: Space, *, seed: int = 0) -> None:
        super().__init__(space, seed=seed)
        self._knobs = _in_order(space.knobs)
        self._root = _Node()
        self._costs: list[float] = []

    def _proposed(self) -> Values | None:
        """Return the end of a walk that is new."""
        for _ in range(MOST_WALKS):
            walked = self._space.settled(self._walk())
            if walked not in self._known and not self._space.problem(walked):
                return walked
        return None

    def _learn(self, values: Mapping[str, Any], cost: float | None) -> None:
        """Keep a point's cost at each node on its way."""
        if cost is not None:
            self._costs.append(cost)
        node = self._root
        node.costs.append(cost)
        effective = active(self._space.knobs, values)
        for knob in self._knobs:
            if knob.name in effective:
                node = node.branches.setdefault(_branch(knob, values[knob.name]), _Node())
                node.costs.append(cost)

    def _walk(self) -> Values:
        """Return the values at the end of a way down; beyond the known nodes it goes on at random."""
        values: Values = dict(self._space.defaults)
        node: _Node | None = self._root
        for knob in self._knobs:
            # Those that it depends on were chosen before it.
            if knob.only_if and knob.name not in active(self._space.knobs, values):
                continue
            branches = range(_count(knob))
            branch = self._rng.choice(branches) if node is None else self._chosen(node, branches)
            values[knob.name] = self._drawn(knob, branch)
            node = None if node is None else node.branches.get(branch)
        return values

    def _chosen(self, node: _Node, branches: range) -> int:
        """Return the branch with the greatest upper bound; one that was never taken has none."""
        new = [branch for branch in branches if branch not in node.branches]
        if new:
            return self._rng.choice(new)
        total = math.log(len(node.costs) + 1)

        def bound(branch: int) -> float:
            costs = node.branches[branch].costs
            return self._gain(costs) + EXPLORE * math.sqrt(total / len(costs))

        return max(branches, key=bound)

    def _gain(self, costs: list[float | None]) -> float:
        """Return the part of all costs that the best of some is better than, 0 where all of them failed."""
        best = min((cost for cost in costs if cost is not None), default=math.inf)
        return sum(other > best for other in self._costs) / max(1, len(self._costs))

    def _drawn(self, knob: Knob, branch: int) -> Any:
        """Return a value of a branch, at random where it has several."""
        if knob.type in ("bool", "categorical"):
            return _choices(knob)[branch]
        if branch < len(knob.special):
            value = knob.special[branch]
            return int(value) if knob.type == "int" else float(value)
        low = (branch - len(knob.special)) / BINS
        return self._space.value_at(knob, low + self._rng.random() / BINS)


def _in_order(knobs: tuple[Knob, ...]) -> list[Knob]:
    """Return knobs so that each comes after those that it depends on."""
    found: list[Knob] = []
    left = list(knobs)
    while left:
        names = {knob.name for knob in found}
        ready = [knob for knob in left if names.issuperset(knob.only_if)] or left  # a circle: as given
        found.append(ready[0])
        left.remove(ready[0])
    return found


def _choices(knob: Knob) -> tuple[Any, ...]:
    return (False, True) if knob.type == "bool" else knob.choices


def _count(knob: Knob) -> int:
    if knob.type in ("bool", "categorical"):
        return len(_choices(knob))
    return len(knob.special) + BINS


def _branch(knob: Knob, value: Any) -> int:
    if knob.type in ("bool", "categorical"):
        return _choices(knob).index(value)
    if value in knob.special:
        return knob.special.index(value)
    alone = Space((knob.model_copy(update={"only_if": {}}),))  # without the others it would have no effect
    place = alone.coordinates({knob.name: value})[0]
    return len(knob.special) + min(BINS - 1, int(place * BINS))
