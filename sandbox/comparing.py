"""From pairs to what is said of a candidate: comparisons, labels, and reasons not to believe a gain."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence

from strop.job import Job, Metric
from strop.sandbox.driving import uses_seed, uses_split
from strop.sandbox.gate import Finding
from strop.sandbox.measure import instructions
from strop.sandbox.measure.differences import Difference, difference_claims, difference_interval
from strop.sandbox.measure.intervals import Interval, interval
from strop.sandbox.measure.pairs import Pair, differences, influences, log_ratios, pace_corrections
from strop.sandbox.measure.planning import Calibration
from strop.sandbox.measure.verdict import claims
from strop.sandbox.stages import StageFailure
from strop.trial import Comparison

__all__ = [
    "cache_label",
    "compare",
    "describe",
    "gains_less",
    "hearsay",
    "interval_of",
    "label_of_one_instance",
    "labels",
    "limit_by_hearsay",
    "looked_up",
    "no_claim",
    "objection",
    "over_limit",
]

ALWAYS = ("wall_time", "cpu_time", "peak_memory")
"""Compared whatever the job's metrics are: both clocks are shown, always."""

MIGRATION = 0.2
"""Part of what the calls save that start-up or clean-up may cost more, before the gain is moved work."""

RISEN = 0.98
"""Ratio of wall time below which it rose; less is too little to hold against a gain in CPU time."""

SURELY = 0.99
"""Two-sided confidence that start-up or clean-up costs more at all."""

COMPUTES, ONE_PROCESS = 0.8, 1.15
"""CPU time over wall time between which a program is one process that does nothing but compute. The meter of
the pace takes up to a tenth of the wall time."""

FOLLOWS = 0.75
"""Part of the CPU time that it saves which such a program's wall time has to save."""

AFTER_PAIRS = 6
"""Pairs in which the candidate ran second, before anything is said of them."""

TRADE = 1.2
"""CPU time over the baseline's from which a gain in wall time is labelled as bought with it."""


def compare(
    pairs: Sequence[Pair],
    job: Job,
    clock: str,
    *,
    calibration: Calibration | None = None,
    confidence: float = 0.95,
) -> list[Comparison]:
    """Return the comparisons of all metrics, the job's own first; raises `StageFailure`.

    Args:
        clock: What the metric `time` means.
        calibration: Noise of the objective, for the intervals of few pairs.
        confidence: Of the objective's interval.
    """
    metrics = [
        metric.model_copy(update={"name": clock}) if metric.name == "time" else metric
        for metric in job.metrics
    ]
    objective = metrics[0].name
    if all(pair.beside for pair in pairs):
        metrics += [Metric(name=name) for name in ALWAYS if name not in {m.name for m in metrics}]
    return [
        _comparison(
            pairs,
            metric,
            _source(job, metric, pairs),
            calibration if metric.name == objective else None,
            confidence if metric.name == objective else 0.95,
        )
        for metric in metrics
    ]


def _source(job: Job, metric: Metric, pairs: Sequence[Pair]) -> str:
    if metric.name == "instructions":
        return instructions.SOURCE
    if metric.name == "energy" and any(pair.first.energy_source != "rapl" for pair in pairs):
        return "estimated"
    if metric.measured:
        return "measured"
    if job.commands.evaluate:
        return "verified"
    # What a load prints counts only where the service can't touch the load.
    apart = job.service is not None and all(pair.first.apart and pair.second.apart for pair in pairs)
    return "verified" if apart else "self-reported"


