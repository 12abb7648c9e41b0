"""Lines of invoices as they come from shops."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from billing.amounts import parse_amount
from billing.days import day_of


@dataclass(frozen=True)
class Line:
    """One line of an invoice."""

    day: datetime.date  # at the head office
    customer: str
    currency: str
    amount: Decimal


def read_lines(texts: Iterable[str]) -> list[Line]:
    """Return lines such as `2024-03-31 23:30;-05:00;ACME;USD;1,234.50`; empty ones are skipped.

    Raises:
        ValueError: A line has other than five fields, or one that can't be read.
    """
    lines = []
    for number, text in enumerate(texts, 1):
        if not text.strip():
            continue
        fields = [field.strip() for field in text.split(";")]
        if len(fields) != 5:
            raise ValueError(f"line {number}: it must have five fields: {text.strip()!r}")
        moment, offset, customer, currency, amount = fields
        lines.append(Line(day_of(moment, offset), customer, currency, parse_amount(amount)))
    return lines
