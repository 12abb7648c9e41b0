"""Amounts of money."""

from __future__ import annotations

import decimal
from decimal import Decimal

CENT = Decimal("0.01")


def parse_amount(text: str) -> Decimal:
    """Return the amount of a text such as `1,234.50`, `-7` or `(7.00)`, which is negative too.

    Raises:
        ValueError: It is no amount, or has more than two decimals.
    """
    plain = text.strip().replace(",", "")
    if plain.startswith("(") and plain.endswith(")"):
        plain = "-" + plain[1:-1]
    try:
        amount = Decimal(plain)
    except decimal.InvalidOperation:
        raise ValueError(f"amount {text!r}: it must be a number such as 1,234.50") from None
    if not amount.is_finite() or amount != amount.quantize(CENT):
        raise ValueError(f"amount {text!r}: it must have at most two decimals")
    return amount.quantize(CENT)


def to_cents(amount: Decimal) -> Decimal:
    """Return an amount rounded to cents, halves to the even one."""
    with decimal.localcontext() as context:
        context.prec = 28
        context.rounding = decimal.ROUND_HALF_EVEN
        return amount.quantize(CENT)
