"""What commands print, as data: which tests passed, which metrics were printed, what to compare.

All of it is a candidate's own word. Test reports are only ever compared with the baseline's,
printed metrics are labelled self-reported, and outputs are compared as bytes.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from strop.job import Metric

__all__ = ["TestReport", "comparable", "digest", "parse_metrics", "parse_tests", "same_output", "tail"]

PYTEST_OPTIONS = "-rpfEsxX -p no:cacheprovider"
"""Added through PYTEST_ADDOPTS: one line per test in the summary, no cache folder."""

_PYTEST = re.compile(r"^(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS) (\S*?::.*?)(?: - .*)?$", re.MULTILINE)
_UNITTEST = re.compile(r"^(\w+) \(([\w.]+)\)(?:\n.*)? \.\.\. (ok|FAIL|ERROR|skipped)", re.MULTILINE)
_UNITTEST_COUNT = re.compile(r"^Ran (\d{1,9}) tests? in ", re.MULTILINE)
_PYTEST_COUNT = re.compile(r"(?<!\d)(\d{1,9}) passed")
_CTEST = re.compile(
    r"^[ \t]*\d{1,9}/\d{1,9} Test[ \t]+#\d{1,9}: (\S+) \.*[ \t]*(Passed|\*\*\*\w+)", re.MULTILINE
)
# No tab: `ok  \tpackage\t0.003s` is a line of `go test`, whose time differs from run to run.
_TAP = re.compile(r"^(ok|not ok)\b[ \d]*-? ?([^\t\n]*)$", re.MULTILINE)
_GO = re.compile(r"^[ \t]*--- (PASS|FAIL|SKIP): (\S+)", re.MULTILINE)
_CARGO = re.compile(r"^test (\S+) \.\.\. (ok|FAILED|ignored)", re.MULTILINE)
_METRIC = re.compile(r"^METRIC[ \t]+([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*(\S+)[ \t]*$")


MOST_NAME = 300
"""Characters of a test's name; what is longer is cut, in the baseline's report as well."""


@dataclass(frozen=True)
class TestReport:
    """What a test command reported."""

    __test__ = False  # not a test case, whatever pytest thinks of the name

    passed: frozenset[str]
    failed: frozenset[str]
    count: int  # passed, where only a number was printed; else len(passed)

    def missing(self, baseline: TestReport) -> tuple[str, ...]:
        """Return the tests that passed in the baseline and aren't reported passed here, sorted."""
        gone = tuple(sorted(baseline.passed - self.passed))
        if not gone and self.count < baseline.count:
            return (f"{baseline.count - self.count} of {baseline.count} tests",)
        return gone


def parse_tests(output: str) -> TestReport:
    """Return the tests that a test command reported.

    Understands pytest, unittest (-v), ctest, TAP, go test (-v) and cargo test; where only counts
    are printed, only they are compared.
    """
    passed: set[str] = set()
    failed: set[str] = set()
    for word, name in _PYTEST.findall(output):
        (passed if word in ("PASSED", "XPASS") else failed if word in ("FAILED", "ERROR") else set()).add(
            name
        )
    for name, where, word in _UNITTEST.findall(output):
        test = where if where.endswith("." + name) else f"{where}.{name}"
        (passed if word == "ok" else failed if word in ("FAIL", "ERROR") else set()).add(test)
    for pattern, name_first in ((_CTEST, True), (_CARGO, True), (_TAP, False), (_GO, False)):
        for first, second in pattern.findall(output):
            name, word = (first, second) if name_first else (second, first)
            if word in ("Passed", "ok", "PASS") and name:
                passed.add(name)
            elif word not in ("SKIP", "ignored"):
                failed.add(name)
    counts = [int(n) for n in _UNITTEST_COUNT.findall(output) + _PYTEST_COUNT.findall(output)]
    count = len(passed) or sum(counts)
    return TestReport(frozenset(map(_plain, passed)), frozenset(map(_plain, failed)), count)


