"""Manifests: a line `name cost: need need` for each target; `#` starts a comment."""

from __future__ import annotations

import re

from buildplan.graph import Graph, GraphError, Target

_LINE = re.compile(r"([\w./-]+)\s+(\d+)\s*:((?:\s+[\w./-]+)*)\s*\Z")


def parse(text: str) -> Graph:
    """Return the graph of a manifest; raises GraphError with the number of a line that is wrong."""
    targets = []
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.partition("#")[0].strip()
        if not line:
            continue
        match = _LINE.match(line)
        if match is None:
            raise GraphError(f"line {number}: expected `name cost: needs`, not {line!r}")
        targets.append(Target(match[1], int(match[2]), tuple(match[3].split())))
    return Graph(targets)
