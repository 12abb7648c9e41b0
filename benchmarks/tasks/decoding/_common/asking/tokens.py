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

# The word alone, not that of "answers"; _ is a mark of emphasis, though Python counts it among letters.
MARK = re.compile(r"(?<![^\W_])answer(?![^\W_])", re.IGNORECASE)
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
MINUS = "\N{MINUS SIGN}"  # which models write, and int() doesn't read


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


def cost(prompts, reply, thoughts=""):
    """Return what a request costs, in tokens of a prompt: the texts of its messages, and its reply.

    What a model thinks before it replies is paid for like the reply.
    """
    return sum(FRAME + count(text) for text in prompts) + REPLY_PRICE * (count(reply) + count(thoughts))


def answer_in(reply, form):
    """Return what a reply answers, in small letters: what its last "answer" with an answer after it says.

    It stands on the first line with words after that, and is the first thing there of the form that answers
    to such problems have. None where there is none.
    """
    found = None
    for said in MARK.split(THOUSANDS.sub("", reply.replace(MINUS, "-")))[1:]:
        line = next((line for line in said.splitlines() if re.search(r"[^\W_]", line)), "")
        match = form.search(line)
        if match:
            found = match[0].lower()
    return found


def elected(replies, form):
    """Return the answer that most replies give, the earliest of equals; None where none gives any."""
    answers = [answer for reply in replies if (answer := answer_in(reply, form)) is not None]
    return max(answers, key=answers.count, default=None)
