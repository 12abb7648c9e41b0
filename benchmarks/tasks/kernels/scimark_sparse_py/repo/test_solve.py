import random
import unittest
from fractions import Fraction

from solve import solve


def dense(starts, columns, values, vector, rounds):
    """The same with all entries of the matrix, zeros too, as fractions."""
    size = len(vector)
    matrix = [[Fraction(0)] * size for _ in range(size)]
    for row in range(size):
        for entry in range(starts[row], starts[row + 1]):
            matrix[row][columns[entry]] += values[entry]
    current = [Fraction(value) for value in vector]
    for _ in range(rounds):
        current = [sum(a * b for a, b in zip(row, current)) for row in matrix]
        largest = max(map(abs, current), default=0)
        current = [value / largest for value in current] if largest else current
    return [float(value) for value in current]


class SolveTest(unittest.TestCase):
    def assert_close(self, found, expected):
        self.assertIs(type(found), list)
        self.assertEqual(len(found), len(expected))
        for a, b in zip(found, expected):
            self.assertIs(type(a), float)
            self.assertAlmostEqual(a, b, delta=1e-9)

    def test_no_rounds(self):
        self.assert_close(solve([0, 1, 2], [0, 1], [1, 1], [3, -4], 0), [3, -4])

    def test_one_round(self):
        # (1 2; 0 3) times (5, -1) is (3, -3).
        self.assert_close(solve([0, 2, 3], [0, 1, 1], [1, 2, 3], [5, -1], 1), [1, -1])

    def test_two_rounds(self):
        # ... and times (1, -1) it is (-1, -3).
        self.assert_close(solve([0, 2, 3], [0, 1, 1], [1, 2, 3], [5, -1], 2), [-1 / 3, -1])

    def test_a_row_without_entries(self):
        self.assert_close(solve([0, 0, 2], [0, 1], [2, 2], [1, 3], 1), [0, 1])

    def test_entries_of_one_place_add_up(self):
        self.assert_close(solve([0, 2, 3], [0, 0, 1], [3, -1, 4], [1, 1], 1), [0.5, 1])

    def test_columns_in_any_order(self):
        self.assert_close(solve([0, 2, 3], [1, 0, 1], [2, 1, 3], [5, -1], 2), [-1 / 3, -1])

    def test_all_zero(self):
        self.assert_close(solve([0, 1, 1], [1], [5], [7, 0], 3), [0, 0])

    def test_nothing(self):
        self.assert_close(solve([0], [], [], [], 2), [])

    def test_against_a_dense_product(self):
        chance = random.Random(8)
        for size in (1, 2, 5, 12, 20):
            starts, columns = [0], []
            for _ in range(size):
                columns += [chance.randrange(size) for _ in range(chance.randint(0, 4))]
                starts.append(len(columns))
            values = [chance.randint(-9, 9) for _ in columns]
            vector = [chance.randint(-9, 9) for _ in range(size)]
            for rounds in (1, 2, 3):
                given = (starts, columns, values, vector, rounds)
                self.assert_close(solve(*given), dense(*given))

    def test_arguments_stay_as_they_are(self):
        given = [[0, 2, 3], [0, 1, 1], [1, 2, 3], [5, -1]]
        solve(*given, 2)
        self.assertEqual(given, [[0, 2, 3], [0, 1, 1], [1, 2, 3], [5, -1]])

    def test_wrong_lengths_are_refused(self):
        with self.assertRaises(ValueError):
            solve([0, 1], [0], [1], [1, 2], 1)


if __name__ == "__main__":
    unittest.main()
