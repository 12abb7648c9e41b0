"""One unknown, a smooth formula."""

from __future__ import annotations

from .wording import cents, num


def ticket_price(draw):
    """A price with falling demand."""
    data = {"most": draw.randint(800, 2000), "lost": draw.randint(10, 25), "cost": draw.randint(4, 12)}
    data["fixed"] = draw.randint(500, 1500)
    text = (
        f"At a price of p dollars a museum sells {num(data['most'])} - {num(data['lost'])} p tickets a day "
        f"(fractions count), as long as that is not negative. Each visitor costs it {num(data['cost'])} "
        f"dollars, and each day {num(data['fixed'])} dollars more, however many come. What is its largest "
        "profit on a day, in dollars, over all prices?"
    )
    return text, data


def garden_fence(draw):
    """A field along a wall."""
    data = {"front": draw.randint(12, 40), "side": draw.randint(8, 30), "budget": draw.randint(800, 4000)}
    text = (
        "A rectangular garden lies along a long wall, which is one of its four sides and needs no fence. "
        f"Fence for the side opposite the wall costs {num(data['front'])} dollars a metre, and for the two "
        f"other sides {num(data['side'])} dollars a metre. {num(data['budget'])} dollars may be spent. How "
        "many square metres can the garden have at most?"
    )
    return text, data


def order_size(draw):
    """The classic order quantity."""
    data = {
        "demand": draw.randint(800, 5000),
        "order_cost": draw.randint(30, 120),
        "unit_cost": cents(draw, 5, 40),
        "holding_percent": draw.randint(10, 30),
    }
    text = (
        f"A shop sells {num(data['demand'])} lamps a year, evenly. Each order from the maker costs "
        f"{num(data['order_cost'])} dollars whatever its size (which may be a fraction), and each lamp "
        f"{num(data['unit_cost'])} dollars. Orders arrive at once when the stock is used up, so that on "
        f"average half an order is in stock; a lamp in stock costs {num(data['holding_percent'])} per cent "
        "of its price a year. What do orders and stock (without the price of the lamps sold) cost together "
        "in a year at least, in dollars?"
    )
    return text, data


def tin_can(draw):
    """A cylinder of a given volume."""
    data = {
        "volume": draw.randint(200, 2000),
        "end_cost": cents(draw, 0.05, 0.3),
        "side_cost": cents(draw, 0.02, 0.15),
    }
    text = (
        f"A closed round can (a cylinder with a bottom and a lid) holds exactly {num(data['volume'])} cubic "
        f"centimetres. Metal for bottom and lid costs {num(data['end_cost'])} cents a square centimetre, for "
        f"the side {num(data['side_cost'])} cents. Nothing is wasted. What does the metal of the cheapest "
        "such can cost, in cents?"
    )
    return text, data


def open_box(draw):
    """Squares cut from the corners of a sheet."""
    data = {"length": draw.randint(40, 90), "width": draw.randint(20, 39)}
    text = (
        f"From each corner of a sheet of {num(data['length'])} cm by {num(data['width'])} cm a square is "
        "cut, all four alike, and the sides are folded up to an open box. What is the largest volume of the "
        "box, in cubic centimetres?"
    )
    return text, data


PROBLEMS = (ticket_price, garden_fence, order_size, tin_can, open_box)