def _comparison(
    pairs: Sequence[Pair], metric: Metric, source: str, calibration: Calibration | None, confidence: float
) -> Comparison:
    first = tuple(pair.first.metrics[metric.name] for pair in pairs)
    second = tuple(pair.second.metrics[metric.name] for pair in pairs)
    if metric.compare == "difference":
        return _by_difference(pairs, metric, source, first, second, confidence)
    try:
        ratios = log_ratios(pairs, metric)
    except ValueError as error:
        if metric.name in ALWAYS:  # a clock too coarse for this run says nothing
            return Comparison(metric.name, 1.0, 0.0, float("inf"), len(pairs), source, first, second)
        raise StageFailure("measure", str(error)) from None
    found = interval(ratios, confidence, prior_sd=calibration.sd if calibration else None)
    return Comparison(
        metric.name,
        found.ratio,
        found.low,
        found.high,
        len(pairs),
        source,
        first,
        second,
        corrections=pace_corrections(pairs, metric),
    )


def _by_difference(
    pairs: Sequence[Pair],
    metric: Metric,
    source: str,
    first: tuple[float, ...],
    second: tuple[float, ...],
    confidence: float,
) -> Comparison:
    found = difference_interval(differences(pairs, metric), confidence)
    ends = (found.estimate, found.low, found.high)
    old, new = statistics.median(first), statistics.median(second)
    ratio = 1.0
    if old > 0 and new > 0:
        ratio = old / new if metric.direction == "minimize" else new / old
    return Comparison(
        metric.name,
        ratio,
        ratio,
        ratio,
        len(pairs),
        source,
        first,
        second,
        difference=ends,
        corrections=pace_corrections(pairs, metric),
    )


def over_limit(job: Job, comparisons: Sequence[Comparison]) -> str:
    """Return which metric's limit a candidate breaks, by the median of its runs, or an empty string."""
    for metric, comparison in zip(job.metrics, comparisons, strict=False):
        if metric.limit is None:
            continue
        value = statistics.median(comparison.candidate)
        worse = value > metric.limit if metric.direction == "minimize" else value < metric.limit
        if worse:
            allowed = "at most" if metric.direction == "minimize" else "at least"
            return f"{comparison.metric} is {value:.4g}; its limit is {allowed} {metric.limit:.4g}"
    return ""


def interval_of(comparison: Comparison, confidence: float = 0.95) -> Interval:
    """Return the interval of a comparison by ratio."""
    return Interval(comparison.ratio, comparison.low, comparison.high, comparison.pairs, confidence)


def limit_by_hearsay(job: Job, comparisons: Sequence[Comparison]) -> str:
    """Return which metric's limit is kept by the candidate's own word alone, or an empty string."""
    for metric, comparison in zip(job.metrics, comparisons, strict=False):
        doubt = hearsay(job, comparison) if metric.limit is not None else ""
        if doubt:
            return f"its limit of {metric.name} can't be held: {doubt}"
    return ""


def hearsay(job: Job, comparison: Comparison) -> str:
    """Return why nothing can be claimed of a metric, whatever its values are, or an empty string."""
    if comparison.source == "estimated":
        return f"{comparison.metric} is estimated here, and an estimate ranks nothing"
    # Instruction counts are held against the clock, which is read from outside.
    if (
        comparison.source != "self-reported"
        or comparison.metric == "instructions"
        or job.verify.self_reported
    ):
        return ""
    return (
        f"{comparison.metric} is self-reported: what candidates print is their own word. Let "
        "commands.evaluate derive it from output files, or take their word for it by "
        "verify.self_reported = true"
    )


def objection(pairs: Sequence[Pair], comparisons: Sequence[Comparison], *, served: bool = False) -> str:
    """Return why a gain is none although the objective says so, or an empty string.

    `served`: CPU time is a service's and wall time its load's, which may well take a fixed time.
    """
    if comparisons[0].metric == "cpu_time":
        by_name = {comparison.metric: comparison for comparison in comparisons}
        doubt = _without_wall(pairs, by_name, served=served)
        if doubt:
            return doubt
    if comparisons[0].metric == "instructions":
        counts = [(pair.first.count, pair.second.count) for pair in pairs]
        counted = [(a, b) for a, b in counts if a is not None and b is not None]
        return instructions.objection(counted) if counted else ""
    if comparisons[0].metric not in ("cpu_time", "wall_time"):
        return ""
    return _moved(pairs) or _only_after_it(pairs, Metric(name=comparisons[0].metric))


