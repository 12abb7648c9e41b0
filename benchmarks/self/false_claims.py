"""How often timing rules claim a speed-up that is none, and how often they see a real one.

    python -m strop.benchmarks.self.false_claims [--rounds 2000] [--json]

Simulated machines (`noise.py`) run strop's own protocol, by the code that judges real measurements,
against rules that other tools use: minimum, mean or Mann-Whitney test of baseline and candidate
measured one block after the other. Every sample of theirs is a fresh process here, which is kinder
to them than repeats within one, and the baseline is measured once, first, as they do.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from strop.benchmarks.self.noise import MODELS, timelines
from strop.benchmarks.self.tables import Cell, limits, print_tables
from strop.sandbox.measure.intervals import interval
from strop.sandbox.measure.planning import MOST_PAIRS, Calibration, plan_pairs, spread
from strop.sandbox.measure.verdict import SearchPlan, claims, decide
from strop.trial import Verdict

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Row = NDArray[np.float64]

__all__ = ["CASES", "RULES", "Case", "Rule", "main", "simulate"]

CALIBRATION_PAIRS = 8
MINIMUM_EFFECT = SearchPlan().minimum_effect


@dataclass(frozen=True)
class Case:
    """What is true."""

    name: str
    candidates: int
    ratio: float  # of every candidate; 1 is no difference


CASES = (
    Case("1 identical", 1, 1.0),
    Case("best of 12 identical", 12, 1.0),
    Case("true +10 %", 1, 1.1),
    Case("true +20 %", 1, 1.2),
)


@dataclass(frozen=True)
class Rule:
    """A way to decide, by a function of (log times of consecutive processes, what is true)."""

    claims: Callable[[Row, Case], bool]
    runs: Callable[[int], int]  # most processes that it takes for so many candidates
    sequential: bool = True  # block after block; else pairs of neighbours


# --- rules of others --------------------------------------------------------------------------------


def _blocks(times: Row, repeats: int, case: Case) -> tuple[Row, Row]:
    """Baseline's block of run times, then (candidates, repeats), in the order they are measured."""
    import numpy as np

    used = np.exp(times[: repeats * (1 + case.candidates)]).reshape(-1, repeats)
    return used[0], used[1:] / case.ratio


def min_of_20(times: Row, case: Case) -> bool:
    """Least of 20 runs, in sequence, more than 5 % better."""
    baseline, candidates = _blocks(times, 20, case)
    return bool((baseline.min() / candidates.min(axis=1)).max() > 1.05)


def mean_of_5(times: Row, case: Case) -> bool:
    """Mean of 5 runs, in sequence, more than 5 % better."""
    baseline, candidates = _blocks(times, 5, case)
    return bool((baseline.mean() / candidates.mean(axis=1)).max() > 1.05)


def mann_whitney_20(times: Row, case: Case) -> bool:
    """One-sided Mann-Whitney test of 20 runs each, in sequence, p < 0.1 (normal approximation)."""
    import numpy as np
    from scipy.special import ndtr

    baseline, candidates = _blocks(times, 20, case)
    greater = (baseline[None, :, None] > candidates[:, None, :]).sum(axis=(1, 2))
    z = (greater - 200 - 0.5) / math.sqrt(20 * 20 * 41 / 12)
    return bool(np.any(1 - ndtr(z) < 0.1))


# --- strop's protocol -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Searched:
    """What the search measured, and where the timeline goes on."""

    calibration: Calibration
    verdicts: tuple[Verdict, ...]
    means: tuple[float, ...]  # of the log ratios of each candidate
    counts: tuple[int, ...]  # its pairs
    used: int


def _pairs(times: Row, start: int, count: int, ratio: float) -> list[float]:
    """Log ratios of neighbours; which side goes first changes nothing here: both are exchangeable."""
    both = times[start : start + 2 * count].reshape(-1, 2)
    return [float(b - c) + math.log(ratio) for b, c in both]


def _search(times: Row, case: Case, plan: SearchPlan) -> _Searched:
    used = 2 * CALIBRATION_PAIRS
    calibration = Calibration.from_log_ratios(_pairs(times, 0, CALIBRATION_PAIRS, 1.0))
    verdicts, means, counts = [], [], []
    for _ in range(case.candidates):
        for look, count in enumerate(plan.looks):
            seen = _pairs(times, used, count, case.ratio)
            verdict = decide(seen, calibration, look, plan)
            if verdict is not None:
                break
        assert verdict is not None
        verdicts.append(verdict)
        means.append(math.fsum(seen) / len(seen))
        counts.append(len(seen))
        used += 2 * len(seen)
    return _Searched(calibration, tuple(verdicts), tuple(means), tuple(counts), used)


