"""Tests of listings, trees, limits and reports."""

from __future__ import annotations

import unittest

from quota import Entry, parse, report
from quota.limits import Excess, excesses, limit_of
from quota.report import outline
from quota.tree import Folder, build

LINES = """\
100 5 home/ann/a.txt
50 7 home/ann/photos/b.jpg

150 2 home/bob/c.txt
1 9 d.txt
""".splitlines(keepends=True)


class ListingTest(unittest.TestCase):
    def test_lines(self) -> None:
        self.assertEqual(parse(["7 1 a/b c/d e.txt\n", "\n"]), [Entry(("a", "b c"), "d e.txt", 7, 1)])

    def test_lines_that_mean_nothing(self) -> None:
        for line in ("7 a/b", "x 1 a", "-7 1 a", "7 1 a//b", "7 1 a/", "7 1 /a"):
            with self.assertRaisesRegex(ValueError, "line 2"):
                parse(["1 1 x", line])


class TreeTest(unittest.TestCase):
    def test_figures_of_folders(self) -> None:
        top = build(parse(LINES))
        ann = top.folders["home"].folders["ann"]
        self.assertEqual((top.size(), top.files(), top.last_day()), (301, 4, 9))
        self.assertEqual((ann.size(), ann.files(), ann.last_day()), (150, 2, 7))

    def test_an_empty_folder(self) -> None:
        top = Folder("")
        self.assertEqual((top.size(), top.files(), top.last_day()), (0, 0, 0))

    def test_files_can_come_later(self) -> None:
        top = build(parse(LINES))
        self.assertEqual(top.size(), 301)
        new = top.folder("home").folder("new")
        new.entries.append(Entry(("home", "new"), "x", 1000, 20))
        self.assertEqual((top.size(), top.files(), top.last_day()), (1301, 5, 20))
        self.assertEqual(top.folder("home").size(), 1300)

    def test_walks_by_name(self) -> None:
        paths = [folder.path() for folder in build(parse(LINES)).walk()]
        self.assertEqual(paths, ["/", "/home", "/home/ann", "/home/ann/photos", "/home/bob"])


class LimitTest(unittest.TestCase):
    def test_the_nearest_limit_counts(self) -> None:
        photos = build(parse(LINES)).folder("home").folder("ann").folder("photos")
        self.assertEqual(limit_of(photos, {"/": 1, "/home": 2, "/home/ann": 3}), 3)
        self.assertEqual(limit_of(photos, {"/": 1, "/home/bob": 2}), 1)
        self.assertIsNone(limit_of(photos, {"/home/bob": 2}))

    def test_a_limit_of_nothing(self) -> None:
        top = build(parse(LINES))
        self.assertEqual(excesses(top, {"/home/bob": 0}), [Excess("/home/bob", 150, 0)])

    def test_only_more_than_the_limit_is_an_excess(self) -> None:
        top = build(parse(LINES))
        expected = [Excess("/", 301, 300), Excess("/home/ann", 150, 49), Excess("/home/ann/photos", 50, 49)]
        self.assertEqual(excesses(top, {"/": 300, "/home": 300, "/home/ann": 49, "/home/bob": 150}), expected)
        self.assertEqual(excesses(top, {}), [])

    def test_reports_see_later_files(self) -> None:
        top = build(parse(LINES))
        self.assertEqual(excesses(top, {"/home": 300}), [])
        top.folder("home").entries.append(Entry(("home",), "x", 1, 1))
        self.assertEqual(excesses(top, {"/home": 300}), [Excess("/home", 301, 300)])


class ReportTest(unittest.TestCase):
    def test_a_whole_report(self) -> None:
        expected = (
            "301 bytes in 4 files\n"
            "over by 50: /home/ann (150 of 100)\n"
            "/ 301 4 files, last day 9\n"
            "  home 300 3 files, last day 7\n"
            "    ann 150 2 files, last day 7\n"
            "      photos 50 1 files, last day 7\n"
            "    bob 150 1 files, last day 2\n"
        )
        self.assertEqual(report(parse(LINES), {"/home/ann": 100}), expected)

    def test_small_folders_are_left_out(self) -> None:
        top = build([Entry(("a",), "x", 2, 1), Entry(("b",), "y", 97, 1), Entry(("c", "d"), "z", 1, 1)])
        self.assertEqual(
            outline(top),
            ["/ 100 3 files, last day 1", "  b 97 1 files, last day 1", "  a 2 1 files, last day 1"],
        )

    def test_of_no_files(self) -> None:
        self.assertEqual(report([], {"/": 0}), "0 bytes in 0 files\n/ 0 0 files, last day 0\n")


if __name__ == "__main__":
    unittest.main()
