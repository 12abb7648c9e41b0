"""Tests of movements, scans, the reconciliation and its report."""

from __future__ import annotations

import unittest

from stock import Movement, reconcile, render
from stock.bins import aisle_of, is_bin
from stock.movements import MovementError, places, serials_on_hand
from stock.scans import parse_scans, without_repeats


def received(*serials: str, place: str = "A01-1") -> list[Movement]:
    return [Movement("receipt", serial, place) for serial in serials]


class BinTest(unittest.TestCase):
    def test_bins_have_an_aisle_and_a_shelf(self) -> None:
        self.assertTrue(is_bin("B07-3"))
        for text in ("", "B7-3", "b07-3", "B07-33", "B07"):
            self.assertFalse(is_bin(text))

    def test_the_aisle_of_what_is_no_bin(self) -> None:
        self.assertEqual(aisle_of("B07-3"), "B07")
        with self.assertRaisesRegex(ValueError, "not a bin: 'X'"):
            aisle_of("X")


class MovementTest(unittest.TestCase):
    def test_what_was_shipped_is_gone(self) -> None:
        movements = [*received("K1", "K2", "K3"), Movement("shipment", "K2")]
        self.assertEqual(serials_on_hand(movements), ["K1", "K3"])

    def test_a_transfer_counts_as_a_new_arrival(self) -> None:
        movements = [*received("K1", "K2", "K3"), Movement("transfer", "K1", "B02-2")]
        self.assertEqual(serials_on_hand(movements), ["K2", "K3", "K1"])
        self.assertEqual(places(movements)["K1"], "B02-2")

    def test_what_was_shipped_can_come_back(self) -> None:
        movements = [*received("K1", "K2"), Movement("shipment", "K1"), *received("K1")]
        self.assertEqual(serials_on_hand(movements), ["K2", "K1"])

    def test_impossible_movements_are_named(self) -> None:
        for movement, message in (
            (Movement("receipt", "K1", "A01-1"), "movement 2: K1 is there already"),
            (Movement("shipment", "K9"), "movement 2: K9 is not there"),
            (Movement("transfer", "K9", "A01-1"), "movement 2: K9 is not there"),
            (Movement("theft", "K1"), "movement 2: unknown kind 'theft'"),
        ):
            with self.subTest(message), self.assertRaises(MovementError) as caught:
                serials_on_hand([*received("K1"), movement])
            self.assertEqual(str(caught.exception), message)


class ScanTest(unittest.TestCase):
    def test_lines_are_cleaned_or_rejected(self) -> None:
        scans, rejected = parse_scans([" A01-1 k1 ", "A01-1", "nowhere K2", "A01-1 K 3", "A01-1   K4"])
        self.assertEqual(scans, [("A01-1", "K1"), ("A01-1", "K4")])
        self.assertEqual(rejected, ["A01-1", "nowhere K2", "A01-1 K 3"])

    def test_the_first_scan_of_a_serial_counts(self) -> None:
        scans = [("A01-1", "K2"), ("A01-2", "K1"), ("A01-3", "K2"), ("A01-2", "K1"), ("A01-1", "K3")]
        self.assertEqual(without_repeats(scans), [("A01-1", "K2"), ("A01-2", "K1"), ("A01-1", "K3")])
        self.assertEqual(len(scans), 5)

    def test_no_scans(self) -> None:
        self.assertEqual(without_repeats([]), [])


class ReconcileTest(unittest.TestCase):
    def test_all_kinds_of_differences(self) -> None:
        movements = [*received("K1", "K2", "K3", "K4"), Movement("shipment", "K4")]
        lines = ["A01-1 K9", "B02-1 K3", "A01-1 K1", "A01-1 k1", "A01-1 K4", "oops"]
        result = reconcile(movements, lines)
        self.assertEqual(result.missing, ["K2"])
        self.assertEqual(result.surplus, ["K9", "K4"])
        self.assertEqual(result.misplaced, [("K3", "A01-1", "B02-1")])
        self.assertEqual((result.matched, result.repeats, result.rejected), (2, 1, ["oops"]))

    def test_an_empty_warehouse(self) -> None:
        result = reconcile([], [])
        self.assertEqual((result.matched, result.missing, result.surplus), (0, [], []))

    def test_the_report_names_every_difference(self) -> None:
        text = render(reconcile(received("K1", "K2"), ["B02-1 K2", "A01-1 K7", "x"]))
        self.assertEqual(
            text.splitlines(),
            ["matched 1", "missing 1", "surplus 1", "misplaced 1", "repeats 0", "rejected 1"]
            + ["- K1", "+ K7", "> K2 A01-1 B02-1", "? x", "aisle B02 1"],
        )


if __name__ == "__main__":
    unittest.main()
