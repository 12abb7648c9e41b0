"""Knobs as Optuna's distributions; whether a number is one of its special values is a choice of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from strop.candidate import KnobValue
from strop.knob import Knob
from strop.study import regular_distribution

__all__ = ["distributions_of", "drawn_values", "fits", "params_of"]

REGULAR = "regular"


def distributions_of(knobs: Sequence[Knob]) -> dict[str, Any]:
    """Return Optuna's distributions: one for each knob, and one named "KNOB?" where it has special values."""
    from optuna.distributions import CategoricalDistribution

    found: dict[str, Any] = {knob.name: regular_distribution(knob) for knob in knobs}
    for knob in knobs:
        if knob.special:
            found[_aside(knob)] = CategoricalDistribution([REGULAR, *map(repr, knob.special)])
    return found


def drawn_values(knobs: Sequence[Knob], params: Mapping[str, Any]) -> dict[str, KnobValue]:
    """Return the knobs' values of what a sampler drew."""
    found: dict[str, KnobValue] = {}
    for knob in knobs:
        which = params.get(_aside(knob), REGULAR)
        special = [value for value in knob.special if repr(value) == which]
        value = special[0] if special else params[knob.name]
        found[knob.name] = float(value) if knob.type == "float" else value  # 0 in a job may be 0.0
    return found


def params_of(knobs: Sequence[Knob], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as a sampler would have drawn them."""
    found = {knob.name: values[knob.name] for knob in knobs}
    for knob in knobs:
        if not knob.special:
            continue
        aside = [value for value in knob.special if value == values[knob.name]]
        found[_aside(knob)] = repr(aside[0]) if aside else REGULAR
        if aside and knob.low is not None:  # the number itself says nothing then
            found[knob.name] = int(knob.low) if knob.type == "int" else knob.low
    return found


def fits(distribution: Any, value: Any) -> bool:
    """Return whether a distribution has a value; Optuna raises for some that it hasn't."""
    try:
        return bool(distribution._contains(distribution.to_internal_repr(value)))
    except (TypeError, ValueError):
        return False


def _aside(knob: Knob) -> str:
    return f"{knob.name}?"
