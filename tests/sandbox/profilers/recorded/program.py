"""The program whose profiles are recorded beside it (see README.md)."""

import re


class Shelf:
    def __init__(self, size):
        self.books = list(range(size))

    def find(self, wanted):
        found = 0
        for book in wanted:
            if book in self.books:
                found += 1
        return found


def pattern(count):
    return sum(len(re.sub("a+b", "x", "aaab ccaab" * 20)) for _ in range(count))


def table(rows):
    return [list(range(1000)) for _ in range(rows)]


if __name__ == "__main__":
    print(Shelf(2000).find(range(8000)), pattern(5000), len(table(400)))
