"""A space of knobs as numbers: coordinates between 0 and 1, distances, neighbours, all of its points."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from strop.candidate import KnobValue
from strop.constraint import Constraint, parse_constraint
from strop.errors import ConfigError
from strop.job import Job, Knob, settled

__all__ = ["Known", "Space", "Values"]

Values = dict[str, KnobValue]

MOST_POINTS = 50_000
"""A space of at most so many points is listed and searched as a whole; beyond, it is sampled."""

SPECIAL = 0.15
"""Chance that a number is one of its special values in a random point."""

ASIDE = 0.25
"""How far special values lie beside the range, and from one another, as a part of the range."""

MOST_TRIES = 200
"""Random settings that are drawn for one that keeps the constraints."""

MOST_MISSES = 10
"""So many draws without a point: neighbours of known points are likelier to keep the constraints."""

JITTER = 0.15
"""Standard deviation of a step to a neighbour of a number, as a part of its range."""


@dataclass(frozen=True)
class Space:
    """The values that knobs may have, what has to hold between them, and where they have an effect.

    Two points that differ only in knobs without effect (`only_if`) are the same point: such a knob has its
    default. A special value lies beside the range of its knob, a quarter of the range away.

    A number has one coordinate, linear or logarithmic, between 0 and 1; choices that are numbers in order
    have one, too, by their place, and booleans. A category has one that is its place in the choices, and is
    as far from any other as a number's lowest value is from its highest.
    """

    knobs: tuple[Knob, ...]
    constraints: tuple[Constraint, ...] = ()

    @classmethod
    def of(cls, job: Job) -> Space:
        """Return the space of a job's knobs; raises `ConfigError` where it has none."""
        names = [knob.name for knob in job.knobs]
        return cls(job.knobs, tuple(parse_constraint(text, names) for text in job.constraints))

    def __post_init__(self) -> None:
        if not self.knobs:
            raise ConfigError("a space needs at least one knob")
        names = [knob.name for knob in self.knobs]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ConfigError(f"knobs: {', '.join(twice)} given twice")

    @property
    def defaults(self) -> Values:
        """The values that the program has today."""
        return {knob.name: knob.default for knob in self.knobs}

    @cached_property
    def categorical(self) -> tuple[bool, ...]:
        """For each knob, whether its coordinate is a category."""
        return tuple(knob.type == "categorical" and not _ordered(knob) for knob in self.knobs)

    @cached_property
    def _lists(self) -> dict[str, list[KnobValue] | None]:
        """Each knob's values in order: there may be thousands, and neighbours ask for them all the time."""
        return {knob.name: _listed(knob) for knob in self.knobs}

    @cached_property
    def size(self) -> int | None:
        """How many points there are, or at most are; None where they can't be counted."""
        counts = [len(values) if values else 0 for values in self._lists.values()]
        if not all(counts):
            return None
        product = math.prod(counts)
        plain = not self.constraints and not any(knob.only_if for knob in self.knobs)
        return product if plain or product > MOST_POINTS else sum(1 for _ in self.points())

    def settled(self, values: Mapping[str, KnobValue]) -> Values:
        """Return values with the default for knobs that have no effect beside the others."""
        return settled(self.knobs, values)

    # --- single points ------------------------------------------------------------------------

    def problem(self, values: Mapping[str, Any]) -> str:
        """Return why values are no point of the space (with what is allowed), or an empty string."""
        known = {knob.name: knob for knob in self.knobs}
        for name in values:
            if name not in known:
                return f"unknown setting {name!r}; known: {', '.join(known)}"
        for name, knob in known.items():
            if name not in values:
                return f"{name} is missing"
            if problem := knob.problem_with(values[name]):
                return f"{name}: {problem}"
        return self._broken(self.settled(values))

    def _broken(self, settled: Values) -> str:
        problems = (constraint.problem(settled) for constraint in self.constraints)
        return next((problem for problem in problems if problem), "")

    def corrected(self, values: Mapping[str, Any]) -> tuple[Values, list[str]]:
        """Return the nearest point, and what was changed for it, a sentence each.

        Unknown names are left out, missing ones get their default, numbers outside of their range its
        nearer end and between steps the nearest step, what is no value at all the default. A constraint
        may still be broken: there is no nearest point for it, and `problem` tells.
        """
        known = {knob.name: knob for knob in self.knobs}
        notes = [f"{name} is no setting" for name in values if name not in known]
        point: Values = {}
        for name, knob in known.items():
            if name not in values:
                point[name] = knob.default
                continue
            point[name] = _nearest(knob, values[name])
            if point[name] != values[name] or type(point[name]) is bool is not type(values[name]):
                problem = knob.problem_with(values[name]) or "between two steps"
                notes.append(f"{name}: {problem}; {point[name]!r} in its place")
        return self.settled(point), notes

    def key(self, values: Mapping[str, Any]) -> tuple[KnobValue, ...]:
        """Return what two equal points have in common."""
        found = self.settled(values)
        return tuple(found[knob.name] for knob in self.knobs)

    def coordinates(self, values: Mapping[str, Any]) -> list[float]:
        """Return a point's coordinates, one a knob: 0 to 1 for numbers, the place of a category."""
        found = self.settled(values)
        return [_coordinate(knob, found[knob.name]) for knob in self.knobs]

    def point(self, coordinates: Sequence[float]) -> Values:
        """Return the point nearest to coordinates."""
        return self.settled(
            {k.name: _value(k, float(c)) for k, c in zip(self.knobs, coordinates, strict=True)}
        )

    @staticmethod
    def value_at(knob: Knob, coordinate: float) -> KnobValue:
        """Return a knob's value that is nearest to a coordinate."""
        return _value(knob, coordinate)

    # --- many points --------------------------------------------------------------------------

    def draw(self, rng: random.Random) -> Values | None:
        """Return a point, uniform in its coordinates; None where constraints left none in some tries."""
        return next(self.drawn(rng, MOST_TRIES), None)

    def drawn(self, rng: random.Random, tries: int) -> Iterator[Values]:
        """Yield the points among so many random settings, uniform in their coordinates."""
        for _ in range(tries):
            point = self.settled({k.name: _random(k, self._lists[k.name], rng) for k in self.knobs})
            if not self.constraints or not self._broken(point):
                yield point

    def sample(self, rng: random.Random) -> Values:
        """Return a point, uniform in its coordinates.

        Raises `ConfigError` where constraints leave hardly any.
        """
        point = self.draw(rng)
        if point is None:
            raise ConfigError(
                f"constraints: of {MOST_TRIES} random settings none keeps them; make them, or ranges, wider"
            )
        return point

    def neighbour(self, values: Mapping[str, KnobValue], rng: random.Random) -> Values:
        """Return a point that differs in one knob, a number by some 15 % of its range, if there is one."""
        for _ in range(20):
            knob = rng.choice(self.knobs)
            other = _near(knob, self._lists[knob.name], values[knob.name], rng)
            near = self.settled({**values, knob.name: other})
            if not self.constraints or not self._broken(near):
                return near
        return dict(values)

    def points(self) -> Iterator[Values]:
        """Yield all points, each once; only for a space whose `size` is small."""
        names = [knob.name for knob in self.knobs]
        for combination in itertools.product(*(self._lists[name] or () for name in names)):
            point = dict(zip(names, combination, strict=True))
            if self.settled(point) == point and not (self.constraints and self._broken(point)):
                yield point

    @property
    def listable(self) -> bool:
        """Whether all points may be listed."""
        return self.size is not None and self.size <= MOST_POINTS


