"""Tests of the game of life: known patterns, thin boards, and a count over sets of cells."""

from __future__ import annotations

import random
import unittest
from collections import Counter

from solve import solve


def by_counting(board: list[str], generations: int) -> list[str]:
    """Every living cell gives one to each of its neighbours."""
    height, width = len(board), len(board[0])
    alive = {(x, y) for y in range(height) for x in range(width) if board[y][x] == "#"}
    around = [(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if dx or dy]
    for _ in range(generations):
        given = Counter(((x + dx) % width, (y + dy) % height) for x, y in alive for dx, dy in around)
        alive = {cell for cell, count in given.items() if count == 3 or (count == 2 and cell in alive)}
    return ["".join("#" if (x, y) in alive else "." for x in range(width)) for y in range(height)]


class Life(unittest.TestCase):
    def test_blinker(self) -> None:
        flat = [".....", ".....", ".###.", ".....", "....."]
        upright = [".....", "..#..", "..#..", "..#..", "....."]
        self.assertEqual(solve(flat, 1), upright)
        self.assertEqual(solve(flat, 2), flat)

    def test_block_stays(self) -> None:
        block = ["....", ".##.", ".##.", "...."]
        self.assertEqual(solve(block, 5), block)

    def test_glider_comes_round(self) -> None:
        glider = [".#....", "..#...", "###...", "......", "......", "......"]
        self.assertEqual(solve(glider, 4), ["......", "..#...", "...#..", ".###..", "......", "......"])
        self.assertEqual(solve(glider, 24), glider)

    def test_across_the_edges(self) -> None:
        self.assertEqual(solve(["#...#", ".....", ".....", "....#"], 1), ["#...#", ".....", ".....", "#...#"])
        corners = ["#..#", "....", "....", "#..#"]
        self.assertEqual(solve(corners, 3), corners)

    def test_no_generation(self) -> None:
        self.assertEqual(solve(["#.", ".#"], 0), ["#.", ".#"])

    def test_no_cells(self) -> None:
        self.assertEqual(solve([], 3), [])
        self.assertEqual(solve(["", ""], 3), ["", ""])

    def test_one_cell_has_itself_as_all_neighbours(self) -> None:
        self.assertEqual(solve(["#"], 1), ["."])
        self.assertEqual(solve(["."], 1), ["."])

    def test_crowds_and_loneliness(self) -> None:
        self.assertEqual(solve(["####"] * 4, 1), ["...."] * 4)
        self.assertEqual(solve(["....", ".#..", "....", "...."], 1), ["...."] * 4)

    def test_arguments_stay_as_they_are(self) -> None:
        board = ["##.", "#..", "..."]
        solve(board, 2)
        self.assertEqual(board, ["##.", "#..", "..."])

    def test_random_boards(self) -> None:
        rng = random.Random(19)
        for _ in range(150):
            width, height, share = rng.randint(1, 9), rng.randint(1, 9), rng.random()
            board = [
                "".join("#" if rng.random() < share else "." for _ in range(width)) for _ in range(height)
            ]
            generations = rng.randint(1, 4)
            self.assertEqual(solve(board, generations), by_counting(board, generations))


if __name__ == "__main__":
    unittest.main()
