"""What a parcel costs."""

from __future__ import annotations

ZONES = "ABCDEFGH"
STEPS = ((500, 390), (1000, 450), (2000, 520), (5000, 690), (10000, 990), (31500, 1680))  # grams, cents


def price(zone: str, grams: int) -> int:
    """Return cents: by weight, and 35 for each zone beyond A."""
    if len(zone) != 2 or zone[0] not in ZONES or not zone[1].isdecimal():
        raise ValueError(f"zone {zone}: it must be a letter from A to H and a digit")
    for most, cents in STEPS:
        if 0 < grams <= most:
            return cents + 35 * ZONES.index(zone[0])
    raise ValueError(f"weight {grams}: it must be from 1 to {STEPS[-1][0]} grams")


def as_text(cents: int) -> str:
    """Return cents as euros."""
    return f"{cents // 100}.{cents % 100:02d} EUR"
