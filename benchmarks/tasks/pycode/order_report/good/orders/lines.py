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


_LINES = """
SELECT order_lines.order_id, products.title, categories.name, order_lines.quantity, products.price,
    discounts.percent
FROM orders
JOIN customers ON customers.id = orders.customer_id
JOIN order_lines ON order_lines.order_id = orders.id
LEFT JOIN products ON products.id = order_lines.product_id
LEFT JOIN categories ON categories.id = products.category_id
LEFT JOIN discounts
    ON discounts.group_name = customers.group_name AND discounts.category_id = products.category_id
WHERE orders.id {which}
ORDER BY order_lines.order_id, order_lines.position
"""


def priced_lines(connection: sqlite3.Connection, order_id: int) -> list[Line]:
    """Return the lines of an order, in their order.

    The discount of a line is what the customer's group gets on the category of the product, 0 where
    nothing is agreed, and what loyalty adds. A product that was removed from the catalogue is shown as
    such, and free.
    """
    turnover = turnover_before(connection, order_id)
    return lines_by_order(connection, [order_id], {order_id: turnover})[order_id]


def lines_by_order(
    connection: sqlite3.Connection, order_ids: list[int], turnovers: dict[int, int]
) -> dict[int, list[Line]]:
    """Return the lines of each of some orders; `turnovers` is what their customers bought before."""
    extra = {order_id: step(turnovers[order_id]) for order_id in order_ids}
    found: dict[int, list[Line]] = {order_id: [] for order_id in order_ids}
    query = _LINES.format(which=f"IN ({', '.join('?' * len(order_ids))})")
    for order_id, title, category, quantity, price, percent in connection.execute(query, order_ids):
        if title is None:
            line = Line("(removed)", "(none)", quantity, 0)
        else:
            percent = (percent or 0) + extra[order_id]
            line = Line(title, category, quantity, discounted(price * quantity, percent))
        found[order_id].append(line)
    return found
