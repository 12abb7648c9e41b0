"""Live comparisons: complete ones end in a record; a cut run goes on where it stopped."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from strop.benchmarks.self.live import main, parsed, run
from strop.benchmarks.self.live_records import Cell, Done, append, load, print_results, remaining
from strop.benchmarks.self.load import spinning
from strop.sandbox.process import ProcessBackend

ONE, TWO = Cell("primes", "command", False), Cell("primes", "calls", True)
PROCESS = ["--backend", "process", "--kernel", "primes"]


def done(question: str = "identical", cell: Cell = ONE, **more: object) -> Done:
    return Done(question, cell, "process", "cpu_time", 0.05, **more)  # type: ignore[arg-type]


def test_comparisons_are_spread_over_cells_in_turn() -> None:
    todo = remaining(5, "identical", [ONE, TWO], [])
    assert [(cell, number) for _, cell, number in todo] == [(ONE, 0), (TWO, 0), (ONE, 1), (TWO, 1), (ONE, 2)]


def test_what_is_done_is_not_done_again() -> None:
    had = [done(), done(), done(cell=TWO), done("20 % slower")]
    todo = remaining(5, "identical", [ONE, TWO], had)
    assert [(cell, number) for _, cell, number in todo] == [(TWO, 1), (ONE, 2)]


def test_records_survive_a_half_written_line(tmp_path: Path) -> None:
    file = tmp_path / "live.jsonl"
    assert load(file) == []
    append(file, done(claimed=True))
    with file.open("a", encoding="utf-8") as stream:
        stream.write('{"question": "ident')
    append(file, done(cell=TWO))
    assert load(file) == [done(claimed=True), done(cell=TWO)]


def test_tables_count_what_was_asked(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        done(claimed=True, verdict="promising", pairs=24, ratio=1.1, low=1.06, high=1.15),
        *[done(verdict="undecided", pairs=20, ratio=0.98, low=0.96, high=0.99)] * 2,
        *[done(verdict="undecided", pairs=20, ratio=1.0, low=0.9, high=1.1)] * 97,
        done("1.5 times faster", verdict="promising", search_pairs=3, ratio=1.5),
        done("1.5 times faster", verdict="promising", search_pairs=8, ratio=1.5),
        done("20 % slower", verdict="worse", search_pairs=3, ratio=0.8),
        done("20 % slower", verdict="undecided", search_pairs=8, ratio=0.8),
        done("10 % less work", failure="verify: what the benchmark printed differs"),
    ]
    print_results(rows)
    shown = capsys.readouterr().out
    tables = shown.split(" comparisons")
    assert "│ 100 │     1 │  1.0 [0.0, 5.4] │         3 │    20 │" in tables[1]  # intervals without 1
    for table in tables[3:]:  # one of two within 12 runs
        assert "50.0 [1.3, 98.7]" in table
    assert "FAILED 10 % less work, primes, command, idle: verify: what the benchmark printed" in shown


def test_options_say_how_many() -> None:
    assert parsed([]).comparisons == 200
    assert (parsed(["--power", "100"]).comparisons, parsed(["--power", "100"]).power) == (0, 100)
    with pytest.raises(SystemExit):
        parsed(["--power", "-1"])


def test_the_load_ends_with_its_block_and_with_its_parent() -> None:
    with spinning() as pid:
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    hold = (
        "from strop.benchmarks.self.load import spinning\n"
        "with spinning() as pid:\n    print(pid, flush=True)\n    input()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        pid = int(holder.stdout.readline())
        ended = os.pidfd_open(pid)
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        assert select.select([ended], [], [], 30)[0]  # readable once it has ended
        os.close(ended)


@pytest.mark.slow
def test_a_complete_comparison_under_load_ends_in_a_record(tmp_path: Path) -> None:
    file = tmp_path / "live.jsonl"
    cell = Cell("primes", "command", True, calls=2)
    run([("identical", cell, 0)], ProcessBackend(), file, until=float("inf"))
    (one,) = load(file)
    assert (one.question, one.cell, one.backend) == ("identical", cell, "process")
    assert one.verdict and not one.failure
    assert one.noise > 0 and one.metric in ("cpu_time", "wall_time")
    assert 20 <= one.pairs <= 64
    assert 0 < one.low < one.ratio < one.high
    assert not one.claimed and one.reason
    assert one.seconds > 0


def test_nothing_is_done_where_nothing_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "live.jsonl"
    rows = [done(cell=Cell("primes", "command", loaded), verdict="undecided") for loaded in (False, True)]
    for one in rows:
        append(file, one)
    options = [*PROCESS, "--kind", "command", "--json", str(file)]
    assert main([*options, "--comparisons", "2"]) == 0
    assert load(file) == rows
    assert "0.0 [0.0, 84.2]" in capsys.readouterr().out
    # Comparisons in another backend would be mixed up with these.
    assert main(["--json", str(file), "--backend", "docker"]) == 2
    append(file, done(failure="build: the build failed"))
    assert main([*options, "--comparisons", "2"]) == 1


def test_no_comparison_is_started_after_the_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "live.jsonl"
    assert main([*PROCESS, "--json", str(file), "--comparisons", "2", "--minutes", "0"]) == 0
    assert "2 comparisons are left" in capsys.readouterr().out
    assert not file.exists()


def test_a_record_is_plain_json() -> None:
    assert json.loads(json.dumps(asdict(done())))["cell"] == {
        "kernel": "primes",
        "kind": "command",
        "loaded": False,
        "calls": 20,
    }
