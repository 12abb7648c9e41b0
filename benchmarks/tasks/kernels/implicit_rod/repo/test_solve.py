"""Tests of the rod. Run: python -m unittest -v"""

import copy
import random
import unittest

from solve import solve


def reference(temperatures, conductivities, capacities, step, powers):
    """Return the temperatures at the end, by many rounds of Gauss and Seidel."""
    now = list(temperatures)
    for power in powers:
        before = [value + step * power for value in now]
        for _ in range(3000):
            for i, heat in enumerate(capacities):
                left, right = step * conductivities[i] / heat, step * conductivities[i + 1] / heat
                flow = left * (now[i - 1] if i else 0.0) + right * (now[i + 1] if i + 1 < len(now) else 0.0)
                now[i] = (before[i] + flow) / (1 + left + right)
    return now


class SolveTest(unittest.TestCase):
    def test_one_cell(self):
        self.assertEqual(solve([8.0], [1.0, 2.0], [1.0], 1.0, [0.0]), [[2.0], [2.0]])

    def test_two_cells(self):
        # 3 a - b = 8 and 3 b - a = 0
        (first, second), (warmest,) = solve([8.0, 0.0], [1.0, 1.0, 1.0], [1.0, 1.0], 1.0, [0.0])
        self.assertAlmostEqual(first, 3.0, places=12)
        self.assertAlmostEqual(second, 1.0, places=12)
        self.assertAlmostEqual(warmest, 3.0, places=12)

    def test_heater(self):
        (end,), warmest = solve([0.0], [1.0, 1.0], [2.0], 1.0, [4.0, 0.0])
        self.assertAlmostEqual(end, 1.0, places=12)
        self.assertEqual(len(warmest), 2)
        self.assertAlmostEqual(warmest[0], 2.0, places=12)

    def test_no_steps(self):
        self.assertEqual(solve([5, 7], [1, 1, 1], [1, 1], 0.5, []), [[5.0, 7.0], []])

    def test_integers_are_numbers(self):
        self.assertEqual(solve([8], [1, 2], [1], 1, [0]), [[2.0], [2.0]])

    def test_as_the_reference(self):
        rng = random.Random(7)
        for count in (1, 2, 3, 6):
            temperatures = [rng.uniform(-10, 50) for _ in range(count)]
            conductivities = [rng.uniform(0.2, 3) for _ in range(count + 1)]
            capacities = [rng.uniform(0.5, 4) for _ in range(count)]
            given = [temperatures, conductivities, capacities, rng.uniform(0.1, 2), [1.0, 0.0, 5.0]]
            kept = copy.deepcopy(given)
            end, warmest = solve(*given)
            self.assertEqual(given, kept)
            self.assertEqual(len(warmest), 3)
            self.assertAlmostEqual(warmest[-1], max(end), places=12)
            for got, wanted in zip(end, reference(*given), strict=True):
                self.assertIs(type(got), float)
                self.assertAlmostEqual(got, wanted, places=9)


if __name__ == "__main__":
    unittest.main()
