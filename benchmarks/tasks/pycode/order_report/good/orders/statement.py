"""The statement of a month, order by order, and its text."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from orders.amounts import shown
from orders.lines import Line, lines_by_order
from orders.loyalty import turnovers_before


@dataclass(frozen=True)
class Entry:
    """One order in a statement; amounts in cents."""

    order_id: int
    day: str
    customer: str
    lines: tuple[Line, ...]
    total: int
    paid: int


@dataclass(frozen=True)
class Statement:
    """All orders of a month by day and number, and the turnover of each category."""

    month: str
    entries: tuple[Entry, ...]
    by_category: dict[str, int]

    @property
    def total(self) -> int:
        """The turnover of the month."""
        return sum(entry.total for entry in self.entries)

    @property
    def open_amount(self) -> int:
        """What customers still owe; what was paid too much counts for nobody else."""
        return sum(max(0, entry.total - entry.paid) for entry in self.entries)


def page_size() -> int:
    """Return how many orders are read at once: ORDERS_PAGE, 100 where it isn't set."""
    return max(1, int(os.environ.get("ORDERS_PAGE", "100")))


def statement(connection: sqlite3.Connection, month: str, *, page: int = 100) -> Statement:
    """Return the statement of a month such as "2024-03"; `page` does not change what is in it."""
    entries = []
    by_category: dict[str, int] = {}
    turnovers = turnovers_before(connection, f"{month}-31")
    for rows in _pages(connection, month, page):
        lines_of = lines_by_order(connection, [row[0] for row in rows], turnovers)
        for order_id, day, customer, paid in rows:
            total = 0
            for line in lines_of[order_id]:
                total += line.amount
                by_category[line.category] = by_category.get(line.category, 0) + line.amount
            entries.append(Entry(order_id, day, customer, tuple(lines_of[order_id]), total, paid))
    return Statement(month, tuple(entries), dict(sorted(by_category.items())))


def _pages(
    connection: sqlite3.Connection, month: str, page: int
) -> Iterator[list[tuple[int, str, str, int]]]:
    """Yield (number, day, customer, paid) of the orders of a month, page by page."""
    last = ("", 0)
    while True:
        rows = connection.execute(
            "SELECT orders.id, orders.day, customers.name,"
            " COALESCE((SELECT SUM(amount) FROM payments WHERE payments.order_id = orders.id), 0)"
            " FROM orders JOIN customers ON customers.id = orders.customer_id"
            " WHERE orders.day BETWEEN ? AND ? AND (orders.day, orders.id) > (?, ?)"
            " ORDER BY orders.day, orders.id LIMIT ?",
            (f"{month}-01", f"{month}-31", *last, page),
        ).fetchall()
        yield rows
        if len(rows) < page:
            return
        last = (rows[-1][1], rows[-1][0])


def render(result: Statement) -> str:
    """Return a statement as text: totals first, then the categories, then every order with its lines."""
    out = [
        f"month {result.month}",
        f"orders {len(result.entries)}",
        f"total {shown(result.total)}",
        f"open {shown(result.open_amount)}",
    ]
    out += [f"category {name}: {shown(amount)}" for name, amount in result.by_category.items()]
    for entry in result.entries:
        out.append(
            f"{entry.day} #{entry.order_id} {entry.customer}: {shown(entry.total)}, paid {shown(entry.paid)}"
        )
        out += [f"  {line.quantity} x {line.title}: {shown(line.amount)}" for line in entry.lines]
    return "\n".join(out) + "\n"
