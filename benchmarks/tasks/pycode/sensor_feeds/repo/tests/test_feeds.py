"""Tests of collecting and of the figures."""

from __future__ import annotations

import asyncio
import unittest
from typing import Any

from feeds import Client, ServiceError, Summary, collect, request_limit, summarise
from feeds.collect import Sensor
from feeds.enrich import Place, places_of
from remote import Remote


def row(name: str, *readings: int) -> dict[str, Any]:
    """Return a sensor as a page has it."""
    return {"name": name, "readings": list(readings)}


PAGES = [[row("a", 1, 2), row("b", 5)], [], [row("c"), row("d", -4), row("a", 9)]]
DETAILS = {
    "a": {"region": "north", "height_m": 10, "offset": 1},
    "b": {"station": "s1", "offset": 2},
    "c": {"station": "gone", "offset": 0},
    "s1": {"region": "south", "height_m": 300, "offset": -10},
}
NORTH, SOUTH = Place("north", 10, 1), Place("south", 300, -8)


def remote(**changes: Any) -> Remote:
    """Return a quick service with a few sensors."""
    return Remote(PAGES, DETAILS, delay_s=0.0, **changes)


class PlaceTest(unittest.IsolatedAsyncioTestCase):
    async def test_own_details_and_those_of_a_station(self) -> None:
        self.assertEqual(await places_of(Client(remote(), 4), ["b", "a"]), [SOUTH, NORTH])

    async def test_unknown_sensors_and_stations_have_no_place(self) -> None:
        self.assertEqual(await places_of(Client(remote(), 4), ["c", "a", "x"]), [None, NORTH, None])

    async def test_no_names(self) -> None:
        self.assertEqual(await places_of(Client(remote(), 4), []), [])

    async def test_the_order_is_that_of_the_names(self) -> None:
        names = ["a", "b", "x"] * 30
        self.assertEqual(await places_of(Client(remote(), 5), names), [NORTH, SOUTH, None] * 30)


class ClientTest(unittest.IsolatedAsyncioTestCase):
    async def test_tries_again_where_the_service_is_busy(self) -> None:
        found = await places_of(Client(remote(busy_once={"a", "s1"}), 2), ["a", "b"])
        self.assertEqual(found, [NORTH, SOUTH])

    async def test_gives_up_after_three_attempts(self) -> None:
        class Busy:
            asked = 0

            async def get(self, path: str) -> dict[str, Any]:
                self.asked += 1
                return {"status": 503}

        busy = Busy()
        with self.assertRaisesRegex(ServiceError, "details/a: status 503"):
            await Client(busy, 1).ask("details/a")
        self.assertEqual(busy.asked, 3)

    async def test_other_errors_are_raised_at_once(self) -> None:
        class Broken:
            async def get(self, path: str) -> dict[str, Any]:
                return {"status": 500}

        with self.assertRaisesRegex(ServiceError, "status 500"):
            await places_of(Client(Broken(), 3), ["a", "b"])

    async def test_no_more_requests_at_once_than_the_limit(self) -> None:
        for limit in (1, 3):
            service = remote()
            service.pages = PAGES * 5
            await collect(Client(service, limit))
            self.assertLessEqual(service.most, limit)

    def test_the_limit_is_read_from_the_environment(self) -> None:
        self.assertEqual(request_limit({"FEEDS_LIMIT": "3"}), 3)
        self.assertEqual(request_limit({}), 8)
        with self.assertRaises(ValueError):
            request_limit({"FEEDS_LIMIT": "0"})


class CollectTest(unittest.TestCase):
    def test_sensors_come_in_the_order_of_the_pages(self) -> None:
        async def body() -> list[Sensor]:
            return await collect(Client(remote(busy_once={"b"}), 4))

        expected = [
            Sensor("a", (1, 2), NORTH),
            Sensor("b", (5,), SOUTH),
            Sensor("c", (), None),
            Sensor("d", (-4,), None),
            Sensor("a", (9,), NORTH),
        ]
        self.assertEqual(asyncio.run(body()), expected)

    def test_figures(self) -> None:
        sensors = [Sensor("a", (1, 2), NORTH), Sensor("b", (), SOUTH), Sensor("c", (7,), None)]
        expected = [Summary("north", 1, 2, 3, 5), Summary("south", 1, 0, 0, 0)]
        self.assertEqual(summarise(sensors), (expected, ["c"]))


if __name__ == "__main__":
    unittest.main()
