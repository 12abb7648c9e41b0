"""Rewritten code does what the old code did: results, exceptions and changed arguments, on many inputs."""

# ruff: noqa: E501  (each source is one string, however long)
from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from strop.agents.optimizers.rules import apply_sites, find_sites

ROUNDS = 60


def outcome(source: str, arguments: Sequence[Any]) -> tuple[Any, ...]:
    """Return what `f` of a source returns or raises, and what it has made of its arguments."""
    names: dict[str, Any] = {}
    exec(compile(source, "<source>", "exec"), names)
    own = copy.deepcopy(list(arguments))
    try:
        result = names["f"](*own)
        return "returned", type(result), repr(result), repr(own)
    except Exception as error:  # whatever the old code raises, the new one has to raise
        return "raised", type(error), repr(own)


def ints(rng: random.Random) -> list[int]:
    return [rng.randint(-4, 4) for _ in range(rng.choice((0, 1, 2, 5, 12)))]


def words(rng: random.Random) -> list[str]:
    return [rng.choice(("", "a", "b", "ab", "A", "ä", "b c")) for _ in range(rng.choice((0, 1, 3, 9)))]


def mixed(rng: random.Random) -> list[Any]:
    nan = float("nan")
    pool: list[Any] = [0, False, 1, True, 1.0, "1", None, (), (1,), nan, -0.0, frozenset({1})]
    if rng.random() < 0.5:
        pool += [[], [1], {1}, {"a": 1}, ([1],)]
    return [rng.choice(pool) for _ in range(rng.choice((0, 1, 4, 10)))]


def rows(rng: random.Random) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = [
        {"id": rng.choice((0, 1, 2, 2.0, "2")), "n": rng.randint(0, 9)}
        for _ in range(rng.choice((0, 1, 3, 7)))
    ]
    if made and rng.random() < 0.3:
        rng.choice(made)["id"] = rng.choice(([1], {}, float("nan"), None))
    if made and rng.random() < 0.2:
        del rng.choice(made)["id"]
    return made


def small(rng: random.Random) -> int:
    return rng.randint(-2, 9)


def text(rng: random.Random) -> str:
    return "".join(rng.choice("ab1 ,\n") for _ in range(rng.choice((0, 1, 8))))


def maybe_generator(rng: random.Random) -> Any:
    return rng.choice((mixed, ints, words, text))(rng)


