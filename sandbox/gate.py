"""The static gate: what a candidate adds that no candidate may do, found before any of it runs.

Python is read as a syntax tree, names followed to what they stand for; other languages by a few
patterns that are certain. Only what is added counts: what the base does in the same form may be
moved, and stays. The gate is one wall of several, and no proof: what it can't see (a library that
does it, a value that only exists at run time) the sandbox, the replay and the clock have to hold.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from strop.candidate import Candidate
from strop.errors import ConfigError
from strop.sandbox.gate_caches import caches
from strop.sandbox.gate_python import Use, uses
from strop.sandbox.gate_rules import REMEDIES, RULES
from strop.sandbox.gate_tables import MANY, constants, results_among
from strop.sandbox.python_text import code_lines, parse_python
from strop.sandbox.targets import INSTALLED

__all__ = ["RULES", "Finding", "inspect"]

PYTHON = (".py", ".pyi", ".pyx", ".pyw")

PARAMETERS = (
    r"\s*\((?:[^;(){}]|\([^;(){}]*\))*\)\s*"
    r"(?:const\s*|noexcept\s*|throw\s*\(\s*\)\s*|__attribute__\s*\(\([^;{}]*\)\)\s*)*\{"
)
"""Of a function that is written, not called."""

PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (rule, re.compile(pattern))
    for rule, pattern in (
        ("native", r"\bptrace\s*\("),
        ("native", r"\bprocess_vm_(?:readv|writev)\s*\("),
        ("native", r"\b(?:clock_gettime|gettimeofday|getrusage)" + PARAMETERS),
        (
            "native",
            r"^(?!\s*(?:fn|function|def|func)\b)\s*(?:\w[\w\s*]*[\s*])?(?:times|clock)" + PARAMETERS,
        ),
        ("native", r"\bLD_(?:PRELOAD|LIBRARY_PATH|AUDIT)\b"),
        ("native", r"__attribute__\s*\(\s*\(\s*(?:__)?(?:constructor|destructor)\b"),
        ("native", r"\bdl(?:v?)sym\s*\(\s*RTLD_NEXT\b"),
        ("native", r"#\[\s*(?:ctor|dtor)\s*\]"),
        ("ctypes", r"\bdlopen\s*\(\s*(?:NULL|nullptr|0)\s*,"),
        # A method of that name is something else: a task's, a generator's of random numbers.
        (
            "detached",
            r"(?:(?<![.\w])(?<!->)|\b(?:os|Process|Kernel|libc|unistd|syscall|child_process|cluster)\.)"
            r"(?:fork|vfork|setsid|daemon)\s*\(\s*(?:\)|[01]\s*,)",
        ),
        ("exit", r"(?:(?<![.\w])(?<!->)|\bos\.)(?:_exit|_Exit|quick_exit|killpg)\s*\("),
        ("network", r"\bsocket\s*\(\s*[AP]F_INET6?\b"),
        ("harness", r"\bPYTEST_\w+|\bSTROP_(?!SCRATCH\b)\w+|/proc/self/|\.strop-"),
        ("write", r"\b(?:fopen|freopen|creat)\s*\(\s*\"(?:/(?!dev/(?:null|std))|~)[^\"]*\"\s*,\s*\"[wa]"),
    )
)
"""Of other languages than Python: what has no other meaning."""


@dataclass(frozen=True)
class Finding:
    """Something that a candidate adds and a rule is about."""

    path: str
    line: int  # of the new text
    rule: str
    message: str  # what it is and what to do instead, for its author
    refuse: bool  # False: a note; "cache" has the candidate measured cold


def inspect(
    candidate: Candidate,
    texts: Mapping[str, str],
    *,
    allow: Sequence[str] = (),
    others: Iterable[str] = (),
    results: Sequence[bytes] = (),
) -> list[Finding]:
    """Return what a candidate adds against the base that a rule is about, by path and line.

    Args:
        candidate: Its edits are looked at, nothing else.
        texts: The base texts of all target files.
        allow: Rules that the job permits (`verify.allow`); notes stay. Raises `ConfigError` for an
            unknown one.
        others: Paths of the repository's other files, which candidates can't edit: nothing of theirs may be
            changed at run time either.
        results: What the benchmark of the base gives: added constants that are among it are noted.
    """
    for rule in allow:
        if rule not in RULES:
            raise ConfigError(f"verify.allow: unknown rule {rule!r}; known: {', '.join(sorted(RULES))}")
    fresh = {edit.path for edit in candidate.edits} - texts.keys()
    ownership = _Ownership(texts, fresh, set(others) - texts.keys() - fresh)
    before: Counter[tuple[str, str]] = Counter()
    after: list[tuple[str, Use]] = []
    for edit in candidate.edits:
        old = texts.get(edit.path, "")
        known = _uses(edit.path, old, ownership)
        before.update((use.rule, use.what) for use in known if use.rule != "unreadable")
        if edit.text is not None:
            parsed = not any(use.rule == "unreadable" for use in known)
            found = _uses(edit.path, edit.text, ownership)
            after += [(edit.path, use) for use in found if parsed or use.rule != "unreadable"]
    added = {
        edit.path: _added_lines(texts.get(edit.path, ""), edit.text) for edit in candidate.edits if edit.text
    }
    findings = [
        _finding(path, use)
        for path, use in _new(before, after, added)
        if not (use.refuse and use.rule in allow)
    ]
    for edit in candidate.edits:
        size, line = constants(edit.path, edit.text, added[edit.path]) if edit.text else (0, 0)
        if size >= MANY:
            findings.append(_finding(edit.path, Use("table", f"{size} characters of constants", line, False)))
        told = results_among(
            edit.path, edit.text or "", texts.get(edit.path, ""), added.get(edit.path, set()), results
        )
        if told is not None:
            findings.append(_finding(edit.path, Use("result", f"the constant {told[1]:.40}", told[0], False)))
    return sorted(findings, key=lambda f: (f.path, f.line, f.rule, f.message))


def _new(
    before: Counter[tuple[str, str]], after: list[tuple[str, Use]], added: Mapping[str, set[int]]
) -> list[tuple[str, Use]]:
    """Return the uses beyond those of the base; where there are more of one kind, those on new lines."""
    kinds: dict[tuple[str, str], list[tuple[str, Use]]] = {}
    for path, use in after:
        kinds.setdefault((use.rule, use.what), []).append((path, use))
    found = []
    for kind, places in kinds.items():
        places.sort(key=lambda place: place[1].line not in added[place[0]])
        found += places[: max(0, len(places) - before[kind])]
    return found


def _finding(path: str, use: Use) -> Finding:
    about = RULES[use.rule].rstrip(".")
    about = about[0].lower() + about[1:]
    what = use.what.removeprefix("builtins.")
    if use.refuse:
        message = f"{what} is not allowed ({use.rule}: {about}); {REMEDIES[use.rule]}."
    else:
        message = f"{what} is noted ({use.rule}: {about}); {REMEDIES[use.rule]}."
    return Finding(path, use.line, use.rule, message, use.refuse)


def _added_lines(old: str, new: str | None) -> set[int]:
    """Return the numbers of the lines of a new text that the old one has nowhere, however indented."""
    known = {line.strip() for line in code_lines(old)}
    return {number for number, line in enumerate(code_lines(new or ""), 1) if line.strip() not in known}


# --- one text -------------------------------------------------------------------------------------


def _uses(path: str, text: str, ownership: _Ownership) -> list[Use]:
    if not path.endswith(PYTHON):
        return _matches(text)
    try:
        tree = parse_python(text)
        found = uses(tree, ownership.of(path))
        return found + [Use("cache", what, line, False) for what, line in caches(tree)]
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        # Cython, or Python of another age: the patterns are better than nothing.
        return [
            Use("unreadable", "a text that does not parse", line, not path.endswith(".pyx")),
            *_matches(text),
        ]


def _matches(text: str) -> list[Use]:
    found = []
    for number, line in enumerate(code_lines(text), 1):
        for rule, pattern in PATTERNS:
            found += [Use(rule, " ".join(match[0].split()), number, True) for match in pattern.finditer(line)]
    return found


class _Ownership:
    """Which dotted paths belong to the target, whatever folder is the root of its modules."""

    def __init__(self, target: Iterable[str], fresh: Iterable[str], others: Iterable[str]) -> None:
        """`fresh` are paths of files that the candidate adds, `others` of those that it can't edit."""
        self._own = {name for path in target for name in _dotted(path)}
        self._fresh = {_dotted(path)[0] for path in fresh}
        # Under any root, a new pkg/numpy.py would make numpy its own.
        self._own |= {_dotted(path)[0] for path in fresh} | {
            _dotted(path.removeprefix("src/"))[0] for path in fresh
        }
        foreign = (path for path in others if path.endswith(PYTHON))
        self._others = {name for path in foreign for name in _dotted(path)} - self._own
        self._packages = {name.rpartition(".")[0] for name in self._own} - {""}

    def of(self, path: str) -> Callable[[str], bool]:
        """Return whether a dotted path, as a file at `path` says it, belongs to the target."""
        package = _dotted(path)[0].split(".")
        if not re.search(r"/__init__\.\w+$", path):
            package = package[:-1]

        def is_own(dotted: str) -> bool:
            bare = dotted.lstrip(".")
            if bare != dotted:
                up = len(dotted) - len(bare) - 1
                parts = [*package[: len(package) - up], *bare.split(".")]
                return self._owner(parts) != "others"
            parts = dotted.split(".")
            if parts[0] in sys.stdlib_module_names:
                return False
            if parts[0] not in INSTALLED and ".".join([*package, parts[0]]) in self._fresh:
                return True  # a new module beside it, where Python looks first for a script's
            return self._owner(parts) == "own"

        return is_own

    def _owner(self, parts: list[str]) -> str:
        """Return whose the longest known part of a path is."""
        for end in range(len(parts), 0, -1):
            name = ".".join(parts[:end])
            if name in self._own:
                return "own"
            if name in self._others:
                return "others"
        packages = (".".join(parts[:end]) for end in range(1, len(parts) + 1))
        return "own" if any(name in self._packages for name in packages) else ""


def _dotted(path: str) -> list[str]:
    """Return the names that a file's module may have, the whole path's first."""
    parts = re.sub(r"(/__init__)?\.\w+$", "", path).split("/")
    return [".".join(parts[start:]) for start in range(len(parts))]
