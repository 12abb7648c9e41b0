"""Searches without a model of any kind: at random, and over a grid."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

from strop.agents.optimizers.tuning.base import NewPointSearch
from strop.agents.optimizers.tuning.space import Space, Values
from strop.job import Knob

__all__ = ["GridSearch", "RandomSearch"]

LEVELS = 5
"""Values that a grid has of a number with more of them, from its lowest to its highest."""

WALKED = 10_000
"""So many points of a grid in a row that are known or break a constraint: the grid counts as at its end."""


class RandomSearch(NewPointSearch):
    """Random points: the arm that every other one has to beat."""

    name = "random"


class GridSearch(NewPointSearch):
    """All combinations of a few values of each knob, in a random order; what a careful person would try.

    A number with more than five values has five, evenly on its scale, and its special values besides. When
    all of the grid is known, or constraints leave hardly any of it, what lies between comes at random.
    """

    name = "grid"

    def __init__(self, space: Space, *, seed: int = 0) -> None:
        super().__init__(space, seed=seed)
        self._axes = [_axis(space, knob) for knob in space.knobs]
        self._left = self._order()

    def _proposed(self) -> Values | None:
        """Return the next point of the grid that is not known and keeps the constraints."""
        for point in itertools.islice(self._left, WALKED):
            if point not in self._known and not self._space.problem(point):
                return point
        self._left = iter(())
        return None

    def _order(self) -> Iterator[Values]:
        """Yield the grid's points in a random order, without keeping them all."""
        size = 1
        for axis in self._axes:
            size *= len(axis)
        names = [knob.name for knob in self._space.knobs]
        for place in _permutation(size, self._rng):
            values = []
            for axis in self._axes:
                place, choice = divmod(place, len(axis))
                values.append(axis[choice])
            yield self._space.settled(dict(zip(names, values, strict=True)))


def _axis(space: Space, knob: Knob) -> list[Any]:
    """Return the values of a knob that a grid has."""
    listed = Space((knob.model_copy(update={"only_if": {}}),))
    if listed.size is not None and listed.size <= LEVELS + len(knob.special):
        return [point[knob.name] for point in listed.points()]
    regular = [space.value_at(knob, level / (LEVELS - 1)) for level in range(LEVELS)]
    special = [int(value) if knob.type == "int" else float(value) for value in knob.special]
    if knob.type == "categorical":
        return list(knob.choices)
    return [*special, *dict.fromkeys(regular)]


def _permutation(size: int, rng: random.Random) -> Iterator[int]:
    """Yield all numbers below a size, each once, in a random order; a large one in the steps of a generator.

    Modulo a power of two, a factor of 4 k + 1 and an odd addend reach every number (Hull and Dobell 1962).
    """
    if size <= 100_000:
        order = list(range(size))
        rng.shuffle(order)
        yield from order
        return
    modulus = 1 << size.bit_length()
    factor, addend = 4 * rng.randrange(modulus // 4) + 1, 2 * rng.randrange(modulus // 2) + 1
    start = place = rng.randrange(modulus)
    for _ in itertools.count():
        if place < size:
            yield place
        place = (factor * place + addend) % modulus
        if place == start:
            return
