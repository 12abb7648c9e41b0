"""What came in and what went out: from it follows what should be there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Movement:
    """One item that was received, shipped, or put into another bin."""

    kind: str  # "receipt", "shipment" or "transfer"
    serial: str
    place: str = ""  # where it was put; empty in shipments


class MovementError(ValueError):
    """A movement that cannot have happened."""


def serials_on_hand(movements: list[Movement]) -> list[str]:
    """Return the serials that should be there, the longest unmoved first.

    A transfer counts as a new arrival. Raises MovementError for a receipt of what is there already,
    and for a shipment or transfer of what is not.
    """
    on_hand: list[str] = []
    for number, movement in enumerate(movements, start=1):
        if movement.kind == "receipt":
            if movement.serial in on_hand:
                raise MovementError(f"movement {number}: {movement.serial} is there already")
            on_hand.append(movement.serial)
        elif movement.kind in ("shipment", "transfer"):
            if movement.serial not in on_hand:
                raise MovementError(f"movement {number}: {movement.serial} is not there")
            on_hand.remove(movement.serial)
            if movement.kind == "transfer":
                on_hand.append(movement.serial)
        else:
            raise MovementError(f"movement {number}: unknown kind {movement.kind!r}")
    return on_hand


def places(movements: list[Movement]) -> dict[str, str]:
    """Return the bin where each serial was put last, whether it is still there or not."""
    return {movement.serial: movement.place for movement in movements if movement.place}