class Known:
    """The points that were told or are waited for."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._keys: set[tuple[Any, ...]] = set()
        self._proper = 0  # of them, without those that the space never has: between steps, or forbidden

    def __contains__(self, values: Mapping[str, Any]) -> bool:
        return self._space.key(values) in self._keys

    def add(self, values: Mapping[str, Any]) -> None:
        """Note a point."""
        key = self._space.key(values)
        if key not in self._keys:
            self._keys.add(key)
            point, _ = self._space.corrected(values)
            self._proper += self._space.key(point) == key and not self._space._broken(point)

    @property
    def full(self) -> bool:
        """Whether no point is left."""
        return self._space.size is not None and self._proper >= self._space.size

    def fresh(self, rng: random.Random) -> Values | None:
        """Return a random point that is not known, None where there is none or none was found.

        Where constraints leave hardly any, it may be a neighbour of a known one.
        """
        if self.full:
            return None
        misses = 0
        for _ in range(200):
            point = self._space.draw(rng)
            if point is not None and point not in self:
                return point
            misses += point is None
            if misses == MOST_MISSES and not self._space.listable:
                break
        if self._space.listable:
            left = [point for point in self._space.points() if point not in self]
            return rng.choice(left) if left else None
        return self._beside(rng)

    def _beside(self, rng: random.Random) -> Values | None:
        """Return a new neighbour of a known point, None where none was found."""
        names = [knob.name for knob in self._space.knobs]
        # In an order that doesn't change with the hashes of a process.
        known = [dict(zip(names, key, strict=True)) for key in sorted(self._keys, key=repr)]
        proper = [point for point in known if not self._space.problem(point)]
        near = (self._space.neighbour(rng.choice(proper), rng) for _ in range(200 if proper else 0))
        return next((point for point in near if point not in self), None)


def _near(knob: Knob, listed: list[KnobValue] | None, value: KnobValue, rng: random.Random) -> KnobValue:
    """Return another value, near where values have an order."""
    if knob.special and rng.random() < SPECIAL:
        return rng.choice(knob.special)
    if knob.type == "bool" or (knob.type == "categorical" and not _ordered(knob)):
        return rng.choice([other for other in listed or () if other != value])
    moved = _value(knob, min(1.0, max(0.0, _coordinate(knob, value) + rng.gauss(0, JITTER))))
    if listed and moved == value:  # a step too short to reach the next value
        place = listed.index(value)
        return rng.choice(listed[max(0, place - 1) : place + 2])
    return moved


def _listed(knob: Knob) -> list[KnobValue] | None:
    """Return a knob's values in order, None where there are too many to list."""
    if knob.type == "bool":
        return [False, True]
    if knob.type == "categorical":
        return list(knob.choices)
    assert knob.low is not None and knob.high is not None
    if knob.type == "float" and knob.step is None:
        return None
    step = knob.step or 1
    count = math.floor((knob.high - knob.low) / step + 1e-9) + 1
    if count > MOST_POINTS:
        return None
    values = [_tidy(knob, knob.low + step * place) for place in range(count)]
    default = float(knob.default)
    if default not in (*values, *knob.special):  # what the program has is a point, wherever it lies
        values = sorted([*values, default])
    if knob.type == "int":
        return [int(value) for value in (*knob.special, *values)]
    return [float(value) for value in (*knob.special, *values)]


