"""Tests of the timetable, the waiting room, the day and its figures."""

from __future__ import annotations

import unittest

from clinic import Patient, Story, figures, simulate
from clinic.timetable import Timetable
from clinic.waiting import WaitingRoom


def patient(
    name: str, arrives: int = 0, urgency: int = 2, treatment_s: int = 10, patience_s: int = 100
) -> Patient:
    return Patient(name, arrives, urgency, treatment_s, patience_s)


class TimetableTest(unittest.TestCase):
    def test_events_come_by_time_and_then_as_planned(self) -> None:
        table = Timetable()
        for at, kind in ((5, "a"), (3, "b"), (5, "c"), (3, "d"), (4, "e")):
            table.plan(at, kind, patient("x"))
        self.assertEqual([table.take().kind for _ in range(5)], ["b", "d", "e", "a", "c"])

    def test_events_are_numbered_and_carry_all_that_was_planned(self) -> None:
        table = Timetable()
        self.assertEqual(
            [table.plan(9, "done", patient("x"), 4), table.plan(8, "arrival", patient("y"))], [0, 1]
        )
        event = table.take()
        self.assertEqual((event.at, event.number, event.kind, event.doctor), (8, 1, "arrival", -1))
        event = table.take()
        self.assertEqual((event.at, event.number, event.patient.name, event.doctor), (9, 0, "x", 4))

    def test_cancelled_events_do_not_happen(self) -> None:
        table = Timetable()
        first, second, _ = (table.plan(at, "arrival", patient("x")) for at in (1, 2, 3))
        table.cancel(first)
        self.assertEqual(len(table), 2)
        table.cancel(second)
        self.assertEqual((len(table), bool(table)), (1, True))
        self.assertEqual(table.take().at, 3)
        self.assertFalse(table)

    def test_only_what_is_planned_can_be_cancelled(self) -> None:
        table = Timetable()
        number = table.plan(1, "arrival", patient("x"))
        table.take()
        for gone in (number, 7):
            with self.assertRaises(KeyError):
                table.cancel(gone)
        number = table.plan(1, "arrival", patient("x"))
        table.cancel(number)
        with self.assertRaises(KeyError):
            table.cancel(number)

    def test_an_empty_timetable(self) -> None:
        with self.assertRaisesRegex(IndexError, "the timetable is empty"):
            Timetable().take()

    def test_a_timetable_of_cancelled_events_is_empty(self) -> None:
        table = Timetable()
        table.cancel(table.plan(1, "arrival", patient("x")))
        with self.assertRaisesRegex(IndexError, "the timetable is empty"):
            table.take()

    def test_nothing_can_be_planned_for_the_past(self) -> None:
        table = Timetable()
        table.plan(5, "arrival", patient("x"))
        table.take()
        self.assertEqual(table.plan(5, "done", patient("x")), 1)
        with self.assertRaisesRegex(ValueError, "done at 4: it is 5 already"):
            table.plan(4, "done", patient("x"))


class WaitingRoomTest(unittest.TestCase):
    def test_the_urgent_come_first_and_then_who_came_first(self) -> None:
        room = WaitingRoom()
        for name, urgency in (("a", 2), ("b", 0), ("c", 2), ("d", 1), ("e", 0)):
            room.enter(patient(name, urgency=urgency))
        self.assertEqual(len(room), 5)
        self.assertEqual([room.call().name for _ in range(5)], ["b", "e", "d", "a", "c"])
        with self.assertRaises(IndexError):
            room.call()

    def test_people_can_leave(self) -> None:
        room = WaitingRoom()
        for name in "abc":
            room.enter(patient(name))
        room.leave(patient("b"))
        self.assertEqual([room.call().name for _ in range(len(room))], ["a", "c"])
        with self.assertRaises(ValueError):
            room.leave(patient("b"))


class SimulationTest(unittest.TestCase):
    def test_one_doctor_treats_one_patient_after_the_other(self) -> None:
        stories = simulate([patient("b", 2), patient("a", 0), patient("c", 3, urgency=0)], 1)
        self.assertEqual(
            stories,
            [Story("a", 0, 0, 10, 0), Story("c", 0, 10, 20, 7), Story("b", 0, 20, 30, 18)],
        )

    def test_who_has_waited_too_long_goes_home(self) -> None:
        stories = simulate(
            [patient("a", treatment_s=500), patient("b", 1, patience_s=50), patient("c", 2)], 1
        )
        self.assertEqual(
            [(story.name, story.doctor, story.left) for story in stories],
            [("b", None, 51), ("c", None, 102), ("a", 0, 500)],
        )

    def test_of_free_doctors_the_lowest_number_comes_first(self) -> None:
        arrivals = [
            patient("a", 0, treatment_s=30),
            patient("b", 0, treatment_s=10),
            patient("c", 0, treatment_s=20),
            patient("d", 25),
            patient("e", 40),
            patient("f", 40),
        ]
        stories = {story.name: story.doctor for story in simulate(arrivals, 3)}
        self.assertEqual(stories, {"a": 0, "b": 1, "c": 2, "d": 1, "e": 0, "f": 1})

    def test_a_doctor_who_is_free_at_the_last_second_comes_too_late(self) -> None:
        stories = simulate([patient("a", treatment_s=60), patient("b", 10, patience_s=50)], 1)
        self.assertEqual([story.wait_s for story in stories], [0, 50])
        stories = simulate([patient("b", 10, patience_s=50), patient("a", treatment_s=61)], 1)
        self.assertEqual([story.wait_s for story in stories], [None, 0])

    def test_nobody_comes_and_nobody_is_there(self) -> None:
        self.assertEqual(simulate([], 3), [])
        with self.assertRaisesRegex(ValueError, "doctors: at least 1, not 0"):
            simulate([patient("a")], 0)

    def test_figures(self) -> None:
        stories = [Story("a", 0, 5, 9, 5), Story("b", None, None, 7, None), Story("c", 1, 9, 11, 2)]
        self.assertEqual(
            figures(stories),
            {"patients": 3, "seen": 2, "gone": 1, "median_wait_s": 5, "longest_wait_s": 5},
        )
        self.assertEqual(set(figures([]).values()), {0})


if __name__ == "__main__":
    unittest.main()
