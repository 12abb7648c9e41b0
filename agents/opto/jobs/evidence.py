"""Who is at fault: what logs, tests, recorded calls and profiles say of the functions of a target.

- An exception names the innermost own function on its way (weight 1) and those around it.
- A recorded call that gives something else names its function: the one whose own callees all behave as
  before, before those that only call it.
- Tests: Ochiai's coefficient of the failed and passed tests that reach a function, by the names that they
  mention (Abreu, Zoeteweij, van Gemund, "On the Accuracy of Spectrum-based Fault Localization", 2007).
- A slowdown: by how much more time a function takes itself, in parts of the baseline's whole time.

All of it reads a candidate's own output, so it is feedback, and no measurement.
"""

from __future__ import annotations

import ast
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from strop.agents.opto.jobs.units import Unit, Units, names_in

__all__ = ["Suspect", "TestReferences", "blame", "slower"]

FRAME = re.compile(r'File "([^"\n]+)", line (\d{1,7})(?:, in (\S+))?')
PYTEST_FRAME = re.compile(
    r"^([\w./-]+\.py):(\d{1,7}): (?:in (\S+)|(?:\w+(?:Error|Exception|Exit)\w*))", re.MULTILINE
)
NATIVE_PLACE = re.compile(
    r"^(?:[ \t]*--> )?([\w./-]+\.(?:c|h|cc|cpp|hpp|rs|go|pyx)):(\d{1,7})(?::\d+)?(?:: (\w+)?|$)", re.MULTILINE
)
BEHAVES = re.compile(r"(\S+\.py:[\w.<>]+)(?:,? (?:call \d+|behaves differently))")

MOST_LOG = 400_000  # characters at the end of a log
INNERMOST, AROUND = 1.0, 0.25
OWN_CALL, CALLER_CALL, CALLED = 1.0, 0.4, 0.5
BY_TESTS = 0.5
DEEPER = 0.9  # for each call between a test and a function


@dataclass(frozen=True)
class Suspect:
    """A function, how much speaks for its fault, and what."""

    id: str  # "path:name"
    weight: float
    why: tuple[str, ...]


@dataclass(frozen=True)
class TestReferences:
    """Which names each test mentions."""

    __test__ = False  # not a test case

    names: Mapping[str, frozenset[str]]  # by the test's own name, and by "Class.name"

    @classmethod
    def read(cls, texts: Iterable[str]) -> TestReferences:
        """Read test files; helpers and fixtures of a file count for the tests that mention them."""
        found: dict[str, frozenset[str]] = {}
        for text in texts:
            try:
                tree = ast.parse(text)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
            own = _definitions(tree.body, "")
            for name, node in own.items():
                mentioned = set(names_in(node))
                for other in list(mentioned):
                    mentioned |= names_in(own[other]) if other in own else set()
                around = name.rpartition(".")[0]
                for setup in ("setUp", "setup_method", "setUpClass"):
                    mentioned |= names_in(own[f"{around}.{setup}"]) if f"{around}.{setup}" in own else set()
                found[name] = found[name.rpartition(".")[2]] = frozenset(mentioned)
        return cls(found)

    def of(self, test: str) -> frozenset[str]:
        """Return the names that a test mentions, by its name as a runner reports it."""
        plain = re.sub(r"\[.*$", "", test).replace("::", ".").replace("/", ".")
        parts = plain.split(".")
        for name in (".".join(parts[-2:]), parts[-1]):
            if name in self.names:
                return self.names[name]
        return frozenset()


def _definitions(body: Iterable[ast.stmt], prefix: str) -> dict[str, ast.AST]:
    found: dict[str, ast.AST] = {}
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found[prefix + node.name] = node
        elif isinstance(node, ast.ClassDef):
            found |= _definitions(node.body, f"{prefix}{node.name}.")
    return found


def blame(
    units: Units,
    log: str,
    *,
    failed: Iterable[str] = (),
    passed: Iterable[str] = (),
    tests: TestReferences | None = None,
) -> list[Suspect]:
    """Return the functions at fault for a failed stage, the most likely first.

    Args:
        units: Of the candidate's texts.
        log: What the stage printed, and what strop said of it.
        failed: Tests that did not pass, by name.
        passed: Tests that did.
        tests: What the tests mention.
    """
    said = _Said()
    _by_places(units, log[-MOST_LOG:], said)
    _by_calls(units, log[-MOST_LOG:], said)
    if tests is not None:
        _by_tests(units, tests, list(failed), list(passed), said)
    return said.ranked()


