"""The comparison of what should be there with what was found."""

from __future__ import annotations

from dataclasses import dataclass

from stock.movements import Movement, places, serials_on_hand
from stock.scans import parse_scans, without_repeats


@dataclass(frozen=True)
class Reconciliation:
    """What differs between the books and the shelves; serials in the order of the books or the scans."""

    matched: int
    missing: list[str]
    surplus: list[str]
    misplaced: list[tuple[str, str, str]]  # serial, where it should be, where it was found
    repeats: int  # scans of what had been scanned before
    rejected: list[str]  # lines of the scanners that make no sense


def reconcile(movements: list[Movement], lines: list[str]) -> Reconciliation:
    """Return how the lines of the scanners differ from what the movements say."""
    scans, rejected = parse_scans(lines)
    found = without_repeats(scans)
    expected = serials_on_hand(movements)
    counted = [serial for _, serial in found]
    should_be = places(movements)
    misplaced = [
        (serial, should_be[serial], place) for place, serial in found if should_be.get(serial, place) != place
    ]
    missing = _without(expected, counted)
    return Reconciliation(
        matched=len(expected) - len(missing),
        missing=missing,
        surplus=_without(counted, expected),
        misplaced=misplaced,
        repeats=len(scans) - len(found),
        rejected=rejected,
    )


def _without(serials: list[str], others: list[str]) -> list[str]:
    """Return the serials that are not among others, in order."""
    return [serial for serial in serials if serial not in others]
