"""A small package of ten functions in four files, its tests and benchmark, and twenty mutants of it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FILES", "MUTANTS", "TARGET", "Mutant"]

TARGET = "ledger/*.py"

READING = '''\
"""Reading entries."""


def parse_line(line):
    """Return (account, amount in cents, day) of a line such as "rent;-12.50;3"."""
    account, amount, day = line.split(";")
    whole, _, cents = amount.lstrip("-").partition(".")
    value = int(whole) * 100 + int((cents + "00")[:2])
    return account, -value if amount.startswith("-") else value, int(day)


def parse_all(text):
    """Return the entries of a text, empty lines left out."""
    entries = []
    for line in text.splitlines():
        if line.strip():
            entries.append(parse_line(line))
    return entries
'''

MONEY = '''\
"""Amounts."""


def round_cents(value):
    """Round half away from zero."""
    return int(value + 0.5) if value >= 0 else -int(-value + 0.5)


def convert(cents, rate):
    """Return an amount in another currency."""
    return round_cents(cents * rate)


def total(entries, rate):
    """Return the sum of all entries, each converted."""
    result = 0
    for _, cents, _ in entries:
        result += convert(cents, rate)
    return result
'''

GROUPS = '''\
"""Groups of entries."""

from ledger.money import total


def by_account(entries):
    """Return the entries of each account."""
    groups = {}
    for entry in entries:
        groups.setdefault(entry[0], []).append(entry)
    return groups


def busiest(groups, count):
    """Return the accounts with the most entries, ties by name."""
    return sorted(groups, key=lambda name: (-len(groups[name]), name))[:count]


def sums(groups, rate):
    """Return the sum of each account."""
    return {name: total(entries, rate) for name, entries in groups.items()}
'''

PAGES = '''\
"""Reports."""

from ledger.groups import busiest, by_account, sums
from ledger.reading import parse_all


def format_row(name, cents):
    """Return a line of a report."""
    sign = "-" if cents < 0 else ""
    return f"{name:<12}{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def report(text, rate, count):
    """Return the report on the busiest accounts of a text."""
    groups = by_account(parse_all(text))
    amounts = sums(groups, rate)
    return [format_row(name, amounts[name]) for name in busiest(groups, count)]
'''

TESTS = """\
import unittest

from ledger.groups import busiest, by_account, sums
from ledger.money import convert, round_cents, total
from ledger.pages import format_row, report
from ledger.reading import parse_all, parse_line

TEXT = "rent;-12.50;3\\nfood;7;4\\n\\nfood;3.05;5\\nfun;1;6\\nfood;2;6\\nfun;4.1;7\\n"


class ReadingTest(unittest.TestCase):
    def test_line(self):
        self.assertEqual(parse_line("rent;-12.50;3"), ("rent", -1250, 3))
        self.assertEqual(parse_line("food;7;4"), ("food", 700, 4))

    def test_all(self):
        self.assertEqual(len(parse_all(TEXT)), 6)
        self.assertEqual(parse_all(TEXT)[2], ("food", 305, 5))


class MoneyTest(unittest.TestCase):
    def test_round(self):
        self.assertEqual([round_cents(v) for v in (1.5, -1.5, 2.4, 0)], [2, -2, 2, 0])

    def test_convert(self):
        self.assertEqual(convert(150, 1.1), 165)

    def test_total(self):
        self.assertEqual(total([("a", 100, 1), ("b", -50, 2)], 1.1), 55)


class GroupsTest(unittest.TestCase):
    def test_groups(self):
        self.assertEqual([len(g) for g in by_account(parse_all(TEXT)).values()], [1, 3, 2])

    def test_busiest(self):
        groups = {"a": [1], "c": [1, 2], "b": [1, 2]}
        self.assertEqual(busiest(groups, 2), ["b", "c"])

    def test_sums(self):
        self.assertEqual(sums({"a": [("a", 100, 1)], "b": []}, 2), {"a": 200, "b": 0})


class PagesTest(unittest.TestCase):
    def test_row(self):
        self.assertEqual(format_row("rent", -1205), "rent        -12.05")

    def test_report(self):
        self.assertEqual(report(TEXT, 1.0, 2), ["food        12.05", "fun         5.10"])


if __name__ == "__main__":
    unittest.main()
