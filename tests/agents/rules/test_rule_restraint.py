"""What the rules must leave alone: code that a looser rule would break."""

# ruff: noqa: E501  (each source is one string, however long)
from __future__ import annotations

import pytest

from strop.agents.optimizers.rules import find_sites

ALONE: dict[str, list[str]] = {
    "membership-set": [
        # the list changes in the loop, under its own name or another's
        "def f(a: list[int], b: list[int]):\n    for x in a:\n        if x in b:\n            b.remove(x)\n",
        "def f(a: list[int], b: list[int]):\n    c = b\n    for x in a:\n        if x in c:\n            b.append(x)\n",
        "def f(a: list[int], b: list[int], g):\n    for x in a:\n        if x in b:\n            g(x)\n",
        "def f(a: list[int], b: list[int]):\n    for x in a:\n        if x in b:\n            b = [x]\n",
        "def f(a: list[int], b: list[int], g):\n    c = b\n    for x in a:\n        if x in b:\n            max(a, key=g)\n",
        "def f(a: list[int], b: list[int]):\n    c = b\n    for x in a:\n        if x in b:\n            c[0] = x\n",
        "def f(a: list[int]):\n    b = c = [1, 2]\n    for x in a:\n        if x in b:\n            c.append(x)\n",
        "def f(g, b: list[int]):\n    rows = [[1], [2]]\n    rows[0].append(g)\n    for row in rows:\n        for x in row:\n            print(x in b)\n",
        # what is looked up may be unhashable, or the container may be text
        "def f(a, b: list[int]):\n    return [x for x in a if x in b]\n",
        "def f(a: list[list[int]], b: list[list[int]]):\n    return [x for x in a if x in b]\n",
        "def f(a: list[str], b: str):\n    return [x for x in a if x in b]\n",
        # shared with an inner function; a generator; a lazy expression; the name may be unbound
        "def f(a: list[int], b: list[int]):\n    def g():\n        b.clear()\n    for x in a:\n"
        "        if x in b:\n            g()\n",
        "def f(a: list[int], b: list[int]):\n    for x in a:\n        if x in b:\n            yield x\n",
        "def f(a: list[int]):\n    b = [1]\n    lazy = (x for x in a if x in b)\n    b.append(2)\n"
        "    return list(lazy)\n",
        "def f(a: list[int], p):\n    if p:\n        b = list(a)\n    for x in a:\n        if x in b:\n            p += 1\n",
        # not repeated; a built-in with another meaning; None by default; own frame
        "def f(x: int, b: list[int]):\n    return x in b\n",
        "def set(x):\n    return 1\ndef f(a: list[int], b: list[int]):\n    return [x for x in a if x in b]\n",
        "def f(a: list[int], b: list[int] = None):\n    return [x for x in a if x in b]\n",
        "from x import *\ndef f(a: list[int], b: list[int]):\n    return [x for x in a if x in b]\n",
        "def f(a: list[int], b: list[int]):\n    return [x for x in a if x in b and eval('b.pop()')]\n",
        "NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g']\ndef g():\n    NAMES.append('h')\n"
        "def f(text: str):\n    return [w for w in text.split() if w in NAMES and g()]\n",
    ],
    "count-lookup": [
        "def f(a: list[int]):\n    for x in a:\n        if a.count(x) > 1:\n            a.remove(x)\n",
        "def f(a):\n    return [a.count(x) for x in a]\n",
        "def f(a: list[list[int]]):\n    return [a.count(x) for x in a]\n",
        "def f(a: str):\n    return [a.count(x) for x in a]\n",
        "def f(a: list[int], g):\n    out = []\n    for x in a:\n        out.append(a.count(g(x)))\n    return out\n",
    ],
    "index-lookup": [
        "def f(a: list[int]):\n    for x in a:\n        a[a.index(x)] = 0\n",
        "def f(a: str):\n    return [a.index(x) for x in a]\n",
        "def f(a: list[int], b: list[int]):\n    return [a.index(x, 1) for x in b]\n",
        "def f(a, b: list[int]):\n    return [a.index(x) for x in b]\n",
        "def f(a: list[int], b: list[int], g):\n    return [a.index(g(x)) for x in b]\n",
    ],
    "seen-set": [
        "def f(xs):\n    out = []\n    for x in xs:\n        if x not in out:\n            out.append(x)\n    return out\n",
        "def f(xs: list[int], g):\n    out = []\n    for x in xs:\n        if x not in out:\n            out.append(x)\n"
        "            g(out)\n    return out\n",
        "def f(xs: list[int]):\n    out = []\n    for x in xs:\n        if x not in out:\n            out.append(x)\n"
        "        out[0] = 5\n    return out\n",
        "def f(xs: list[int], out: list[int]):\n    for x in xs:\n        if x not in out:\n            out.append(x)\n",
        "def f(xs: list[int]):\n    out = []\n    for x in xs:\n        if x not in out:\n            out.append(x)\n"
        "        if x > 3:\n            out = []\n    return out\n",
        "def f(xs: list[int]):\n    out = []\n    for x in xs:\n        if x not in out: out.append(x); x += 1\n    return out\n",
    ],
    "dedupe": [
        "def f(xs):\n    out = [1]\n    for x in xs:\n        if x not in out:\n            out.append(x)\n    return out\n",
        "def f(xs, g):\n    out = []\n    for x in xs:\n        if g(x) not in out:\n            out.append(x)\n    return out\n",
        "def f(xs):\n    out = []\n    try:\n        out = []\n        for x in xs:\n            if x not in out:\n"
        "                out.append(x)\n    except ValueError:\n        pass\n    return out\n",
        "def f(xs):\n    out = []\n    for x in xs:\n        if x not in out:\n            out.append(x)\n    else:\n"
        "        out.append(0)\n    return out\n",
        "def f(xs):\n    out = []\n    for x in xs:\n        if x not in out:\n            out.append(x)\n"
        "            print(x)\n    return out\n",
        "def f(xs):\n    global out\n    out = []\n    for x in xs:\n        if x not in out:\n            out.append(x)\n",
    ],
    "copy-membership": [
        "def f(d, k: str):\n    return k in d.keys()\n",
        "def f(d: dict[str, int], k):\n    return k in list(d)\n",
        "def f(d: dict[str, int], k: str):\n    return k in d.values()\n",
        "def f(xs: list[int], k: int):\n    return k in set(xs)\n",
        "def f(d: dict[str, int], k: str):\n    return k in list(d.items())\n",
        "def list(x):\n    return []\ndef f(d: dict[str, int], k: str):\n    return k in list(d)\n",
    ],
    "nested-join": [
        "def f(xs, ys):\n    for x in xs:\n        for y in ys:\n            if x[0] == y[0]:\n                print(x)\n",
        "def f(xs: list[dict], ys: list[dict], g):\n    for x in xs:\n        for y in ys:\n            if x['a'] == y['a']:\n"
        "                g(y)\n",
        "def f(xs: list[dict], ys: list[dict]):\n    for x in xs:\n        for y in ys:\n            if x['a'] == y['a']:\n"
        "                ys.append(x)\n",
        "def f(xs: list[dict], ys: list[dict]):\n    for x in xs:\n        for y in ys:\n            if x['a'] == y['a']:\n"
        "                x['a'] = 2\n",
        "def f(xs: list[dict], ys: list[dict]):\n    for x in xs:\n        for y in ys:\n            if x['a'] == y['a']:\n"
        "                print(x)\n            else:\n                print(y)\n",
        "def f(xs: list[dict], ys: list[dict]):\n    y = None\n    for x in xs:\n        for y in ys:\n"
        "            if x['a'] == y['a']:\n                print(x)\n    return y\n",
        "def f(xs: list[dict], ys: list[dict]):\n    for x in xs:\n        for y in ys:\n            if x['a'] < y['a']:\n"
        "                print(x)\n",
    ],
    "deque-queue": [
        "def f(q):\n    while q:\n        q.pop(0)\n",
        "def f(n):\n    q = [n]\n    while q:\n        yield q.pop(0)\n",
        "def f(n, g):\n    q = [n]\n    while q:\n        q.pop(0)\n        g(q)\n",
        "def f(n):\n    q = [n]\n    while q:\n        q.pop(0)\n        print(q[1:])\n",
        "def f(n):\n    q = [n]\n    while q:\n        q.pop(0)\n        for x in q:\n            q.append(x)\n",
        "def f(n):\n    q = [n]\n    while q != []:\n        q.pop(0)\n",
        "def f(n):\n    q = [n]\n    while q:\n        q.pop(False)\n",
        "def f(n):\n    q = [n]\n    def g():\n        return q\n    while q:\n        q.pop(0)\n    return g\n",
    ],
    "grow-in-place": [
        "def f(xs):\n    acc = old = []\n    for x in xs:\n        acc = acc + [x]\n    return acc, old\n",
        "def f(xs, acc):\n    for x in xs:\n        acc = acc + [x]\n    return acc\n",
        "def f(xs):\n    acc = []\n    old = acc\n    for x in xs:\n        acc = acc + [x]\n    return old, acc\n",
        "def f(xs, g):\n    acc = []\n    for x in xs:\n        acc = acc + [x]\n        g(acc)\n",
        "def f():\n    acc = [1]\n    for x in acc:\n        acc = acc + [x]\n    return acc\n",
        "def f(xs):\n    acc = []\n    lazy = (y for y in acc)\n    for x in xs:\n        acc = acc + [x]\n    return list(lazy)\n",
        "def f(xs, ys: list[int]):\n    acc = ys\n    for x in xs:\n        acc = acc + [x]\n    return acc\n",
        "def f(xs):\n    acc = ()\n    for x in xs:\n        acc = acc + (x,)\n    return acc\n",
        "def f(xs):\n    d = {}\n    for k, v in xs:\n        d = {k: v, **d}\n    return d\n",
        "def f(xs, g):\n    acc = []\n    for x in xs:\n        acc = acc + g(x)\n    return acc\n",
    ],
    "join-text": [
        "def f(xs):\n    s = ''\n    for x in xs:\n        s = x + s\n    return s\n",
        "def f(xs: list[str]):\n    s = ''\n    for x in xs:\n        s = x + s\n        print(s)\n    return s\n",
        "def f(xs: list[str]):\n    s = ''\n    for x in xs:\n        s = x + s + x\n    return s\n",
        "def f(xs: list[str]):\n    s = ''\n    try:\n        for x in xs:\n            s = x + s\n    except OSError:\n        pass\n"
        "    return s\n",
        "def f(xs: list[str]):\n    s = ''\n    for x in xs:\n        s += x\n        s = x + s\n    return s\n",
        "def f(xs: list[str], s):\n    for x in xs:\n        s += x\n    return s\n",
        "def f(xs: list[str]):\n    s = ''\n    for x in xs:\n        s += x\n        if x == 'a':\n            s = ''\n    return s\n",
    ],
    "hoist-call": [
        "def f(xs: list[int]):\n    for x in xs:\n        xs[0] = sum(xs)\n",
        "def f(xs):\n    return [x / sum(xs) for x in xs]\n",
        "def f(xs: list[int], n: int):\n    return [set(xs) for _ in range(n)]\n",
        "def f(xs: list[int], n: int):\n    return [min(xs) for _ in range(n)]\n",
        "def f(xs: list[int], g):\n    for x in xs:\n        g(sum(xs))\n",
        "def f(s: str, n: int):\n    for i in range(n):\n        s = s.lower() + 'A'\n    return s\n",
        "def f(xs: list[list[int]], k: int, n: int):\n    return [k in set(xs) for _ in range(n)]\n",
        "from typing import Iterable\ndef f(xs: Iterable[int], n: int):\n    return [sum(xs) for _ in range(n)]\n",
    ],
    "compiled-pattern": [
        "def f(s):\n    import re\n    return re.search('a', s)\n",
        "import re\nre = None\ndef f(s):\n    return re.search('a', s)\n",
        "import re\ndef f(s, p):\n    return re.search(p, s)\n",
        "import re\ndef f(s, flags):\n    return re.search('a', s, flags)\n",
        "import re\ndef f(s):\n    return re.search('[[a]', s)\n",
        "import re\ndef f(s):\n    return re.search('a', s, re.DEBUG)\n",
        "import re\ndef f(s, args):\n    return re.search('a', *args)\n",
        "def f(s):\n    return re.search('a', s)\nimport re\n",
        "import re\ndef f(s, re):\n    return re.search('a', s)\n",
    ],
    "cache-recursion": [
        "def f(n: int) -> list[int]:\n    return [n] if n < 2 else f(n - 1) + f(n - 2)\n",
        "def f(n: int) -> int:\n    print(n)\n    return n if n < 2 else f(n - 1) + f(n - 2)\n",
        "def f(n: int, xs: list[int]) -> int:\n    return n if n < 2 else f(n - 1, xs) + f(n - 2, xs)\n",
        "def f(n: int) -> int:\n    if n % 2:\n        return f(n - 1)\n    return f(n // 2) if n else 0\n",
        "K = 1\ndef g():\n    global K\n    K += 1\ndef f(n: int) -> int:\n    return K if n < 2 else f(n - 1) + f(n - 2)\n",
        "import functools\n@functools.wraps\ndef f(n: int) -> int:\n    return n if n < 2 else f(n - 1) + f(n - 2)\n",
        "def f(n: int) -> int:\n    return n if n < 2 else f(n - 1) + f(n - 2)\nf = print\n",
        "class A:\n    def f(self, n: int) -> int:\n        return n if n < 2 else f(n - 1) + f(n - 2)\n",
        "def f(n: int) -> int:\n    return n if n < 2 else f(n - 1) + f(n - 2)\ndef g():\n    global f\n    f = None\n",
        "def f(t) -> int:\n    return 0 if t is None else f(t.left) + f(t.right)\n",
        "def f(n: int, g) -> int:\n    return n if n < 2 else g(f(n - 1, g)) + f(n - 2, g)\n",
    ],
    "smallest": [
        "def f(xs):\n    return sorted(xs)[:3]\n",
        "def f(xs: list[float]):\n    return sorted(xs)[0]\n",
        "def f(xs: list[int], k: int):\n    return sorted(xs)[:k]\n",
        "def f(xs: list[int]):\n    return sorted(xs)[-1]\n",
        "def f(xs: list[int]):\n    return sorted(xs)[:-1]\n",
        "def f(xs: list[int]):\n    return sorted(xs)[1]\n",
        "def f(xs: list[str]):\n    return sorted(xs, key=len)[-1]\n",
        "def f(xs: list[str], g):\n    return sorted(xs, key=g)[:2]\n",
        "def f(xs: list[set[int]]):\n    return sorted(xs)[:2]\n",
        "def f(xs: list[int], r):\n    return sorted(xs, reverse=r)[:2]\n",
    ],
    "any-all": [
        "def f(xs):\n    return any([x > 1 for x in xs])\n",
        "def f(xs: list[int]):\n    return any([1 // x for x in xs])\n",
        "def f(xs: list[int], g):\n    return all([g(x) for x in xs])\n",
        "def f(xs: list[str]):\n    return all([x > 1 for x in xs])\n",
        "def f(xs: list[str]):\n    return all([int(x) > 1 for x in xs])\n",
        "def f(xs: list[int], it):\n    return any([x in it for x in xs])\n",
        "def f(xs: list[int], p):\n    if p:\n        n = 1\n    return any([x > 3 or x < n for x in xs])\n",
        "def f(xs: list[int]):\n    return any([(y := x) > 1 for x in xs]), y\n",
    ],
    "commit-once": [
        "def f(db, rows):\n    for r in rows:\n        db.execute('INSERT INTO t VALUES (?)', r)\n        db.commit()\n",
        "import sqlite3\ndef f(db: sqlite3.Connection, rows):\n    for r in rows:\n"
        "        db.execute('INSERT OR ROLLBACK INTO t VALUES (?)', r)\n        db.commit()\n",
        "import sqlite3\ndef f(db: sqlite3.Connection, rows):\n    for r in rows:\n        if r:\n            continue\n"
        "        db.execute('INSERT INTO t VALUES (?)', r)\n        db.commit()\n",
        "import sqlite3\ndef f(db: sqlite3.Connection, rows, send):\n    for r in rows:\n"
        "        db.execute('INSERT INTO t VALUES (?)', send(r))\n        db.commit()\n",
        "import sqlite3\ndef f(db: sqlite3.Connection, rows):\n    for r in rows:\n        db.execute('SELECT 1')\n        db.commit()\n",
        "import sqlite3\ndef f(db: sqlite3.Connection, rows):\n    for r in rows:\n        db.commit()\n"
        "        db.execute('INSERT INTO t VALUES (?)', r)\n",
        "import sqlite3\ndef f(db: sqlite3.Connection, rows):\n    for r in rows:\n        db.execute('INSERT INTO t VALUES (?)', r)\n"
        "        db.commit()\n    else:\n        db.rollback()\n",
    ],
}


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        pytest.param(rule, source, id=f"{rule}-{i}")
        for rule, items in ALONE.items()
        for i, source in enumerate(items)
    ],
)
def test_leaves_alone(rule: str, source: str) -> None:
    compile(source, "<source>", "exec")
    assert [site for site in find_sites(source) if site.rule == rule] == []


def test_every_rule_is_held_back() -> None:
    from strop.agents.optimizers.rules import RULES

    assert {rule.name for rule in RULES} == set(ALONE)
    assert all(len(items) >= 4 for items in ALONE.values())
