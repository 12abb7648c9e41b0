"""What solve() has to return: python -m unittest"""

import unittest

from instance import instance
from judge import price
from solve import solve


class SolveTest(unittest.TestCase):
    """Small instances."""

    def test_the_mix_serves_the_workload(self):
        for seed in (1, 2, 3):
            workload = instance(seed, prompts=(64, 1024), outputs=(32, 128), types=("A10G", "A100"), slices=2)
            self.assertGreater(price(workload, solve(workload)), 0)

    def test_the_workload_stays_as_it_is(self):
        workload = instance(4, prompts=(64,), outputs=(32, 128), slices=2)
        solve(workload)
        self.assertEqual(workload, instance(4, prompts=(64,), outputs=(32, 128), slices=2))


if __name__ == "__main__":
    unittest.main()
