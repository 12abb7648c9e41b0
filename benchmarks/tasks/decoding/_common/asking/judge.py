"""Judge answer.txt by the problems themselves: python judge.py SEED SPLIT

Answers are read out of the replies and compared with the right ones. Costs are counted from the texts of
prompts and replies by the rule of tokens.py; what the server says of its usage is shown as its own word, and
counts nothing.
"""

import json
import os
import sys

import tokens
from asked import asked
from problems import ANSWER

MOST_BYTES = 8_000_000
MOST_PROMPTS, MOST_REPLIES = 40, 9
MOST_CHARACTERS = 20_000  # of one text
NONE_RIGHT = 0.5
"""Where no answer is right, the cost is that of half a right one: worse than any other, and finite."""


def refuse(reason):
    """End with a reason on stderr and exit code 1: the answers count for nothing."""
    sys.exit(f"refused: {reason}")


def _no_number(text):
    raise ValueError(f"{text} is no number that belongs here")


def _whole(text):
    return int(text) if len(text) <= 12 else _no_number(text[:40])


def rows_of(path, count):
    """Return the lines of a file as JSON objects; refuses what isn't `count` of them."""
    if os.path.islink(path) or not os.path.isfile(path):
        refuse(f"{path} is no regular file")
    if os.path.getsize(path) > MOST_BYTES:
        refuse(f"{path} has more than {MOST_BYTES} bytes")
    with open(path, "rb") as file:
        data = file.read(MOST_BYTES + 1)
    lines = data.removesuffix(b"\n").split(b"\n")
    if len(lines) != count:
        refuse(f"{path} has {len(lines)} rows; {count} are expected")
    rows = []
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line, parse_int=_whole, parse_float=_no_number, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            refuse(f"{path}, row {number}: not JSON: {error}")
        rows.append(_checked(row, f"{path}, row {number}"))
    return rows


def _checked(row, where):
    if not isinstance(row, dict) or set(row) != {"prompt", "replies", "thoughts", "usage", "model"}:
        refuse(f"{where}: an object with prompt, replies, thoughts, usage and model is expected")
    for key, most in (("prompt", MOST_PROMPTS), ("replies", MOST_REPLIES), ("thoughts", MOST_REPLIES)):
        texts = row[key]
        if not isinstance(texts, list) or not 1 <= len(texts) <= most:
            refuse(f"{where}: {key}: a list of 1 to {most} texts is expected")
        if not all(isinstance(text, str) and len(text) <= MOST_CHARACTERS for text in texts):
            refuse(f"{where}: {key}: texts of at most {MOST_CHARACTERS} characters are expected")
    if not isinstance(row["model"], str) or not isinstance(row["usage"], list):
        refuse(f"{where}: model is a text, usage a list")
    if len(row["usage"]) != len(row["replies"]):
        refuse(f"{where}: {len(row['usage'])} usages of {len(row['replies'])} replies")
    if len(row["thoughts"]) != len(row["replies"]):
        refuse(f"{where}: {len(row['thoughts'])} thoughts of {len(row['replies'])} replies")
    return row


def _stated(rows):
    """Return the tokens that the server states, as a text."""
    usages = [usage for row in rows for usage in row["usage"]]
    sound = [u for u in usages if isinstance(u, list) and len(u) == 2 and all(type(n) is int for n in u)]
    if len(sound) < len(usages):
        return "not stated"
    return f"{sum(u[0] for u in sound)} of prompts, {sum(u[1] for u in sound)} of replies"


def main(seed, split):
    """Print the cost of a right answer, and the part of the answers that are right."""
    problems = asked(seed, split)
    rows = rows_of("answer.txt", len(problems))
    right, total = 0, 0
    for number, (problem, row) in enumerate(zip(problems, rows, strict=True), start=1):
        if row["prompt"][-1] != problem.question:
            refuse(f"row {number}: the prompt doesn't end with the problem's question")
        said = zip(row["replies"], row["thoughts"], strict=True)
        total += sum(tokens.cost(row["prompt"], reply, thoughts) for reply, thoughts in said)
        right += tokens.elected(row["replies"], ANSWER) == problem.answer.lower()
    names = {row["model"][:80] for row in rows}
    print(f"answered by (its own word): {', '.join(sorted(map(ascii, names)))}")
    print(f"tokens (the server's own word): {_stated(rows)}")
    print(f"METRIC cost_per_right={total / (right or NONE_RIGHT):.6f}")
    print(f"METRIC accuracy={right / len(problems):.6f}")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
