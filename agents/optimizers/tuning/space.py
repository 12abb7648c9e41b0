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
from strop.errors import ConfigError
from strop.job import Knob

__all__ = ["Space", "Values"]

Values = dict[str, KnobValue]

MOST_POINTS = 50_000
"""A space of at most so many points is listed and searched as a whole; beyond, it is sampled."""

JITTER = 0.15
"""Standard deviation of a step to a neighbour of a number, as a part of its range."""


@dataclass(frozen=True)
class Space:
    """The values that knobs may have, each independent of the others.

    A number has one coordinate, linear or logarithmic, between 0 and 1; choices that are numbers in order
    have one, too, by their place, and booleans. A category has one that is its place in the choices, and is
    as far from any other as a number's lowest value is from its highest.
    """

    knobs: tuple[Knob, ...]

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
    def size(self) -> int | None:
        """How many points there are; None where they can't be counted."""
        counts = [len(values) if (values := _listed(knob)) else 0 for knob in self.knobs]
        return math.prod(counts) if all(counts) else None

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
        return ""

    def corrected(self, values: Mapping[str, Any]) -> tuple[Values, list[str]]:
        """Return the nearest point, and what was changed for it, a sentence each.

        Unknown names are left out, missing ones get their default, numbers outside of their range its
        nearer end and between steps the nearest step, what is no value at all the default.
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
        return point, notes

    def key(self, values: Mapping[str, Any]) -> tuple[KnobValue, ...]:
        """Return what two equal points have in common."""
        return tuple(values[knob.name] for knob in self.knobs)

    def coordinates(self, values: Mapping[str, Any]) -> list[float]:
        """Return a point's coordinates, one a knob: 0 to 1 for numbers, the place of a category."""
        return [_coordinate(knob, values[knob.name]) for knob in self.knobs]

    def point(self, coordinates: Sequence[float]) -> Values:
        """Return the point nearest to coordinates."""
        return {k.name: _value(k, float(c)) for k, c in zip(self.knobs, coordinates, strict=True)}

    # --- many points --------------------------------------------------------------------------

    def sample(self, rng: random.Random) -> Values:
        """Return a point, uniform in its coordinates."""
        return {knob.name: _random(knob, rng) for knob in self.knobs}

    def neighbour(self, values: Mapping[str, KnobValue], rng: random.Random) -> Values:
        """Return a point that differs in one knob, a number by some 15 % of its range."""
        knob = rng.choice(self.knobs)
        near = dict(values)
        if knob.type == "bool" or (knob.type == "categorical" and not _ordered(knob)):
            others = [value for value in _listed(knob) or () if value != values[knob.name]]
            near[knob.name] = rng.choice(others)
        else:
            moved = _coordinate(knob, values[knob.name]) + rng.gauss(0, JITTER)
            near[knob.name] = _value(knob, min(1.0, max(0.0, moved)))
            listed = _listed(knob) if near[knob.name] == values[knob.name] else None
            if listed:  # a step too short to reach the next value
                place = listed.index(values[knob.name])
                near[knob.name] = rng.choice(listed[max(0, place - 1) : place + 2])
        return near

    def points(self) -> Iterator[Values]:
        """Yield all points; only for a space whose `size` is small."""
        names = [knob.name for knob in self.knobs]
        for combination in itertools.product(*(_listed(knob) or () for knob in self.knobs)):
            yield dict(zip(names, combination, strict=True))

    @property
    def listable(self) -> bool:
        """Whether all points may be listed."""
        return self.size is not None and self.size <= MOST_POINTS


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
    values = [knob.low + step * place for place in range(count)]
    return [int(value) for value in values] if knob.type == "int" else [float(v) for v in values]


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
    if knob.log:
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
        number = knob.low + step * min(most, max(0, round((number - knob.low) / step)))
    return int(number) if knob.type == "int" else float(number)


def _nearest(knob: Knob, value: Any) -> KnobValue:
    """Return the allowed value nearest to one that may be none."""
    if knob.type in ("int", "float"):
        if isinstance(value, str):
            try:
                value = float(value)
            except ValueError:
                return knob.default
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            return knob.default
        return _stepped(knob, float(value))
    if knob.type == "bool":
        spelt = {"true": True, "false": False, "on": True, "off": False, "1": True, "0": False}
        return spelt.get(str(value).strip().lower(), bool(knob.default))
    if not knob.problem_with(value):
        return knob.choices[knob.choices.index(value)]
    same = [choice for choice in knob.choices if str(choice).strip().lower() == str(value).strip().lower()]
    return same[0] if len(same) == 1 else knob.default


def _random(knob: Knob, rng: random.Random) -> KnobValue:
    if knob.type in ("categorical", "bool"):
        return rng.choice(_listed(knob) or [knob.default])
    return _value(knob, rng.random())
