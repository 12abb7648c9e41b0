"""What an answer may not do: read the judge's formulations instead of solving the problems.

Two walls. `complaints` reads solve.py before it runs: it may import libraries for mathematics and nothing
else. `closed` refuses, while it runs, every way to open a file of this folder or to start a program. What is
left is the reach of native code; strop's static gate refuses ctypes.
"""

from __future__ import annotations

import ast
import os
import sys

LIBRARIES = frozenset(
    "__future__ bisect collections copy dataclasses decimal fractions functools heapq itertools math numpy "
    "operator random re scipy statistics string typing".split()
)
NAMES = frozenset(
    "__import__ __builtins__ __loader__ __spec__ breakpoint compile eval exec globals input open vars".split()
)
PROGRAMS = (
    "subprocess.",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.fork",
    "os.chdir",
    "os.fchdir",
    "os.link",
    "os.symlink",
    "os.rename",
    "os.mount",
    "shutil.",
    "pty.",
)


def complaints(text: str) -> list[str]:
    """Return what a text of solve.py may not contain, a sentence each; empty where it is fine."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError) as error:
        return [f"solve.py is no Python: {error}"]
    found = []
    for node in ast.walk(tree):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = ["." if node.level else node.module or "."]
        found += [
            f"line {node.lineno}: import of {name}; allowed: {', '.join(sorted(LIBRARIES))}"
            for name in modules
            if name.split(".")[0] not in LIBRARIES
        ]
        if isinstance(node, ast.Name) and node.id in NAMES:
            found.append(f"line {node.lineno}: {node.id} is not allowed")
    return found


def closed(folder: str):
    """Return a hook for `sys.addaudithook` that refuses this folder's files, and other programs."""
    root = os.path.realpath(folder)
    inside = root + os.sep
    libraries = tuple(
        os.path.realpath(place) + os.sep
        for place in (sys.prefix, sys.base_prefix)
        if not inside.startswith(os.path.realpath(place) + os.sep)
    )
    # Bound here: what the program does to the modules later changes nothing.
    real, text, fsdecode = os.path.realpath, (str, bytes, os.PathLike), os.fsdecode

    def hook(event: str, arguments: tuple) -> None:
        if event == "open" and isinstance(arguments[0], text):
            path = real(fsdecode(arguments[0]))
            if (path + os.sep).startswith(inside) and not path.startswith(libraries):
                raise PermissionError("an answer may not open files of the task")
        elif event.startswith(PROGRAMS):
            raise PermissionError(f"an answer may not use {event}")

    return hook
