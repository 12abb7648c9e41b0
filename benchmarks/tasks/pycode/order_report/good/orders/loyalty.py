"""Loyalty: who has bought much before gets a little more off."""

from __future__ import annotations

import sqlite3

_STEPS = ((2_000_000, 5), (500_000, 2))  # turnover in cents from which there are so many per cent


def step(turnover: int) -> int:
    """Return the per cent that a turnover is worth."""
    return next((percent for least, percent in _STEPS if turnover >= least), 0)


def turnover_before(connection: sqlite3.Connection, order_id: int) -> int:
    """Return what the customer of an order has bought in earlier orders, at list prices."""
    row = connection.execute(
        "SELECT SUM(order_lines.quantity * products.price) FROM orders AS this"
        " JOIN orders AS earlier ON earlier.customer_id = this.customer_id"
        " AND (earlier.day, earlier.id) < (this.day, this.id)"
        " JOIN order_lines ON order_lines.order_id = earlier.id"
        " JOIN products ON products.id = order_lines.product_id"
        " WHERE this.id = ?",
        (order_id,),
    ).fetchone()
    return row[0] or 0


def turnovers_before(connection: sqlite3.Connection, last_day: str) -> dict[int, int]:
    """Return the same for all orders up to a day, by number."""
    rows = connection.execute(
        "SELECT orders.id, orders.customer_id, SUM(order_lines.quantity * products.price) FROM orders"
        " LEFT JOIN order_lines ON order_lines.order_id = orders.id"
        " LEFT JOIN products ON products.id = order_lines.product_id"
        " WHERE orders.day <= ? GROUP BY orders.day, orders.id ORDER BY orders.day, orders.id",
        (last_day,),
    )
    before: dict[int, int] = {}
    bought: dict[int, int] = {}
    for order_id, customer_id, amount in rows:
        before[order_id] = bought.get(customer_id, 0)
        bought[customer_id] = before[order_id] + (amount or 0)
    return before
