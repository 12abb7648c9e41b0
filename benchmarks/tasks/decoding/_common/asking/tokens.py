"""What texts cost, by a rule of our own that is the same for every model, and which answer a reply gives."""

import re

# Tokenizers differ, and a server's count is its own word. A run of letters or digits counts one for each four
# characters begun, every other visible character one, and every character of a run that isn't plain ASCII:
# near what common tokenizers find in English, and no cheaper in other scripts.
PIECE = re.compile(r"[^\W_]+|[^\s\w]|_")
LONG = 4
FRAME = 4  # tokens of a message's frame, beside its text
REPLY_PRICE = 4
"""What a token of a reply costs, in tokens of a prompt: some four times as much with most providers."""

ANSWER = re.compile(r"answer(?:\s+is\b)?\W*?(-?[0-9]+|[a-z]+)", re.IGNORECASE)


def _weight(piece):
    return -(-len(piece) // LONG) if piece.isascii() else len(piece)


def count(text):
    """Return the tokens of a text."""
    return sum(map(_weight, PIECE.findall(text)))


def cut(text, most):
    """Return the beginning of a text that has at most so many tokens."""
    used = 0
    for match in PIECE.finditer(text):
        used += _weight(match[0])
        if used > most:
            return text[: match.start()]
    return text


def cost(prompts, reply):
    """Return what a request costs, in tokens of a prompt: the texts of its messages, and its reply."""
    return sum(FRAME + count(text) for text in prompts) + REPLY_PRICE * count(reply)


def answer_in(reply):
    """Return what follows the last "Answer:" of a reply, in small letters; None where there is none."""
    found = ANSWER.findall(re.sub(r"(?<=\d),(?=\d{3})", "", reply))
    return found[-1].lower() if found else None


def elected(replies):
    """Return the answer that most replies give, the earliest of equals; None where none gives any."""
    answers = [answer for answer in map(answer_in, replies) if answer is not None]
    return max(answers, key=answers.count, default=None)
