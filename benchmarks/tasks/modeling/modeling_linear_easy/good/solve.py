"""Answers to word problems: a function gets a text and the numbers in it, and returns what it asks for."""

from fractions import Fraction


def solve_budget_split(text, data):
    """Give each channel its least amount, then the rest to the best ones."""
    spent = list(data["least"])
    left = data["budget"] - sum(spent)
    for k in sorted(range(len(spent)), key=lambda k: -data["reach"][k]):
        more = min(left, data["most"][k] - spent[k])
        spent[k] += more
        left -= more
    return float(sum(r * s for r, s in zip(data["reach"], spent)))


def solve_workshop_mix(text, data):
    """Products within two resources."""
    return largest(
        data["profit"],
        [
            (dict(enumerate(data["boards"])), data["boards_available"]),
            (dict(enumerate(data["hours"])), data["hours_available"]),
        ],
    )


def solve_animal_feed(text, data):
    """Feeds with enough of two nutrients."""
    rows = [
        ({k: -v for k, v in enumerate(data["protein"])}, -data["protein_needed"]),
        ({k: -v for k, v in enumerate(data["fat"])}, -data["fat_needed"]),
    ]
    return -largest([-c for c in data["cost"]], rows)


def solve_juice_blend(text, data):
    """Bases from stocks, with enough fruit."""
    count = len(data["cost"])
    rows = [({k: 1}, data["stock"][k]) for k in range(count)]
    rows += equal(dict.fromkeys(range(count), 1), data["litres"])
    rows.append(({k: data["fruit_needed"] - f for k, f in enumerate(data["fruit"])}, 0))
    return -largest([-c for c in data["cost"]], rows)


def solve_two_depots(text, data):
    """Sand from two depots to three shops."""
    return transport(data["have"], data["need"], data["cost"])


def transport(have, need, cost):
    """Return the least cost of bringing what is needed from where it is."""
    n = len(need)
    rows = [({i * n + j: 1 for j in range(n)}, limit) for i, limit in enumerate(have)]
    for j, amount in enumerate(need):
        rows += equal({i * n + j: 1 for i in range(len(have))}, amount)
    return -largest([-c for row in cost for c in row], rows)


def largest(gain, rows):
    """Return the largest gain of amounts that are at least 0, exactly, by the simplex method.

    `rows`: pairs of coefficients (a dictionary by variable) and a limit that their sum may not exceed.
    """
    count, slack = len(gain), len(rows)
    table = []
    for k, (terms, limit) in enumerate(rows):
        row = [Fraction(0)] * (count + slack + 2)  # variables, slacks, an artificial one, the limit
        for j, coefficient in terms.items():
            row[j] += Fraction(str(coefficient))
        row[count + k], row[-2], row[-1] = Fraction(1), Fraction(-1), Fraction(str(limit))
        table.append(row)
    basis = [count + k for k in range(slack)]
    width = count + slack + 1
    worst = min(range(slack), key=lambda k: table[k][-1])
    if table[worst][-1] < 0:
        pivot(table, basis, worst, width - 1)
        if climb(table, basis, [Fraction(0)] * (width - 1) + [Fraction(-1)]) != 0:
            raise ValueError("no amounts keep to all limits")
        if width - 1 in basis:
            row = basis.index(width - 1)
            pivot(table, basis, row, next(j for j in range(width - 1) if table[row][j] != 0))
    for row in table:
        del row[-2]
    return float(climb(table, basis, [Fraction(str(g)) for g in gain] + [Fraction(0)] * slack))


def climb(table, basis, gain):
    """Pivot until no variable gains any more; Bland's rule keeps it from going in circles."""
    while True:
        slopes = [g - sum(gain[b] * row[j] for b, row in zip(basis, table)) for j, g in enumerate(gain)]
        column = next((j for j, slope in enumerate(slopes) if slope > 0), None)
        if column is None:
            return sum(gain[b] * row[-1] for b, row in zip(basis, table))
        able = [(row[-1] / row[column], basis[k], k) for k, row in enumerate(table) if row[column] > 0]
        if not able:
            raise ValueError("nothing limits the gain")
        pivot(table, basis, min(able)[2], column)


def pivot(table, basis, row, column):
    """Let a variable take the place of a row's own one."""
    factor = table[row][column]
    table[row] = [value / factor for value in table[row]]
    for k, other in enumerate(table):
        if k != row and other[column] != 0:
            times = other[column]
            table[k] = [value - times * own for value, own in zip(other, table[row])]
    basis[row] = column


def equal(terms, value):
    """Return the two rows that keep a sum at a value."""
    return [(terms, value), ({j: -c for j, c in terms.items()}, -value)]
