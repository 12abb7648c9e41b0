"""Sums of customers and months."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from billing.amounts import to_cents
from billing.booking import Line
from billing.rates import Rate, rate_on


@dataclass(frozen=True)
class Statement:
    """What a customer bought in a month, in euros."""

    customer: str
    month: str  # YYYY-MM
    lines: int
    total: Decimal  # each line rounded to cents
    largest: Decimal


def statements(lines: list[Line], rates: list[Rate]) -> list[Statement]:
    """Return the statements of customers by name and month."""
    amounts: dict[tuple[str, str], list[Decimal]] = {}
    for line in lines:
        euros = to_cents(line.amount * rate_on(rates, line.currency, line.day))
        amounts.setdefault((line.customer, line.day.strftime("%Y-%m")), []).append(euros)
    return [
        Statement(customer, month, len(values), sum(values, Decimal(0)), max(values))
        for (customer, month), values in sorted(amounts.items())
    ]
