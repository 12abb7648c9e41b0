"""A knob: a typed setting of the program, its range, and how it reaches the program."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from strop.candidate import KnobValue

__all__ = ["Knob", "active", "needed_knobs", "settled"]


class Knob(BaseModel):
    """A typed setting of the program, and how it reaches it (an environment variable by default)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    type: Literal["int", "float", "bool", "categorical"]
    low: float | None = Field(default=None, description="Least value (int, float).")
    high: float | None = Field(default=None, description="Greatest value (int, float).")
    log: bool = Field(default=False, description="Search on a logarithmic scale.")
    step: float | None = Field(default=None, gt=0, description="Distance between values (int, float).")
    choices: tuple[bool | int | float | str, ...] = Field(default=(), description="Values (categorical).")
    default: bool | int | float | str = Field(description="The value that the program has today.")
    doc: str = Field(default="", description="What it does; models read this.")
    unit: str = Field(default="", description="Of a number, e.g. ms or MB; models read this.")
    special: tuple[int | float, ...] = Field(
        default=(),
        description="Values outside of low..high with a meaning of their own, e.g. 0 for off (int, float).",
    )
    only_if: dict[str, tuple[bool | int | float | str, ...]] = Field(
        default_factory=dict,
        description='Other knobs, and their values with which this one has an effect: {mode = ["hash"]}. '
        "Otherwise it keeps its default.",
    )
    env: str | None = Field(default=None, description="Environment variable; default: the name in capitals.")
    file: str | None = Field(
        default=None, description="Config file (.toml .yaml .json .ini .cfg .conf) that holds it."
    )
    key: str | None = Field(default=None, description="Dotted key in that file.")
    literal: str | None = Field(
        default=None, description="Source file with an annotated literal: NAME = 64  # strop: int 8..256 log"
    )

    @model_validator(mode="after")
    def _sound(self) -> Self:
        numbers = [n for n in (self.low, self.high, self.step, *self.special) if isinstance(n, float)]
        if not all(map(math.isfinite, numbers)):
            raise ValueError("low, high, step and special are finite numbers")
        if self.type in ("int", "float"):
            if self.low is None or self.high is None or not self.low < self.high:
                raise ValueError(f"type {self.type!r} needs low < high")
            if self.log and self.low <= 0:
                raise ValueError("log needs low > 0")
            if self.log and self.step is not None:
                raise ValueError("log and step exclude each other")
            if self.type == "int" and any(
                v is not None and v != int(v) for v in (self.low, self.high, self.step)
            ):
                raise ValueError("low, high and step of an int are whole numbers")
        if self.type == "categorical" and len(self.choices) < 2:
            raise ValueError("type 'categorical' needs at least two choices")
        if self.special and self.type not in ("int", "float"):
            raise ValueError("special goes with type 'int' or 'float'")
        if self.type == "int" and any(value != int(value) for value in self.special):
            raise ValueError("special values of an int are whole numbers")
        if self.name in self.only_if:
            raise ValueError("only_if names the knob itself")
        if (self.file is None) != (self.key is None):
            raise ValueError("file and key go together")
        if sum(way is not None for way in (self.env, self.file, self.literal)) > 1:
            raise ValueError("give one of env, file + key, literal")
        problem = self.problem_with(self.default)
        if problem:
            raise ValueError(f"default: {problem}")
        return self

    def problem_with(self, value: object) -> str:
        """Return why a value is not allowed (with what is allowed), or an empty string."""
        if self.type == "bool":
            return "" if isinstance(value, bool) else f"{value!r} is not true or false"
        if self.type == "categorical":
            fits = any(value == choice and type(value) is type(choice) for choice in self.choices)
            return "" if fits else f"{value!r} is not one of {', '.join(map(repr, self.choices))}"
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return f"{value!r} is not a number"
        if isinstance(value, float) and not math.isfinite(value):
            return f"{value!r} is not a finite number"
        if value in self.special:
            return ""
        if self.type == "int" and value != int(value):
            return f"{value!r} is not a whole number"
        assert self.low is not None and self.high is not None
        if not self.low <= value <= self.high:
            shown = f"{value!r}" if abs(value) < 1e300 else "a huge number"
            also = f" and not {' or '.join(f'{one:.15g}' for one in self.special)}" if self.special else ""
            return f"{shown} is outside {self.low:.15g}..{self.high:.15g}{also}"
        return ""

    def text(self, value: KnobValue) -> str:
        """Return a value as the program reads it: booleans as 1 and 0, whole floats of an int as int."""
        if isinstance(value, bool):
            return "1" if value else "0"
        return str(int(value)) if self.type == "int" else str(value)


def active(knobs: tuple[Knob, ...], values: Mapping[str, object]) -> frozenset[str]:
    """Return the names of the knobs that have an effect beside the values of the others.

    A knob whose own condition hangs on one without effect has none, whatever that one's value is.
    """
    known = {knob.name: knob for knob in knobs}
    found: dict[str, bool] = {}

    def has_effect(name: str) -> bool:
        if name not in found:
            found[name] = False  # one that depends on itself has none
            wanted = known[name].only_if.items() if name in known else ()
            found[name] = all(values.get(one) in allowed and has_effect(one) for one, allowed in wanted)
        return found[name]

    return frozenset(name for name in known if has_effect(name))


def settled(knobs: tuple[Knob, ...], values: Mapping[str, KnobValue]) -> dict[str, KnobValue]:
    """Return values with the default for every knob that has no effect beside the others."""
    if not any(knob.only_if for knob in knobs):
        return dict(values)
    effective = active(knobs, values)
    return {**values, **{knob.name: knob.default for knob in knobs if knob.name not in effective}}


def needed_knobs(knob: Knob, known: Mapping[str, Knob]) -> set[str]:
    """Return the knobs that one depends on, directly or by way of others."""
    found: set[str] = set()
    waiting = list(knob.only_if)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += list(known[name].only_if) if name in known else []
    return found
