"""The lines of an order, with the prices and discounts that hold for them."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from orders.amounts import discounted
from orders.loyalty import step, turnover_before


@dataclass(frozen=True)
class Line:
    """One line of an order; amounts in cents."""

    title: str
    category: str
    quantity: int
    amount: int


def priced_lines(connection: sqlite3.Connection, order_id: int) -> list[Line]:
    """Return the lines of an order, in their order.

    The discount of a line is what the customer's group gets on the category of the product, 0 where
    nothing is agreed, and what loyalty adds. A product that was removed from the catalogue is shown as
    such, and free.
    """
    group = connection.execute(
        "SELECT customers.group_name FROM orders JOIN customers ON customers.id = orders.customer_id"
        " WHERE orders.id = ?",
        (order_id,),
    ).fetchone()
    extra = step(turnover_before(connection, order_id))
    rows = connection.execute(
        "SELECT product_id, quantity FROM order_lines WHERE order_id = ? ORDER BY position", (order_id,)
    ).fetchall()
    lines = []
    for product_id, quantity in rows:
        product = connection.execute(
            "SELECT title, category_id, price FROM products WHERE id = ?", (product_id,)
        ).fetchone()
        if product is None:
            lines.append(Line("(removed)", "(none)", quantity, 0))
            continue
        title, category_id, price = product
        category = connection.execute("SELECT name FROM categories WHERE id = ?", (category_id,)).fetchone()
        percent = _discount(connection, group[0], category_id) + extra
        lines.append(Line(title, category[0], quantity, discounted(price * quantity, percent)))
    return lines


def _discount(connection: sqlite3.Connection, group: str, category_id: int) -> int:
    row = connection.execute(
        "SELECT percent FROM discounts WHERE group_name = ? AND category_id = ?", (group, category_id)
    ).fetchone()
    return 0 if row is None else int(row[0])
