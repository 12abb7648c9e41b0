"""The tables of the shop."""

from __future__ import annotations

import sqlite3

_TABLES = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, group_name TEXT NOT NULL);
CREATE TABLE categories (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE products (
    id INTEGER PRIMARY KEY, title TEXT NOT NULL, category_id INTEGER NOT NULL REFERENCES categories (id),
    price INTEGER NOT NULL  -- in cents
);
CREATE TABLE discounts (
    group_name TEXT NOT NULL, category_id INTEGER NOT NULL, percent INTEGER NOT NULL,
    PRIMARY KEY (group_name, category_id)
);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), day TEXT NOT NULL
);
CREATE TABLE order_lines (
    order_id INTEGER NOT NULL, position INTEGER NOT NULL, product_id INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    PRIMARY KEY (order_id, position)
);
CREATE TABLE payments (order_id INTEGER NOT NULL, amount INTEGER NOT NULL);
CREATE INDEX payments_by_order ON payments (order_id);
CREATE INDEX orders_by_day ON orders (day, id);
CREATE INDEX orders_by_customer ON orders (customer_id, day, id);
"""


def create(path: str = ":memory:") -> sqlite3.Connection:
    """Return a connection to a new, empty shop."""
    connection = sqlite3.connect(path)
    connection.executescript(_TABLES)
    return connection
