"""Inputs on which rewritten code once did something else: now it does the same, or is left alone."""

# ruff: noqa: E501  (each source is one string, however long)
from __future__ import annotations

import contextlib
import io
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from strop.agents.optimizers.rules import apply_sites, find_sites

# Each: a source with a function f, and the arguments of a call of it, made anew for each side.
CASES: dict[str, tuple[str, Callable[[], tuple[Any, ...]]]] = {
    "a bare tuple": (
        "def f(a, b):\n    out = []\n    for x in *a, *b:\n        if x not in out:\n            out.append(x)\n"
        "    return out\n",
        lambda: ([1, 2], [2, 3]),
    ),
    "a parameter that is rebound": (
        "def f(rows: list[str]):\n    lines = rows\n    rows = []\n    for line in lines:\n"
        "        rows.append(line.split(','))\n    seen = []\n    for row in rows:\n        if row not in seen:\n"
        "            seen.append(row)\n    return seen\n",
        lambda: (["a,b", "a,b"],),
    ),
    "two names of one list": (
        "def f(xs: list[int]):\n    out = []\n    seen = out\n    for x in xs:\n        if x not in seen:\n"
        "            out.append(x)\n    return out\n",
        lambda: ([1, 1, 2, 1],),
    ),
    "an element that is changed": (
        "def f(xs: list[int]):\n    last = [0]\n    groups = [last]\n    for g in groups:\n        for x in xs:\n"
        "            if x not in g:\n                last.append(x)\n    return last\n",
        lambda: ([1, 1],),
    ),
    "None under another annotation": (
        "def f(ws: list[str], p: bool):\n    pre: str = None\n    if p:\n        pre = 'A'\n    n = 0\n"
        "    for w in ws:\n        if pre is not None and w == pre.lower():\n            n += 1\n    return n\n",
        lambda: (["a"], False),
    ),
    "adding in place to what a dict holds": (
        "def f(groups: dict[str, list[int]], xs: list[int]):\n    row = groups['a']\n    for x in xs:\n"
        "        if x not in row:\n            groups['a'] += [x]\n    return groups\n",
        lambda: ({"a": [0]}, [1, 1]),
    ),
    "a key that moves on": (
        "def f(rows: list[dict[str, int]], n: int):\n    cur = {'id': 0}\n    path = []\n    for _ in range(n):\n"
        "        for row in rows:\n            if row['id'] == cur['id']:\n                cur['id'] = row['next']\n"
        "                path.append(cur['id'])\n    return path\n",
        lambda: ([{"id": 0, "next": 1}, {"id": 1, "next": 2}, {"id": 2, "next": 3}], 1),
    ),
    "a view that is kept": (
        "def f(pairs: list[tuple[int, int]]):\n    d = {}\n    new = 0\n    for k, v in pairs:\n"
        "        known = d.keys()\n        d = {**d, k: v}\n        if k not in known:\n            new += 1\n"
        "    return new\n",
        lambda: ([(1, 2), (3, 4)],),
    ),
    "another name at module level": (
        "STATE: dict = {'on': []}\nON: list[str] = STATE['on']\ndef f(ws: list[str]):\n    for w in ws:\n"
        "        if w not in ON:\n            STATE['on'].append(w)\n    return STATE['on']\n",
        lambda: (["a", "a"],),
    ),
    "what can't be hashed in another way": (
        "def f(xs):\n    out = []\n    for x in xs:\n        if x not in out:\n            out.append(x)\n"
        "    return len(out)\n",
        lambda: ([memoryview(bytearray(b"a")), memoryview(bytearray(b"a"))],),
    ),
    "bytes that are none": (
        "def f(xs: list[bytes]):\n    out = []\n    for x in xs:\n        if x not in out:\n"
        "            out.append(x)\n            print(end='')\n    return out\n",
        lambda: ([bytearray(b"a"), bytearray(b"a")],),
    ),
    "a global beside a call": (
        "N = 0\ndef take():\n    global N\n    N += 1\n    return N\ndef f(n: int):\n    d = {}\n"
        "    for _ in range(n):\n        d = {**d, N: take()}\n    return d\n",
        lambda: (2,),
    ),
    "a name that the value assigns": (
        "def f(xs: list[int]):\n    d = {}\n    last = 0\n    for x in xs:\n        d = {**d, last: (last := x)}\n"
        "    return d\n",
        lambda: ([3, 4],),
    ),
    "a generator that looks on": (
        "def f(xs):\n    few = (y for y in xs if len(out) < 2)\n    out = []\n    for x in few:\n"
        "        if x not in out:\n            out.append(x)\n    return out\n",
        lambda: ([1, 2, 3],),
    ),
    "a generator that looks on a text": (
        "def f(ws: list[str]):\n    t = ''\n    sizes = (len(t) for _ in ws)\n    seen = []\n    for w in ws:\n"
        "        t = t + w\n        seen.append(next(sizes))\n    return seen\n",
        lambda: (["ab", "cd"],),
    ),
    "a name without a value": (
        "def f(xs: list[int], p: bool):\n    if p:\n        ok = [1]\n    return any([x > 3 or x in ok for x in xs])\n",
        lambda: ([5, 1], False),
    ),
    "a set among keys": (
        "def f(d: dict, x: set[int]):\n    return x in set(d)\n",
        lambda: ({frozenset({1}): 0}, {1}),
    ),
    "a comprehension's own variable": (
        "def f(rows: list[list[int]], b: list[int], xs: list[int]):\n    row = []\n    for x in xs:\n"
        "        [row.append(x) for row in rows]\n        if x not in b:\n            row += [x]\n    return row\n",
        lambda: (lambda b: ([b], b, [1, 1]))([]),
    ),
    "a key function that changes something": (
        "def f(b: list[int], xs: list[int]):\n    out = []\n    def rank(x):\n        b.clear()\n        return x\n"
        "    for x in xs:\n        out.append(x)\n        out.sort(key=rank)\n        if x not in b:\n"
        "            out.append(-1)\n    return out\n",
        lambda: ([1], [1]),
    ),
}


