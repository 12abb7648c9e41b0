"""Prints the statement of a generated shop: python bench.py SEED [SIZE], SIZE the number of orders."""

from __future__ import annotations

import hashlib
import random
import sqlite3
import sys

from orders import create, page_size, render, statement

GROUPS = ("private", "trade", "school", "staff")


def fill(connection: sqlite3.Connection, seed: int, size: int) -> None:
    """Fill a shop with customers, products and orders of two months."""
    chance = random.Random(seed)
    customers = [
        (number, f"customer {chance.randrange(10**6):06d}", chance.choice(GROUPS))
        for number in range(1, size // 120 + 2)
    ]
    categories = [(number, f"category {number:02d}") for number in range(1, 25)]
    products = [
        (number, f"item {chance.randrange(10**6):06d}", chance.randrange(1, 25), chance.randrange(50, 20_000))
        for number in range(1, 401)
    ]
    discounts = [
        (group, category, chance.randrange(1, 40))
        for group in GROUPS
        for category, _ in categories
        if chance.random() < 0.5
    ]
    orders, lines, payments = [], [], []
    for number in range(1, size + 1):
        month = 3 if chance.random() < 0.85 else chance.choice((2, 4))
        day = f"2024-{month:02d}-{chance.randrange(1, 29):02d}"
        orders.append((number, chance.randrange(1, len(customers) + 1), day))
        # Some products were removed from the catalogue since.
        bought = chance.choices(range(1, 406), k=chance.randrange(1, 7))
        lines += [(number, position, product, product % 4 + 1) for position, product in enumerate(bought)]
        if chance.random() < 0.7:
            payments.append((number, chance.randrange(500, 60_000)))
    for table, rows in (
        ("customers", customers),
        ("categories", categories),
        ("products", products),
        ("discounts", discounts),
        ("orders", orders),
        ("order_lines", lines),
        ("payments", payments),
    ):
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
    connection.commit()


def main() -> None:
    """Print the figures, and a checksum of the whole statement."""
    seed = int(sys.argv[1])
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    connection = create()
    fill(connection, seed, size)
    text = render(statement(connection, "2024-03", page=page_size()))
    print("\n".join(text.splitlines()[:8]))
    print("sha256", hashlib.sha256(text.encode()).hexdigest())


if __name__ == "__main__":
    main()
