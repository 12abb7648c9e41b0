"""Tests of the codec, topics, redaction, frames and the hub."""

from __future__ import annotations

import json
import unittest

from feed import Event, Hub, Subscriber
from feed.codec import copied, encode
from feed.events import under
from feed.frames import digest, frame
from feed.redaction import visible

BODY = {"who": {"name": "Zoë", "email": "z@example.org"}, "items": [{"n": 1, "margin": 0.5}], "trace": "ff"}


class CodecTest(unittest.TestCase):
    def test_equal_values_are_equal_texts(self) -> None:
        self.assertEqual(encode({"b": [1, 2.5, None], "a": "Zoë\n"}), '{"a":"Zoë\\n","b":[1,2.5,null]}')
        self.assertEqual(encode({"b": 1, "a": 2}), encode({"a": 2, "b": 1}))

    def test_a_copy_is_what_a_receiver_has(self) -> None:
        value = {"a": (1, [2]), 3: True}
        copy = copied({"a": (1, [2])})
        self.assertEqual(copy, {"a": [1, [2]]})
        self.assertEqual(copied({3: True}), {"3": True})
        copy["a"][1].append(4)
        self.assertEqual(value["a"], (1, [2]))

    def test_values_without_a_form(self) -> None:
        with self.assertRaises(TypeError):
            encode({"a": {1}})
        with self.assertRaises(ValueError):
            encode([float("nan")])


class TopicTest(unittest.TestCase):
    def test_topics_below_others(self) -> None:
        self.assertTrue(under("orders.paid", "orders"))
        self.assertTrue(under("orders", "orders"))
        self.assertTrue(under("orders", ""))
        self.assertFalse(under("orderslist", "orders"))
        self.assertFalse(under("orders", "orders.paid"))

    def test_a_subscriber_of_some_topics(self) -> None:
        one = Subscriber("one", ("orders.paid", "stock"))
        topics = ("orders.paid", "orders", "stock.gone", "users")
        self.assertEqual([one.wants(Event(topic, 0, {})) for topic in topics], [True, False, True, False])
        self.assertFalse(Subscriber("nobody", ()).wants(Event("x", 0, {})))


class RedactionTest(unittest.TestCase):
    def test_what_each_level_sees(self) -> None:
        self.assertEqual(visible(BODY, "public"), {"who": {"name": "Zoë"}, "items": [{"n": 1}]})
        self.assertEqual(visible(BODY, "partner")["who"], BODY["who"])
        self.assertEqual(visible(BODY, "partner")["items"], [{"n": 1}])
        self.assertEqual(visible(BODY, "internal"), BODY)

    def test_the_body_stays_as_it_is(self) -> None:
        body = copied(BODY)
        visible(body, "internal")["who"]["name"] = "?"
        visible(body, "public")
        self.assertEqual(body, BODY)

    def test_an_unknown_level(self) -> None:
        with self.assertRaisesRegex(ValueError, "unknown level 'root'; known: public, partner, internal"):
            visible({}, "root")


class FrameTest(unittest.TestCase):
    def test_a_frame(self) -> None:
        text = frame(Event("orders.paid", 9, BODY), Subscriber('a "b"', level="partner"), 3)
        self.assertEqual(
            text,
            '{"at":9,"body":{"items":[{"n":1}],"who":{"email":"z@example.org","name":"Zoë"}},'
            '"number":3,"to":"a \\"b\\"","topic":"orders.paid"}',
        )

    def test_the_digest_depends_on_the_order(self) -> None:
        self.assertNotEqual(digest(["a", "b"]), digest(["b", "a"]))
        self.assertEqual(digest([]), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")


class HubTest(unittest.TestCase):
    def setUp(self) -> None:
        self.hub = Hub(limit=2)
        self.hub.subscribe(Subscriber("all", level="internal"))
        self.hub.subscribe(Subscriber("orders", ("orders",)))

    def frames(self, name: str) -> list[tuple[int, str, object]]:
        rows = [json.loads(text) for text in self.hub.fetch(name)]
        self.assertTrue(all(row["to"] == name for row in rows))
        return [(row["number"], row["topic"], row["body"]) for row in rows]

    def test_everybody_gets_what_it_wants_and_may_see(self) -> None:
        self.assertEqual(self.hub.publish(Event("orders.paid", 1, {"n": 1, "note": "x"})), 2)
        self.assertEqual(self.hub.publish(Event("users", 2, {})), 1)
        self.assertEqual(self.frames("all"), [(1, "orders.paid", {"n": 1, "note": "x"}), (2, "users", {})])
        self.assertEqual(self.frames("orders"), [(1, "orders.paid", {"n": 1})])
        self.assertEqual(self.frames("orders"), [])

    def test_an_event_may_change_after_it_was_published(self) -> None:
        event = Event("orders", 1, {"n": [1]})
        self.hub.publish(event)
        event.body["n"].append(2)
        self.hub.publish(event)
        self.assertEqual([body for _, _, body in self.frames("all")], [{"n": [1]}, {"n": [1, 2]}])

    def test_the_oldest_frames_are_dropped(self) -> None:
        for number in range(5):
            self.hub.publish(Event("users", number, {}))
        self.assertEqual(self.hub.dropped("all", 0), 3)
        self.assertEqual([number for number, _, _ in self.frames("all")], [4, 5])
        self.assertEqual(self.hub.dropped("all", 2), 3)

    def test_what_cannot_be_encoded_reaches_nobody(self) -> None:
        for body, error in (({"a": {1}}, TypeError), ({"a": float("inf")}, ValueError)):
            with self.assertRaises(error):
                self.hub.publish(Event("orders", 1, body))
        self.hub.publish(Event("orders", 1, {}))
        self.assertEqual((self.frames("all"), self.frames("orders")), ([(1, "orders", {})],) * 2)

    def test_an_unknown_level_reaches_nobody_either(self) -> None:
        self.hub.subscribe(Subscriber("odd", ("users",), "root"))
        with self.assertRaises(ValueError):
            self.hub.publish(Event("users", 1, {}))
        self.assertEqual(self.frames("all"), [])

    def test_names(self) -> None:
        with self.assertRaisesRegex(ValueError, "there is a subscriber 'all' already"):
            self.hub.subscribe(Subscriber("all"))
        with self.assertRaises(KeyError):
            self.hub.fetch("nobody")
        self.assertEqual(Hub().publish(Event("x", 0, {"a": {1}})), 0)


if __name__ == "__main__":
    unittest.main()
