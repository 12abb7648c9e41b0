"""Where sensors are: their own details, or those of the station that they belong to."""

from __future__ import annotations

import asyncio
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
    return await asyncio.gather(*(_place(client, name) for name in names))


async def _place(client: Client, name: str) -> Place | None:
    answer = await client.ask(f"details/{name}")
    if answer is None:
        return None
    detail = answer["detail"]
    station = detail.get("station")
    if station is None:
        return Place(detail["region"], detail["height_m"], detail["offset"])
    answer = await client.ask(f"details/{station}")
    if answer is None:
        return None
    base = answer["detail"]
    return Place(base["region"], base["height_m"], base["offset"] + detail["offset"])
