"""Tests of conditions, rules, events and alerts."""

from __future__ import annotations

import unittest

from alerts import Alert, Rule, read_events, read_rules, run
from alerts.events import Event
from alerts.grammar import holds
from alerts.lexer import tokens

EVENT: Event = {"load": 80, "state": "up", "host": "a7", "zero": 0, "disk.free": 5, "low": -3}


class LexerTest(unittest.TestCase):
    def test_words(self) -> None:
        self.assertEqual(
            tokens('a.b<=12and("x y"!=c_1)'), ["a.b", "<=", "12and", "(", '"x y"', "!=", "c_1", ")"]
        )
        self.assertEqual(tokens(" a\t==\n1,-2 "), ["a", "==", "1", ",", "-", "2"])
        self.assertEqual(tokens(""), [])

    def test_what_means_nothing(self) -> None:
        for text in ("a = 1", "a ! b", 'a == "b', "a % 2", "a == 'b'", ".a"):
            with self.assertRaises(ValueError):
                tokens(text)


class ConditionTest(unittest.TestCase):
    def check(self, expected: bool, *conditions: str) -> None:
        for condition in conditions:
            with self.subTest(condition):
                self.assertIs(holds(condition, EVENT), expected)

    def test_comparisons(self) -> None:
        self.check(
            True, "load == 80", "load >= 80", "79 < load", 'state != "down"', '"a" < host', "0 - 3 == low"
        )
        self.check(False, "load != 80", "load < 80", "load > 80", 'host <= "a"', "low > 0")

    def test_different_kinds_have_no_order(self) -> None:
        self.check(False, "load < state", "load >= state", "gone < 5", "gone >= gone", 'load == "80"')
        self.check(True, "load != state", "gone == none", "load != none", "gone == missing")

    def test_and_binds_closer_than_or(self) -> None:
        self.check(True, "1 or 0 and 0", "not 0 and 1", "not (0 or 0)", "not not load", "0 and 1 or 1")
        self.check(False, "(1 or 0) and 0", "not 0 and 0", "not load == 80", "0 or 0")

    def test_results_of_logic_are_numbers(self) -> None:
        self.check(
            True, "(load or 0) == 1", "(load and state) + 1 == 2", "(not zero) * 5 == 5", "(load > 1) == 1"
        )

    def test_arithmetic(self) -> None:
        self.check(
            True, "2 + 3 * 4 == 14", "(2 + 3) * 4 == 20", "9 - 3 - 2 == 4", "disk.free * 2 * load == 800"
        )
        self.check(True, "state + 1 == none", "gone * 2 == none")
        self.check(False, "load - 80", "zero", "gone", '""', "state * 2 > 0")

    def test_functions(self) -> None:
        self.check(
            True,
            "length(host) == 2",
            "within(load, 80, 80)",
            'starts(host, "a")',
            "largest(1, load, 3) == 80",
        )
        self.check(
            True,
            "known(zero)",
            "largest(host) == none",
            "length(load) == none",
            "within(length(host), 1 + 1, 2)",
        )
        self.check(False, "within(load, 81, 99)", 'starts(load, "8")', "known(gone)", "within(host, 1, 9)")

    def test_conditions_that_can_not_be_understood(self) -> None:
        for text in (
            "", "load >", "load 5", "(load", "load)", "and load", "known()", "known(1, 2)", "nothing(1)",
            "1 < 2 < 3", "within(1, 2 3)", "load or", "not", "- 5", "length(1", "12 (3)",
        ):  # fmt: skip
            with self.subTest(text), self.assertRaises(ValueError):
                holds(text, EVENT)

    def test_mistakes_are_found_in_parts_that_decide_nothing(self) -> None:
        for text in ("1 or known(1, 2)", "0 and nothing(1)", "0 and (1"):
            with self.assertRaises(ValueError):
                holds(text, EVENT)

    def test_conditions_follow_the_event(self) -> None:
        self.assertTrue(holds("load > 50", {"load": 51}))
        self.assertFalse(holds("load > 50", {"load": 50}))
        self.assertFalse(holds("load > 50", {}))


class ReadingTest(unittest.TestCase):
    def test_events(self) -> None:
        self.assertEqual(
            read_events(["a=1 b=-2 c=x=y\n", "\n", "d=1.5"]), [{"a": 1, "b": -2, "c": "x=y"}, {"d": "1.5"}]
        )
        for line in ("a", "a=", "=1"):
            with self.assertRaises(ValueError):
                read_events([line])

    def test_rules(self) -> None:
        found = read_rules(["# all\n", "\n", " hot 3 10: temp > 80 \n"])
        self.assertEqual(found, [Rule("hot", 3, 10, "temp > 80")])
        for line in ("hot 3: temp", "hot 3 x: temp", "hot 3 10 temp"):
            with self.assertRaisesRegex(ValueError, "line 1"):
                read_rules([line])


class EngineTest(unittest.TestCase):
    def test_alerts_come_by_event_then_by_rule(self) -> None:
        rules = [Rule("b", 1, 0, "x > 1"), Rule("a", 2, 0, "x > 0")]
        expected = [Alert(0, "a", 2), Alert(2, "b", 1), Alert(2, "a", 2)]
        self.assertEqual(run(rules, [{"x": 1}, {"x": 0}, {"x": 2}]), expected)

    def test_rules_rest(self) -> None:
        found = run([Rule("r", 1, 2, "x")], [{"x": 1}, {"x": 1}, {"x": 0}, {"x": 1}, {"x": 1}])
        self.assertEqual([alert.event for alert in found], [0, 3])

    def test_equal_conditions_are_different_rules(self) -> None:
        found = run([Rule("r", 1, 0, "x"), Rule("s", 2, 9, "x")], [{"x": 1}, {"x": 1}])
        self.assertEqual(found, [Alert(0, "r", 1), Alert(0, "s", 2), Alert(1, "r", 1)])

    def test_wrong_conditions_matter_once_they_are_looked_at(self) -> None:
        rules = [Rule("r", 1, 0, "x >")]
        self.assertEqual(run(rules, []), [])
        with self.assertRaises(ValueError):
            run(rules, [{"x": 1}])


if __name__ == "__main__":
    unittest.main()
