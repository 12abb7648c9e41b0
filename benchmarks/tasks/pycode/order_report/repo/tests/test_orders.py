"""Tests of amounts, lines, the statement and its text, on a shop of a few orders."""

from __future__ import annotations

import os
import unittest
from unittest import mock

from orders import create, page_size, render, statement
from orders.amounts import discounted, shown
from orders.lines import Line, priced_lines
from orders.loyalty import step, turnover_before


class AmountTest(unittest.TestCase):
    def test_amounts_as_people_write_them(self) -> None:
        self.assertEqual([shown(cents) for cents in (0, 5, 1205, -30)], ["0.00", "0.05", "12.05", "-0.30"])

    def test_the_steps_of_loyalty(self) -> None:
        turnovers = (0, 499_999, 500_000, 1_999_999, 2_000_000)
        self.assertEqual([step(turnover) for turnover in turnovers], [0, 0, 2, 2, 5])

    def test_discounts_round_half_up(self) -> None:
        self.assertEqual([discounted(cents, 10) for cents in (0, 5, 15, 100)], [0, 5, 14, 90])
        self.assertEqual(discounted(999, 100), 0)


class ShopTest(unittest.TestCase):
    def setUp(self) -> None:
        self.connection = create()
        self.addCleanup(self.connection.close)
        for table, rows in {
            "customers": [(1, "Ada", "trade"), (2, "Ben", "private")],
            "categories": [(1, "paper"), (2, "pens")],
            "products": [(10, "pad", 1, 250), (11, "pen", 2, 199), (12, "ink", 2, 1000)],
            "discounts": [("trade", 2, 25), ("private", 1, 10)],
            "orders": [
                (7, 1, "2024-03-31"),
                (8, 2, "2024-03-01"),
                (9, 1, "2024-04-01"),
                (5, 2, "2024-03-31"),
            ],
            "order_lines": [(7, 1, 11, 3), (7, 0, 10, 2), (8, 0, 10, 1), (8, 1, 99, 4), (9, 0, 12, 1)],
            "payments": [(7, 300), (7, 100), (8, 900), (9, 10)],
        }.items():
            marks = ", ".join("?" * len(rows[0]))
            self.connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)

    def test_lines_come_by_position_with_their_discount(self) -> None:
        self.assertEqual(
            priced_lines(self.connection, 7),
            [Line("pad", "paper", 2, 500), Line("pen", "pens", 3, 448)],
        )

    def test_a_discount_belongs_to_the_group_of_the_customer(self) -> None:
        self.assertEqual(priced_lines(self.connection, 8)[0], Line("pad", "paper", 1, 225))
        self.assertEqual(priced_lines(self.connection, 9), [Line("ink", "pens", 1, 750)])

    def test_turnover_is_what_the_same_customer_bought_before(self) -> None:
        self.assertEqual(
            [turnover_before(self.connection, order) for order in (7, 8, 9, 5)], [0, 0, 1097, 250]
        )

    def test_of_a_day_the_lower_number_comes_first(self) -> None:
        self.connection.execute("INSERT INTO orders VALUES (3, 1, '2024-04-01'), (11, 1, '2024-04-01')")
        self.connection.execute("INSERT INTO order_lines VALUES (3, 0, 11, 1), (11, 0, 11, 1)")
        self.assertEqual(turnover_before(self.connection, 9), 1097 + 199)

    def test_loyalty_adds_to_the_discount(self) -> None:
        self.connection.execute("INSERT INTO orders VALUES (1, 1, '2023-05-05'), (2, 2, '2023-05-05')")
        self.connection.execute("INSERT INTO order_lines VALUES (1, 0, 12, 500), (2, 0, 10, 8000)")
        self.assertEqual([line.amount for line in priced_lines(self.connection, 7)], [490, 436])
        self.assertEqual(priced_lines(self.connection, 8)[0].amount, 213)
        self.assertEqual(
            [line.amount for line in statement(self.connection, "2024-03").entries[2].lines], [490, 436]
        )

    def test_removed_products_are_free_and_shown_as_such(self) -> None:
        self.assertEqual(priced_lines(self.connection, 8)[1], Line("(removed)", "(none)", 4, 0))

    def test_an_order_without_lines(self) -> None:
        self.assertEqual(priced_lines(self.connection, 5), [])
        entry = statement(self.connection, "2024-03").entries[1]
        self.assertEqual((entry.order_id, entry.lines, entry.total, entry.paid), (5, (), 0, 0))

    def test_orders_come_by_day_and_number(self) -> None:
        result = statement(self.connection, "2024-03")
        self.assertEqual([entry.order_id for entry in result.entries], [8, 5, 7])
        self.assertEqual([entry.customer for entry in result.entries], ["Ben", "Ben", "Ada"])

    def test_what_was_paid_too_much_counts_for_nobody_else(self) -> None:
        result = statement(self.connection, "2024-03")
        self.assertEqual((result.total, result.open_amount), (1173, 548))
        self.assertEqual([entry.paid for entry in result.entries], [900, 0, 400])

    def test_the_turnover_of_categories_by_name(self) -> None:
        result = statement(self.connection, "2024-03")
        self.assertEqual(list(result.by_category.items()), [("(none)", 0), ("paper", 725), ("pens", 448)])

    def test_the_page_changes_nothing(self) -> None:
        expected = statement(self.connection, "2024-03")
        for page in (1, 2, 3, 4):
            self.assertEqual(statement(self.connection, "2024-03", page=page), expected)

    def test_a_month_without_orders(self) -> None:
        text = render(statement(self.connection, "2023-12"))
        self.assertEqual(text, "month 2023-12\norders 0\ntotal 0.00\nopen 0.00\n")

    def test_the_text_has_every_order_and_line(self) -> None:
        lines = render(statement(self.connection, "2024-04")).splitlines()
        self.assertEqual(
            lines[3:],
            ["open 7.40", "category pens: 7.50"] + ["2024-04-01 #9 Ada: 7.50, paid 0.10", "  1 x ink: 7.50"],
        )

    def test_the_page_is_read_from_the_environment(self) -> None:
        with mock.patch.dict(os.environ, {"ORDERS_PAGE": "7"}):
            self.assertEqual(page_size(), 7)
        with mock.patch.dict(os.environ, clear=True):
            self.assertEqual(page_size(), 100)


if __name__ == "__main__":
    unittest.main()
