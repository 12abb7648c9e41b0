"""What solve() has to return: python -m unittest"""

import unittest

from instance import batch_ms, instance
from solve import solve


class SolveTest(unittest.TestCase):
    """Small instances."""

    def test_every_device_holds_its_share_of_each_layer(self):
        for seed in (1, 2):
            workload = instance(seed, layers=3, experts=4, devices=2)
            placement = solve(workload)
            self.assertIs(type(placement), list)
            self.assertEqual(len(placement), 3)
            for places in placement:
                self.assertEqual(sorted(places), [0, 0, 1, 1])
            self.assertGreater(batch_ms(workload, placement), 0)

    def test_the_workload_stays_as_it_is(self):
        workload = instance(3, layers=2, experts=4, devices=2)
        solve(workload)
        self.assertEqual(workload, instance(3, layers=2, experts=4, devices=2))


if __name__ == "__main__":
    unittest.main()
