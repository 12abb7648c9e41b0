"""A memory controller for a sample of requests: as the knobs say, whatever the requests are."""

from __future__ import annotations

import os

DEFAULTS: dict[str, str | int] = {
    "page_policy": "closed",
    "timeout": 200,
    "scheduler": "fcfs",
    "cap": 4,
    "queue": 8,
    "drain_high": 4,
    "drain_low": 2,
    "mapping": "row_bank_column",
    "refresh": "all",
    "postpone": 0,
}


def solve(sample: list[tuple[int, int, int]]) -> dict[str, str | int]:
    """Return the parts of the controller; the sample has (cycle of arrival, line, 1 for a write)."""
    return {
        name: type(default)(os.environ.get(f"DRAM_{name.upper()}", default))
        for name, default in DEFAULTS.items()
    }
