"""A game whose player is code that a model improves: every shot is in the trace, and so is every exception.

    python examples/opto/battleship.py                            (a scripted stand-in for a model)
    python examples/opto/battleship.py --model NAME --api-base URL

The player is two functions: one picks a shot from what is known, the other checks it. The first is
trainable, and what a model writes of it runs in a sandbox. Feedback is what the game says: hits, misses,
an illegal shot, an exception.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from pathlib import Path
from typing import Any

from strop.opto import ExecutionError, OptoPrime, bundle, close_workers, model

SIZE = 6
SHIPS = (3, 2, 2)
SHOTS = 20


def board(seed: int) -> set[tuple[int, int]]:
    """Return the cells of some ships that don't touch each other's cells."""
    rng = random.Random(seed)
    cells: set[tuple[int, int]] = set()
    for length in SHIPS:
        while True:
            row, column, down = rng.randrange(SIZE), rng.randrange(SIZE), rng.random() < 0.5
            ship = {(row + down * n, column + (not down) * n) for n in range(length)}
            if all(max(cell) < SIZE for cell in ship) and not ship & cells:
                cells |= ship
                break
    return cells


@model
class Player:
    """Plays one shot after the other."""

    @bundle(trainable=True)
    def shoot(self: Any, hits: list, misses: list, size: int) -> tuple:  # type: ignore[type-arg]
        """Return (row, column) of the next shot; rows and columns start at 0."""
        return (0, len(hits) + len(misses))

    @bundle()
    def play(self: Any, shot: tuple, size: int) -> tuple:  # type: ignore[type-arg]
        """Check a shot; raises ValueError for one that is not on the board."""
        row, column = shot
        if not (0 <= row < size and 0 <= column < size):
            raise ValueError(f"shot {shot} is not on a board of {size} by {size}")
        return (row, column)


def game(player: Any, seed: int) -> tuple[Any, float, str]:
    """Play one game; returns the last shot's node, the share of ship cells that were hit, and feedback."""
    ships = board(seed)
    hits: list[tuple[int, int]] = []
    misses: list[tuple[int, int]] = []
    shot: Any = None
    for _ in range(SHOTS):
        try:
            shot = player.play(player.shoot(hits, misses, SIZE), SIZE)
        except ExecutionError as error:
            share = len(hits) / len(ships)
            return error.exception_node, share, error.exception_node.create_feedback("full")
        known = tuple(shot.data)
        if known in hits or known in misses:
            return shot, len(hits) / len(ships), f"{known} was shot at before"
        (hits if known in ships else misses).append(known)
    share = len(hits) / len(ships)
    return (
        shot,
        share,
        f"{len(hits)} of {len(ships)} cells hit in {SHOTS} shots: hits {hits}, misses {misses}",
    )


SCRIPT = (
    "def shoot(self, hits, misses, size):\n"
    "    shots = len(hits) + len(misses)\n"
    "    return (shots // size, shots % size)\n",
    "def shoot(self, hits, misses, size):\n"
    "    seen = {tuple(cell) for cell in hits + misses}\n"
    "    for row, column in hits:\n"
    "        for down, right in ((0, 1), (1, 0), (0, -1), (-1, 0)):\n"
    "            cell = (row + down, column + right)\n"
    "            if cell not in seen and 0 <= min(cell) and max(cell) < size:\n"
    "                return cell\n"
    "    spread = sorted((r, c) for r in range(size) for c in range(size) if (r, c) not in seen)\n"
    "    return min(spread, key=lambda cell: (sum(cell) % 2, (cell[0] * 5 + cell[1] * 3) % 7))\n",
)


class Scripted:
    """Stands in for a model: two better versions, one after the other. Not a model's work."""

    def __init__(self) -> None:
        self._left = list(SCRIPT)

    def __call__(self, *, messages: list[dict[str, str]], max_tokens: int) -> str:
        """Answer as a model does."""
        suggestion = {"shoot": self._left.pop(0)} if self._left else {}
        return json.dumps({"reasoning": "as scripted", "suggestion": suggestion})


def opened(name: str, api_base: str, folder: Path) -> Any:
    """Return the model that is named, or the script."""
    if not name and not api_base:
        return Scripted()
    from strop.agents.models import open_model
    from strop.job import Budget, ModelSettings

    return open_model(
        ModelSettings(name=name, api_base=api_base), folder=folder, budget=Budget(tokens=200_000)
    )


def main(argv: list[str] | None = None) -> float:
    """Improve the player for some games, print each game's share of hits, and return the last one's."""
    parser = argparse.ArgumentParser(description="A game whose player a model improves.")
    parser.add_argument("--model", default="")
    parser.add_argument("--api-base", default="")
    parser.add_argument("--games", type=int, default=4)
    options = parser.parse_args(argv)
    player: Any = Player()
    share = 0.0
    with tempfile.TemporaryDirectory() as folder:
        asked = opened(options.model, options.api_base, Path(folder))
        optimizer = OptoPrime(player.parameters(), model=asked, objective="Hit as many cells as you can.")
        for number in range(options.games):
            output, share, feedback = game(player, number)
            print(f"game {number + 1}: {share:.0%} of the ships' cells hit")
            optimizer.zero_feedback()
            optimizer.backward(output, feedback)
            for problem in optimizer.step(score=share).problems:
                print(f"  not used: {problem}")
    close_workers()
    return share


if __name__ == "__main__":
    main()