CASES: list[tuple[str, str, tuple[Callable[[random.Random], Any], ...]]] = [
    ("membership-set", "def f(a: list[int], b: list[int]):\n    return [x for x in a if x in b]\n", (ints, ints)),
    ("membership-set", "def f(a: list[int], b: list):\n    n = 0\n    for x in a:\n        for y in range(x):\n"
     "            if y not in b:\n                n += y\n    return n\n", (ints, mixed)),
    ("membership-set", "def f(a: list[str], b: tuple):\n    out = []\n    for w in a:\n        if w.upper() in b or w in b:\n"
     "            out.append(w)\n    return out\n", (words, lambda r: tuple(mixed(r) + words(r)))),
    ("membership-set", "KNOWN = ['a', 'b', 'ab', 'x', 'y', 'z', ['q']]\ndef f(a: list[str]):\n    return [w in KNOWN for w in a]\n", (words,)),
    ("membership-set", "def f(a: list[int], b: list[list[int]]):\n    n = 0\n    for row in b:\n        for x in a:\n"
     "            while x in row:\n                n, x = n + 1, x + 1\n    return n\n", (ints, lambda r: [ints(r), ints(r)])),
    ("count-lookup", "def f(a: list[int], b: list[int]):\n    return [(x, b.count(x)) for x in a]\n", (ints, ints)),
    ("count-lookup", "def f(a: list[str]):\n    best = None\n    for w in a:\n        if best is None or a.count(w) > a.count(best):\n"
     "            best = w\n    return [a.count(w + 'b') for w in a], best\n", (words,)),
    ("index-lookup", "def f(a: list[int], b: list[int]):\n    out = []\n    for x in a:\n        out.append(b.index(x))\n    return out\n",
     (ints, lambda r: r.sample(range(-4, 5), 9) if r.random() < 0.6 else ints(r))),
    ("index-lookup", "def f(a: list[str], b: list[str]):\n    return sorted(a, key=len), [b.index(w) if w in b else -1 for w in a]\n", (words, words)),
    ("seen-set", "def f(a: list[int]):\n    seen = [0]\n    out = []\n    for x in a:\n        if x in seen:\n            out.append(len(seen))\n"
     "            continue\n        seen.append(x)\n    return seen, out, 3 in seen\n", (ints,)),
    ("seen-set", "def f(n: int):\n    done = []\n    todo = [(0, 0)]\n    while todo:\n        x, y = todo.pop()\n        if (x, y) not in done:\n"
     "            done.append((x, y))\n            if x < n and y < n:\n                todo.append((x + 1, y))\n                todo.append((x, y + 1))\n"
     "    return done\n", (small,)),
    ("dedupe", "def f(a):\n    out = []\n    for x in a:\n        if x not in out:\n            out.append(x)\n    return out\n", (maybe_generator,)),
    ("dedupe", "def f(a):\n    out = []\n    for x in iter(a):\n        if x not in out:\n            out.append(x)\n    return out\n", (mixed,)),
    ("dedupe", "def f(a):\n    out = []\n    for x in a:\n        if x not in out:\n            out.append(x)\n    return out\n",
     (lambda r: r.choice((None, 5, {1: 2, 3: 4}, b"abca")),)),
    ("copy-membership", "def f(d: dict[int, int], k: int):\n    return k in list(d.keys()), k in d.keys(), k not in sorted(d)\n",
     (lambda r: dict.fromkeys(ints(r)), small)),
    ("copy-membership", "def f(xs: list, k):\n    return k in list(xs), k in tuple(xs)\n", (mixed, lambda r: (mixed(r) or [0])[0])),
    ("nested-join", "def f(xs, ys: list):\n    out = []\n    for x in xs:\n        for y in ys:\n            if x['id'] == y['id']:\n"
     "                out.append((x['n'], y['n']))\n    return out\n", (rows, rows)),
    ("nested-join", "def f(xs, ys: list):\n    n = 0\n    for x in xs:\n        for y in ys:\n            if y['id'] == x['id']:\n"
     "                n += y['n']\n                break\n        else:\n            n += 100\n    return n\n", (rows, rows)),
    ("nested-join", "def f(xs, ys: list[tuple]):\n    out = []\n    for x in xs:\n        for y in ys:\n            if x == y[0]:\n"
     "                out.append(y)\n    return out\n", (mixed, lambda r: [(v, i) for i, v in enumerate(mixed(r))])),
    ("deque-queue", "def f(n: int):\n    q: list[int] = [n, 1]\n    out = []\n    while q and len(out) < 40:\n        x = q.pop(0)\n        out.append((x, len(q), x in q))\n"
     "        if x > 0:\n            q.append(x - 1)\n            q.insert(0, x - 2)\n        if q and q[-1] == 3:\n            q.pop()\n"
     "    return out, list(q)\n", (small,)),
    ("deque-queue", "def f(a, n: int):\n    q = list(a)\n    q += a\n    for _ in range(n):\n        q.pop(0)\n    return sorted(q), len(q)\n", (ints, small)),
    ("grow-in-place", "def f(a):\n    acc = []\n    n = 0\n    for x in a:\n        acc = acc + [x, x]\n        acc = acc + [n]\n        n = len(acc)\n    return acc, n\n", (mixed,)),
    ("grow-in-place", "def f(a):\n    s = set()\n    d = {}\n    for x in a:\n        s = s | {x}\n        d = {**d, x: len(s)}\n    return len(s), d\n", (mixed,)),
    ("grow-in-place", "def f(a: list[int]):\n    acc = [0]\n    for x in a:\n        acc = acc + [y for y in acc if y < x]\n        if len(acc) > 50:\n            break\n    return acc\n", (ints,)),
    ("join-text", "def f(a: list[str], n: int):\n    s = 'x'\n    for w in a:\n        s = w + '|' + s\n        if w == 'ab':\n            break\n    return s * n\n", (words, small)),
    ("join-text", "def f(a: list[str]):\n    s = ''\n    for w in a:\n        for c in w:\n            s += c + str(len(w))\n        s = s + '\\n' + f'{w}'\n    return s\n", (words,)),
    ("hoist-call", "def f(a: list[int]):\n    out = []\n    for x in a:\n        out.append(x / sum(a))\n        out.append(max(a) - min(a))\n    return out\n", (ints,)),
    ("hoist-call", "def f(a: list[str], s: str):\n    return [w for w in a if w in set(a) and w.lower() in s.lower()], [sorted(a)[0] for w in a]\n", (words, text)),
    ("hoist-call", "def f(a: list[int], n: int):\n    t = 0\n    while t < n:\n        for y in sorted(a):\n            t += y * y\n        t += 1\n    return t\n", (ints, small)),
    ("compiled-pattern", "import re\ndef f(s):\n    return re.split(r'[,\\s]+', s, maxsplit=1), re.sub('(a)|b', lambda m: str(m[1]), s, 2, re.I), re.findall('^b', s, flags=re.M | re.I)\n", (maybe_generator,)),
    ("compiled-pattern", "import re\ndef f(s):\n    p = re.compile('a+(?P<x>b)?')\n    m = p.search(s)\n    return m and (m.span(), m['x']), re.fullmatch(b'a', s)\n", (text,)),
    ("cache-recursion", "def f(n: int) -> int:\n    if n <= 1:\n        return n\n    return f(n - 1) + f(n - 2)\n", (small,)),
    ("cache-recursion", "def f(n, m):\n    return 1 if n < 1 or m < 1 else f(n - 1, m) + f(n, m - 1) + f(n - 1, m - 1)\n",
     (lambda r: r.choice((0, 1, 2, 3, 2.5, True)), lambda r: r.choice((-1, 1, 3, 3.0)))),
    ("cache-recursion", "def f(a: str, b: str) -> int:\n    if not a or not b:\n        return len(a) + len(b)\n    if a[0] == b[0]:\n        return f(a[1:], b[1:])\n"
     "    return 1 + min(f(a[1:], b), f(a, b[1:]))\n", (lambda r: text(r)[:5], lambda r: text(r)[:5])),
    ("smallest", "def f(a: list[int]):\n    return sorted(a)[:3], sorted(a, reverse=True)[:2], sorted(a)[0]\n", (ints,)),
    ("smallest", "def f(a: list[str]):\n    return sorted(a)[-1:], sorted(a)[-1] if a else 0, sorted(a, key=len)[:2], sorted(a, key=len, reverse=True)[:4], sorted(enumerate(a), key=lambda p: (p[1], p[0]))[:2]\n", (words,)),
    ("any-all", "def f(a: list[int], b: list[str]):\n    return any([x > 2 for x in a]), all([x % 2 == 0 and x != 3 for x in a if x]), any([w.startswith('a') or 'b' in w for w in b])\n", (ints, words)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "source", "make"),
    [pytest.param(*case, id=f"{case[0]}-{number}") for number, case in enumerate(CASES)],
)
def test_behaves_the_same(rule: str, source: str, make: tuple[Callable[[random.Random], Any], ...]) -> None:
    keys = [site.key for site in find_sites(source) if site.rule == rule]
    after, applied = apply_sites(source, keys)
    assert keys and list(applied) == keys and after != source
    everything, _ = apply_sites(source, [site.key for site in find_sites(source)])
    rng = random.Random(7)
    for _ in range(ROUNDS):
        arguments = [maker(rng) for maker in make]
        expected = outcome(source, arguments)
        assert outcome(after, arguments) == expected, (after, arguments)
        assert outcome(everything, arguments) == expected, (everything, arguments)


