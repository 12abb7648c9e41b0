"""The readers on what real tools once left (recorded/README.md), and on what no tool leaves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from strop.extension import ExecResult, Outcome
from strop.sandbox.profilers.callgrind import callgrind_total, read_callgrind
from strop.sandbox.profilers.native import locate, plain_name, read_perf, rows_of
from strop.sandbox.profilers.python import profile_of
from strop.sandbox.profilers.schema import Malformed
from strop.sandbox.profilers.spy import read_spy
from strop.sandbox.profilers.tool_files import read_lines, read_memory, read_tree

RECORDED = Path(__file__).parent / "recorded"
PROGRAM = {"program.py": (RECORDED / "program.py").read_text(encoding="utf-8")}
KERNEL = {"kernel.c": (RECORDED / "kernel.c").read_text(encoding="utf-8")}


def recorded(name: str) -> dict[str, bytes]:
    return {name: (RECORDED / name).read_bytes()}


def printed(text: bytes, code: int = 0) -> ExecResult:
    return ExecResult(Outcome.EXITED, code, text, b"failed to open perf.data", 0.1, 0.1, 1, "runner")


# --- recorded ------------------------------------------------------------------------------------


def test_pyinstrument_splits_python_from_native_code() -> None:
    split = read_tree(recorded("pyinstrument-5.1.3.json"), "/work")
    assert (split.tool, split.notes) == ("pyinstrument 5.1.3", [])
    assert split.python_s + split.native_s == pytest.approx(sum(split.total_by.values()), rel=0.01)
    # re.sub's work is done in C, and counts for the function that calls it.
    assert split.native_by["program.py", "pattern"] > 0.5 * split.total_by["program.py", "pattern"]
    assert ("program.py", "find") not in split.native_by
    assert not any(name.startswith("<genexpr") for _, name in split.total_by)


def test_line_profiler_counts_lines() -> None:
    counted = read_lines(recorded("line_profiler-5.1.0.json"), "/work")
    assert (counted.tool, counted.notes) == ("line_profiler 5.1.0", [])
    assert counted.hits["program.py", 13] == 8000
    assert counted.hits["program.py", 19] == 5001  # of the generator, not of the statement around it


def test_memray_tells_where_the_peak_comes_from() -> None:
    memory = read_memory(recorded("memray-1.20.0.json"), "/work")
    assert memory.tool == "memray 1.20.0"
    first = max(memory.by_line, key=lambda key: memory.by_line[key])
    assert first[0] == "program.py"
    assert first[2] == 23
    assert memory.by_line[first] > 0.9 * memory.peak_bytes


def test_py_spy_sees_what_keeps_the_sampler_out() -> None:
    found = profile_of(read_spy((RECORDED / "py-spy-0.4.3.txt").read_bytes(), "/work"), "py-spy", PROGRAM)
    first = found["hot"][0]
    assert (first["fn"], first["line"], first["lines"][0]["n"]) == ("program.py:Shelf.find", 10, 13)
    assert first["lines"][0]["src"] == "if book in self.books:"
    assert found["library"][0]["fn"] == "re.sub"


def test_perf_finds_functions_in_the_sources() -> None:
    times = read_perf(printed((RECORDED / "perf-6.1.txt").read_bytes()))
    found = rows_of(times, KERNEL)
    rows = [(row["fn"], row["line"], row["self_pct"]) for row in found["hot"]]
    assert rows == [("kernel.c:work", 3, 98.0), ("kernel.c:other", 14, 2.0)]
    assert found["samples"] == 51


def test_callgrind_counts_functions_and_lines() -> None:
    raw = recorded("callgrind-3.19.0.txt")
    times = read_callgrind(raw, KERNEL)
    found = rows_of(times, KERNEL)
    assert callgrind_total(raw) == 840369877
    assert [row["fn"] for row in found["hot"]] == ["kernel.c:work", "kernel.c:other"]
    assert found["hot"][0]["lines"][0]["src"] == "total += (double) i * j / (j + 1);"
    assert times.self_by["kernel.c", "work"] == 800240007
    # main itself does next to nothing: what it calls counts with callees only.
    assert times.self_by["kernel.c", "main"] < 50
    assert times.cum_by["kernel.c", "main"] > 840_000_000


# --- hostile -------------------------------------------------------------------------------------


def tool(name: str, **data: Any) -> dict[str, bytes]:
    return {"x": json.dumps({"schema": "strop-tool/1", "name": name, "tool": "t", **data}).encode()}


def frame(**changes: Any) -> dict[str, Any]:
    return {"function": "f", "file_path": "/work/a.py", "time": 1.0, "children": [], **changes}


@pytest.mark.parametrize(
    "tree",
    [
        None,
        [],
        {"root_frame": None},
        {"root_frame": frame(children=None)},
        {"root_frame": frame(children=[7])},
        {"root_frame": frame(time="1")},
        {"root_frame": frame(time=float("nan"))},
        {"root_frame": frame(time=-1)},
        {"root_frame": frame(function=["f"])},
        {"root_frame": frame(file_path=3)},
    ],
)
def test_a_tree_that_is_none_is_left_out(tree: Any) -> None:
    found = read_tree(tool("tree", tree=tree), "/work")
    assert (found.python_s, found.native_s, found.total_by) == (0.0, 0.0, {})
    assert "left out" in found.notes[0]


def test_a_tree_beside_a_bad_one_counts() -> None:
    good = tool("tree", tree={"root_frame": frame()})["x"]
    found = read_tree({"a": good, "b": b"[" * 100_000, "c": b"\xff"}, "/work")
    assert found.total_by == {("a.py", "f"): 1.0}
    assert len(found.notes) == 2


@pytest.mark.parametrize(
    "rows",
    [None, [["a.py", 1]], [["a.py", "1", 2]], [["a.py", 1, -2]], [[5, 1, 2]], [["a.py", 1, 1]] * 1001],
)
def test_line_counts_that_are_none_are_left_out(rows: Any) -> None:
    found = read_lines(tool("lines", rows=rows, why=""), "/work")
    assert not found.hits
    assert "left out" in found.notes[0]


def test_files_outside_the_job_are_nobodys() -> None:
    rows = [
        ["/etc/passwd", 1, 9],
        ["../x.py", 1, 9],
        ["lib/site-packages/m.py", 1, 9],
        [".strop-calls/w.py", 1, 9],
    ]
    assert not read_lines(tool("lines", rows=rows, why=""), "/work").hits
    sites = [{"bytes": 5, "stack": [["f", "/usr/lib/x.py", 1], ["g\x1b[31m", "/work/a.py", 2]]}]
    found = read_memory(tool("memory", peak_bytes=9, sites=sites), "/work")
    assert found.by_line == {("a.py", "g [31m", 2): 5.0}


@pytest.mark.parametrize(
    "sites",
    [
        None,
        [7],
        [{"bytes": 1}],
        [{"bytes": 1, "stack": [["f"]]}],
        [{"bytes": -1, "stack": [["f", "a.py", 1]]}],
    ],
)
def test_allocations_that_are_none_are_left_out(sites: Any) -> None:
    found = read_memory(tool("memory", peak_bytes=9, sites=sites), "/work")
    assert (found.peak_bytes, found.by_line) == (0.0, {})
    assert "left out" in found.notes[0]


def test_a_tool_that_failed_says_why_on_one_line() -> None:
    found = read_lines(tool("lines", error="ImportError: no\nmodule\x1b"), "/work")
    assert found.notes == ["ImportError: no module"]


@pytest.mark.parametrize(
    "text", [b"", b"\xff" * 50, b"f (/work/a.py:1) -5\n", b"f (/work/a.py:1) 99999999999\n"]
)
def test_stacks_without_a_sample(text: bytes) -> None:
    assert "unavailable" in profile_of(read_spy(text, "/work"), "py-spy", None)
    assert "left no profile" in read_spy(None, "/work").note


def test_a_report_that_is_none_says_so() -> None:
    assert "failed to open" in read_perf(printed(b"", 255)).problem
    assert "no sample" in read_perf(printed(b"# nothing\n 1% | x\n")).problem
    evil = read_perf(printed(b" 50.0%| 40.0%| 5 |a\x1b[31m |[.] f\x07g\n"))
    (key,) = evil.self_by
    assert "".join(key).isprintable()


@pytest.mark.parametrize(
    "text", [b"", b"events: Dr\ntotals: 5\n", b"events: Ir\n", b"events: Ir\ntotals: -5\n"]
)
def test_a_count_that_is_none_is_refused(text: bytes) -> None:
    with pytest.raises(Malformed):
        callgrind_total({"x": text})


def test_a_hostile_callgrind_file_ends_in_a_small_profile() -> None:
    rows = b"".join(b"fn=(%d) f%d\x1b\n%d %s\n" % (n, n, n, b"9" * 18) for n in range(500))
    evil = b"events: Ir\nfl=(1) /work/kernel.c\n" + rows + b"+5\n* *\nfn=\ncalls=\n* 3\n"
    found = rows_of(read_callgrind({"x": evil}, KERNEL), KERNEL)
    assert len(found["hot"]) == 8
    assert all(row["fn"].isprintable() for row in found["hot"])


# --- names of native functions -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("symbol", "name"),
    [
        ("work", "work"),
        ("work.isra.0", "work"),
        ("work.constprop.1.cold", "work"),
        ("ns::Grid<int>::step(int, double const&)", "step"),
        ("app::grid::step::h0123456789abcdef", "step"),
        ("main.work", "main.work"),
    ],
)
def test_bare_names(symbol: str, name: str) -> None:
    assert plain_name(symbol) == name


def test_definitions_are_found_and_calls_are_not() -> None:
    sources = {
        "a.c": "int step(int n);\n\nvoid go(void)\n{\n    step(3);\n    return step(4);\n}\n",
        "b.c": "#include <x.h>\n\nstatic inline int\nstep_two(int n) { return n; }\nint step(int n)\n{\n}\n",
        "c.rs": "impl Grid {\n    pub(crate) unsafe fn advance(&mut self) {}\n}\n",
        "d.go": "package main\n\nfunc (g *Grid) Move(n int) int {\n",
        "e.py": "def step(n):\n    pass\n",
    }
    assert locate("step", sources) == ("b.c", 5)
    assert locate("step_two", sources)[0] == "b.c"
    assert locate("advance", sources) == ("c.rs", 2)
    assert locate("main.Move", sources) == ("d.go", 3)
    assert locate("nowhere", sources) == ("", 0)
    assert locate("st.*p(", sources) == ("", 0)