def _tidy(knob: Knob, number: float) -> float:
    """Return a multiple of a step as one would write it: 0.3, where adding gives 0.30000000000000004."""
    return number if knob.type == "int" else float(f"{number:.12g}")


def _ordered(knob: Knob) -> bool:
    """Return whether choices are numbers in ascending or descending order."""
    numbers = [c for c in knob.choices if isinstance(c, (int, float)) and not isinstance(c, bool)]
    if len(numbers) < max(2, len(knob.choices)):
        return False
    return numbers in (sorted(set(numbers)), sorted(set(numbers), reverse=True))


def _coordinate(knob: Knob, value: Any) -> float:
    if knob.type == "bool":
        return float(bool(value))
    if knob.type == "categorical":
        place = knob.choices.index(value)
        return place / (len(knob.choices) - 1) if _ordered(knob) else float(place)
    assert knob.low is not None and knob.high is not None
    if value in knob.special:
        return -ASIDE * (1 + knob.special.index(value))
    if knob.log:
        return (math.log(value) - math.log(knob.low)) / (math.log(knob.high) - math.log(knob.low))
    return (float(value) - knob.low) / (knob.high - knob.low)


def _value(knob: Knob, coordinate: float) -> KnobValue:
    if knob.type == "bool":
        return coordinate >= 0.5
    if knob.type == "categorical":
        place = coordinate * (len(knob.choices) - 1) if _ordered(knob) else coordinate
        return knob.choices[min(len(knob.choices) - 1, max(0, round(place)))]
    assert knob.low is not None and knob.high is not None
    if knob.special and coordinate < -ASIDE / 2:
        value = knob.special[min(len(knob.special), max(1, round(-coordinate / ASIDE))) - 1]
        return int(value) if knob.type == "int" else float(value)
    if knob.log and 0 < coordinate < 1:
        low, high = math.log(knob.low), math.log(knob.high)
        number = math.exp(low + coordinate * (high - low))
    else:
        number = knob.low + coordinate * (knob.high - knob.low)
    return _stepped(knob, number)


def _stepped(knob: Knob, number: float) -> KnobValue:
    """Return the allowed number that is nearest."""
    assert knob.low is not None and knob.high is not None
    number = min(knob.high, max(knob.low, number))
    step = knob.step or (1 if knob.type == "int" else None)
    if step:
        most = math.floor((knob.high - knob.low) / step + 1e-9)
        number = _tidy(knob, knob.low + step * min(most, max(0, round((number - knob.low) / step))))
    return int(number) if knob.type == "int" else float(number)


def _nearest(knob: Knob, value: Any) -> KnobValue:
    """Return the allowed value nearest to one that may be none."""
    if knob.type in ("int", "float"):
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            return knob.default
        try:
            value = float(value)
        except (ValueError, OverflowError):
            return knob.default
        if not math.isfinite(value):
            return knob.default
        if value in knob.special or value == knob.default:
            return int(value) if knob.type == "int" else float(value)
        return _stepped(knob, float(value))
    if knob.type == "bool":
        spelt = {"true": True, "false": False, "on": True, "off": False, "1": True, "0": False}
        return spelt.get(str(value).strip().lower(), bool(knob.default))
    if not knob.problem_with(value):
        return knob.choices[knob.choices.index(value)]
    same = [choice for choice in knob.choices if str(choice).strip().lower() == str(value).strip().lower()]
    return same[0] if len(same) == 1 else knob.default


def _random(knob: Knob, listed: list[KnobValue] | None, rng: random.Random) -> KnobValue:
    if knob.type in ("categorical", "bool"):
        return rng.choice(listed or [knob.default])
    if knob.special and rng.random() < SPECIAL:
        return _value(knob, -ASIDE * (1 + rng.randrange(len(knob.special))))
    return _value(knob, rng.random())
