"""Names that match patterns with wildcards."""

from __future__ import annotations


def solve(patterns: list[str], names: list[str]) -> list[list[int]]:
    """Return for each pattern the numbers of the names that match it as a whole, in rising order.

    Args:
        patterns: "*" stands for any characters, or none; "?" for any one; all else for itself.
        names: What to look through.
    """
    found = []
    for pattern in patterns:
        first, *rest = pattern.split("*")
        if not rest:
            found.append(
                [n for n, name in enumerate(names) if len(name) == len(first) and _fits(first, name, 0)]
            )
            continue
        *between, last = rest
        pieces = [piece for piece in between if piece]
        found.append([n for n, name in enumerate(names) if _matches(first, pieces, last, name)])
    return found


def _matches(first: str, between: list[str], last: str, name: str) -> bool:
    """Between stars the first place where a piece fits is as good as any later one."""
    at, stop = len(first), len(name) - len(last)
    if at > stop or not _fits(first, name, 0) or not _fits(last, name, stop):
        return False
    for piece in between:
        at = _find(piece, name, at, stop)
        if at < 0:
            return False
        at += len(piece)
    return True


def _fits(piece: str, name: str, at: int) -> bool:
    """Whether a piece without stars fits at a place of a name that is long enough."""
    if "?" not in piece:
        return name.startswith(piece, at)
    return all(letter in ("?", name[at + place]) for place, letter in enumerate(piece))


def _find(piece: str, name: str, at: int, stop: int) -> int:
    """Return the first place from `at` on where a piece fits and ends by `stop`, -1 if there is none."""
    if "?" not in piece:
        return name.find(piece, at, stop)
    return next((place for place in range(at, stop - len(piece) + 1) if _fits(piece, name, place)), -1)
