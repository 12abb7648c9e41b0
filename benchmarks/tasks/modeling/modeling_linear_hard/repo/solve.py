"""Answers to word problems: each function gets a text and the numbers in it (its `data`), and returns the
number that the text asks for. Each text below is one of the many that are drawn; the numbers, the names and
the order of things change. An answer counts within 1e-4 of the right one, relatively. There are numpy and
scipy."""


def solve_water_flow(text, data):
    """Water runs from the source to the town through pipes that meet at the points A to F. Each pipe
    carries water in one direction, up to this many litres per second: source to A: 4; source to B: 19;
    source to C: 30; A to D: 10; A to E: 28; B to D: 12; B to E: 16; B to F: 7; C to E: 26; C to F: 4; D
    to town: 4; E to town: 17; F to town: 5; A to B: 26; E to F: 28. Nothing is stored or lost on the way.
    How many litres per second can reach the town at most?

    data = {"pipes": [["source", "A", 4], ["source", "B", 19], ["source", "C", 30], ["A", "D", 10], ["A",
    "E", 28], ["B", "D", 12], ["B", "E", 16], ["B", "F", 7], ["C", "E", 26], ["C", "F", 4], ["D", "town",
    4], ["E", "town", 17], ["F", "town", 5], ["A", "B", 26], ["E", "F", 28]]}
    """
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
    """All crates go from a plant through exactly one hub to a shop. Plant 1 can deliver up to 126 crates;
    a crate from it costs 9 dollars to hub 1 and 11 dollars to hub 2. Plant 2 can deliver up to 116
    crates; a crate from it costs 8 dollars to hub 1 and 4 dollars to hub 2. Hub 1 handles up to 129
    crates at 0.98 dollars each; a crate from it costs 10 dollars to shop 1, 11 dollars to shop 2, 11
    dollars to shop 3 and 15 dollars to shop 4. Hub 2 handles up to 146 crates at 1.53 dollars each; a
    crate from it costs 11 dollars to shop 1, 13 dollars to shop 2, 11 dollars to shop 3 and 11 dollars to
    shop 4. Of the shops, shop 1 needs 29, shop 2 needs 58, shop 3 needs 56 and shop 4 needs 63 crates.
    Everything may be split, also into fractions of crates. What is the lowest total cost of transport and
    handling, in dollars?

    data = {"need": [29, 58, 56, 63], "have": [126, 116], "room": [129, 146], "to_hub": [[9, 11], [8, 4]],
    "to_shop": [[10, 11, 11, 15], [11, 13, 11, 11]], "handling": [0.98, 1.53]}
    """
    # The cheapest way to each shop, as if nothing were limited.
    cost = 0
    for shop, need in enumerate(data["need"]):
        ways = [
            data["to_hub"][plant][hub] + data["handling"][hub] + data["to_shop"][hub][shop]
            for plant in range(len(data["have"]))
            for hub in range(len(data["room"]))
        ]
        cost += need * min(ways)
    return float(cost)


def solve_cash_plan(text, data):
    """A firm has 109 thousand dollars. At the beginning of each of the next months, in order, it receives
    22 and pays 0, receives 22 and pays 0, receives 0 and pays 56, receives 0 and pays 25 and receives 0
    and pays 48 thousand dollars. At the beginning of each of these months, after that, it may (1) borrow
    up to 27 thousand dollars, to be paid back one month later with 1.3 per cent interest; (2) put money
    into a deposit that is paid out two months later with 3.6 per cent interest in all, but not in the
    last of the months. What it keeps earns 0.4 per cent in a month. What it owes or gets back at the
    beginning of a month is settled then, with all other money of that moment, and new loans may be used
    for it; it may never run out of money. How many thousand dollars has it at most one month after the
    beginning of the last month, with its last loan paid back and all deposits paid out?

    data = {"start": 109, "receipts": [22, 22, 0, 0, 0], "payments": [0, 0, 56, 25, 48], "loan_limit": 27,
    "loan_percent": 1.3, "saving_percent": 0.4, "deposit_percent": 3.6}
    """
    # No loans and no deposits.
    money = data["start"]
    for received, paid in zip(data["receipts"], data["payments"]):
        money = (money + received - paid) * (1 + data["saving_percent"] / 100)
    return float(money)


def solve_absolute_fit(text, data):
    """An instrument gave these pairs (x, y): (2, 16.4), (4, 20.4), (5, 22.4), (10, 35.2), (12, 32.4),
    (20, 56.2), (23, 59), (28, 67.5). A straight line y = a + b x shall fit them so that the sum of the
    absolute differences between each y and the line at its x is as small as possible. How large is this
    sum?

    data = {"points": [[2, 16.4], [4, 20.4], [5, 22.4], [10, 35.2], [12, 32.4], [20, 56.2], [23, 59.0],
    [28, 67.5]]}
    """
    # The line of least squares.
    points = data["points"]
    x = sum(p for p, _ in points) / len(points)
    y = sum(q for _, q in points) / len(points)
    slope = sum((p - x) * (q - y) for p, q in points) / sum((p - x) ** 2 for p, _ in points)
    return sum(abs(q - y - slope * (p - x)) for p, q in points)


def solve_market_game(text, data):
    """Each day you choose one of the offers A, B, C and D, and at the same time your rival chooses one of
    W, X, Y and Z. What you gain, the rival loses, in thousand dollars. If you choose A, you gain 7
    against W, 12 against X, 16 against Y and 6 against Z. If you choose B, you gain 26 against W, 18
    against X, 11 against Y and 4 against Z. If you choose C, you gain 1 against W, 20 against X, 21
    against Y and 4 against Z. If you choose D, you gain 9 against W, 26 against X, 17 against Y and 28
    against Z. Both may choose at random, with chances of their own making. Which average gain a day, in
    thousand dollars, can you be sure of at most, whatever the rival does?

    data = {"gain": [[7, 12, 16, 6], [26, 18, 11, 4], [1, 20, 21, 4], [9, 26, 17, 28]]}
    """
    # The offer that is best in its worst case.
    return float(max(min(row) for row in data["gain"]))
