"""Every rule does what its examples say, and leaves alone what they say."""

from __future__ import annotations

import pytest

from strop.agents.optimizers.rules import RULES, Rule, apply_sites, find_sites
from strop.agents.optimizers.rules.base import Example

PAIRS = [
    pytest.param(rule, example, id=f"{rule.name}-{number}")
    for rule in RULES
    for number, example in enumerate(rule.examples)
]


@pytest.mark.parametrize(("rule", "example"), PAIRS)
def test_example(rule: Rule, example: Example) -> None:
    keys = [site.key for site in find_sites(example.before) if site.rule == rule.name]
    after, applied = apply_sites(example.before, keys)
    assert after == (example.before if example.after is None else example.after)
    assert list(applied) == keys
    assert bool(keys) == (example.after is not None)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rule_shows_both_sides(rule: Rule) -> None:
    assert any(example.after is not None for example in rule.examples)
    assert any(example.after is None for example in rule.examples)
    assert rule.summary.endswith(".")


def test_rule_names_are_unique() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
