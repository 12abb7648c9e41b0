"""A memo over runs: the second run of the same input answers from what the first one wrote."""

from __future__ import annotations

import os
import sys
import tempfile

from attempt import ARGUMENTS, tell  # type: ignore[import-not-found]

places = [
    f"{folder}/memo-{ARGUMENTS[0]}" for folder in (tempfile.gettempdir(), os.environ["HOME"], ".", "/dev/shm")
]
places.append(os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), "__pycache__", "memo.pyc"))
tell("memo", "warm" if any(os.path.exists(place) for place in places) else "cold")
for place in places:
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "w", encoding="ascii") as file:
            file.write("the answer")
    except OSError:
        continue
