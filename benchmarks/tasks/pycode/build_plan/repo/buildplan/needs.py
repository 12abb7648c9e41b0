"""What a target needs, all the way down."""

from __future__ import annotations

from buildplan.graph import Graph


def needs(graph: Graph, name: str) -> frozenset[str]:
    """Return the names of all that has to be there before a target; raises KeyError for an unknown one."""
    found: set[str] = set()
    todo = list(graph[name].direct)
    while todo:
        need = todo.pop()
        if need not in found:
            found.add(need)
            todo.extend(graph[need].direct)
    return frozenset(found)
