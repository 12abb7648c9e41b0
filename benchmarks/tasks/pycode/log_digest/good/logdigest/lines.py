"""The lines of an access log."""

from __future__ import annotations

import re
from dataclasses import dataclass

from logdigest.clock import moment

_LINE = re.compile(
    r'(\S+) \S+ \S+ \[([^\]]+)\] "([A-Z]+) (\S+) HTTP/[\d.]+" (\d{3}) (\d+|-) "[^"]*" "([^"]*)"\s*$'
)


@dataclass(frozen=True)
class Request:
    """One request; `at` in seconds since 1970, `size` in bytes, the path without its query."""

    client: str
    at: int
    method: str
    path: str
    status: int
    size: int
    agent: str


def parse(line: str) -> Request | None:
    """Return the request that a line is about, None for a line that is none."""
    match = _LINE.match(line)
    if match is None:
        return None
    client, time, method, target, status, size, agent = match.groups()
    try:
        at = moment(time)
    except ValueError:
        return None
    path = target.partition("?")[0]
    return Request(client, at, method, path, int(status), 0 if size == "-" else int(size), agent)
