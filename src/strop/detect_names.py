"""Settings that could be knobs, each under a name of its own."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from strop.candidate import KnobValue
from strop.sandbox.literals import qualifiers

__all__ = ["FoundKnob", "told_apart"]


@dataclass(frozen=True)
class FoundKnob:
    """A setting that could be tuned, and how its value would reach the program."""

    name: str
    kind: (
        str  # "constant", "option", "environment", "config file", "compiler flag", "annotated", "pg_settings"
    )
    where: str  # path:line
    default: KnobValue
    keys: Mapping[str, Any]  # of [[knobs]], without name and default
    how: str = ""  # what the user has to do for it to reach the program; empty: nothing more

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON types."""
        return {
            "name": self.name,
            "kind": self.kind,
            "where": self.where,
            "default": self.default,
            "knob": {"name": self.name, **self.keys, "default": self.default},
            "how": self.how,
        }


def told_apart(found: Iterable[FoundKnob]) -> list[FoundKnob]:
    """Return settings in order, each once, the later ones of a name with section or module before it."""
    known: set[tuple[Any, ...]] = set()
    unique: dict[str, FoundKnob] = {}
    for one in found:
        if _setting(one) not in known:
            known.add(_setting(one))
            name = next(name for name in _names(one) if name not in unique)
            # The name in a command's placeholder is the knob's; in source it is the program's own.
            how = one.how.replace(f"{{{one.name}}}", f"{{{name}}}")
            unique[name] = replace(one, name=name, how=how)
    return list(unique.values())


def _setting(one: FoundKnob) -> tuple[Any, ...]:
    """Return what two places of one setting have in common."""
    if "file" in one.keys:
        return one.keys["file"], one.keys["key"]
    if "literal" in one.keys:
        return one.keys["literal"], one.name
    if one.kind == "option":  # of several commands, each with its own
        return one.kind, one.where.rpartition(":")[0], one.name, one.default, repr(one.keys)
    return one.kind, one.name


def _names(one: FoundKnob) -> Iterator[str]:
    """Yield names for a setting: its own, then with its section, its module and its folders before it."""
    yield one.name
    last = one.name
    if "key" in one.keys and one.keys["key"] != one.name:
        last = re.sub(r"\W", "_", one.keys["key"])
        yield last if not last[0].isdigit() else f"_{last}"
    path = one.where if one.kind in ("annotated", "config file") else one.where.rpartition(":")[0]
    longest = last
    for prefix in qualifiers(path):
        longest = f"{prefix}_{last}"
        yield longest
    for number in itertools.count(2):
        yield f"{longest}_{number}"
