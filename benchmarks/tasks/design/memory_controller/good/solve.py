"""A memory controller for a sample of requests: part by part, what serves the sample best."""

from __future__ import annotations

DEFAULTS: dict[str, str | int] = {
    "page_policy": "open",
    "timeout": 200,
    "scheduler": "frfcfs",
    "cap": 16,
    "queue": 32,
    "drain_high": 20,
    "drain_low": 4,
    "mapping": "hashed",
    "refresh": "bank",
    "postpone": 4,
}
TRIED: dict[str, tuple[str | int, ...]] = {
    "mapping": ("row_bank_column", "row_column_bank", "hashed"),
    "page_policy": ("closed", "open", "timeout"),
    "scheduler": ("frfcfs", "banks"),
    "queue": (16, 32, 48, 64),
    "drain_high": (8, 16, 32, 48),
    "timeout": (50, 100, 400),
    "refresh": ("all", "bank"),
}


def solve(sample: list[tuple[int, int, int]]) -> dict[str, str | int]:
    """Return the parts of the controller; the sample has (cycle of arrival, line, 1 for a write)."""
    from simulator import simulate

    best, least = DEFAULTS, simulate(sample, DEFAULTS)["edp"]
    for name, values in TRIED.items():
        for value in values:
            other = {**best, name: value}
            found = simulate(sample, other)["edp"]
            if found < least:
                best, least = other, found
    return dict(best)
