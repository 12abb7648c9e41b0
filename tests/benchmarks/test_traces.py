"""Recorded traces: what is recorded really happened in that order, and rules decide on it as they would."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from strop.benchmarks.self.false_claims import CASES, RULES
from strop.benchmarks.self.kernels import KERNELS
from strop.benchmarks.self.tables import limits
from strop.benchmarks.self.traces import BLOCK, Run, Trace, evaluate, load, main, record, save

STROP = "strop, claim, best confirmed"
MINIMUM = "min of 20, sequential, > 5 %"


def made(series: str, noise: float, *, drift: float = 0.0, count: int = 640) -> Trace:
    """Return a trace of processes with a machine that gets slower and faster again."""
    rng = np.random.default_rng(2)
    level = drift * np.sin(np.arange(count) / 40)
    times = np.exp(level + noise * rng.standard_normal(count))
    return Trace("made", series, tuple(Run(k % 2, float(2 * t), float(t)) for k, t in enumerate(times)))


def shares(traces: list[Trace], machine: str) -> dict[tuple[str, str], float]:
    cells = evaluate(traces, 60, seed=1)
    assert len(cells) == 4 * len(RULES) * len(CASES)  # two clocks; the kernel, and all kernels
    return {(c.rule, c.case): c.claims / c.rounds for c in cells if c.machine == machine}


def test_rules_decide_on_the_series_that_fits_them() -> None:
    traces = [made("sequential", 0.03, drift=0.2), made("interleaved", 0.03, drift=0.2)]
    found = shares(traces, "CPU time, made")
    # Drift lies between blocks and not within pairs.
    assert found[MINIMUM, "best of 12 identical"] > 0.5
    assert found[STROP, "1 identical"] == 0
    assert found[STROP, "best of 12 identical"] == 0
    assert found[STROP, "true +10 %"] > 0.9
    assert found == shares(traces, "wall time, all kernels")  # twice the CPU time, and one kernel


def test_which_run_is_the_candidates_is_drawn_anew() -> None:
    """A machine that always slows the first of two runs makes no candidate faster."""
    runs = tuple(Run(k % 2, 1.0 + 0.2 * (k % 2 == 0), 1.0 + 0.2 * (k % 2 == 0)) for k in range(400))
    found = shares([made("sequential", 0.02), Trace("made", "interleaved", runs)], "CPU time, made")
    assert found[STROP, "1 identical"] <= 0.1
    assert found["strop, best confirmed, minimum effect 0", "1 identical"] <= 0.15


def test_the_pace_is_taken_out_of_pairs() -> None:
    """A machine of two speeds, and programs that follow it by a power of their own."""
    rng = np.random.default_rng(4)
    paces = np.where(rng.random(640) < 0.4, 2000.0, 3000.0)
    times = (3000.0 / paces) ** 1.2 * np.exp(0.02 * rng.standard_normal(640))
    found = {}
    for name, known in (("known", paces), ("unknown", np.zeros(640))):
        rows = zip(times, known, strict=True)
        runs = tuple(Run(k % 2, float(t), float(t), float(pace)) for k, (t, pace) in enumerate(rows))
        traces = [made("sequential", 0.02), Trace("made", "interleaved", runs)]
        found[name] = shares(traces, "CPU time, made")[STROP, "true +10 %"]
    assert found["known"] > 0.95 and found["unknown"] < 0.85


def test_limits_reckon_with_stretches_that_overlap() -> None:
    cells = evaluate([made("sequential", 0.03), made("interleaved", 0.03)], 100)
    mine = {(c.rule, c.case): c for c in cells if c.machine == "CPU time, made"}
    peer = mine["min of 20, sequential, > 5 %", "1 identical"]
    assert (peer.low, peer.high) == limits(peer.claims / 100 * 16, 16)  # 640 runs, 40 a stretch
    ours = mine[STROP, "1 identical"]
    assert (ours.low, ours.high) == limits(ours.claims, 100)


def test_a_short_trace_is_refused_with_what_it_takes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "traces.json"
    save([made("sequential", 0.03, count=100)], file)
    assert main(["evaluate", str(file)]) == 2
    assert "has 100 runs, and 'min of 20, sequential, > 5 %' takes 260" in capsys.readouterr().err


def test_what_is_no_trace_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "traces.json"
    file.write_text("{}", encoding="utf-8")
    assert main(["evaluate", str(file)]) == 2
    assert "not a file of `traces record`" in capsys.readouterr().err
    assert main(["evaluate", str(tmp_path / "none.json")]) == 2


def test_a_file_holds_what_was_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "traces.json"
    traces = [made("sequential", 0.03), made("interleaved", 0.03)]
    save(traces, file)
    again, about = load(file)
    assert again == traces
    assert "CPUs, Python 3." in about
    assert main(["evaluate", "--rounds", "3", "--json", str(file)]) == 0
    assert json.loads(capsys.readouterr().out)[0]["rounds"] == 3
    assert main(["evaluate", "--rounds", "3", str(file)]) == 0
    assert "CPU time, all kernels" in capsys.readouterr().out


def test_series_are_recorded_in_the_order_they_name() -> None:
    blocks, pairs = record(2 / 30, seed=3, only=KERNELS[:1])
    assert (blocks.series, pairs.series) == ("sequential", "interleaved")
    assert [run.side for run in blocks.runs] == [k // BLOCK % 2 for k in range(len(blocks.runs))]
    orders = {(a.side, b.side) for a, b in zip(pairs.runs[::2], pairs.runs[1::2], strict=True)}
    assert orders <= {(0, 1), (1, 0)}
    assert len(blocks.runs) > 1
    for run in (*blocks.runs, *pairs.runs):
        assert 0 < run.cpu_s <= run.wall_s * 1.5  # clocks of different fineness
