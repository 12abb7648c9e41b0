"""Linear programs whose model is not said by the text."""

from __future__ import annotations

from .wording import cents, listed, num


def water_flow(draw):
    """The largest flow through a network."""
    arcs = [
        ("source", "A"),
        ("source", "B"),
        ("source", "C"),
        ("A", "D"),
        ("A", "E"),
        ("B", "D"),
        ("B", "E"),
        ("B", "F"),
        ("C", "E"),
        ("C", "F"),
        ("D", "town"),
        ("E", "town"),
        ("F", "town"),
        ("A", "B"),
        ("E", "F"),
    ]
    data = {"pipes": [[a, b, draw.randint(4, 30)] for a, b in arcs]}
    each = "; ".join(f"{a} to {b}: {num(c)}" for a, b, c in data["pipes"])
    text = (
        "Water runs from the source to the town through pipes that meet at the points A to F. Each pipe "
        f"carries water in one direction, up to this many litres per second: {each}. Nothing is stored or "
        "lost on the way. How many litres per second can reach the town at most?"
    )
    return text, data


def hub_shipping(draw):
    """Plants, hubs and shops."""
    need = [draw.randint(20, 70) for _ in range(4)]
    total = sum(need)
    have = [total // 2 + draw.randint(5, 30), total // 2 + draw.randint(5, 30)]
    room = [draw.randint(total // 2, 3 * total // 4) + 5 for _ in range(2)]
    data = {
        "need": need,
        "have": have,
        "room": room,
        "to_hub": [[draw.randint(2, 12) for _ in room] for _ in have],
        "to_shop": [[draw.randint(2, 15) for _ in need] for _ in room],
        "handling": [cents(draw, 0.2, 3.0) for _ in room],
    }
    plants = " ".join(
        f"Plant {i + 1} can deliver up to {num(have[i])} crates; a crate from it costs "
        f"{listed([f'{num(c)} dollars to hub {k + 1}' for k, c in enumerate(data['to_hub'][i])])}."
        for i in range(2)
    )
    hubs = " ".join(
        f"Hub {k + 1} handles up to {num(room[k])} crates at {num(data['handling'][k])} dollars each; a "
        "crate from it costs "
        f"{listed([f'{num(c)} dollars to shop {j + 1}' for j, c in enumerate(data['to_shop'][k])])}."
        for k in range(2)
    )
    shops = listed([f"shop {j + 1} needs {num(n)}" for j, n in enumerate(need)])
    text = (
        f"All crates go from a plant through exactly one hub to a shop. {plants} {hubs} Of the shops, "
        f"{shops} crates. Everything may be split, also into fractions of crates. What is the lowest total "
        "cost of transport and handling, in dollars?"
    )
    return text, data


def cash_plan(draw):
    """Loans, savings and deposits over months."""
    months = 5
    flow = [draw.choice((-1, 1)) * draw.randint(10, 60) for _ in range(months)]
    lowest, total = 0, 0
    for amount in flow:
        total += amount
        lowest = min(lowest, total)
    start = draw.randint(5, 30) - lowest
    data = {
        "start": start,
        "receipts": [max(f, 0) for f in flow],
        "payments": [max(-f, 0) for f in flow],
        "loan_limit": draw.randint(20, 50),
        "loan_percent": round(draw.uniform(0.8, 1.6), 1),
        "saving_percent": round(draw.uniform(0.1, 0.6), 1),
        "deposit_percent": round(draw.uniform(1.4, 4.0), 1),
    }
    each = listed(
        [f"receives {num(r)} and pays {num(p)}" for r, p in zip(data["receipts"], data["payments"])]
    )
    text = (
        f"A firm has {num(start)} thousand dollars. At the beginning of each of the next months, in order, "
        f"it {each} thousand dollars. At the beginning of each of these months, after that, it may (1) "
        f"borrow up to {num(data['loan_limit'])} thousand dollars, to be paid back one month later with "
        f"{num(data['loan_percent'])} per cent interest; (2) put money into a deposit that is paid out two "
        f"months later with {num(data['deposit_percent'])} per cent interest in all, but not in the last of "
        f"the months. What it keeps earns {num(data['saving_percent'])} per cent in a month. What it owes or "
        "gets back at the beginning of a month is settled then, with all other money of that moment, and "
        "new loans may be used for it; it may never run out of money. How many thousand dollars has it at "
        "most one month after the beginning of the last month, with its last loan paid back and all "
        "deposits paid out?"
    )
    return text, data


def absolute_fit(draw):
    """A line through points by absolute deviations."""
    xs = sorted(draw.sample(range(1, 30), 8))
    slope, base = draw.uniform(0.5, 3.0), draw.randint(5, 20)
    points = [[x, round(base + slope * x + draw.uniform(-6, 6), 1)] for x in xs]
    each = ", ".join(f"({num(x)}, {num(y)})" for x, y in points)
    text = (
        f"An instrument gave these pairs (x, y): {each}. A straight line y = a + b x shall fit them so that "
        "the sum of the absolute differences between each y and the line at its x is as small as possible. "
        "How large is this sum?"
    )
    return text, {"points": points}


def market_game(draw):
    """The value of a game of two against each other."""
    gain = [[draw.randint(1, 30) for _ in range(4)] for _ in range(4)]
    each = " ".join(
        f"If you choose {'ABCD'[i]}, you gain "
        f"{listed([num(v) + ' against ' + 'WXYZ'[j] for j, v in enumerate(row)])}."
        for i, row in enumerate(gain)
    )
    text = (
        "Each day you choose one of the offers A, B, C and D, and at the same time your rival chooses one "
        f"of W, X, Y and Z. What you gain, the rival loses, in thousand dollars. {each} Both may choose at "
        "random, with chances of their own making. Which average gain a day, in thousand dollars, can you "
        "be sure of at most, whatever the rival does?"
    )
    return text, {"gain": gain}


PROBLEMS = (water_flow, hub_shipping, cash_plan, absolute_fit, market_game)
