import random
import unittest
from fractions import Fraction

from solve import solve


def exactly(matrix, right):
    """The same with fractions: returns order, diagonal and solution by elimination in all other rows."""
    n = len(matrix)
    rows = [(i, [Fraction(value) for value in row] + [Fraction(right[i])]) for i, row in enumerate(matrix)]
    diagonal = []
    for k in range(n):
        pivot = max(range(k, n), key=lambda i: (abs(rows[i][1][k]), -i))
        rows[k], rows[pivot] = rows[pivot], rows[k]
        chosen = rows[k][1]
        diagonal.append(chosen[k])
        for i in range(n):
            if i != k:
                factor = rows[i][1][k] / chosen[k]
                rows[i] = (rows[i][0], [a - factor * b for a, b in zip(rows[i][1], chosen)])
    solution = [row[n] / row[k] for k, (_, row) in enumerate(rows)]
    return [[i for i, _ in rows], [float(d) for d in diagonal], [float(x) for x in solution]]


class SolveTest(unittest.TestCase):
    def assert_close(self, found, expected):
        self.assertIs(type(found), list)
        self.assertEqual(found[0], expected[0])
        self.assertTrue(all(type(place) is int for place in found[0]))
        for numbers, wanted in zip(found[1:], expected[1:], strict=True):
            self.assertEqual(len(numbers), len(wanted))
            for a, b in zip(numbers, wanted):
                self.assertIs(type(a), float)
                self.assertAlmostEqual(a, b, delta=1e-9 * max(1.0, abs(b)))

    def test_one_equation(self):
        self.assert_close(solve([[4]], [2]), [[0], [4], [0.5]])

    def test_without_an_exchange(self):
        # 4 x + 2 y = 10, 2 x + 5 y = 9: x = 2, y = 1; the second row loses half of the first.
        self.assert_close(solve([[4, 2], [2, 5]], [10, 9]), [[0, 1], [4, 4], [2, 1]])

    def test_with_an_exchange(self):
        self.assert_close(solve([[0, 3], [-2, 1]], [6, 0]), [[1, 0], [-2, 3], [1, 2]])

    def test_the_first_of_the_largest_is_taken(self):
        self.assert_close(solve([[1, 0], [2, 2]], [1, 4]), [[1, 0], [2, -1], [1, 1]])
        self.assert_close(solve([[2, 2], [-2, 1]], [4, -1]), [[0, 1], [2, 3], [1, 1]])

    def test_three_equations(self):
        # Rows in the order 2, 0, 1: (4 0 0), (0 2 2), (0 1 3) of which 2 is left.
        matrix = [[2, 2, 2], [2, 1, 3], [4, 0, 0]]
        self.assert_close(solve(matrix, [6, 6, 4]), [[2, 0, 1], [4, 2, 2], [1, 1, 1]])

    def test_against_fractions(self):
        chance = random.Random(21)
        for n in (2, 3, 4, 6, 9):
            matrix = [[chance.randint(-999, 999) for _ in range(n)] for _ in range(n)]
            right = [chance.randint(-999, 999) for _ in range(n)]
            self.assert_close(solve(matrix, right), exactly(matrix, right))

    def test_the_solution_solves_a_larger_system(self):
        chance = random.Random(22)
        n = 40
        matrix = [[chance.randint(-9, 9) + (99 if i == j else 0) for j in range(n)] for i in range(n)]
        wanted = [chance.randint(-9, 9) for _ in range(n)]
        right = [sum(a * x for a, x in zip(row, wanted)) for row in matrix]
        order, _, found = solve(matrix, right)
        self.assertEqual(order, list(range(n)))
        for a, b in zip(found, wanted):
            self.assertAlmostEqual(a, b, delta=1e-9)

    def test_a_singular_matrix_is_refused(self):
        for matrix in ([[0]], [[1, 2], [2, 4]], [[0, 1], [0, 2]]):
            with self.assertRaises(ValueError):
                solve(matrix, [1] * len(matrix))

    def test_nothing(self):
        self.assertEqual(solve([], []), [[], [], []])

    def test_arguments_stay_as_they_are(self):
        matrix, right = [[0, 3], [-2, 1]], [6, 0]
        solve(matrix, right)
        self.assertEqual((matrix, right), ([[0, 3], [-2, 1]], [6, 0]))


if __name__ == "__main__":
    unittest.main()
