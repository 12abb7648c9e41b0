"""Rates of exchange, which hold from their day on until the next one."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Rate:
    """What one unit of a currency is worth in euros, from a day on (YYYY-MM-DD)."""

    since: str
    currency: str
    euros: str


def rate_on(rates: Iterable[Rate], currency: str, day: datetime.date) -> Decimal:
    """Return what a unit of a currency is worth on a day; a euro is worth 1.

    Rates come in any order. Of several of one day the last one holds.

    Raises:
        ValueError: No rate holds on that day.
    """
    if currency == "EUR":
        return Decimal(1)
    best: tuple[datetime.date, str] | None = None
    for rate in rates:
        if rate.currency == currency:
            since = datetime.date.fromisoformat(rate.since)
            if since <= day and (best is None or since >= best[0]):
                best = (since, rate.euros)
    if best is None:
        raise ValueError(f"currency {currency}: no rate holds on {day}")
    return Decimal(best[1])
