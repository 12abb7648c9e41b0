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
