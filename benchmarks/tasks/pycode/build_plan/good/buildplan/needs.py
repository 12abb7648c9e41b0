"""What a target needs, all the way down."""

from __future__ import annotations

from buildplan.graph import Graph


def needs(graph: Graph, name: str) -> frozenset[str]:
    """Return the names of all that has to be there before a target; raises KeyError for an unknown one."""
    known = graph.known_needs()
    todo = [name]
    while name not in known:
        direct = graph[todo[-1]].direct
        missing = [need for need in direct if need not in known]
        if missing:
            todo += missing
        else:
            known[todo.pop()] = frozenset(direct).union(*(known[need] for need in direct))
    return known[name]
