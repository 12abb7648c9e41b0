"""Reading a file of decisions that an untrusted program wrote: rows of whole numbers, and nothing else."""

import os
import re
import sys

MOST_BYTES = 4_000_000
NUMBER = re.compile(r"[0-9]{1,9}")


def refuse(reason):
    """End with a reason on stderr and exit code 1: the decisions count for nothing."""
    sys.exit(f"refused: {reason}")


def read_rows(path, rows, most):
    """Return the numbers of every row of a file, each from 0 to 999,999,999.

    Args:
        path: The file; one line for each row, numbers separated by single blanks.
        rows: How many rows it has to have.
        most: Most numbers of one row.
    """
    # A link or a pipe under that name is no file that the benchmark wrote.
    if os.path.islink(path) or not os.path.isfile(path):
        refuse(f"{path} is no regular file")
    if os.path.getsize(path) > MOST_BYTES:
        refuse(f"{path} has more than {MOST_BYTES} bytes")
    with open(path, "rb") as file:
        data = file.read(MOST_BYTES + 1)
    try:
        lines = data.decode("ascii").removesuffix("\n").split("\n")
    except UnicodeDecodeError:
        refuse(f"{path} holds other characters than ASCII")
    if len(lines) != rows:
        refuse(f"{path} has {len(lines)} rows; {rows} are expected")
    return [_numbers(line, f"{path}, row {number}", most) for number, line in enumerate(lines, start=1)]


def _numbers(line, where, most):
    words = line.split(" ") if line else []
    if len(words) > most:
        refuse(f"{where}: {len(words)} numbers; at most {most} are expected")
    for word in words:
        if not NUMBER.fullmatch(word):
            refuse(f"{where}: {word[:40]!r} is no whole number of at most nine digits")
    return [int(word) for word in words]


def write_rows(path, rows):
    """Write rows of whole numbers, as `read_rows` takes them."""
    with open(path, "w", encoding="ascii") as file:
        for row in rows:
            file.write(" ".join(map(str, row)) + "\n")
