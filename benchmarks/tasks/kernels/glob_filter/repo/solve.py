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
        found.append([number for number, name in enumerate(names) if _matches(pattern, name)])
    return found


def _matches(pattern: str, name: str) -> bool:
    if not pattern:
        return not name
    if pattern[0] == "*":
        # The star stands for nothing, or takes one more character.
        return _matches(pattern[1:], name) or (name != "" and _matches(pattern, name[1:]))
    if name and pattern[0] in ("?", name[0]):
        return _matches(pattern[1:], name[1:])
    return False
