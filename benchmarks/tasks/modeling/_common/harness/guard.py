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
INSIDES = frozenset(
    "__builtins__ __globals__ __loader__ __spec__ __subclasses__ _os _sys builtins importlib io modules os "
    "sys".split()
)
"""What modules for mathematics hold besides mathematics."""

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
        insides = [node.attr] if isinstance(node, ast.Attribute) else []
        if isinstance(node, ast.ImportFrom):
            insides = [alias.name for alias in node.names]
        found += [
            f"line {node.lineno}: {name} is not allowed"
            for name in insides
            if name in INSIDES or (isinstance(node, ast.ImportFrom) and name.startswith("_"))
        ]
    return found


def closed(folder: str):
    """Return a hook for `sys.addaudithook` that refuses all files but Python's own, and other programs.

    By what may be opened and not by what may not: of a path that is relative to an open folder the hook does
    not see the folder.
    """
    root = os.path.realpath(folder)
    inside = root + os.sep
    libraries = tuple(
        os.path.realpath(place) + os.sep
        for place in (sys.prefix, sys.base_prefix, "/usr/lib/python3", "/dev/urandom")
        if not inside.startswith(os.path.realpath(place) + os.sep)
    )
    # Bound here: what the program does to the modules later changes nothing.
    real, absolute = os.path.realpath, os.path.isabs
    text, fsdecode = (str, bytes), os.fsdecode

    def hook(event: str, arguments: tuple) -> None:
        if event == "open" and type(arguments[0]) is not int:
            # No subclass of a text: its methods would say one thing, and what is opened is another.
            if type(arguments[0]) not in text:
                raise PermissionError("an answer may not open files")
            path = fsdecode(arguments[0])
            if not absolute(path) or not (real(path) + os.sep).startswith(libraries):
                raise PermissionError("an answer may not open files")
        elif event.startswith(PROGRAMS):
            raise PermissionError(f"an answer may not use {event}")

    return hook
