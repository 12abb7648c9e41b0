"""A space in words for a model, and a model's words as points of the space."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strop.agents.optimizers.tuning.space import Space, Values
from strop.agents.view import space_of
from strop.errors import EditError
from strop.job import Knob

__all__ = ["AskModel", "Subject", "Wording", "json_values"]

AskModel = Callable[[Sequence[tuple[str, str]]], str | None]
"""From messages (role, text) to an answer, None where none came. May raise `BudgetExhausted`."""


@dataclass(frozen=True)
class Subject:
    """What a space is about, in words, for a model."""

    goal: str = ""
    metric: str = "cost"
    direction: str = "minimize"
    program: str = ""
    anonymous: bool = False  # names are replaced by x1, x2, ...: the control arm of what names are worth
    prompts: Path | None = None
    hot: tuple[Mapping[str, Any], ...] = ()  # hottest functions of the program: "fn" and "self_pct"


@dataclass(frozen=True)
class Wording:
    """How the knobs of a space are named to a model."""

    space: Space
    subject: Subject

    @property
    def names(self) -> tuple[str, ...]:
        """The names that a model sees, in the order of the knobs."""
        hidden = self.subject.anonymous
        return tuple(f"x{place + 1}" if hidden else k.name for place, k in enumerate(self.space.knobs))

    @property
    def knobs(self) -> tuple[Knob, ...]:
        """The knobs under those names."""
        renamed = zip(self.names, self.space.knobs, strict=True)
        own = self._own
        return tuple(
            knob.model_copy(
                update={"name": name, "only_if": {own.get(k, k): v for k, v in knob.only_if.items()}}
            )
            for name, knob in renamed
        )

    @property
    def constraints(self) -> list[str]:
        """What has to hold between the knobs, under those names."""
        return [self.hidden(constraint.text) for constraint in self.space.constraints]

    @property
    def hot(self) -> list[Mapping[str, Any]]:
        """Where the program's time goes; functions have names, too."""
        return [] if self.subject.anonymous else list(self.subject.hot)

    def hidden(self, text: str) -> str:
        """Return a text with the names that a model sees in place of the knobs' own."""
        if not self.subject.anonymous:
            return text
        own = self._own
        return re.sub(r"[A-Za-z_]\w*", lambda found: own.get(found[0], found[0]), text)

    @property
    def _own(self) -> dict[str, str]:
        return dict(zip((knob.name for knob in self.space.knobs), self.names, strict=True))

    def rows(self) -> list[dict[str, str]]:
        """Return what a template says of each knob."""
        hidden = self.subject.anonymous
        return [
            {"name": knob.name, "space": space_of(knob), "default": json.dumps(knob.default),
             "doc": "" if hidden else knob.doc}
            for knob in self.knobs
        ]  # fmt: skip

    def named(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return a point's values under the names that a model sees."""
        return {name: values[knob.name] for name, knob in zip(self.names, self.space.knobs, strict=True)}

    def cost(self, cost: float | None) -> str:
        """Return a cost as the subject measures it."""
        if cost is None:
            return "failed"
        return f"{-cost if self.subject.direction == 'maximize' else cost:.6g}"

    def line(self, values: Values, cost: float | None) -> str:
        """Return what came of a point."""
        return f"{', '.join(f'{n}={v}' for n, v in self.named(values).items())} -> {self.cost(cost)}"

    def point(self, said: Mapping[str, Any], base: Mapping[str, Any]) -> tuple[Values, list[str]]:
        """Return the nearest point to what a model said, the rest as in `base`, and what was changed.

        Raises `EditError` where it is none: an unknown name, or a constraint that is broken.
        """
        own = dict(zip(self.names, (knob.name for knob in self.space.knobs), strict=True))
        if unknown := sorted(said.keys() - own.keys()):
            raise EditError(f"unknown settings {', '.join(unknown)}; known: {', '.join(own)}")
        if not said:
            raise EditError("no setting in the answer")
        point, notes = self.space.corrected({**base, **{own[name]: value for name, value in said.items()}})
        if problem := self.space.problem(point):
            raise EditError(self.hidden(problem))
        return point, [self.hidden(note) for note in notes]


def json_values(text: str | None, kind: type) -> list[Any]:
    """Return the items of the first JSON list in an answer that are of a kind; none where there is none.

    A model that forgets the list's brackets, or writes something around it, is understood all the same.
    """
    decoder = json.JSONDecoder()
    text = text or ""
    found: list[Any] = []
    place = 0
    while place < len(text):
        if text[place] not in "[{":
            place += 1
            continue
        try:
            data, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            place += 1
            continue
        items = data if isinstance(data, list) else [data]
        found += [item for item in items if isinstance(item, kind) and not isinstance(item, bool)]
        if isinstance(data, list) and found:
            break
    return found