"""

BENCH = """\
import random
import sys

from ledger.pages import report

rng = random.Random(sys.argv[1])
lines = [f"a{rng.randrange(60)};{rng.randrange(-999, 999)}.{rng.randrange(100):02d};{rng.randrange(28)}"
         for _ in range(24000)]
print("\\n".join(report("\\n".join(lines), 1.07, 20)))
"""

FILES = {
    "ledger/__init__.py": "",
    "ledger/reading.py": READING,
    "ledger/money.py": MONEY,
    "ledger/groups.py": GROUPS,
    "ledger/pages.py": PAGES,
    "tests/__init__.py": "",
    "tests/test_ledger.py": TESTS,
    "bench.py": BENCH,
}


@dataclass(frozen=True)
class Mutant:
    """One fault, in one function."""

    kind: str  # "exception", "wrong value", "slowdown"
    function: str  # at fault: "path:name"
    old: str
    new: str

    @property
    def path(self) -> str:
        """The file that is changed."""
        return self.function.partition(":")[0]

    def text(self) -> str:
        """Return the file's text with the fault; raises `ValueError` where it does not fit."""
        base = FILES[self.path]
        if base.count(self.old) != 1:
            raise ValueError(f"{self.function}: {self.old!r} stands there {base.count(self.old)} times")
        return base.replace(self.old, self.new)


MUTANTS = (
    Mutant("exception", "ledger/reading.py:parse_line", 'line.split(";")', 'line.split(",")'),
    Mutant("wrong value", "ledger/reading.py:parse_line", '(cents + "00")[:2]', '("00" + cents)[-2:]'),
    Mutant("exception", "ledger/reading.py:parse_all", "if line.strip():", "if line[0].strip():"),
    Mutant(
        "slowdown",
        "ledger/reading.py:parse_all",
        "entries.append(parse_line(line))",
        "entries = entries + [parse_line(line)]",
    ),
    Mutant("wrong value", "ledger/money.py:round_cents", "-int(-value + 0.5)", "int(value + 0.5)"),
    Mutant(
        "slowdown",
        "ledger/money.py:round_cents",
        "    return int(value",
        "    for _ in range(80):\n        value = float(value)\n    return int(value",
    ),
    Mutant("wrong value", "ledger/money.py:convert", "cents * rate", "cents // 1 * rate + 0.5"),
    Mutant("exception", "ledger/money.py:convert", "cents * rate", "cents * rate.real[0]"),
    Mutant("wrong value", "ledger/money.py:total", "    result = 0\n", "    result = 1\n"),
    Mutant(
        "slowdown",
        "ledger/money.py:total",
        "        result += convert(cents, rate)",
        "        result = sum([result] + [0] * (len(entries) // 4)) + convert(cents, rate)",
    ),
    Mutant("exception", "ledger/groups.py:by_account", "groups.setdefault(entry[0], [])", "groups[entry[0]]"),
    Mutant(
        "slowdown",
        "ledger/groups.py:by_account",
        "        groups.setdefault(entry[0], []).append(entry)",
        "        groups[entry[0]] = groups.get(entry[0], []) + [entry]",
    ),
    Mutant(
        "wrong value", "ledger/groups.py:busiest", "(-len(groups[name]), name)", "(len(groups[name]), name)"
    ),
    Mutant("exception", "ledger/groups.py:busiest", "[:count]", "[: count[0]]"),
    Mutant("wrong value", "ledger/groups.py:sums", "total(entries, rate) for", "total(entries, 1) for"),
    Mutant("exception", "ledger/groups.py:sums", "groups.items()", "groups.item()"),
    Mutant("wrong value", "ledger/pages.py:format_row", "% 100:02d", "% 100:d"),
    Mutant("exception", "ledger/pages.py:format_row", "{name:<12}", "{name:<12d}"),
    Mutant("wrong value", "ledger/pages.py:report", "busiest(groups, count)", "busiest(groups, count - 1)"),
    Mutant(
        "slowdown",
        "ledger/pages.py:report",
        "    amounts = sums(groups, rate)\n",
        "    amounts = sums(groups, rate)\n    checks = [ord(sign) for sign in text for _ in range(2)]\n"
        "    assert checks or not groups\n",
    ),
)