def _confirm(times: Row, case: Case, found: _Searched, best: int, minimum_effect: float) -> bool:
    def planned(noise: Calibration) -> int:
        return plan_pairs(
            noise,
            minimum_effect,
            math.exp(found.means[best]),
            pairs_seen=found.counts[best],
            candidates=case.candidates,
        )

    count = planned(found.calibration)
    count = max(count, planned(spread(_pairs(times, found.used, count, case.ratio))))
    return claims(interval(_pairs(times, found.used, count, case.ratio)), minimum_effect)


def strop_promising(times: Row, case: Case) -> bool:
    """The search alone: is any candidate called promising? No claim."""
    return Verdict.PROMISING in _search(times, case, SearchPlan()).verdicts


def strop_claim(times: Row, case: Case) -> bool:
    """The whole protocol: search, then a confirmation of the best promising candidate."""
    found = _search(times, case, SearchPlan())
    promising = [k for k, verdict in enumerate(found.verdicts) if verdict is Verdict.PROMISING]
    if not promising:
        return False
    return _confirm(times, case, found, max(promising, key=found.means.__getitem__), MINIMUM_EFFECT)


def strop_confirms_best(times: Row, case: Case) -> bool:
    """The same, but the best is confirmed even where the search could not decide."""
    return _confirm_best(times, case, MINIMUM_EFFECT)


def strop_confirms_any_effect(times: Row, case: Case) -> bool:
    """The same with no minimum effect: false claims are 2.5 % by design, whatever the search chose."""
    return _confirm_best(times, case, 0.0)


def _confirm_best(times: Row, case: Case, minimum_effect: float) -> bool:
    found = _search(times, case, SearchPlan())
    return _confirm(
        times, case, found, max(range(case.candidates), key=found.means.__getitem__), minimum_effect
    )


def _strop(claims_: Callable[[Row, Case], bool]) -> Rule:
    most = SearchPlan().looks[-1]
    return Rule(claims_, lambda n: 2 * (CALIBRATION_PAIRS + n * most + MOST_PAIRS), sequential=False)


RULES: dict[str, Rule] = {
    "min of 20, sequential, > 5 %": Rule(min_of_20, lambda n: 20 * (1 + n)),
    "mean of 5, sequential, > 5 %": Rule(mean_of_5, lambda n: 5 * (1 + n)),
    "Mann-Whitney of 20, sequential, p < 0.1": Rule(mann_whitney_20, lambda n: 20 * (1 + n)),
    "strop, search: promising (no claim)": _strop(strop_promising),
    "strop, claim, promising confirmed": _strop(strop_claim),
    "strop, claim, best confirmed": _strop(strop_confirms_best),
    "strop, best confirmed, minimum effect 0": _strop(strop_confirms_any_effect),
}


def simulate(rounds: int, seed: int = 0) -> list[Cell]:
    """Return every cell of the table; all rules see the same timelines."""
    import numpy as np

    length = max(rule.runs(case.candidates) for rule in RULES.values() for case in CASES)
    cells = []
    for noise in MODELS:
        rng = np.random.default_rng([seed, MODELS.index(noise)])
        rows = timelines(noise, rng, rounds, length)
        for name, rule in RULES.items():
            for case in CASES:
                hits = sum(rule.claims(row, case) for row in rows)
                cells.append(Cell(noise.name, name, case.name, hits, rounds, *limits(hits, rounds)))
    return cells


def main(argv: Sequence[str] | None = None) -> int:
    """Run the simulation and print it; return the exit code."""
    parser = argparse.ArgumentParser(prog="false_claims", description="False claims of timing rules.")
    parser.add_argument("--rounds", type=int, default=2000, help="timelines of each machine")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args(argv)
    if options.rounds < 1:
        parser.error(f"--rounds {options.rounds}: at least 1")
    cells = simulate(options.rounds, options.seed)
    if options.json:
        json.dump([asdict(cell) for cell in cells], sys.stdout, indent=1)
        print()
    else:
        print_tables(cells, f"Claims in {options.rounds} rounds, % [exact 95 % limits]")
    return 0


if __name__ == "__main__":
    sys.exit(main())
