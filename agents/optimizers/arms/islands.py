"""Islands: each turn belongs to one of them, and the best of each goes to the next one now and then.

All of it follows from the tries and their turns, so that nothing has to be kept.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from strop.agents.optimizers.arms.tries import Try, baseline_try

__all__ = ["ISLANDS", "MIGRATION", "archives", "island_of", "relatives", "tournament"]

ISLANDS = 3

MIGRATION = 6
"""Turns between two migrations: every island had two of its own."""

CONTESTANTS = 2
"""Of a tournament: with archives as small as a budget of trials makes them, more would be greedy."""


def island_of(turn: int) -> int:
    """Return the island of a turn (from 1); 0 is the first."""
    return (turn - 1) % ISLANDS


def archives(tries: Sequence[Try], turn: int) -> list[list[Try]]:
    """Return each island's measured candidates before a turn, the best first; the baseline is in all."""
    found: list[dict[str, Try]] = [{baseline_try().candidate.id: baseline_try()} for _ in range(ISLANDS)]
    measured = sorted((one for one in tries if one.gain is not None), key=lambda one: one.turn)
    due = list(range(MIGRATION, turn, MIGRATION))
    for one in measured:
        while due and one.turn > due[0]:
            _migrate(found, due.pop(0))
        found[island_of(one.turn)].setdefault(one.candidate.id, one)
    for epoch in due:
        _migrate(found, epoch)
    return [sorted(archive.values(), key=_rank) for archive in found]


def _migrate(found: list[dict[str, Try]], epoch: int) -> None:
    """Copy the best of each island to the next one, all at the same time."""
    best = [min(archive.values(), key=_rank) for archive in found]
    for island, one in enumerate(best):
        found[(island + 1) % ISLANDS].setdefault(one.candidate.id, one)


def _rank(one: Try) -> tuple[float, int]:
    return -gain_of(one), one.turn


def gain_of(one: Try) -> float:
    """Return the gain of a member of an archive; the baseline's is 0."""
    return one.gain if one.gain is not None else 0.0


def tournament(archive: Sequence[Try], rng: random.Random) -> Try:
    """Return the best of some drawn members."""
    return min(rng.sample(list(archive), min(CONTESTANTS, len(archive))), key=_rank)


def relatives(one: Try, by_id: Mapping[str, Try]) -> set[str]:
    """Return the ids of a try and of all that it was made from."""
    found: set[str] = set()
    todo = [one.candidate.id]
    while todo:
        candidate_id = todo.pop()
        if candidate_id not in found:
            found.add(candidate_id)
            todo += by_id[candidate_id].candidate.parents if candidate_id in by_id else ()
    return found
