"""Judge answer.txt, a set of integers, one a line: python judge.py

With b integers, of which every one of 1, 2, ..., n is a difference, the value is b * b / n. The set may be of
any size up to 2000; n is the largest that it reaches.
"""

from __future__ import annotations

from fractions import Fraction

from exact import integers, refuse, rounded_up

MOST_MARKS = 2000
FARTHEST = 2_000_000


def reach(marks: list[int]) -> int:
    """Return the largest n such that 1 to n are all differences of two marks; refuses a set without 1."""
    if len(set(marks)) < len(marks):
        refuse("an integer is there twice")
    if max(marks) - min(marks) > FARTHEST:
        refuse(f"the integers are more than {FARTHEST} apart")
    # Differences are bits: shifting the whole set by one mark gives all of that mark's differences at once.
    low = min(marks)
    whole = sum(1 << (mark - low) for mark in marks)
    found = 0
    for mark in marks:
        found |= whole >> (mark - low)
    missing = ~found & (found + 2)  # bit 0 is always set: carry from bit 1 on
    n = (missing & -missing).bit_length() - 2
    if n < 1:
        refuse("1 is no difference")
    return n


if __name__ == "__main__":
    marks = [row[0] for row in integers(1, 2, MOST_MARKS)]
    print(f"METRIC squared_size_per_reach={rounded_up(Fraction(len(marks) ** 2, reach(marks)))}")
