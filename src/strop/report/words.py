"""The words and numbers of displays: ratios, units, sentences; and texts of candidates made harmless."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = [
    "attempt_sentence",
    "better",
    "clean",
    "difference_text",
    "cost_sentence",
    "duration",
    "interval_text",
    "knob_text",
    "money",
    "noise_text",
    "one_line",
    "ratio_text",
    "refused_gain",
    "trial_sentence",
    "value_text",
]

_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|.?)", re.S
)
"""Control sequences of terminals, whole: colours, titles, links (ECMA-48 5.4 and 5.6)."""

_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff]"
    "|[\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Control characters but tab and newline, and those that hide text or turn its direction."""

_BETTER = {
    "time": "faster",
    "wall_time": "faster",
    "cpu_time": "less CPU time",
    "peak_memory": "less memory",
    "instructions": "fewer instructions",
    "energy": "less energy",
}


# --- texts that others wrote --------------------------------------------------------------------


def clean(text: str) -> str:
    """Return a text without control characters and terminal sequences; newlines and tabs stay."""
    plain = _CONTROLS.sub("", _ESCAPES.sub("", text.replace("\r\n", "\n")))
    return plain.encode("utf-8", "replace").decode("utf-8")  # halves of surrogate pairs can't be printed


def one_line(text: str, limit: int = 200) -> str:
    """Return a text cleaned, on one line, and cut at `limit` characters."""
    words = " ".join(clean(text).split())
    return words if len(words) <= limit else words[: limit - 1].rstrip() + "…"


# --- numbers ------------------------------------------------------------------------------------


def ratio_text(ratio: float | None) -> str:
    """Return a ratio with the digits that matter; "?" where it is unknown or not finite."""
    if ratio is None or not math.isfinite(ratio):
        return "?"
    if ratio >= 99.95:
        return f"{ratio:.0f}"
    # Near 1 two digits hide what a minimum effect of some percent is about.
    return f"{ratio:.3f}" if 0.9 <= ratio < 1.1 else f"{ratio:.2f}"


def interval_text(data: Mapping[str, Any]) -> str:
    """Return the interval of something with `low` and `high`, e.g. "[1.20, 1.63]"."""
    bounds = (data.get("low"), data.get("high"))
    places = max(len(ratio_text(bound).partition(".")[2]) for bound in bounds)
    return f"[{', '.join(_with_places(bound, places) for bound in bounds)}]"


def _with_places(ratio: float | None, places: int) -> str:
    """Return a ratio with as many decimals as its neighbour, where it has decimals at all."""
    text = ratio_text(ratio)
    return f"{ratio:.{places}f}" if "." in text else text


def difference_text(difference: Sequence[float]) -> str:
    """Return a difference with its interval, e.g. "+0.021 [+0.012, +0.030]"; more than 0 is better."""
    estimate, low, high = difference
    return f"{estimate:+.4g} [{low:+.4g}, {high:+.4g}]"


def noise_text(noise: float, compare: str = "ratio") -> str:
    """Return how much equal programs differ, e.g. "noise 6.1% a pair"; differences in the metric's unit."""
    return f"noise {noise:.3g} a pair" if compare == "difference" else f"noise {noise:.1%} a pair"


def better(metric: str, direction: str = "minimize") -> str:
    """Return what a ratio above 1 means for a metric: "faster", "less memory", "more items"."""
    return _BETTER.get(metric) or f"{'less' if direction == 'minimize' else 'more'} {metric}"


def value_text(metric: str, value: float | None) -> str:
    """Return a metric's value with its unit (s, bytes, or none for a job's own metric)."""
    if value is None or not math.isfinite(value):
        return "?"
    if metric in ("time", "wall_time", "cpu_time"):
        return f"{value * 1000:.3g} ms" if value < 1 else f"{value:.3g} s"
    if metric == "peak_memory":
        return f"{value / 2**20:.1f} MiB"
    return f"{value:.4g}"


def duration(seconds: float) -> str:
    """Return a duration in words: "8.4 s", "3 min 20 s", "1 h 5 min"."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def money(usd: float | None) -> str:
    """Return an amount in US dollars; None is an unknown price, never free."""
    return "price unknown" if usd is None else f"{usd:.2f} USD" if usd >= 1 else f"{usd:.4f} USD"


def knob_text(value: Any) -> str:
    """Return a knob's value as it is written in a job."""
    return str(value).lower() if isinstance(value, bool) else str(value)


# --- sentences ----------------------------------------------------------------------------------


def refused_gain(row: Mapping[str, Any]) -> bool:
    """Return whether a trial's numbers are better, and the evaluator objected to how they came about."""
    return row.get("verdict") == "worse" and bool(row.get("reason")) and (row.get("ratio") or 0) > 1


def trial_sentence(row: Mapping[str, Any], word: str = "better") -> str:
    """Return what came of a trial; never a claim, since the search makes none.

    Args:
        row: A trial of the report, or the summary that a "trial" event carries.
        word: What a ratio above 1 means, as `better` says.
    """
    state, reason = row.get("state"), one_line(str(row.get("reason") or ""))
    if state == "running":
        return "still running"
    if state == "interrupted":
        return f"interrupted: {reason}" if reason else "interrupted"
    if state == "failed":
        stage = row.get("stage")
        return f"failed{f' at {stage}' if stage else ''}: {reason or 'no reason was given'}"
    if row.get("ratio") is None:
        return f"{row.get('verdict') or state}: {reason}" if reason else "complete, without a measurement"
    if row.get("difference"):
        numbers = difference_text(row["difference"])
        if row.get("verdict") == "promising":
            return f"promising: better by an estimated {numbers}"
        verdict = "worse" if row.get("verdict") == "worse" else "no difference shown"
        return f"{verdict}: {numbers} against the baseline, above 0 is better"
    numbers = f"{ratio_text(row['ratio'])} {interval_text(row)}"
    if row.get("verdict") == "promising":
        return f"promising: an estimated {numbers} times {word}"
    if refused_gain(row):
        return f"refused: {numbers} times {word}, but {reason}"
    if row.get("verdict") == "worse":
        return f"worse: {numbers} times the baseline"
    return f"no difference shown: {numbers} times the baseline"


_OUTCOMES = {
    "refused": "a proposal of {agent} was refused",
    "unusable": "an answer of {agent} could not be used",
    "no answer": "{agent} got no answer",
    "repeated": "the model failed {agent} for once",
    "not evaluated": "a proposal of {agent} was not evaluated",
}


def attempt_sentence(row: Mapping[str, Any]) -> str:
    """Return what came of an answer or a proposal that is no trial."""
    outcome = str(row.get("outcome", ""))
    start = _OUTCOMES.get(outcome, f"{{agent}}: {outcome}").format(agent=row.get("agent") or "somebody")
    why = one_line(str(row.get("sentence") or ""))
    return one_line(f"{start}: {why}" if why else start, 260)


def cost_sentence(cost: Mapping[str, Any]) -> str:
    """Return what a study took, in one line."""
    count = cost["evaluations"]
    text = f"{count} evaluation{'' if count == 1 else 's'} in {duration(cost['seconds'])}"
    if not cost["calls"]:
        return f"{text}; no model was asked" if not cost["model"] else f"{text}; no calls of {cost['model']}"
    tokens = f"{cost['prompt_tokens']:,} + {cost['completion_tokens']:,} tokens"
    model = one_line(str(cost["model"] or "a model"))
    return f"{text}; {cost['calls']} calls of {model}, {tokens}, {money(cost['usd'])}"
