"""The statement of a month, order by order, and its text."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from orders.amounts import shown
from orders.lines import Line, priced_lines


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
    for order_id, day, customer_id in _orders(connection, month, page):
        lines = priced_lines(connection, order_id)
        for line in lines:
            by_category[line.category] = by_category.get(line.category, 0) + line.amount
        name = connection.execute("SELECT name FROM customers WHERE id = ?", (customer_id,)).fetchone()[0]
        entries.append(
            Entry(
                order_id=order_id,
                day=day,
                customer=name,
                lines=tuple(lines),
                total=sum(line.amount for line in lines),
                paid=_paid(connection, order_id),
            )
        )
    return Statement(month, tuple(entries), dict(sorted(by_category.items())))


def _orders(connection: sqlite3.Connection, month: str, page: int) -> Iterator[tuple[int, str, int]]:
    """Yield (number, day, customer) of the orders of a month."""
    last = ("", 0)
    while True:
        rows = connection.execute(
            "SELECT id, day, customer_id FROM orders WHERE day BETWEEN ? AND ? AND (day, id) > (?, ?)"
            " ORDER BY day, id LIMIT ?",
            (f"{month}-01", f"{month}-31", *last, page),
        ).fetchall()
        yield from rows
        if len(rows) < page:
            return
        last = (rows[-1][1], rows[-1][0])


def _paid(connection: sqlite3.Connection, order_id: int) -> int:
    row = connection.execute("SELECT SUM(amount) FROM payments WHERE order_id = ?", (order_id,)).fetchone()
    return row[0] or 0


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
