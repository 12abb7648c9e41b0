"""Makes empty files until there is no room for their names: they cost memory that no size counts."""

from __future__ import annotations

import os

from attempt import ARGUMENTS, escaped, tell  # type: ignore[import-not-found]

most = int(ARGUMENTS[0])
made = 0
os.mkdir("many")
folder = os.open("many", os.O_RDONLY)
try:
    for number in range(most):
        os.mknod(str(number), dir_fd=folder)
        made += 1
        if made % 10000 == 0:
            tell("files", made)
except OSError as error:
    tell("stopped by", error.strerror)
tell("files", made)
if made == most:
    escaped(f"{made} empty files could be made")
