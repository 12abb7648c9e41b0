"""Sites compose: any subset of them can be applied, in a text that is otherwise left as it is."""

# ruff: noqa: E501  (each source is one string, however long)
from __future__ import annotations

import difflib
import importlib.util
import random
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from strop.agents.optimizers.rules import apply_sites, find_sites

MODULE = '''\
#!/usr/bin/env python
"""Counts things.   Odd   spacing stays."""
from __future__ import annotations
import re

X = [ 1,2 ]  # odd spacing, too


def report(lines: list[str], stop: list[str]) -> tuple[Any, ...]:
    # the order of words
    order = []
    queue = list(lines)
    text = ""
    while queue:
        line = queue.pop(0)  # oldest first
        for word in line.split():
            if word in stop or line in stop:
                continue
            if line not in order:
                order.append(line)  # remember
        text = line + "/" + text

    best = [line for line in order if lines.count(line) > 1]
    return order, text, best, sum([1 for _ in best])


def clean(text):
    return re.sub(r"\\W+", " ", text)


class Table:
    def join(self, left, right: list[dict[str, int]]):
        out = []
        for a in left:
            for b in right:
                if a["k"] == b["k"]:
                    out = out + [(a, b)]
        return out
'''


def behaviour(source: str) -> list[Any]:
    names: dict[str, Any] = {"__name__": "counted"}
    exec(compile(source, "<source>", "exec"), names)
    rng = random.Random(3)
    results: list[Any] = []
    for _ in range(15):
        lines = [
            "".join(rng.choice("ab ") for _ in range(rng.randint(0, 4))) for _ in range(rng.randint(0, 6))
        ]
        stop = [rng.choice("ab") for _ in range(rng.randint(0, 1))]
        results.append((names["report"](lines, stop), lines, stop))
        left, right = ([{"k": rng.randint(0, 2)} for _ in range(rng.randint(0, 4))] for _ in range(2))
        results.append([names["clean"](line) for line in lines])
        results.append(names["Table"]().join(left, right))
    return results


def test_every_subset_behaves_the_same() -> None:
    sites = find_sites(MODULE)
    assert {site.rule for site in sites} == {
        "membership-set",
        "seen-set",
        "deque-queue",
        "join-text",
        "count-lookup",
        "compiled-pattern",
        "nested-join",
        "grow-in-place",
    }
    keys = [site.key for site in sites]
    expected = behaviour(MODULE)
    few = keys[:6]  # those of one function
    subsets = [subset for size in range(len(few)) for subset in combinations(few, size)]
    for subset in [*subsets, tuple(keys)]:
        after, applied = apply_sites(MODULE, subset)
        assert applied == subset
        assert behaviour(after) == expected, after


def test_order_of_keys_does_not_matter() -> None:
    keys = [site.key for site in find_sites(MODULE)]
    assert apply_sites(MODULE, keys) == apply_sites(MODULE, set(reversed(keys)))
    assert apply_sites(MODULE, keys) == apply_sites(MODULE, keys)


def test_sites_say_where_they_are() -> None:
    sites = find_sites(MODULE)
    lines = MODULE.splitlines()
    assert [site.line for site in sites] == sorted(site.line for site in sites)
    assert len({site.key for site in sites}) == len(sites)
    join = next(site for site in sites if site.rule == "nested-join")
    assert (join.key, join.function) == ("nested-join:Table.join:0", "Table.join")
    assert lines[join.line - 1].strip() == "for a in left:"
    assert lines[join.end_line - 1].strip() == "out = out + [(a, b)]"
    assert all(site.summary for site in sites)


def test_untouched_lines_stay() -> None:
    after, _ = apply_sites(MODULE, [site.key for site in find_sites(MODULE)])
    removed = [
        line[2:] for line in difflib.ndiff(MODULE.splitlines(), after.splitlines()) if line.startswith("- ")
    ]
    assert len(removed) == 9
    kept = ["X = [ 1,2 ]  # odd spacing, too", "    # the order of words"]
    assert all(line in after.splitlines() for line in kept)
    assert "queue.popleft()  # oldest first" in after
    assert "order.append(line)  # remember" in after


def test_imports_come_after_docstring_and_future_once() -> None:
    source = (
        '"""Doc."""\n\nfrom __future__ import annotations; from __future__ import division\n# note\nimport os\n\n'
        "def f(a: list[int]):\n    return [a.count(x) for x in a]\n\n"
        "def g(a: list[int]):\n    return [a.count(x) for x in a]\n"
    )
    after, applied = apply_sites(source, [site.key for site in find_sites(source)])
    assert applied == ("count-lookup:f:0", "count-lookup:g:0")
    assert after.count("from collections import Counter") == 1
    assert after.splitlines()[3] == "from collections import Counter"


