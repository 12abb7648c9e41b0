"""Targets, and the graph that they make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


class GraphError(ValueError):
    """Targets that make no graph that could be built."""


@dataclass(frozen=True)
class Target:
    """Something to build, how long that takes in seconds, and what has to be there before."""

    name: str
    cost: int
    direct: tuple[str, ...] = ()


class Graph:
    """Targets in the order of the manifest; none needs itself, be it by others."""

    def __init__(self, targets: Iterable[Target]) -> None:
        """Raises GraphError for a name that comes twice, a need that is no target, and a cycle."""
        self._targets: dict[str, Target] = {}
        self._known_needs: dict[str, frozenset[str]] = {}
        for target in targets:
            if target.name in self._targets:
                raise GraphError(f"{target.name} comes twice")
            self._targets[target.name] = target
        for target in self:
            for name in target.direct:
                if name not in self._targets:
                    raise GraphError(f"{target.name} needs {name}, which is no target")
        self._check_cycles()

    def __iter__(self) -> Iterator[Target]:
        return iter(self._targets.values())

    def __len__(self) -> int:
        return len(self._targets)

    def known_needs(self) -> dict[str, frozenset[str]]:
        """Return what `needs` has found so far; it adds to it."""
        return self._known_needs

    def __getitem__(self, name: str) -> Target:
        return self._targets[name]

    def _check_cycles(self) -> None:
        """Take away what needs nothing of the rest, until nothing is left."""
        open_needs = {target.name: set(target.direct) for target in self}
        needed_by: dict[str, list[str]] = {target.name: [] for target in self}
        for target in self:
            for name in set(target.direct):
                needed_by[name].append(target.name)
        ready = [name for name, names in open_needs.items() if not names]
        while ready:
            done = ready.pop()
            del open_needs[done]
            for name in needed_by[done]:
                open_needs[name].discard(done)
                if not open_needs[name]:
                    ready.append(name)
        if open_needs:
            raise GraphError(f"a cycle among {', '.join(sorted(open_needs))}")
