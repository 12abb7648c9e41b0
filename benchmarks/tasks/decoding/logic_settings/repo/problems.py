"""Who is the tallest? Orders of people from comparisons: problems(seed, split)."""

import random
import re
from typing import NamedTuple

COUNTS = {"validation": 30, "test": 40}
PEOPLE = {"validation": (4, 6), "test": (5, 7)}  # the ranking has longer orders
EXAMPLES = 8
NAMES = "Ana Ben Cleo Dan Eva Finn Gus Hana Ivo Jana Kim Leo Mia Nils Olga Paul".split()
PLACES = ("tallest", "second tallest", "third tallest")
CLUE = re.compile(r"([A-Z][a-z]+) is taller than ([A-Z][a-z]+)\.")
# What an answer looks like; _ is a mark of emphasis, though Python counts it among letters.
ANSWER = re.compile(rf"(?<![^\W_])(?:{'|'.join(NAMES)})(?![^\W_])", re.IGNORECASE)


class Problem(NamedTuple):
    """What is asked, and the right answer."""

    question: str
    answer: str


def problems(seed, split):
    """Return the problems of a seed: "validation" in the search, "test" in the confirmation."""
    rng = random.Random(f"{split} {seed}")
    return [_problem(rng, rng.randint(*PEOPLE[split])) for _ in range(COUNTS[split])]


def worked():
    """Return the worked examples, always the same: pairs of question and reply."""
    rng = random.Random("examples")
    found = []
    for _ in range(EXAMPLES):
        question, _ = _problem(rng, 4)
        lines, answer = work_out(question, lambda: False)
        found.append((question, "\n".join([*lines, f"Answer: {answer}"])))
    return found


def _problem(rng, count):
    order = rng.sample(NAMES, count)
    pairs = list(zip(order, order[1:], strict=False))
    extra = rng.sample(range(count - 2), 1)[0]
    pairs.append((order[extra], order[extra + 2]))
    rng.shuffle(pairs)
    clues = [f"{one} is taller than {other}." for one, other in pairs]
    place = rng.randrange(len(PLACES))
    return Problem(" ".join([*clues, f"Who is the {PLACES[place]}?"]), order[place])


def work_out(question, slips):
    """Return the steps to an answer, as lines, and the answer; for the examples, and for the stand-in.

    `slips` is asked at every step whether it goes wrong: then the next two people change places.
    """
    pairs = CLUE.findall(question)
    left = {name for pair in pairs for name in pair}
    order = []
    while left:
        over = {other for one, other in pairs if one in left and other in left}
        order += sorted(left - over)
        left &= over
    lines = []
    for place in range(len(order) - 1):
        if slips():
            order[place], order[place + 1] = order[place + 1], order[place]
        lines.append(f"{order[place]} > {order[place + 1]}")
    asked = question.rpartition("Who is the ")[2].rstrip("?")
    return lines, order[PLACES.index(asked)]