def _plain(name: str) -> str:
    """Return a test's name as text that may be shown and told to a model: one line, of bounded length."""
    return "".join(char if char.isprintable() else "?" for char in name[:MOST_NAME])


def parse_metrics(output: str, metrics: Sequence[Metric]) -> dict[str, float]:
    """Return the printed values of a job's metrics, from `METRIC name=value` lines or JSON objects.

    The last value of a name counts. What isn't a finite number is no value.
    """
    names = {metric.name for metric in metrics if not metric.measured}
    found: dict[str, float] = {}
    if not names:
        return found
    for line in output.splitlines():
        match = _METRIC.match(line)
        if match and match[1] in names:
            _keep(found, match[1], match[2])
        elif line.lstrip().startswith("{"):
            _keep_all(found, line, names)
    if not found and output.lstrip().startswith("{"):
        _keep_all(found, output, names)
    return found


def _keep_all(found: dict[str, float], text: str, names: set[str]) -> None:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return
    if isinstance(data, dict):
        for name in names & data.keys():
            if not isinstance(data[name], (bool, str, list, dict, type(None))):
                _keep(found, name, str(data[name]))


def _keep(found: dict[str, float], name: str, text: str) -> None:
    try:
        value = float(text)
    except ValueError:
        return
    if math.isfinite(value):
        found[name] = value


def comparable(output: bytes, ignore: Sequence[str], metrics: Sequence[Metric]) -> bytes:
    """Return output without metric lines and lines that a pattern of `ignore` matches."""
    patterns = [re.compile(pattern) for pattern in ignore]
    names = {metric.name for metric in metrics if not metric.measured}
    text, kept = output.decode("utf-8", "surrogateescape"), []
    if names and text.lstrip().startswith("{"):
        text = _without(text, names)  # an object of several lines; else as it is
    for line in text.splitlines():
        if _METRIC.match(line) or any(pattern.search(line) for pattern in patterns):
            continue
        if names and line.lstrip().startswith("{"):
            line = _without(line, names)
        kept.append(line)
    return "\n".join(kept).encode("utf-8", "surrogateescape")


def _without(line: str, names: set[str]) -> str:
    """Return a line of JSON without the metrics in it."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return line
    if not isinstance(data, dict) or not names & data.keys():
        return line
    return json.dumps({key: value for key, value in data.items() if key not in names}, sort_keys=True)


def digest(content: bytes) -> str:
    """Return a short hash of content, for comparing it later."""
    return hashlib.sha256(content).hexdigest()[:32]


_NUMBER = re.compile(rb"(?<![\w.])[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?![\w.])")


def same_output(found: bytes, wanted: bytes, *, relative: float = 0.0, absolute: float = 0.0) -> bool:
    """Return whether two outputs are equal, numbers within a tolerance.

    Args:
        found: The candidate's.
        wanted: The baseline's.
        relative: Allowed distance of a number as a part of the baseline's.
        absolute: Allowed distance, in the number's own unit; the larger of both holds.
    """
    if found == wanted:
        return True
    if not relative and not absolute:
        return False
    # What lies between the numbers, and not a text with a sign in their place that may stand there, too.
    if _NUMBER.split(found) != _NUMBER.split(wanted):
        return False
    pairs = zip(_NUMBER.findall(found), _NUMBER.findall(wanted), strict=True)
    return all(
        a == b or abs(float(a) - float(b)) <= max(absolute, relative * abs(float(b))) for a, b in pairs
    )


_CONTROL = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?)?"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff]"
    r"|[\U000e0000-\U000e007f]"
)
"""Sequences of terminals, control characters but tab and newline, and what hides text or turns it around."""


def tail(output: bytes, *, lines: int = 40, limit: int = 4000) -> str:
    """Return the end of output as safe text: control characters stripped, at most `limit` characters."""
    text = _CONTROL.sub("", output.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n"))
    kept = "\n".join(text.rstrip().splitlines()[-lines:])
    return kept if len(kept) <= limit else "…" + kept[-limit:]
