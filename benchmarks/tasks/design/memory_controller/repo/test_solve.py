"""Tests of the controller that is chosen, and of the simulator on requests that can be counted by hand."""

from __future__ import annotations

import unittest

from instance import SAMPLE, requests, sample
from simulator import ACTIVATE, BURST, READ, SPACE, simulate
from solve import solve

PLAIN = {
    "page_policy": "open", "timeout": 100, "scheduler": "fcfs", "cap": 1, "queue": 8, "drain_high": 4,
    "drain_low": 2, "mapping": "row_bank_column", "refresh": "all", "postpone": 0,
}  # fmt: skip


class Controller(unittest.TestCase):
    def test_it_is_in_the_space(self) -> None:
        for seed in (1, 2):
            config = solve(sample(seed))
            self.assertIs(type(config), dict)
            self.assertEqual(set(config), set(SPACE))
            for name, value in config.items():
                self.assertIn(value, SPACE[name])
            self.assertLess(config["drain_low"], config["drain_high"])

    def test_the_sample_is_the_start_of_the_requests(self) -> None:
        self.assertEqual(sample(3), requests(3)[:SAMPLE])

    def test_one_read_by_hand(self) -> None:
        self.assertEqual(simulate([(0, 5, 0)], PLAIN)["latency"], ACTIVATE + BURST + READ)

    def test_an_open_row_is_faster(self) -> None:
        trace = [(1000 * i, i, 0) for i in range(5)]
        self.assertLess(
            simulate(trace, PLAIN)["latency"], simulate(trace, {**PLAIN, "page_policy": "closed"})["latency"]
        )


if __name__ == "__main__":
    unittest.main()
