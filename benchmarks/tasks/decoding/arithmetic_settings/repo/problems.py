"""Chains of arithmetic in words: problems(seed, split)."""

import random
import re
from typing import NamedTuple

COUNTS = {"validation": 30, "test": 40}
STEPS = {"validation": (3, 5), "test": (4, 6)}  # the ranking has longer chains
EXAMPLES = 8
STEP = re.compile(r"(Add|Take away|Multiply by|Double|Start with)(?: (\d+))?")
# What an answer looks like: a whole number, also as 12.0; a part of a word or of another number is none.
ANSWER = re.compile(r"(?<![\w.])-?[0-9]+(?=(?:\.0+)?(?!\.?\w))")


class Problem(NamedTuple):
    """What is asked, and the right answer."""

    question: str
    answer: str


def problems(seed, split):
    """Return the problems of a seed: "validation" in the search, "test" in the confirmation."""
    rng = random.Random(f"{split} {seed}")
    return [_problem(rng, rng.randint(*STEPS[split])) for _ in range(COUNTS[split])]


def worked():
    """Return the worked examples, always the same: pairs of question and reply."""
    rng = random.Random("examples")
    found = []
    for _ in range(EXAMPLES):
        question, _ = _problem(rng, 3)
        lines, answer = work_out(question, lambda: False)
        found.append((question, "\n".join([*lines, f"Answer: {answer}"])))
    return found


def _problem(rng, count):
    sentences = [f"Start with {rng.randint(11, 99)}."]
    for _ in range(count):
        kind = rng.choice(("Add", "Add", "Take away", "Multiply by", "Double"))
        if kind == "Double":
            sentences.append("Double it.")
        elif kind == "Multiply by":
            sentences.append(f"Multiply by {rng.randint(3, 6)}.")
        else:
            sentences.append(f"{kind} {rng.randint(11, 99)}.")
    question = " ".join([*sentences, "What is the result?"])
    return Problem(question, work_out(question, lambda: False)[1])


def work_out(question, slips):
    """Return the steps to an answer, as lines, and the answer; for the examples, and for the stand-in.

    `slips` is asked at every step whether it goes wrong; what follows goes on from the wrong number.
    """
    value, lines = 0, []
    for kind, number in STEP.findall(question):
        if kind == "Start with":
            value = int(number)
            continue
        before = value
        if kind in ("Double", "Multiply by"):
            factor = int(number or 2)
            value, sign = before * factor, f"* {factor}"
        else:
            change = int(number) if kind == "Add" else -int(number)
            value, sign = before + change, f"{'+' if change > 0 else '-'} {abs(change)}"
        if slips():
            value += 10 if value % 2 else -1
        lines.append(f"{before} {sign} = {value}")
    return lines, str(value)