def outcome(source: str, make: Callable[[], tuple[Any, ...]]) -> tuple[str, str]:
    names: dict[str, Any] = {}
    exec(compile(source, "<source>", "exec"), names)
    try:
        return "returned", repr(names["f"](*make()))
    except Exception as error:
        return "raised", type(error).__name__


@pytest.mark.parametrize("name", CASES)
def test_it_does_the_same(name: str) -> None:
    source, make = CASES[name]
    keys = [site.key for site in find_sites(source)]
    after, _ = apply_sites(source, keys)
    assert outcome(after, make) == outcome(source, make), after


def test_a_constant_of_a_loop_is_none() -> None:
    source = (
        "def g(n: int) -> int:\n    return K if n < 2 else g(n - 1) + g(n - 2)\n"
        "for s in ('1', '5'):\n    K = int(s)\n    print(g(3))\n"
    )
    after, _ = apply_sites(source, [site.key for site in find_sites(source)])
    printed = []
    for text in (source, after):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(text, "<source>", "exec"), {})
        printed.append(out.getvalue())
    assert printed[0] == printed[1] == "3\n15\n"


@pytest.mark.parametrize("decorator", ["@njit", "@numba.jit(nopython=True)", "@torch.jit.script"])
def test_what_is_compiled_by_other_rules_is_left_alone(decorator: str) -> None:
    body = "def f(xs):\n    out = []\n    for x in xs:\n        if x not in out:\n            out.append(x)\n    return out\n"
    assert find_sites(body) and not find_sites(f"{decorator}\n{body}")


SAVE = """
import sqlite3
def save(db: sqlite3.Connection, rows: list):
    total = 0
    for r in rows:
        {first}
        {second}
        db.commit()
"""


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("db.execute('INSERT INTO t VALUES (?)', (r['id'],))", "total += r['n']"),
        ("total += r['id']", "db.execute('UPDATE OR FAIL t SET x = x + ?', (r['id'],))"),
    ],
)
def test_a_half_done_row_is_not_committed(first: str, second: str) -> None:
    source = SAVE.format(first=first, second=second)
    after, _ = apply_sites(source, [site.key for site in find_sites(source)])
    left = []
    for text in (source, after):
        names: dict[str, Any] = {}
        exec(compile(text, "<source>", "exec"), names)
        db = sqlite3.connect(":memory:")
        db.execute("CREATE TABLE t (x INTEGER CHECK (x < 10))")
        db.executemany("INSERT INTO t VALUES (?)", [(1,), (8,)])
        db.commit()
        with contextlib.suppress(Exception):
            names["save"](db, [{"id": 1, "n": 1}, {"id": 2}])
        db.rollback()
        left.append(sorted(db.execute("SELECT x FROM t")))
    assert left[0] == left[1]
