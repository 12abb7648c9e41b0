"""Game of life on a torus."""

from __future__ import annotations

ALIVE = "#"
DEAD = "."


def solve(board: list[str], generations: int) -> list[str]:
    """Return the board after some generations of Conway's game of life.

    The board's edges meet: above the first row is the last one, left of the first column the last
    one. On boards with fewer than three rows or columns a cell can so be its own neighbour, or be
    a neighbour more than once, and counts as often.

    Args:
        board: Rows of equal length, of "#" (alive) and "." (dead).
        generations: How many to play, 0 or more.
    """
    for _ in range(generations):
        board = _next_generation(board)
    return list(board)


def _next_generation(board: list[str]) -> list[str]:
    rows = []
    for y in range(len(board)):
        row = ""
        for x in range(len(board[y])):
            neighbours = _count_neighbours(board, x, y)
            if neighbours == 3 or (neighbours == 2 and board[y][x] == ALIVE):
                row += ALIVE
            else:
                row += DEAD
        rows.append(row)
    return rows


def _count_neighbours(board: list[str], x: int, y: int) -> int:
    height = len(board)
    width = len(board[0])
    count = 0
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            if (dx, dy) != (0, 0) and board[(y + dy) % height][(x + dx) % width] == ALIVE:
                count += 1
    return count
