"""Declared needs that could be left out."""

from __future__ import annotations

from buildplan.graph import Graph
from buildplan.needs import needs


def implied(graph: Graph) -> list[tuple[str, str]]:
    """Return (target, need) where another need of the target needs it already, in manifest order."""
    found = []
    for target in graph:
        for name in target.direct:
            if any(name in needs(graph, other) for other in target.direct if other != name):
                found.append((target.name, name))
    return found