def slower(profile: Mapping[str, Any], before: Mapping[str, Any], ratio: float) -> list[Suspect]:
    """Return the functions that take more time than before, the worst first.

    Args:
        profile: The candidate's.
        before: The baseline's.
        ratio: The baseline's time over the candidate's.
    """
    said = _Said()
    if ratio <= 0:
        return []
    rows = {str(row["fn"]): row for row in profile.get("hot", ())}
    old = {str(row["fn"]): row for row in before.get("hot", ())}
    for name, row in rows.items():
        mine, theirs = float(row["self_pct"]) / ratio, float(old.get(name, {}).get("self_pct", 0.0))
        whole = float(row.get("cum_pct", 0)) / ratio - float(old.get(name, {}).get("cum_pct", 0.0))
        more = mine - theirs + 0.1 * max(0.0, whole)
        if more > 1.0:
            said.add(
                name,
                more / 100,
                f"takes {mine:.0f} % of the baseline's whole time itself, before {theirs:.0f} %",
            )
    return said.ranked()


class _Said:
    """What was said of each function so far."""

    def __init__(self) -> None:
        self._weights: dict[str, float] = defaultdict(float)
        self._why: dict[str, list[str]] = defaultdict(list)

    def add(self, key: str, weight: float, why: str) -> None:
        """Add to what speaks against a function; the same reason counts once."""
        if why not in self._why[key]:
            self._weights[key] += weight
            self._why[key].append(why)

    def ranked(self) -> list[Suspect]:
        """Return all, most suspicious first."""
        order = sorted(self._weights, key=lambda key: (-self._weights[key], key))
        return [Suspect(key, round(self._weights[key], 4), tuple(self._why[key])) for key in order]


def _by_places(units: Units, log: str, said: _Said) -> None:
    for block in re.split(r"(?m)^Traceback \(most recent call last\):|^_{5,}|^={5,}", log):
        places = [(m.start(), m[1], int(m[2])) for m in FRAME.finditer(block)]
        places += [(m.start(), m[1], int(m[2])) for m in PYTEST_FRAME.finditer(block)]
        found = [units.at(path, line) for _, path, line in sorted(places)]
        own = [unit for unit in found if unit is not None]
        for unit in dict.fromkeys(own[:-1]):
            said.add(unit.id, AROUND, "an exception went through it")
        if own:
            said.add(own[-1].id, INNERMOST, "an exception came from it")
    for match in NATIVE_PLACE.finditer(log):
        if match[3] and match[3].startswith(("warning", "note", "remark")):
            continue  # as before the change; what stops a build is an error
        named = units.at(match[1], int(match[2]))
        if named is not None:
            said.add(named.id, INNERMOST, f"named by the compiler, line {match[2]}")


def _by_calls(units: Units, log: str, said: _Said) -> None:
    different = {m[1] for m in BEHAVES.finditer(log) if m[1] in units.by_id}
    for key in sorted(different):
        below = set(units.reached([units.by_id[key]])) - {key}
        if below & different:
            said.add(key, CALLER_CALL, "a recorded call gives something else, as one of those it calls does")
        else:
            said.add(key, OWN_CALL, "a recorded call gives something else, all it calls behave as before")
            # Only some calls are recorded, so what it calls may be at fault on one that is not.
            for callee in units.callees(units.by_id[key]):
                said.add(callee.id, CALLED, f"called by {key}, which gives something else")


def _by_tests(
    units: Units, tests: TestReferences, failed: Sequence[str], passed: Sequence[str], said: _Said
) -> None:
    wrong = set(failed)
    known: dict[frozenset[str], dict[str, int]] = {}  # most tests of a file refer to the same functions
    covered = []
    for test in [*failed, *passed]:
        names = tests.of(test)
        if names not in known:
            known[names] = _reached(units, names)
        covered.append((test in wrong, known[names]))
    bad, good, depth = defaultdict(int), defaultdict(int), defaultdict(list)  # type: ignore[var-annotated]
    for is_bad, found in covered:
        for key, calls in found.items():
            if is_bad:
                bad[key] += 1
                depth[key].append(calls)
            else:
                good[key] += 1
    for key, count in bad.items():
        ochiai = count / math.sqrt(len(failed) * (count + good[key]))
        weight = BY_TESTS * ochiai * DEEPER ** (sum(depth[key]) / len(depth[key]))
        said.add(key, weight, f"reached by {count} of {len(failed)} failed tests and {good[key]} that pass")


def _reached(units: Units, names: frozenset[str]) -> dict[str, int]:
    starts: list[Unit] = [unit for name in sorted(names) for unit in units.named(name)]
    return units.reached(dict.fromkeys(starts))
