"""The plan: what has to be built again, in which order, and by whom."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from buildplan.graph import Graph
from buildplan.lint import implied
from buildplan.needs import needs


@dataclass(frozen=True)
class Step:
    """A target that is built; times in seconds since the start."""

    start: int
    end: int
    worker: int
    name: str


@dataclass(frozen=True)
class Plan:
    """Steps by start and worker, and needs that could be left out of the manifest."""

    steps: tuple[Step, ...]
    implied: tuple[tuple[str, str], ...]

    @property
    def duration(self) -> int:
        """Seconds until all is built."""
        return max((step.end for step in self.steps), default=0)


def plan(graph: Graph, changed: Collection[str], workers: int) -> Plan:
    """Return a plan that builds what has changed, and all that needs it.

    A worker that is free takes what most work waits for; of equals, the first by name. Raises
    ValueError without workers, and KeyError for a change of what is no target.
    """
    if workers < 1:
        raise ValueError(f"workers: at least 1, not {workers}")
    stale = affected(graph, changed)
    urgency = {name: waiting(graph, name, stale) for name in stale}
    ends: dict[str, int] = {}  # of what is built or being built
    open_names = sorted(stale, key=lambda name: (-urgency[name], name))
    free_at = [0] * workers
    steps = []
    while open_names:
        worker = free_at.index(min(free_at))
        now = free_at[worker]
        name = _ready(graph, open_names, ends, now)
        if name is None:
            # All of them wait for somebody else, who is done at the next end.
            free_at[worker] = min(end for end in ends.values() if end > now)
            continue
        open_names.remove(name)
        ends[name] = free_at[worker] = now + graph[name].cost
        steps.append(Step(now, ends[name], worker, name))
    steps.sort(key=lambda step: (step.start, step.worker, step.end))
    return Plan(tuple(steps), tuple(implied(graph)))


def affected(graph: Graph, changed: Collection[str]) -> list[str]:
    """Return what has changed or needs something that has, in manifest order; KeyError as in `plan`."""
    wanted = {graph[name].name for name in changed}
    return [target.name for target in graph if target.name in wanted or wanted & needs(graph, target.name)]


def waiting(graph: Graph, name: str, stale: list[str]) -> int:
    """Return the work, in seconds, of those stale targets that need a target."""
    return sum(graph[other].cost for other in stale if name in needs(graph, other))


def _ready(graph: Graph, names: list[str], ends: dict[str, int], now: int) -> str | None:
    """Return the first of some open targets with all its needs there; those not stale always are."""
    still_open = set(names)
    for name in names:
        if all(need not in still_open and ends.get(need, 0) <= now for need in graph[name].direct):
            return name
    return None
