"""Spoilt versions of functions in C: they compile, and do what they are called."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from strop.benchmarks.leaderboard.probes_c import spoilt
from strop.benchmarks.leaderboard.tasks import open_suite

SUM = """\
#include <stddef.h>
#include "sum.h"

static double half(double value)
{
    return value / 2;
}

int halves(size_t count, const double *given, double *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = half(given[i]);
    return 0;
}
"""

HEADER = "#include <stddef.h>\nint halves(size_t count, const double *given, double *out);\n"

MAIN = """\
#include <stdio.h>
#include "sum.h"

int main(void)
{
    double given[] = {2, 4}, out[] = {0, 0};
    int failed = halves(2, given, out);
    printf("%d %g %g %g\\n", failed, out[0], out[1], given[0]);
    return 0;
}
"""


def _run(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    for name, content in (("sum.c", text), ("sum.h", HEADER), ("main.c", MAIN)):
        (folder / name).write_text(content, encoding="utf-8")
    command = ["gcc", "-Wall", "-Werror", "sum.c", "main.c", "-o", "main", "-lm"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return subprocess.run(["./main"], cwd=folder, check=False, capture_output=True, text=True)


@pytest.mark.skipif(not Path("/usr/bin/gcc").exists(), reason="gcc is not installed")
def test_each_does_what_it_is_called(tmp_path: Path) -> None:
    found = {name: (text, certain) for name, text, certain in spoilt(SUM, "halves", {"cpu_time": 1e-9})}
    assert _run(tmp_path, SUM).stdout == "0 1 2 2\n"
    assert _run(tmp_path, found["broken"][0]).returncode < 0
    assert _run(tmp_path, found["empty"][0]).stdout == "0 0 0 2\n"
    assert _run(tmp_path, found["not a number"][0]).stdout == "0 nan 2 2\n"
    assert _run(tmp_path, found["over-reporting"][0]).stdout == "METRIC cpu_time=1e-09\n0 1 2 2\n"
    assert _run(tmp_path, found["input-mutating"][0]).stdout == "0 1 2 0\n"
    assert {name for name, (_, certain) in found.items() if not certain} == {
        "over-reporting",
        "input-mutating",
    }


def test_a_function_that_is_not_there_is_told() -> None:
    with pytest.raises(ValueError, match="no function whole is defined there"):
        next(spoilt(SUM, "whole", {}))


def test_the_bundled_tasks_in_c_have_them_all() -> None:
    tasks = [task for task in open_suite("kernels").tasks if task.name.endswith("_c")]
    assert len(tasks) == 5
    for task in tasks:
        assert task.card is not None
        path, _, name = task.card.hot.partition(":")
        text = (task.repository / path).read_text(encoding="utf-8")
        names = [probe for probe, _, _ in spoilt(text, name, {"cpu_time": 1e-9})]
        assert names[:4] == ["broken", "empty", "not a number", "over-reporting"], task.name
