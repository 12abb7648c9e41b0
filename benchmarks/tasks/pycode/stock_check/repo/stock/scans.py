"""Lines of the hand-held scanners, `BIN SERIAL`, as (bin, serial)."""

from __future__ import annotations

from stock.bins import is_bin


def parse_scans(lines: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the scans, and the lines that are none; serials come back in upper case."""
    scans: list[tuple[str, str]] = []
    rejected: list[str] = []
    for line in lines:
        place, _, serial = line.strip().partition(" ")
        serial = serial.strip().upper()
        if is_bin(place) and serial and " " not in serial:
            scans.append((place, serial))
        else:
            rejected.append(line)
    return scans, rejected


def without_repeats(scans: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the first scan of every serial, in the order of the scans.

    People go back to a shelf when they are unsure, so a serial that comes again is no second item.
    """
    kept: list[tuple[str, str]] = []
    serials: list[str] = []
    for place, serial in scans:
        if serial not in serials:
            serials.append(serial)
            kept.append((place, serial))
    return kept