def _without_wall(pairs: Sequence[Pair], by_name: Mapping[str, Comparison], *, served: bool) -> str:
    """Return why a gain in CPU time that wall time doesn't show is none."""
    cpu, wall = by_name["cpu_time"], by_name["wall_time"]
    seen = f"({wall.ratio:.2f} [{wall.low:.2f}, {wall.high:.2f}])"
    if wall.high < RISEN:
        return f"CPU time fell, but wall time rose {seen}: the work was moved or is waited for, not saved"
    computes = statistics.median(p.first.metrics["cpu_time"] / p.first.metrics["wall_time"] for p in pairs)
    saved = {
        name: statistics.median(p.first.metrics[name] - p.second.metrics[name] for p in pairs)
        for name in ("cpu_time", "wall_time")
    }
    # One process that does nothing but compute ends as much earlier as it computes less.
    alone = COMPUTES <= computes <= ONE_PROCESS and not served
    followed = wall.high >= math.sqrt(cpu.low) or saved["wall_time"] >= FOLLOWS * saved["cpu_time"]
    if alone and cpu.low > 1 and not followed:
        return (
            f"CPU time fell {cpu.ratio:.2f} times, and wall time did not follow {seen}: "
            "some of the work is on no account"
        )
    return ""


def _only_after_it(pairs: Sequence[Pair], metric: Metric) -> str:
    """Return why a gain is none that shows only where the unchanged program ran after the candidate.

    A candidate may leave something behind that slows whoever comes next, full caches or pages to be written.
    Then half of the gain is not there where it ran second itself. Chance, and what slows every second run,
    takes less.
    """
    try:
        influenced = influences(pairs)
        second = [pair for pair in pairs if not pair.judged_first]
        ratios = log_ratios(second, metric, influenced=influenced)
        whole = interval(log_ratios(pairs, metric, influenced=influenced))
    except ValueError:
        return ""
    if len(ratios) < AFTER_PAIRS or len(ratios) == len(pairs):
        return ""
    found = interval(ratios)
    if found.ratio > 1 and math.log(found.ratio) >= math.log(whole.ratio) / 2:
        return ""
    return (
        f"where the candidate ran second, its ratio is {found.ratio:.3f} [{found.low:.3f}, {found.high:.3f}] "
        f"from {len(ratios)} pairs, and {whole.ratio:.3f} over all: "
        "it is ahead of a program that ran after it"
    )


def _moved(pairs: Sequence[Pair]) -> str:
    """Return why a gain is none that was paid for before or after what is timed."""
    moves: tuple[tuple[str, Callable[[Pair], float]], ...] = (
        ("start-up", lambda pair: pair.second.startup_cpu_s - pair.first.startup_cpu_s),
        ("the time after the last reply", lambda pair: pair.second.closing_cpu_s - pair.first.closing_cpu_s),
    )
    saved = statistics.median(differences(pairs, Metric(name="cpu_time")))
    for where, growth in moves:
        grown = [growth(pair) for pair in pairs]
        # The middle pair says how much. Starts are noisy beside other work, and three of three that grew are
        # one in eight by chance: only what surely grew says that work was moved.
        middle, surely = statistics.median(grown), difference_interval(grown, SURELY).low > 0
        if saved > 0 and surely and middle > MIGRATION * saved:
            return (
                f"the calls save {1000 * saved:.1f} ms of CPU time and {where} costs "
                f"{1000 * middle:.1f} ms more: the work was moved, not saved"
            )
    return ""


