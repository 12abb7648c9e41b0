"""Signals in the text of hot functions, and profiles cut, compared and summed up."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from strop.agents.optimizers.rules import RULES
from strop.sandbox.profilers.scaling import scaling_exponent
from strop.sandbox.profilers.schema import MAX_BYTES, diff_vs_parent, fitted
from strop.sandbox.profilers.signals import PATTERNS, definition_line, signals_of

SLOW = {
    "any-all-list": "return any([x > 3 for x in xs])",
    "commit-per-row": "for x in xs:\n    base.execute(x); base.commit()",
    "copy-per-round": "for x in xs:\n    use(copy.deepcopy(x))",
    "copy-for-membership": "for x in xs:\n    if x in list(ys): use(x)",
    "duplicate-search": "out = []\nfor x in xs:\n    if x not in out: out.append(x)",
    "element-loop-on-array": "for i in range(len(xs)):\n    total += xs[i]",
    "file-per-round": "for x in xs:\n    use(open(x).read())",
    "grown-by-copy": "out = []\nfor x in xs:\n    out = out + [x]",
    "linear-count": "ys = list(xs)\nreturn [ys.count(x) for x in xs]",
    "linear-index": "ys = sorted(xs)\nreturn {x: ys.index(x) for x in xs}",
    "linear-membership": "ys = [1, 2]\nwhile xs:\n    if xs.pop() in ys: use(1)",
    "nested-equality-loop": "for x in xs:\n    for y in ys:\n        if x.key == y.key: use(x, y)",
    "query-per-row": "for x in xs:\n    use(cursor.execute('select', x))",
    "queue-from-list": "ys = list(xs)\nwhile ys:\n    use(ys.pop(0))",
    "recursion-without-cache": "return f(xs - 1) + f(xs - 2)",
    "regex-per-round": "for x in xs:\n    re.sub('a+', 'b', x)",
    "row-loop-on-table": "return [r for _, r in frame.iterrows()]",
    "serialise-round-trip": "return json.loads(json.dumps(xs))",
    "sort-for-few": "return sorted(xs)[0]",
    "sort-per-round": "for x in xs:\n    use(sorted(ys))",
    "text-by-concatenation": "text = ''\nfor x in xs:\n    text += str(x)",
}

FINE = {
    "a set is no list": "ys = set(xs)\nfor x in xs:\n    if x in ys: use(x)",
    "once is no loop": "ys = [1, 2]\nreturn 3 in ys",
    "the first iterable is read once": "return [x for x in sorted(xs)]",
    "a sum of numbers": "total = 0\nfor x in xs:\n    total += x",
    "one recursive call": "return f(xs - 1) if xs else 0",
    "compiled outside": "p = re.compile('a')\nfor x in xs:\n    p.sub('b', x)",
    "two loops in a row": "for x in xs:\n    use(x)\nfor y in ys:\n    use(y)",
    "no pop from the end": "ys = list(xs)\nwhile ys:\n    use(ys.pop())",
}


def function(body: str, head: str = "import numpy\n\n\n") -> str:
    lines = "\n".join("    " + line for line in body.split("\n"))
    return f"{head}def f(xs, ys=(), base=None):\n{lines}\n"


def found(body: str) -> set[str]:
    return {signal.name for signal in signals_of(function(body), 4)}


@pytest.mark.parametrize("name", SLOW)
def test_each_pattern_is_seen(name: str) -> None:
    assert name in found(SLOW[name])


@pytest.mark.parametrize("what", FINE)
def test_what_is_fine_has_no_signal(what: str) -> None:
    assert found(FINE[what]) == set()


def test_every_signal_has_a_test_and_every_rule_it_names_exists() -> None:
    assert set(SLOW) == set(PATTERNS)
    assert {rule for rules in PATTERNS.values() for rule in rules} <= {rule.name for rule in RULES}


def test_hits_say_what_matters() -> None:
    text = function("ys = [1, 2]\nfor x in xs:\n    if x in ys: use(x)\n    re.sub('a', 'b', x)")
    assert [s.name for s in signals_of(text, 4, {7: 5000, 8: 20})] == ["linear-membership", "regex-per-round"]
    assert [s.name for s in signals_of(text, 4, {7: 3, 8: 20})] == ["regex-per-round"]
    once = function("return re.sub('a', 'b', xs)")
    assert signals_of(once, 4, {5: 3}) == []
    assert [s.name for s in signals_of(once, 4, {5: 3000})] == ["regex-per-round"]


def test_methods_and_decorated_functions_are_found_by_their_line() -> None:
    text = "class A:\n    @staticmethod\n    def f(xs):\n        return sorted(xs)[0]\n"
    assert [s.line for s in signals_of(text, 2)] == [4] == [s.line for s in signals_of(text, 3)]
    assert definition_line(text, 4) == 3
    assert definition_line(text, 1) == 0


@pytest.mark.parametrize("text", ["def f(:", "x = 1\n", "\0", "(" * 5000, "x" + " + x" * 20_000 + "\n"])
def test_text_that_is_no_function_has_none(text: str) -> None:
    assert signals_of(text, 1) == []
    assert definition_line(text, 1) == 0


def test_a_deep_expression_ends_in_no_signal() -> None:
    assert signals_of("def f(x):\n    return x" + " + x" * 3000 + "\n", 1) == []


# --- profiles --------------------------------------------------------------------------------------


def row(name: str, share: float) -> dict[str, Any]:
    return {"fn": name, "self_pct": share, "cum_pct": share, "line": 1, "lines": []}


def test_the_difference_to_the_parent() -> None:
    parent = {"hot": [row("a.py:f", 67.0), row("a.py:g", 20.0), row("a.py:h", 5.0)]}
    now = {"hot": [row("a.py:g", 70.0), row("a.py:h", 6.0), row("a.py:f", 4.0)]}
    assert diff_vs_parent(now, parent) == [
        {"fn": "a.py:f", "self_pct": [67.0, 4.0]},
        {"fn": "a.py:g", "self_pct": [20.0, 70.0]},
    ]
    assert diff_vs_parent({"hot": []}, parent)[0] == {"fn": "a.py:f", "self_pct": [67.0, 0.0]}
    assert diff_vs_parent(now, None) == diff_vs_parent(now, {"unavailable": "x"}) == []


def test_a_full_profile_fits_and_keeps_the_hottest() -> None:
    profile: dict[str, Any] = {
        "schema": "strop-profile/1",
        "hot": [
            {
                **row(f"pkg/{'m' * 40}{k}.py:f", 50.0 - k),
                "lines": [{"n": n, "pct": 9.0 - n, "src": "y" * 100, "hits": 10**9} for n in range(4)],
                "signals": [{"id": "nested-equality-loop", "n": 999}] * 3,
            }
            for k in range(8)
        ],
        **{
            key: [{"fn": "l" * 80, "pct": 5.0}] * 6
            for key in ("library", "native", "memory", "diff_vs_parent")
        },
        "notes": ["n" * 160] * 3,
        "patterns": ["p" * 15] * 5,
    }
    small = fitted(profile)
    assert len(json.dumps(small)) <= MAX_BYTES
    assert small["hot"][0]["fn"] == f"pkg/{'m' * 40}0.py:f"
    assert small["hot"][0]["lines"]
    assert len(small["hot"]) >= 3


def test_even_a_hopeless_profile_fits() -> None:
    small = fitted({"hot": [row("x" * 4000, 50.0)], "notes": ["n" * 9000]})
    assert len(json.dumps(small)) <= MAX_BYTES


# --- scaling ---------------------------------------------------------------------------------------


def test_the_exponent_of_a_power() -> None:
    exponent, error = scaling_exponent([(n, 3e-6 * n**2) for n in (10, 100, 1000)])
    assert exponent == pytest.approx(2)
    assert error == pytest.approx(0, abs=1e-6)


def test_the_error_of_noisy_times() -> None:
    # Slope and standard error of these logarithms by hand: x = 0, 1, 2, y = 0, 1.3, 2.
    points = [(math.exp(x), math.exp(y)) for x, y in ((0, 0), (1, 1.3), (2, 2))]
    exponent, error = scaling_exponent(points)
    assert exponent == pytest.approx(1.0)
    assert error == pytest.approx(math.sqrt(0.06 / 1 / 2))


def test_two_points_have_no_error_to_judge_by() -> None:
    assert scaling_exponent([(1, 1), (2, 8)]) == (pytest.approx(3), math.inf)


@pytest.mark.parametrize(
    "points", [[], [(1, 1)], [(5, 1), (5, 2)], [(0, 1), (2, 1)], [(1, 1), (2, math.nan)]]
)
def test_points_that_have_no_exponent(points: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError):
        scaling_exponent(points)
