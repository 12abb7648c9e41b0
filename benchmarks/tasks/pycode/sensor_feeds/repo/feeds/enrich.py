"""Where sensors are: their own details, or those of the station that they belong to."""

from __future__ import annotations

from dataclasses import dataclass

from feeds.client import Client


@dataclass(frozen=True)
class Place:
    """Where a sensor is."""

    region: str
    height_m: int
    offset: int  # what is added to its readings


async def places_of(client: Client, names: list[str]) -> list[Place | None]:
    """Return the places of sensors in their order; None for a sensor that is not known."""
    places: list[Place | None] = []
    for name in names:
        answer = await client.ask(f"details/{name}")
        if answer is None:
            places.append(None)
            continue
        detail = answer["detail"]
        station = detail.get("station")
        if station is None:
            places.append(Place(detail["region"], detail["height_m"], detail["offset"]))
            continue
        answer = await client.ask(f"details/{station}")
        if answer is None:
            places.append(None)
        else:
            base = answer["detail"]
            places.append(Place(base["region"], base["height_m"], base["offset"] + detail["offset"]))
    return places
