"""Answers to word problems: a function gets a text and the numbers in it, and returns what it asks for."""

from fractions import Fraction


def solve_power_dispatch(text, data):
    """Take the cheapest blocks first."""
    blocks = sorted(zip(data["first_cost"] + data["second_cost"], data["first_block"] + data["second_block"]))
    cost, left = 0, data["demand"]
    for price, size in blocks:
        cost += price * min(size, left)
        left -= min(size, left)
    return float(cost)


def solve_grain_transport(text, data):
    """Grain from three silos to four mills."""
    return transport(data["have"], data["need"], data["cost"])


def solve_monthly_plan(text, data):
    """What is made in each month; the stock after it is what came less what went, and never negative."""
    months, holding = len(data["need"]), data["holding"]
    rows, constant = [({t: 1}, data["capacity"]) for t in range(months)], 0
    for t in range(months):
        rest = data["first_stock"] - sum(data["need"][: t + 1])
        rows.append((dict.fromkeys(range(t + 1), -1), rest))
        constant += holding * rest
    cost = [data["unit_cost"][t] + holding * (months - t) for t in range(months)]
    return constant - largest([-c for c in cost], rows)


def solve_oil_blend(text, data):
    """Oils within stocks, capacity and two limits of hardness."""
    hardness, count = data["hardness"], len(data["hardness"])
    rows = [({k: 1}, limit) for k, limit in enumerate(data["stock"])]
    rows.append((dict.fromkeys(range(count), 1), data["capacity"]))
    low, high = Fraction(str(data["least_hardness"])), Fraction(str(data["most_hardness"]))
    rows.append(({k: low - Fraction(str(h)) for k, h in enumerate(hardness)}, 0))
    rows.append(({k: Fraction(str(h)) - high for k, h in enumerate(hardness)}, 0))
    return largest([data["price"] - c for c in data["cost"]], rows)


def solve_fair_share(text, data):
    """Find the level to which the budget can lift all, by halving."""
    low, high = min(data["now"]), max(data["now"]) + data["budget"] * max(data["gain"])
    for _ in range(100):
        level = (low + high) / 2
        given = [max(0, level - now) / gain for now, gain in zip(data["now"], data["gain"])]
        if sum(given) <= data["budget"] and max(given) <= data["most"]:
            low = level
        else:
            high = level
    return low


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
