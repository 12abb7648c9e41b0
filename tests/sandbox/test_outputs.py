"""What commands print is read as data."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from strop.job import Metric
from strop.sandbox.outputs import (
    PYTEST_OPTIONS,
    comparable,
    parse_metrics,
    parse_tests,
    same_output,
    tail,
)

TESTS = '''
import unittest

class Case(unittest.TestCase):
    def test_good(self):
        pass
    def test_documented(self):
        """First line."""
    def test_bad(self):
        self.assertEqual(1, {expected})
    @unittest.skip("later")
    def test_skipped(self):
        pass
'''


def run(tmp_path: Path, command: list[str], expected: int) -> str:
    (tmp_path / "test_case.py").write_text(TESTS.replace("{expected}", str(expected)), encoding="utf-8")
    env = {"PYTEST_ADDOPTS": PYTEST_OPTIONS, "PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=env)
    return done.stdout + done.stderr


def test_pytest_reports_are_read_whatever_its_verbosity(tmp_path: Path) -> None:
    for flags in ([], ["-q"], ["-v"], ["-qq"]):
        report = parse_tests(run(tmp_path, [sys.executable, "-m", "pytest", *flags], 2))
        assert {name.rsplit("::", 1)[1] for name in report.passed} == {"test_good", "test_documented"}
        assert {name.rsplit("::", 1)[1] for name in report.failed} == {"test_bad"}


def test_unittest_reports_are_read(tmp_path: Path) -> None:
    report = parse_tests(run(tmp_path, [sys.executable, "-m", "unittest", "-v"], 2))
    assert len(report.passed) == 2 and len(report.failed) == 1
    counted = parse_tests(run(tmp_path, [sys.executable, "-m", "unittest"], 1))
    assert not counted.passed and counted.count == 4


def test_a_test_that_vanished_is_missing() -> None:
    before = parse_tests("PASSED t.py::a\nPASSED t.py::b\n")
    assert parse_tests("PASSED t.py::a\n").missing(before) == ("t.py::b",)
    assert parse_tests("3 passed in 0.1s").missing(parse_tests("4 passed in 0.1s")) == ("1 of 4 tests",)
    assert not parse_tests("PASSED t.py::a\nPASSED t.py::b\nPASSED t.py::c").missing(before)


def test_other_runners_are_read() -> None:
    assert parse_tests("1/2 Test #1: fast ....   Passed    0.01 sec").passed == {"fast"}
    assert parse_tests("ok 1 - adds\nnot ok 2 - divides").passed == {"adds"}
    assert parse_tests("--- PASS: TestA (0.00s)\n--- FAIL: TestB (0.00s)").failed == {"TestB"}
    assert parse_tests("test tests::works ... ok").passed == {"tests::works"}


def test_metrics_are_finite_numbers_of_known_names() -> None:
    metrics = [Metric(name="loss"), Metric(name="rate", direction="maximize"), Metric(name="wall_time")]
    text = 'METRIC loss=0.5\nMETRIC other=1\n{"rate": 12, "loss": "0.1"}\nMETRIC wall_time=0\n'
    assert parse_metrics(text, metrics) == {"loss": 0.5, "rate": 12.0}
    assert parse_metrics("METRIC loss=nan\nMETRIC rate=inf\n", metrics) == {}
    assert parse_metrics('{\n "loss": 3\n}', metrics) == {"loss": 3.0}
    assert parse_metrics("[" * 100_000, metrics) == {}


def test_comparison_leaves_out_metrics_and_what_the_job_ignores() -> None:
    metrics = [Metric(name="loss")]
    a = comparable(b'sum 3\nMETRIC loss=0.5\ntook 3 s\n{"loss": 1, "n": 2}\n', ["^took"], metrics)
    b = comparable(b'sum 3\nMETRIC loss=0.7\ntook 9 s\n{"n": 2, "loss": 4}\n', ["^took"], metrics)
    assert a == b and b"sum 3" in a and b'"n": 2' in a
    assert comparable(b"\xff\xfe", [], metrics) == b"\xff\xfe"


def test_shown_output_has_no_control_characters() -> None:
    assert tail(b"a\x1b[31mred\x1b[0m\x07\r\nb\xe2\x80\xae\n") == "ared\nb"
    assert tail(b"x\n" * 100, lines=2) == "x\nx"
    assert len(tail(b"y" * 10_000, limit=100)) == 101


def test_outputs_are_equal_within_a_tolerance() -> None:
    assert same_output(b"x 1.0 y", b"x 1.0 y")
    assert not same_output(b"x 1.0000001", b"x 1.0")
    assert same_output(b"x 1.0000001", b"x 1.0", relative=1e-6)
    assert not same_output(b"x 1.01", b"x 1.0", relative=1e-6)
    assert not same_output(b"#", b"5", relative=0.1) and not same_output(b"5", b"#", relative=0.1)
    assert not same_output(b"5 # items\n7", b"# 5 items\n7", relative=0.1)  # a number elsewhere
    assert same_output(b'{"float": "0.30000000000000004"}', b'{"float": "0.3"}', absolute=1e-9)
    assert not same_output(b"x 1.0 2", b"x 1.0", relative=0.5)  # a number more
    assert not same_output(b"a1 1", b"a2 1", relative=0.9)  # part of a name
    assert not same_output(b"nan", b"1.0", relative=0.5)


def test_the_time_of_a_package_is_no_test() -> None:
    printed = "--- PASS: TestAdd (0.00s)\nok  \tm/pkg\t0.003s\n"
    assert parse_tests(printed).passed == {"TestAdd"}
    assert parse_tests("ok 1 - adds\nok 2\nnot ok 3 - divides\n").passed == {"adds"}


def test_metrics_in_an_object_of_several_lines_are_left_out_too() -> None:
    metric = Metric(name="loss")
    first = '{\n "loss": 0.1,\n "sum": 7\n}\n'
    second = first.replace("0.1", "0.2")
    assert comparable(first.encode(), (), [metric]) == comparable(second.encode(), (), [metric])
    assert comparable(first.encode(), (), [metric]) != comparable(
        first.replace("7", "8").encode(), (), [metric]
    )
