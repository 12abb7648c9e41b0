"""Sum up generated invoices: python bench.py SEED [LINES]. Prints figures and a checksum, no times."""

from __future__ import annotations

import datetime
import hashlib
import random
import sys

from billing import read_lines, statements
from billing.rates import Rate

STYLES = (
    "{0:02d}/{1:02d}/{2} {3:02d}:{4:02d}",
    "{0:02d}.{1:02d}.{2} {3:02d}:{4:02d}",
    "{2}-{1:02d}-{0:02d} {3:02d}:{4:02d}",
)
OFFSETS = ("+00:00", "+01:00", "+05:30", "-03:00", "-05:00", "+09:00")
CURRENCIES = {"USD": 0.92, "GBP": 1.17, "JPY": 0.0061, "INR": 0.011, "BRL": 0.18}


def generate(seed: int, count: int) -> tuple[list[str], list[Rate]]:
    """Return lines of invoices of a year, and rates that change every week, in no order."""
    chance = random.Random(seed)
    start = datetime.datetime(2024, 1, 2)
    mondays = [(start + datetime.timedelta(7 * week - 8)).date().isoformat() for week in range(54)]
    rates = [
        Rate(monday, currency, f"{worth * chance.uniform(0.9, 1.1):.6f}")
        for currency, worth in CURRENCIES.items()
        for monday in mondays
    ]
    chance.shuffle(rates)
    columns = zip(
        chance.choices(STYLES, (1, 1, 4), k=count),
        chance.choices(range(360 * 24 * 12), k=count),
        chance.choices(OFFSETS, k=count),
        chance.choices(("EUR", *CURRENCIES), k=count),
        chance.choices(range(100, 999999), k=count),
        strict=True,
    )
    lines = []
    for style, minutes, offset, currency, cents in columns:
        at = start + datetime.timedelta(minutes=5 * minutes)
        text = style.format(at.day, at.month, at.year, at.hour, at.minute)
        amount = f"({cents / 100:,.2f})" if cents % 10 == 0 else f"{cents / 100:,.2f}"
        lines.append(f"{text};{offset};C{cents % 37:02d};{currency};{amount}\n")
    return lines, rates


def main() -> None:
    """Sum up, and print totals and a checksum of all statements."""
    seed = int(sys.argv[1])
    texts, rates = generate(seed, int(sys.argv[2]) if len(sys.argv) > 2 else 3200)
    found = statements(read_lines(texts), rates)
    print("lines", sum(part.lines for part in found), "statements", len(found))
    print("total", sum(part.total for part in found), "largest", max(part.largest for part in found))
    print("checksum", hashlib.sha256(repr(found).encode()).hexdigest())


if __name__ == "__main__":
    main()
