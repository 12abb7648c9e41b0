"""Has solve.py answer all problems of a seed, and writes answer.txt: python run.py SEED

Each line of answer.txt is a problem's name, the number of its instance, and the answer, or "none". solve.py runs
in a process of its own (apart.py), which can read nothing of this folder.
"""

from __future__ import annotations

import sys
from pathlib import Path

from apart import Apart, Failed
from group import GROUP
from guard import complaints
from problems import instances


def number(value: object) -> str:
    """Return an answer as text."""
    # An integer too large for a float raises where it is asked whether it is finite.
    if isinstance(value, (int, float)) and not isinstance(value, bool) and -1e300 < value < 1e300:
        return repr(float(value))
    return "none"


def answered(solve: Apart, one) -> str:
    """Return the line of one instance."""
    try:
        value = number(solve.ask(f"solve_{one.problem}", one.text, one.data))
    except Failed as error:
        print(f"{one.problem} {one.number}: {error}", file=sys.stderr)
        value = "none"
    return f"{one.problem} {one.number} {value}\n"


def main() -> None:
    """Answer and write."""
    folder = Path(__file__).resolve().parent
    asked = instances(GROUP, int(sys.argv[1]))
    if found := complaints((folder / "solve.py").read_text(encoding="utf-8")):
        sys.exit("solve.py: " + "; ".join(found))
    with Apart("solve.py") as solve:
        lines = [answered(solve, one) for one in asked]
    (folder / "answer.txt").write_text("".join(lines), encoding="ascii")


if __name__ == "__main__":
    main()
