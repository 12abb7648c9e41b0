"""Judge answer.txt from the items alone: python judge.py SEED SPLIT"""

import sys

from decisions import read_rows, refuse
from instances import bound, instances


def bins_used(capacity, items, row, name):
    """Return how many bins a row uses; refuses rows that leave out an item or fill a bin too full."""
    if len(row) != len(items):
        refuse(f"{name}: {len(row)} decisions for {len(items)} items")
    filled = []
    for number, (item, chosen) in enumerate(zip(items, row, strict=True), start=1):
        if chosen > len(filled):
            refuse(f"{name}, item {number}: bin {chosen} where {len(filled)} would be the next one")
        if chosen == len(filled):
            filled.append(0)
        filled[chosen] += item
        if filled[chosen] > capacity:
            refuse(f"{name}, item {number}: bin {chosen} holds {filled[chosen]} of {capacity}")
    return len(filled)


def main(seed, split):
    """Print the mean of bins used over the lower bound."""
    sequences = instances(seed, split)
    rows = read_rows("answer.txt", len(sequences), max(len(items) for _, items in sequences))
    ratios = [
        bins_used(capacity, items, row, f"sequence {number}") / bound(capacity, items)
        for number, ((capacity, items), row) in enumerate(zip(sequences, rows, strict=True), start=1)
    ]
    print(f"METRIC bins_over_bound={sum(ratios) / len(ratios):.9f}")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
