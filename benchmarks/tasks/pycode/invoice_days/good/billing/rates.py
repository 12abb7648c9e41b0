"""Rates of exchange, which hold from their day on until the next one."""

from __future__ import annotations

import bisect
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


class Rates:
    """Answers as `rate_on` does, for many days; reads the rates of a currency once."""

    def __init__(self, rates: Iterable[Rate]) -> None:
        self._texts: dict[str, list[Rate]] = {}
        for rate in rates:
            self._texts.setdefault(rate.currency, []).append(rate)
        self._read: dict[str, tuple[list[datetime.date], list[Decimal]]] = {}

    def on(self, currency: str, day: datetime.date) -> Decimal:
        """Return what a unit of a currency is worth on a day."""
        if currency == "EUR":
            return Decimal(1)
        if currency not in self._read:
            texts = self._texts.get(currency, [])
            known = [(datetime.date.fromisoformat(rate.since), rate.euros) for rate in texts]
            known.sort(key=lambda pair: pair[0])  # stable: of several of one day the last one stays last
            self._read[currency] = ([since for since, _ in known], [Decimal(euros) for _, euros in known])
        days, values = self._read[currency]
        place = bisect.bisect_right(days, day)
        if not place:
            raise ValueError(f"currency {currency}: no rate holds on {day}")
        return values[place - 1]
