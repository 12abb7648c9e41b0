"""What solve() has to return: python -m unittest"""

import unittest

from instance import instance
from judge import checked
from plans import mean_latency_s
from solve import solve


class SolveTest(unittest.TestCase):
    """Small instances."""

    def test_the_plan_can_be_served(self):
        for seed in (1, 2):
            workload = instance(seed, total=20)
            self.assertGreater(mean_latency_s(workload, checked(solve(workload))), 0)

    def test_the_workload_stays_as_it_is(self):
        workload = instance(3, total=10)
        solve(workload)
        self.assertEqual(workload, instance(3, total=10))


if __name__ == "__main__":
    unittest.main()
