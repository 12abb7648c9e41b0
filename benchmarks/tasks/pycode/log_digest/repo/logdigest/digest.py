"""The digest of a log, and its text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from logdigest.agents import family
from logdigest.lines import parse
from logdigest.routes import RouteTable

VISIT_GAP_S = 1800  # a client that is silent for so long comes back for another visit


@dataclass
class Figures:
    """What was asked of a route."""

    requests: int = 0
    errors: int = 0  # answers of 400 and above
    size: int = 0  # bytes sent


@dataclass
class Digest:
    """What a log says."""

    lines: int = 0
    rejected: int = 0
    visits: int = 0
    routes: dict[str, Figures] = field(default_factory=dict)
    families: dict[str, int] = field(default_factory=dict)


def digest(lines: Iterable[str], table: RouteTable) -> Digest:
    """Return the digest of the lines of a log, which need not be in the order of their times."""
    result = Digest()
    times: dict[str, list[int]] = {}
    for line in lines:
        result.lines += 1
        request = parse(line)
        if request is None:
            result.rejected += 1
            continue
        figures = result.routes.setdefault(table.name_of(request.path), Figures())
        figures.requests += 1
        figures.errors += request.status >= 400
        figures.size += request.size
        name = family(request.agent)
        result.families[name] = result.families.get(name, 0) + 1
        times.setdefault(request.client, []).append(request.at)
    result.visits = sum(_visits(sorted(moments)) for moments in times.values())
    return result


def _visits(moments: list[int]) -> int:
    return 1 + sum(1 for last, at in pairwise(moments) if at - last > VISIT_GAP_S)


def render(result: Digest) -> str:
    """Return a digest as text: counts, then families and routes by name."""
    out = [f"lines {result.lines}", f"rejected {result.rejected}", f"visits {result.visits}"]
    out += [f"family {name} {count}" for name, count in sorted(result.families.items())]
    for name, figures in sorted(result.routes.items()):
        out.append(f"route {name} {figures.requests} {figures.errors} {figures.size}")
    return "\n".join(out) + "\n"
