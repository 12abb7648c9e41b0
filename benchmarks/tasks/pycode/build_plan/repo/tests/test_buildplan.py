"""Tests of graphs, manifests, needs, the plan and its text."""

from __future__ import annotations

import unittest

from buildplan import Graph, GraphError, Step, Target, parse, plan, render
from buildplan.lint import implied
from buildplan.needs import needs
from buildplan.planner import affected, waiting

TEXT = """
# a small build
app 10: core ui
core 5: base
ui 7: core   # draws
base 3:
docs 2: base app
tool 1:
"""


class GraphTest(unittest.TestCase):
    def test_targets_come_in_the_order_of_the_manifest(self) -> None:
        graph = parse(TEXT)
        self.assertEqual([target.name for target in graph], ["app", "core", "ui", "base", "docs", "tool"])
        self.assertEqual((len(graph), graph["ui"]), (6, Target("ui", 7, ("core",))))
        self.assertEqual(len(parse("")), 0)

    def test_wrong_lines_are_named(self) -> None:
        for line in ("app", "app 5", "app x:", "app 5: a,b", "a b 5:"):
            with self.subTest(line), self.assertRaisesRegex(GraphError, "line 2: expected"):
                parse(f"tool 1:\n{line}")

    def test_what_cannot_be_built(self) -> None:
        for text, message in (
            ("a 1:\na 2:", "a comes twice"),
            ("a 1: b", "a needs b, which is no target"),
            ("a 1: b\nb 1: c\nc 1: a d\nd 1:\ne 1: a", "a cycle among a, b, c, e"),
            ("a 1: a", "a cycle among a"),
        ):
            with self.subTest(text), self.assertRaises(GraphError) as caught:
                parse(text)
            self.assertEqual(str(caught.exception), message)


class NeedsTest(unittest.TestCase):
    def test_all_the_way_down(self) -> None:
        graph = parse(TEXT)
        self.assertEqual(needs(graph, "docs"), {"base", "app", "core", "ui"})
        self.assertEqual(needs(graph, "ui"), {"core", "base"})
        self.assertEqual(needs(graph, "tool"), frozenset())
        self.assertIsInstance(needs(graph, "app"), frozenset)

    def test_an_unknown_target(self) -> None:
        with self.assertRaises(KeyError):
            needs(parse(TEXT), "nothing")

    def test_a_long_chain(self) -> None:
        graph = Graph([Target("t0", 1), *(Target(f"t{n}", 1, (f"t{n - 1}",)) for n in range(1, 1200))])
        self.assertEqual(len(needs(graph, "t1199")), 1199)

    def test_graphs_do_not_mix(self) -> None:
        first, second = parse("a 1: b\nb 1:"), parse("a 1:\nb 1: a")
        self.assertEqual([needs(graph, "a") for graph in (first, second)], [{"b"}, frozenset()])

    def test_implied_needs(self) -> None:
        self.assertEqual(implied(parse(TEXT)), [("app", "core"), ("docs", "base")])
        self.assertEqual(implied(parse("a 1:\nb 1: a a")), [])


class PlanTest(unittest.TestCase):
    def test_what_is_affected(self) -> None:
        graph = parse(TEXT)
        self.assertEqual(affected(graph, ["core"]), ["app", "core", "ui", "docs"])
        self.assertEqual(affected(graph, ["tool", "docs"]), ["docs", "tool"])
        self.assertEqual(affected(graph, []), [])
        with self.assertRaises(KeyError):
            affected(graph, ["nothing"])

    def test_work_that_waits(self) -> None:
        graph = parse(TEXT)
        self.assertEqual(waiting(graph, "core", ["app", "core", "ui", "docs"]), 19)
        self.assertEqual(waiting(graph, "core", ["ui", "tool"]), 7)
        self.assertEqual(waiting(graph, "docs", ["docs"]), 0)

    def test_one_worker_builds_in_order(self) -> None:
        steps = plan(parse(TEXT), ["base", "tool"], 1).steps
        self.assertEqual([step.name for step in steps], ["base", "core", "ui", "app", "docs", "tool"])
        self.assertEqual(steps[2], Step(8, 15, 0, "ui"))

    def test_workers_share_and_wait(self) -> None:
        result = plan(parse("a 4:\nb 2:\nc 3: b\nd 1: a c\ne 9:"), ["a", "b", "e"], 2)
        self.assertEqual(
            result.steps,
            (
                Step(0, 2, 0, "b"),
                Step(0, 4, 1, "a"),
                Step(2, 5, 0, "c"),
                Step(4, 13, 1, "e"),
                Step(5, 6, 0, "d"),
            ),
        )
        self.assertEqual(result.duration, 13)

    def test_a_worker_with_nothing_to_do_yet(self) -> None:
        result = plan(parse("a 4:\nb 2: a\nc 2: a"), ["a"], 3)
        self.assertEqual(result.steps, (Step(0, 4, 0, "a"), Step(4, 6, 0, "b"), Step(4, 6, 1, "c")))

    def test_nothing_has_changed_and_nobody_is_there(self) -> None:
        self.assertEqual((plan(parse(TEXT), [], 2).steps, plan(parse(TEXT), [], 2).duration), ((), 0))
        with self.assertRaisesRegex(ValueError, "workers: at least 1, not 0"):
            plan(parse(TEXT), [], 0)

    def test_the_text(self) -> None:
        self.assertEqual(
            render(plan(parse(TEXT), ["ui"], 2)).splitlines(),
            [
                "targets 3",
                "duration 19",
                "implied 2",
                "0 7 worker 0: ui",
                "7 17 worker 0: app",
                "17 19 worker 0: docs",
            ]
            + ["app need not name core", "docs need not name base"],
        )


if __name__ == "__main__":
    unittest.main()
