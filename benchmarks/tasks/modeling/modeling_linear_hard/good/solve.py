"""Answers to word problems: a function gets a text and the numbers in it, and returns what it asks for."""

from fractions import Fraction
from itertools import combinations


def solve_water_flow(text, data):
    """Add flow along paths that still have room, shortest first."""
    room = {}
    for a, b, most in data["pipes"]:
        room.setdefault(a, {})[b] = room.get(a, {}).get(b, 0) + most
        room.setdefault(b, {}).setdefault(a, 0)
    flow = 0
    while True:
        came, queue = {"source": None}, ["source"]
        for point in queue:
            for other, left in room[point].items():
                if left > 0 and other not in came:
                    came[other] = point
                    queue.append(other)
        if "town" not in came:
            return float(flow)
        path, point = [], "town"
        while came[point] is not None:
            path.append((came[point], point))
            point = came[point]
        more = min(room[a][b] for a, b in path)
        for a, b in path:
            room[a][b] -= more
            room[b][a] += more
        flow += more


def solve_hub_shipping(text, data):
    """One variable for each way from a plant by a hub to a shop."""
    plants, hubs, shops = len(data["have"]), len(data["room"]), len(data["need"])
    ways = [(i, k, j) for i in range(plants) for k in range(hubs) for j in range(shops)]
    cost = [data["to_hub"][i][k] + data["handling"][k] + data["to_shop"][k][j] for i, k, j in ways]
    limits = (data["have"], data["room"], data["need"])
    rows = []
    for place, limit in enumerate(limits):
        for one, amount in enumerate(limit):
            terms = {w: 1 for w, way in enumerate(ways) if way[place] == one}
            rows += equal(terms, amount) if place == 2 else [(terms, amount)]
    return -largest([-c for c in cost], rows)


def solve_cash_plan(text, data):
    """Loans and deposits; what is kept follows from them, and may never be negative."""
    months = len(data["receipts"])
    loan, save, deposit = (
        1 + Fraction(str(data[f"{kind}_percent"])) / 100 for kind in ("loan", "saving", "deposit")
    )
    kept, constant, rows = {}, Fraction(data["start"]), []
    for t in range(months):
        # Variables 0 to months - 1 are loans, the next ones deposits.
        kept = {j: c * save for j, c in kept.items()} if t else {}
        constant = constant * save if t else constant
        constant += data["receipts"][t] - data["payments"][t]
        kept[t] = kept.get(t, 0) + 1
        if t:
            kept[t - 1] = kept.get(t - 1, 0) - loan
        if t < months - 1:
            kept[months + t] = kept.get(months + t, 0) - 1
        if t >= 2:
            kept[months + t - 2] = kept.get(months + t - 2, 0) + deposit
        rows += [({j: -c for j, c in kept.items()}, constant), ({t: 1}, data["loan_limit"])]
    final = {j: c * save for j, c in kept.items()}
    final[months - 1] = final.get(months - 1, 0) - loan
    final[2 * months - 2] = final.get(2 * months - 2, 0) + deposit
    return largest([final.get(j, 0) for j in range(2 * months)], rows) + float(constant * save)


def solve_absolute_fit(text, data):
    """A best line goes through two of the points."""
    points = data["points"]
    lines = []
    for (x, y), (u, v) in combinations(points, 2):
        slope = (v - y) / (u - x)
        lines.append(sum(abs(q - y - slope * (p - x)) for p, q in points))
    return min(lines)


def solve_market_game(text, data):
    """Chances of the offers; the last variable is the gain that is sure."""
    gain = data["gain"]
    count = len(gain)
    rows = [({count: 1} | {i: -gain[i][j] for i in range(count)}, 0) for j in range(len(gain[0]))]
    rows += equal(dict.fromkeys(range(count), 1), 1)
    return largest([0] * count + [1], rows)


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
