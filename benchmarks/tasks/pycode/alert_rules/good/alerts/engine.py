"""Events against rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from alerts.events import Event
from alerts.grammar import Test, understood
from alerts.rules import Rule


@dataclass(frozen=True)
class Alert:
    """A rule that holds for an event."""

    event: int  # its place, from 0
    rule: str
    level: int


def run(rules: list[Rule], events: Iterable[Event]) -> list[Alert]:
    """Return all alerts, by event, then in the order of the rules.

    After an alert a rule rests for as many events as its `rest` says, whatever these are.

    Raises:
        ValueError: A rule that had to be looked at has a condition that can't be understood.
    """
    alerts = []
    awake = [0] * len(rules)
    tests: dict[str, Test] = {}  # made when they are first asked for: nobody may look at a wrong one
    for number, event in enumerate(events):
        for place, rule in enumerate(rules):
            if number < awake[place]:
                continue
            if rule.condition not in tests:
                tests[rule.condition] = understood(rule.condition)
            if tests[rule.condition](event):
                alerts.append(Alert(number, rule.name, rule.level))
                awake[place] = number + 1 + rule.rest
    return alerts
