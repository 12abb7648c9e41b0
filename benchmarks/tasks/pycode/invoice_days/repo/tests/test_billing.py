"""Tests of days, amounts, rates and statements."""

from __future__ import annotations

import datetime
import unittest
from decimal import ROUND_UP, Decimal, localcontext

from billing import Line, Statement, read_lines, statements
from billing.amounts import parse_amount, to_cents
from billing.days import day_of, parse_moment, parse_offset, summer
from billing.rates import Rate, rate_on

D = datetime.date
RATES = [
    Rate("2024-02-01", "USD", "0.9"),
    Rate("2024-01-01", "USD", "0.8"),
    Rate("2024-01-01", "JPY", "0.00625"),
    Rate("2024-02-01", "USD", "0.95"),
]


class DayTest(unittest.TestCase):
    def test_three_ways_to_write_a_moment(self) -> None:
        expected = datetime.datetime(2024, 3, 9, 23, 5)
        for text in ("09/03/2024 23:05", "09.03.2024 23:05", "2024-03-09 23:05", "9.3.2024 23:5"):
            self.assertEqual(parse_moment(text), expected)

    def test_what_is_no_moment(self) -> None:
        for text in (
            "",
            "2024-03-09",
            "2024-02-30 10:00",
            "03/13/2024 10:00",
            "2024-03-09 24:00",
            "2024-03-09 1:2 ",
        ):
            with self.assertRaises(ValueError):
                parse_moment(text)

    def test_offsets(self) -> None:
        for text, minutes in (("+05:30", 330), ("-03:00", -180), ("+0000", 0), ("Z", 0)):
            self.assertEqual(parse_offset(text), datetime.timedelta(minutes=minutes))
        for text in ("", "5", "+5:30", "+25:00"):
            with self.assertRaises(ValueError):
                parse_offset(text)

    def test_bounds_of_summer(self) -> None:
        for year, start, end in ((2023, 26, 29), (2024, 31, 27), (2026, 29, 25)):
            expected = (datetime.datetime(year, 3, start, 1), datetime.datetime(year, 10, end, 1))
            self.assertEqual(summer(year), expected)

    def test_days_change_at_midnight_of_the_head_office(self) -> None:
        self.assertEqual(day_of("2024-01-31 22:59", "+00:00"), D(2024, 1, 31))
        self.assertEqual(day_of("2024-01-31 23:00", "+00:00"), D(2024, 2, 1))
        self.assertEqual(day_of("2024-01-31 20:00", "-03:00"), D(2024, 2, 1))
        self.assertEqual(day_of("2025-01-01 05:00", "+09:00"), D(2024, 12, 31))

    def test_an_hour_earlier_in_summer(self) -> None:
        self.assertEqual(day_of("2024-07-01 21:59", "+00:00"), D(2024, 7, 1))
        self.assertEqual(day_of("2024-07-01 22:00", "+00:00"), D(2024, 7, 2))
        self.assertEqual(day_of("2024-10-26 22:30", "Z"), D(2024, 10, 27))
        self.assertEqual(day_of("2024-10-27 22:30", "Z"), D(2024, 10, 27))


class AmountTest(unittest.TestCase):
    def test_amounts(self) -> None:
        for text, value in (("1,234.50", "1234.50"), ("-7", "-7.00"), ("(7.1)", "-7.10"), (" 0 ", "0.00")):
            self.assertEqual(str(parse_amount(text)), value)

    def test_what_is_no_amount(self) -> None:
        for text in ("", "x", "1.005", "NaN", "Infinity", "1.2.3"):
            with self.assertRaises(ValueError):
                parse_amount(text)

    def test_halves_go_to_the_even_cent(self) -> None:
        for value, cents in (("0.125", "0.12"), ("0.135", "0.14"), ("-0.125", "-0.12"), ("3", "3.00")):
            self.assertEqual(str(to_cents(Decimal(value))), cents)

    def test_rounding_does_not_depend_on_who_calls(self) -> None:
        with localcontext() as context:
            context.rounding = ROUND_UP
            self.assertEqual(str(to_cents(Decimal("0.121"))), "0.12")


class RateTest(unittest.TestCase):
    def test_the_last_rate_holds(self) -> None:
        self.assertEqual(rate_on(RATES, "USD", D(2024, 1, 31)), Decimal("0.8"))
        self.assertEqual(rate_on(RATES, "USD", D(2024, 2, 1)), Decimal("0.95"))
        self.assertEqual(rate_on(RATES, "JPY", D(2030, 1, 1)), Decimal("0.00625"))
        self.assertEqual(rate_on([], "EUR", D(2024, 1, 1)), Decimal(1))

    def test_before_the_first_rate(self) -> None:
        for currency, day in (("USD", D(2023, 12, 31)), ("GBP", D(2024, 5, 5))):
            with self.assertRaisesRegex(ValueError, currency):
                rate_on(RATES, currency, day)


class StatementTest(unittest.TestCase):
    def test_lines_are_read(self) -> None:
        found = read_lines(["31.12.2023 23:30; +01:00 ;ACME;USD;(1,000.5)\n", "\n"])
        self.assertEqual(found, [Line(D(2023, 12, 31), "ACME", "USD", Decimal("-1000.50"))])

    def test_lines_that_can_not_be_read(self) -> None:
        for text in (
            "2024-03-31 23:30;+00:00;ACME;USD",
            "soon;+00:00;ACME;USD;5",
            "2024-03-31 23:30;x;A;USD;5",
        ):
            with self.assertRaises(ValueError):
                read_lines([text])

    def test_sums_of_rounded_lines(self) -> None:
        lines = [
            Line(D(2024, 1, 5), "b", "JPY", Decimal("2.00")),
            Line(D(2024, 1, 6), "b", "JPY", Decimal("2.00")),
            Line(D(2024, 2, 1), "b", "USD", Decimal("10.00")),
            Line(D(2024, 2, 9), "a", "EUR", Decimal("-1.10")),
        ]
        expected = [
            Statement("a", "2024-02", 1, Decimal("-1.10"), Decimal("-1.10")),
            Statement("b", "2024-01", 2, Decimal("0.02"), Decimal("0.01")),
            Statement("b", "2024-02", 1, Decimal("9.50"), Decimal("9.50")),
        ]
        self.assertEqual(statements(lines, RATES), expected)

    def test_a_missing_rate_is_an_error(self) -> None:
        with self.assertRaisesRegex(ValueError, "no rate holds on 2024-01-05"):
            statements([Line(D(2024, 1, 5), "b", "GBP", Decimal("2.00"))], RATES)


if __name__ == "__main__":
    unittest.main()