def test_every_rule_is_exercised() -> None:
    from strop.agents.optimizers.rules import RULES

    exercised = {case[0] for case in CASES} | {"commit-once"}
    assert exercised == {rule.name for rule in RULES}


def test_dedupe_takes_an_iterator_once() -> None:
    source = next(case[1] for case in CASES if case[0] == "dedupe")
    after, _ = apply_sites(source, [site.key for site in find_sites(source)])
    for items in ([1, 1, 2], [[1], [1], 2], [1, [1], 1]):
        results = []
        for text_ in (source, after):
            names: dict[str, Any] = {}
            exec(text_, names)
            results.append(names["f"](iter(items)))
        assert results[0] == results[1]


@pytest.mark.parametrize("bad", [None, 0, 2, 4])
def test_commit_once_keeps_what_was_written(bad: int | None, tmp_path: Any) -> None:
    import sqlite3

    source = (
        "import sqlite3\ndef f(db: sqlite3.Connection, rows):\n    for r in rows:\n        x = r * 2\n"
        "        db.execute('INSERT INTO t VALUES (?)', (x,))\n        db.commit()\n"
    )
    after, applied = apply_sites(source, [site.key for site in find_sites(source)])
    assert applied == ("commit-once:f:0",)
    for rows_ in ([], [1, 2, 3, 4, 5]):
        contents = []
        for number, text_ in enumerate((source, after)):
            file = tmp_path / f"{number}-{len(rows_)}.db"
            names: dict[str, Any] = {}
            exec(text_, names)
            db = sqlite3.connect(file)
            db.execute("CREATE TABLE t (x INTEGER UNIQUE)")
            db.execute("INSERT INTO t VALUES (-1)")  # left open: only a commit of the loop keeps it
            items = [rows_[0] if i == bad and i else r for i, r in enumerate(rows_)]
            error = None
            try:
                names["f"](db, items)
            except sqlite3.IntegrityError as raised:
                error = str(raised)
            db.close()
            with sqlite3.connect(file) as again:
                contents.append((again.execute("SELECT x FROM t ORDER BY x").fetchall(), error))
            again.close()
        assert contents[0] == contents[1]


def test_pattern_names_do_not_collide() -> None:
    source = "import re\n_F_PATTERN = 'mine'\ndef f(s):\n    return re.findall('a', s), re.findall('b', s), _F_PATTERN\n"
    after, applied = apply_sites(source, [site.key for site in find_sites(source)])
    assert len(applied) == 2
    assert len(set(re.findall(r"^(\w+) = ", after, re.M))) == 3
    assert outcome(after, ["aab"]) == outcome(source, ["aab"])
