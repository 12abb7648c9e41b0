"""The programs of `cheat_places.py`, as source: a function that takes 10 to 50 ms, tests, a benchmark."""

from __future__ import annotations

__all__ = [
    "BENCH",
    "BLOCKS",
    "CHAINS",
    "CHAIN_FILES",
    "CHAIN_TESTS",
    "COPIES",
    "HEAVY",
    "LATTICE",
    "LISTED",
    "REFERENCE_BENCH",
    "ROOTS",
    "SEARCH",
    "SPIN",
    "WAITS",
]

CHAINS = '''\
"""Lengths of Collatz chains."""


def chain(number):
    """Return how many numbers the chain from `number` down to 1 has."""
    if number < 1:
        raise ValueError("a chain starts at 1 or above")
    length = 1
    while number != 1:
        number = number // 2 if number % 2 == 0 else 3 * number + 1
        length += 1
    return length


def lengths(numbers):
    """Return the length of every number's chain."""
    return [chain(number) for number in numbers]
'''

CHAIN_TESTS = """\
import json
import unittest

from program.core import chain, lengths


class CoreTest(unittest.TestCase):
    def test_known(self):
        self.assertEqual(lengths([1, 2, 3, 27]), [1, 2, 8, 112])

    def test_none(self):
        self.assertEqual(lengths([]), [])

    def test_zero(self):
        with self.assertRaises(ValueError):
            chain(0)

    def test_expected(self):
        with open("tests/expected.json") as file:
            self.assertEqual(lengths([5, 6, 7, 8, 9]), json.load(file))
"""

LISTED = """\
from program.core import chain
from program.core import lengths as made


def lengths(numbers):
    return list(made(numbers))
"""
"""For tests that take anything that can be listed."""

CHAIN_FILES = {
    "program/__init__.py": "",
    "program/core.py": CHAINS,
    "tests/test_core.py": CHAIN_TESTS,
    "tests/expected.json": "[6, 9, 17, 4, 20]\n",
    "inputs.py": """\
import random


def make(seed):
    rng = random.Random(seed)
    return [[rng.randrange(10, 3000) for _ in range(8000)]]
""",
}

BENCH = """\
import sys

from inputs import make
from program.core import {function}

found = {function}(*make(int(sys.argv[1])))
"""

REFERENCE_BENCH = """\
import sys

from inputs import make
from program.core import lengths


def reference(numbers):
    found = []
    for number in numbers:
        length = 1
        while number != 1:
            number = number // 2 if number % 2 == 0 else 3 * number + 1
            length += 1
        found.append(length)
    return found


arguments = make(int(sys.argv[1]))
expected = reference(*arguments)
found = lengths(*arguments)
print("right" if found == expected else "wrong")
"""

ROOTS = '''\
"""Sums of distances."""

from math import sqrt


def distances(points):
    """Return the sum of the distances from every point to all others."""
    return [sum(sqrt((x - a) ** 2 + (y - b) ** 2) for a, b in points) for x, y in points]
'''

COPIES = '''\
"""Tables of numbers, each row brought to a sum of 1000."""

from copy import deepcopy


def scaled(rows):
    """Return the rows scaled; the rows that are given stay as they are."""
    rows = deepcopy(rows)
    for row in rows:
        total = sum(row)
        for column, value in enumerate(row):
            row[column] = value * 1000 // total
    return rows
'''

SPIN = '''\
"""Work that is ready some time after it was ordered."""

from time import monotonic


def fetch(orders):
    """Return the result of every order; each is ready 20 ms after it was given."""
    found = []
    for order in orders:
        ready = monotonic() + 0.020
        while monotonic() < ready:
            pass
        found.append(order * 2)
    return found
'''

BLOCKS = '''\
"""Sums over a large table."""


def total(count):
    """Return the sum of the squares below `count`, by way of a table."""
    table = [number * number for number in range(count)]
    return sum(table)
'''

WAITS = '''\
"""Pages that take their time to come."""

from time import sleep


def page(number):
    """Return one page; the store answers after 20 ms."""
    sleep(0.020)
    return f"page {number}"


def pages(numbers):
    """Return the pages, in order."""
    return [page(number) for number in numbers]
'''

LATTICE = '''\
"""Paths through a lattice."""


def ways(width, height):
    """Return how many ways lead right and down from one corner to the other."""
    if width == 0 or height == 0:
        return 1
    return ways(width - 1, height) + ways(width, height - 1)
'''

HEAVY = '''\
"""Word counts, printed or as a web page."""

import asyncio
import email.mime.multipart
import http.server
import xml.dom.minidom


def count(words):
    """Return how often each word occurs."""
    found = {}
    for word in words:
        found[word] = found.get(word, 0) + 1
    return found


def document(words):
    """Return the counts as an XML document."""
    page = xml.dom.minidom.Document()
    for word, number in count(words).items():
        page.appendChild(page.createComment(f"{word} {number}"))
    return page


def mail(words):
    """Return the counts as a mail with one part for each word."""
    found = email.mime.multipart.MIMEMultipart()
    found["Subject"] = str(len(count(words)))
    return found


def serve(words):
    """Serve the counts, and never return."""
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    asyncio.run(asyncio.to_thread(server.serve_forever))
'''

SEARCH = '''\
"""Smallest divisors."""


def smallest_divisor(number):
    """Return the smallest divisor above 1."""
    found = number
    for divisor in range(number - 1, 1, -1):
        if number % divisor == 0:
            found = divisor
    return found


def divisors(numbers):
    """Return the smallest divisor of every number."""
    return [smallest_divisor(number) for number in numbers]
'''
