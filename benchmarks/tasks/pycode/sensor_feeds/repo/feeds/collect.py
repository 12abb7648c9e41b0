"""All sensors of the service: its pages, then what belongs to each sensor."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from feeds.client import Client, ServiceError
from feeds.enrich import Place, places_of


@dataclass(frozen=True)
class Sensor:
    """A sensor with its readings and its place."""

    name: str
    readings: tuple[int, ...]
    place: Place | None  # None where the service knows no details


async def collect(client: Client) -> list[Sensor]:
    """Return all sensors, in the order of the pages."""
    answer = await client.ask("pages")
    if answer is None:
        raise ServiceError("pages: not found")
    pages = await asyncio.gather(*(_page(client, number) for number in range(answer["count"])))
    rows = [row for page in pages for row in page]
    places = await places_of(client, [row["name"] for row in rows])
    return [
        Sensor(row["name"], tuple(row["readings"]), place) for row, place in zip(rows, places, strict=True)
    ]


async def _page(client: Client, number: int) -> list[dict[str, Any]]:
    answer = await client.ask(f"pages/{number}")
    if answer is None:
        raise ServiceError(f"pages/{number}: not found")
    rows: list[dict[str, Any]] = answer["sensors"]
    return rows
