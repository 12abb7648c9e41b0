"""Ways between depots: a network of roads and ferries."""

from __future__ import annotations

LETTERS = "ABCDEFGHIJ"
DEPOTS = [f"{letter}{digit}" for letter in LETTERS for digit in range(1, 10)] + ["K1"]  # K1 is an island
FERRIES = (("A9", "H1", 61), ("C1", "F9", 88), ("B5", "G5", 97))
NO_WAY = 10**6  # km


def _roads() -> list[tuple[str, str, int]]:
    """Return the roads between neighbours with their km; where both sums are multiples of 5 there is none."""
    roads = []
    for row, letter in enumerate(LETTERS):
        for digit in range(1, 10):
            here = f"{letter}{digit}"
            if digit < 9 and (row + digit) % 5:
                roads.append((here, f"{letter}{digit + 1}", 11 + (row * 7 + digit * 5) % 13))
            if row < len(LETTERS) - 1 and (row * digit) % 5 != 4:
                roads.append((here, f"{LETTERS[row + 1]}{digit}", 14 + (row * 3 + digit * 11) % 17))
    return roads + list(FERRIES)


def shortest_ways() -> dict[str, dict[str, int]]:
    """Return the km of the shortest way from each depot to each other, NO_WAY where there is none."""
    ways = {start: {end: 0 if start == end else NO_WAY for end in DEPOTS} for start in DEPOTS}
    for one, other, km in _roads():
        ways[one][other] = ways[other][one] = min(km, ways[one][other])
    for middle in DEPOTS:
        for start in DEPOTS:
            first = ways[start][middle]
            for end in DEPOTS:
                if first + ways[middle][end] < ways[start][end]:
                    ways[start][end] = first + ways[middle][end]
    return ways


WAYS = shortest_ways()


def distance(start: str, end: str) -> int:
    """Return the km of the shortest way between two depots."""
    for depot in (start, end):
        if depot not in WAYS:
            raise ValueError(f"depot {depot}: there is none; depots go from A1 to J9, and K1")
    if WAYS[start][end] >= NO_WAY:
        raise ValueError(f"depot {end}: no way leads there from {start}")
    return WAYS[start][end]
