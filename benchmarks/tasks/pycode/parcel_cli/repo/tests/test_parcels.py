"""Tests of the command line, and of what is behind each command."""

from __future__ import annotations

import contextlib
import datetime
import io
import unittest
import zipfile

from parcels import papers, pricing, routes, workdays
from parcels.cli import main


def answer(*words: str) -> tuple[int, str]:
    """Return what a command returns and prints."""
    out = io.StringIO()
    return main(list(words), out), out.getvalue()


class LightTest(unittest.TestCase):
    def test_prices(self) -> None:
        self.assertEqual(answer("price", "A1", "500"), (0, "3.90 EUR\n"))
        self.assertEqual(answer("price", "H9", "501"), (0, "6.95 EUR\n"))

    def test_prices_at_the_borders(self) -> None:
        self.assertEqual(pricing.price("A1", 31500), 1680)
        for zone, grams in (("A1", 0), ("A1", 31501), ("J1", 5), ("A", 5), ("Ax", 5)):
            with self.assertRaises(ValueError):
                pricing.price(zone, grams)

    def test_errors_are_messages(self) -> None:
        expected = "error: weight 0: it must be from 1 to 31500 grams\n"
        self.assertEqual(answer("price", "A1", "0"), (2, expected))

    def test_labels(self) -> None:
        self.assertEqual(answer("label", "B4", "1234"), (0, "B4-00001234-8\n"))
        self.assertEqual(answer("check", "B4-00001234-8"), (0, "good\n"))
        for text in ("B4-00001234-7", "B4-1234-8", "B4-00001234", "B4-0000123x-8", "B4-00001234-"):
            self.assertEqual(answer("check", text), (0, "bad\n"))

    def test_unknown_commands_end_the_program(self) -> None:
        with self.assertRaises(SystemExit), contextlib.redirect_stderr(io.StringIO()):
            main(["fly"])


class RouteTest(unittest.TestCase):
    def test_next_door_and_far_away(self) -> None:
        self.assertEqual(answer("route", "A1", "A2"), (0, "16 km\n"))
        self.assertEqual(answer("route", "A1", "J9"), (0, "250 km\n"))
        self.assertEqual(answer("route", "A9", "H1"), (0, "61 km\n"))

    def test_nowhere_to_go(self) -> None:
        self.assertEqual(answer("route", "D4", "D4"), (0, "0 km\n"))
        self.assertEqual(answer("route", "D4", "X1")[0], 2)
        self.assertEqual(answer("route", "A1", "K1"), (2, "error: depot K1: no way leads there from A1\n"))

    def test_ways_are_as_long_back_and_never_longer_than_by_a_third_place(self) -> None:
        ways = routes.shortest_ways()
        for start in ("A1", "E5", "K1"):
            for end in routes.DEPOTS:
                self.assertEqual(ways[start][end], ways[end][start])
                self.assertLessEqual(ways[start][end], ways[start]["C3"] + ways["C3"][end])


class DueTest(unittest.TestCase):
    def test_over_weekends_and_holidays(self) -> None:
        self.assertEqual(answer("due", "2024-03-28", "1"), (0, "2024-03-30\n"))  # Good Friday
        self.assertEqual(answer("due", "2024-03-30", "1"), (0, "2024-04-02\n"))  # Easter Monday
        self.assertEqual(answer("due", "2024-12-24", "2"), (0, "2024-12-28\n"))
        self.assertEqual(workdays.due("2099-12-31", 0), "2099-12-31")

    def test_days_that_do_not_count(self) -> None:
        for date, days in (("2024-12-25", 1), ("2024-12-22", 1), ("1999-12-30", 1), ("2024-12-23", -1)):
            with self.assertRaises(ValueError):
                workdays.due(date, days)
        with self.assertRaises(ValueError):
            workdays.due("2099-12-31", 1)

    def test_easter(self) -> None:
        for year, month, day in (
            (2000, 4, 23),
            (2024, 3, 31),
            (2038, 4, 25),
            (2049, 4, 18),
            (2076, 4, 19),
            (2099, 4, 12),
        ):
            self.assertEqual(workdays.easter(year), datetime.date(year, month, day))

    def test_the_calendar(self) -> None:
        days = workdays.calendar()
        self.assertEqual((len(days), days[0], days[-1]), (30478, "2000-01-03", "2099-12-31"))


class PaperTest(unittest.TestCase):
    def test_a_manifest_is_sorted(self) -> None:
        status, text = answer("manifest", "B4-00001234-8", "A1-00000001-7")
        self.assertEqual(status, 0)
        self.assertIn('<manifest parcels="2" middle="617.5">\n  <parcel label="A1-00000001-7"/>', text)

    def test_a_manifest_has_good_labels_only(self) -> None:
        self.assertEqual(answer("manifest", "B4-00001234-1")[0], 2)

    def test_notices(self) -> None:
        text = answer("notice", "ann@example.org", "B4-00001234-8")[1]
        self.assertTrue(text.startswith("To: ann@example.org\nSubject: Parcel B4-00001234-8\n"))
        self.assertTrue(text.endswith("\n\nYour parcel B4-00001234-8 is on its way.\n"))

    def test_the_archive_has_an_index(self) -> None:
        with zipfile.ZipFile(io.BytesIO(papers.archive({"b.txt": "two", "a.txt": "1"}))) as files:
            self.assertEqual(files.namelist(), ["index.sql", "a.txt", "b.txt"])
            self.assertIn("VALUES('b.txt',3)", files.read("index.sql").decode())


if __name__ == "__main__":
    unittest.main()