@pytest.mark.parametrize(
    "taken", ["Counter = 1", "def Counter(): pass", "from x import Counter", "def g(Counter): return Counter"]
)
def test_new_names_do_not_collide(taken: str) -> None:
    source = f"{taken}\ndef f(a: list[int], a_counts):\n    return [a.count(x) for x in a], a_counts\n"
    after, applied = apply_sites(source, [site.key for site in find_sites(source)])
    assert applied == ("count-lookup:f:0",)
    assert "from collections import Counter as _Counter" in after
    assert "a_counts_2 = _Counter(a)" in after


def test_a_site_that_vanished_is_left_out() -> None:
    # The first rewrite makes the list that the second one looks at something else.
    source = (
        "def f(xs: list[int]):\n    out = []\n    for x in xs:\n        if x not in out:\n            out.append(x)\n"
        "    return out\n"
    )
    keys = [site.key for site in find_sites(source)]
    assert {key.partition(":")[0] for key in keys} == {"seen-set", "dedupe"}
    after, applied = apply_sites(source, keys)
    assert 1 <= len(applied) <= 2
    names: dict[str, Any] = {}
    exec(after, names)
    assert names["f"]([2, 1, 2, 3]) == [2, 1, 3]


@pytest.mark.parametrize("source", ["def f(:\n", "x = 1\0", "", "\n", "# only\n", "(" * 500 + ")" * 500])
def test_nothing_to_find(source: str) -> None:
    assert find_sites(source) == []
    assert apply_sites(source, ["membership-set:f:0"]) == (source, ())


def test_unknown_keys_are_ignored() -> None:
    assert apply_sites(MODULE, ["no-such-rule:f:0", "dedupe:report:7"]) == (MODULE, ())


@pytest.mark.parametrize(("old", "new"), [("\n", "\r\n"), ("    ", "\t"), ("'k'", "'kä–'")])
def test_other_ways_to_write_a_file(old: str, new: str) -> None:
    source = (
        "def f(a: list[str], b: list[str]):\n    k = 'k', a\n    for x in a:\n        'k'; y = [z for z in a if 'k' + z in b]\n"
        "        if x in b:\n            k = y\n    return k\n"
    ).replace(old, new)
    keys = [site.key for site in find_sites(source)]
    after, applied = apply_sites(source, keys)
    assert applied == ("membership-set:f:0",)
    assert after.count("b_set") == 3
    assert ("\r\n" in source) == ("\r\n" in after) and after.count("\n") == source.count("\n") + 1
    both: list[Any] = []
    for text in (source, after):
        names: dict[str, Any] = {}
        exec(text, names)
        both.append(names["f"](["a", "b"], ["b", "kä–b"]))
    assert both[0] == both[1]


def test_decorators_and_comments_stay_with_their_function() -> None:
    source = "import re\n\n\n# why\n@staticmethod\ndef f(s):\n    return re.search('a', s)\n"
    after, _ = apply_sites(source, [site.key for site in find_sites(source)])
    assert after == (
        "import re\n\n\n_F_PATTERN = re.compile('a')\n\n\n# why\n@staticmethod\ndef f(s):\n"
        "    return _F_PATTERN.search(s)\n"
    )


def test_edits_inside_f_strings() -> None:
    source = "def f(a: list[int], b: list[int]):\n    return [f'{x}'\n        f'{x in b} {b.count(x)}' for x in a]\n"
    after, _ = apply_sites(source, [site.key for site in find_sites(source)])
    results = []
    for text in (source, after):
        names: dict[str, Any] = {}
        exec(text, names)
        results.append(names["f"]([1, 2, 3], [2, 2]))
    assert results[0] == results[1]


STANDARD = (
    "base64", "calendar", "configparser", "csv", "fractions", "gettext", "json.decoder", "netrc", "nntplib",
    "platform", "shlex", "sysconfig", "textwrap", "token", "tracemalloc", "urllib.parse", "weakref", "zoneinfo._zoneinfo",
)  # fmt: skip


@pytest.mark.parametrize("name", STANDARD)
def test_real_modules_still_parse(name: str) -> None:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        pytest.skip(f"this Python has no {name}")
    source = Path(spec.origin).read_text(encoding="utf-8")
    keys = [site.key for site in find_sites(source)]
    after, applied = apply_sites(source, keys)
    compile(after, name, "exec", dont_inherit=True)
    assert set(applied) <= set(keys)
    assert (after != source) == bool(applied)
