"""Game of life on a torus."""

from __future__ import annotations

ALIVE = "#"
DEAD = "."

BITS = str.maketrans(ALIVE + DEAD, "10")
CELLS = str.maketrans("10", ALIVE + DEAD)


def solve(board: list[str], generations: int) -> list[str]:
    """Return the board after some generations of Conway's game of life.

    The board's edges meet: above the first row is the last one, left of the first column the last
    one. On boards with fewer than three rows or columns a cell can so be its own neighbour, or be
    a neighbour more than once, and counts as often.

    Args:
        board: Rows of equal length, of "#" (alive) and "." (dead).
        generations: How many to play, 0 or more.
    """
    width = len(board[0]) if board else 0
    if not width:
        return list(board)
    rows = [int(row.translate(BITS), 2) for row in board]
    for _ in range(generations):
        rows = _next_generation(rows, width)
    return [format(row, f"0{width}b").translate(CELLS) for row in rows]


def _next_generation(rows: list[int], width: int) -> list[int]:
    """Count the neighbours of all cells of a row at once: the counts' binary digits are integers."""
    full = (1 << width) - 1
    last = width - 1
    sums = []
    for row in rows:
        left = (row >> 1) | (row << last) & full
        right = (row << 1) & full | (row >> last)
        pair_one, pair_two = left ^ right, left & right
        sums.append((pair_one, pair_two, pair_one ^ row, pair_two | pair_one & row))
    following = []
    height = len(rows)
    for y, row in enumerate(rows):
        _, _, above_one, above_two = sums[y - 1]
        beside_one, beside_two, _, _ = sums[y]
        _, _, below_one, below_two = sums[(y + 1) % height]
        half = above_one ^ beside_one
        ones = half ^ below_one
        carry = above_one & beside_one | half & below_one
        half = above_two ^ beside_two
        twos = half ^ below_two
        # Of four twos, two make a four: what is more than three neighbours is all the same.
        fours = above_two & beside_two | half & below_two | twos & carry
        following.append((twos ^ carry) & ~fours & (ones | row))
    return following