def no_claim(job: Job, pairs: Sequence[Pair], comparisons: Sequence[Comparison], confidence: float) -> str:
    """Return why a confirmation claims nothing, or an empty string: it does."""
    first, percent = comparisons[0], f"{100 * confidence:g}"
    doubt = hearsay(job, first)
    if doubt:
        return doubt
    if first.difference is not None:
        wanted = job.objective.minimum_effect or 0.0
        if difference_claims(Difference(*first.difference, len(pairs)), wanted):
            return ""
        return (
            f"the lower bound of the {percent} % interval of the difference, "
            f"{first.difference[1]:+.4g}, is not above {wanted:.4g}"
        )
    if not claims(interval_of(first, confidence), job.minimum_effect):
        return (
            f"the lower bound of the {percent} % interval, {first.low:.3f}, is not above "
            f"{1 + job.minimum_effect:.3f}"
        )
    return objection(pairs, comparisons, served=job.service is not None)


def label_of_one_instance(job: Job) -> tuple[str, ...]:
    """Return the label of a quality that was confirmed on one instance of data, or none."""
    if job.objective.compare != "difference" or uses_seed(job):
        return ()
    if uses_split(job):
        return ("one instance: the test split as it is, each time; with {seed} there would be many",)
    return ("one instance: the data of the search itself; with {seed} or {split} it would be others",)


def gains_less(cold: Sequence[Pair], warm: Sequence[Pair], clock: str, calls: int) -> bool:
    """Return whether one call in a new process surely saves less than half of what each call saves later.

    By seconds, not by ratios: a first call may have costs of its own, the same on both sides.

    Args:
        cold: Pairs of one call each.
        warm: Pairs of `calls` calls each, after their warm-ups.
        clock: "cpu_time" or "wall_time"; other metrics answer False.
        calls: Counted calls of a warm run.
    """
    if clock not in ("cpu_time", "wall_time"):
        return False
    metric = Metric(name=clock)
    saved = statistics.median(differences(warm, metric)) / calls
    return difference_interval(differences(cold, metric)).high < saved / 2


def looked_up(findings: Sequence[Finding], *, seeded: bool) -> str:
    """Return why a gain may be results that are looked up, or an empty string.

    `seeded`: the inputs come from a seed, or are others than the search's, so nobody knows them beforehand.
    """
    results = [finding for finding in findings if finding.rule == "result"]
    tables = [finding for finding in findings if finding.rule == "table"]
    if seeded or not (results or tables):
        return ""
    if results:
        return (
            f"{results[0].path}:{results[0].line} adds a constant that the benchmark prints, and its inputs "
            "never change: the result may be looked up; let the inputs come from {seed}"
        )
    return (
        f"{tables[0].path}:{tables[0].line} adds a table, and the benchmark's inputs never change: its "
        "results may be looked up; let the inputs come from {seed}"
    )


def cache_label(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Return the label of a new cache in a benchmark that can't be measured cold, or none."""
    caches = [finding for finding in findings if finding.rule == "cache"]
    if not caches:
        return ()
    where = f"{caches[0].path}:{caches[0].line}"
    return (f"cache: {where} keeps results; the gain holds where inputs repeat as in the benchmark",)


def labels(comparisons: Sequence[Comparison]) -> tuple[str, ...]:
    """Return what a reader has to know of a gain."""
    by_name = {comparison.metric: comparison for comparison in comparisons}
    if comparisons[0].metric != "wall_time" or comparisons[0].ratio <= 1:
        return ()
    cpu = by_name["cpu_time"]
    if cpu.high >= 1 / TRADE:
        return ()
    return (f"parallel trade-off: wall time is bought with {1 / cpu.ratio:.1f} times the CPU time",)


def describe(comparison: Comparison) -> str:
    """Return a comparison in words, for feedback and logs."""
    if comparison.difference is not None:
        estimate, low, high = comparison.difference
        return (
            f"{comparison.metric}: difference to the baseline {estimate:+.4g} [{low:+.4g}, {high:+.4g}] "
            f"from {comparison.pairs} pairs"
        )
    return (
        f"{comparison.metric}: ratio to the baseline {comparison.ratio:.3f} "
        f"[{comparison.low:.3f}, {comparison.high:.3f}] from {comparison.pairs} pairs"
    )
