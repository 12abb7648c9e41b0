"""Has solve.py answer all problems of a seed, and writes answer.txt: python run.py SEED

Each line of answer.txt is a problem's name, the number of its instance, and the answer, or "none".
"""

from __future__ import annotations

import copy
import math
import sys
from pathlib import Path
from types import ModuleType

from group import GROUP
from guard import closed, complaints
from problems import instances


def number(value: object) -> str:
    """Return an answer as text."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return repr(float(value))
    return "none"


def answered(module: ModuleType, one) -> str:
    """Return the line of one instance."""
    try:
        value = number(getattr(module, f"solve_{one.problem}")(one.text, copy.deepcopy(one.data)))
    except Exception as error:
        print(f"{one.problem} {one.number}: {type(error).__name__}: {error}", file=sys.stderr)
        value = "none"
    return f"{one.problem} {one.number} {value}\n"


def opened(folder: Path) -> ModuleType:
    """Return solve.py as a module; from here on no file of the folder can be opened."""
    text = (folder / "solve.py").read_text(encoding="utf-8")
    if found := complaints(text):
        sys.exit("solve.py: " + "; ".join(found))
    module = ModuleType("solve")
    module.__file__ = str(folder / "solve.py")
    code = compile(text, module.__file__, "exec")
    sys.modules["solve"] = module
    sys.addaudithook(closed(str(folder)))
    exec(code, module.__dict__)
    return module


def main() -> None:
    """Answer and write."""
    folder = Path(__file__).resolve().parent
    asked = instances(GROUP, int(sys.argv[1]))
    with open(folder / "answer.txt", "w", encoding="ascii") as file:
        module = opened(folder)
        file.writelines([answered(module, one) for one in asked])


if __name__ == "__main__":
    main()
