"""Judge answer.txt, N lines "x y t": unit hexagons, and the side of the one around them. python judge.py N

A line is a regular hexagon of side 1 with its centre at (x, y), turned by the angle whose half has the
tangent t, so that its sine and cosine are rational: corner k is at the angle plus 60 k degrees. The hexagon
around them has its centre at the origin and edges that face 0, 60, 120, ... degrees. All coordinates are
a + b * sqrt(3) with fractions a and b, whose sign integers decide: nothing is rounded. Hexagons may touch.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from fractions import Fraction

from exact import decimals, refuse, rounded_up


@dataclass(frozen=True)
class Surd:
    """The number a + b * sqrt(3)."""

    a: Fraction
    b: Fraction = Fraction(0)

    def __add__(self, other: Surd) -> Surd:
        return Surd(self.a + other.a, self.b + other.b)

    def __sub__(self, other: Surd) -> Surd:
        return Surd(self.a - other.a, self.b - other.b)

    def __mul__(self, other: Surd) -> Surd:
        return Surd(self.a * other.a + 3 * self.b * other.b, self.a * other.b + self.b * other.a)

    def sign(self) -> int:
        """Return -1, 0 or 1: where the signs of the parts differ, their squares decide."""
        signs = [(part > 0) - (part < 0) for part in (self.a, self.b)]
        if signs[0] * signs[1] >= 0:
            return signs[0] or signs[1]
        return signs[0] if self.a * self.a > 3 * self.b * self.b else signs[1]


Point = tuple[Surd, Surd]
# Of the directions k * 60 degrees: (cosine, sine).
SIXTHS = [
    (Surd(Fraction(c, 2)), Surd(Fraction(0), Fraction(s, 2)))
    for c, s in ((2, 0), (1, 1), (-1, 1), (-2, 0), (-1, -1), (1, -1))
]


def corners(x: Fraction, y: Fraction, t: Fraction) -> list[Point]:
    """Return the corners of a hexagon, anticlockwise."""
    whole = 1 + t * t
    cosine, sine = Surd((1 - t * t) / whole), Surd(2 * t / whole)
    return [
        (Surd(x) + cosine * across - sine * up, Surd(y) + sine * across + cosine * up)
        for across, up in SIXTHS
    ]


def apart(one: list[Point], other: list[Point]) -> bool:
    """Whether some edge of the first one has all of the other on its far side, or on its line."""
    for k in range(6):
        (px, py), (qx, qy) = one[k], one[(k + 1) % 6]
        ex, ey = qx - px, qy - py
        if all((ex * (y - py) - ey * (x - px)).sign() <= 0 for x, y in other):
            return True
    return False


def outer_side(rows: list[list[Fraction]]) -> Surd:
    """Return the side of the hexagon around all; refuses hexagons that overlap."""
    hexagons = []
    for number, (x, y, t) in enumerate(rows, start=1):
        if abs(t) > 1 or max(abs(x), abs(y)) > 1000:
            refuse(f"line {number}: t is from -1 to 1, and a centre within 1000 of the origin")
        hexagons.append(corners(x, y, t))
    for i, one in enumerate(hexagons):
        for j, other in enumerate(hexagons[:i]):
            # Two convex polygons don't overlap exactly if an edge of one of them keeps them apart.
            if not apart(one, other) and not apart(other, one):
                refuse(f"hexagons {j + 1} and {i + 1} overlap")
    farthest = Surd(Fraction(0))
    for one in hexagons:
        for x, y in one:
            for across, up in SIXTHS:
                reach = across * x + up * y
                if (reach - farthest).sign() > 0:
                    farthest = reach
    # The side is the distance of an edge from the centre, times 2 / sqrt(3).
    return farthest * Surd(Fraction(0), Fraction(2, 3))


def upper_bound(value: Surd) -> Fraction:
    """Return a fraction that is at least the value, by less than 1e-39 times its second part."""
    root = Fraction(math.isqrt(3 * 10**80) + (value.b > 0), 10**40)
    return value.a + value.b * root


if __name__ == "__main__":
    print(f"METRIC side={rounded_up(upper_bound(outer_side(decimals(3, int(sys.argv[1])))))}")
