"""The report for people, on a terminal: the result in one sentence, then what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from strop.events import NO_IDEA
from strop.report.front import front_lines
from strop.report.words import (
    better,
    clean,
    cost_sentence,
    difference_text,
    interval_text,
    knob_text,
    noise_text,
    one_line,
    ratio_text,
    refused_gain,
    trial_sentence,
    value_text,
)

__all__ = ["grid", "indented", "knob_lines", "print_line", "render_text", "result_sentence", "trial_style"]

Report = Mapping[str, Any]

MOST_TRIED = 20
"""Trials and answers that a report lists; `strop show` lists all."""


def print_line(console: Console, text: str = "", style: str = "", indent: int = 0) -> None:
    """Print a line of any text: no markup in it means anything, and wrapped lines keep the indent."""
    line = Text(clean(text), style)
    console.print(indented(line, indent) if indent else line)


def indented(what: RenderableType, indent: int = 2) -> Padding:
    """Return something moved to the right, without spaces at the ends of its lines."""
    return Padding(what, (0, 0, 0, indent), expand=False)


def grid(*headers: str) -> Table:
    """Return a table without lines; headers that start with ">" are of right-aligned columns."""
    table = Table(
        box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim", show_header=any(headers)
    )
    for header in headers:
        right = header.startswith(">")
        table.add_column(Text(header.lstrip(">")), justify="right" if right else "left", overflow="fold")
    return table


def result_sentence(report: Report) -> str:
    """Return the result in one sentence; only a confirmation makes it a claim."""
    speedup, status = report["speedup"], report["status"]
    objective = report["job"]["objective"]
    word = better(objective["metric"], objective["direction"])
    if speedup:
        numbers = f"{ratio_text(speedup['ratio'])} times {word} {interval_text(speedup)}"
        if speedup["difference"]:
            numbers = f"{speedup['metric']} better by {difference_text(speedup['difference'])}"
        source = "" if speedup["source"] == "measured" else f"{speedup['source']}, "
        percent = f"{100 * speedup['confidence']:g} % interval"
        basis = f"{speedup['metric']}, {source}{percent}, {speedup['pairs']} fresh pairs"
        return f"{numbers} ({basis}), verified by {speedup['verified_by'] or 'nothing'}"
    count = report["cost"]["evaluations"]
    tried = f"{count} candidate{'' if count == 1 else 's'} evaluated"
    hope = report["unconfirmed"]
    if hope:
        looked = f"{ratio_text(hope['ratio'])} times {word}"
        if hope["difference"]:
            looked = f"better by {difference_text(hope['difference'])}"
        seen = f"trial {hope['trial']} looked {looked} in the search"
        return f"{status}: {seen}; that is not confirmed ({one_line(hope['reason'])})"
    if status == "no improvement found":
        least = report["job"]["minimum_effect"]
        effect = f"{least:.1%}".replace(".0%", "%").replace("%", " %")
        if objective["compare"] == "difference":
            effect = f"{least:g} in {objective['metric']}"
        refused = sum(refused_gain(row) for row in report["trials"])
        tail = f" that stands; {refused} looked better and {'was' if refused == 1 else 'were'} refused"
        return f"no improvement found: {tried}, none promised more than {effect}{tail if refused else ''}"
    return f"{status}: {tried}, nothing promising yet"


def render_text(report: Report, console: Console, *, most: int = MOST_TRIED, where: str = "") -> None:
    """Print a report.

    Args:
        most: Bounds the list of what was tried.
        where: What the next commands need to find the repository, e.g. " -C DIR".
    """
    style = "bold green" if report["speedup"] else "bold"
    print_line(console, result_sentence(report), style)
    if report["speedup"] and report["status"] != "improved":
        print_line(
            console, f"The study is {report['status']}: what can be left out is not known yet", "yellow"
        )
    for label in report["speedup"]["labels"] if report["speedup"] else ():
        print_line(console, one_line(label, 300), "yellow")
    best = report["best"] or report["unconfirmed"]
    if best:
        _origin(report, best, console)
    if report["comparisons"]:
        console.print()
        console.print(indented(_metrics(report)))
    if report["best"]:
        _change(report["best"], console)
    for line in [*part_lines(report), *apart_lines(report)]:
        print_line(console, line)
    _tried(report, console, most)
    for line in front_lines(report["front"]):
        print_line(console, line)
    _versus(report["comparison_with_baseline_optimizer"], console)
    console.print()
    _baseline(report, console)
    print_line(console, f"Cost: {cost_sentence(report['cost'])}", "dim")
    if _exhausted(report):
        print_line(
            console,
            "Nobody had a further idea: a model brings some, and rules change more where the parameters "
            "of functions have type annotations",
            "yellow",
        )
    print_line(console, f"Next: {'   '.join(_next(report, where))}")


def _origin(report: Report, best: Mapping[str, Any], console: Console) -> None:
    number = "" if best["trial"] is None else f", trial {best['trial']}"
    print_line(console, f"{report['study']}{number} by {best['author'] or 'nobody'}", "dim")
    if best["rationale"]:
        print_line(console, one_line(best["rationale"], 400), "italic")


def _metrics(report: Report) -> Table:
    table = grid("metric", ">before", ">after", ">ratio", "95 % interval", "source")
    for row in report["comparisons"]:
        name = row["metric"]
        values = [value_text(name, row["baseline"]), value_text(name, row["candidate"])]
        # A ratio above 1 is better for every metric, below 1 worse; an interval around 1 says neither.
        low, high = row["low"], row["high"]
        style = "green" if low is not None and low > 1 else "red" if high is not None and high < 1 else ""
        ratio, interval = ratio_text(row["ratio"]), interval_text(row)
        if row["difference"]:
            ratio, _, interval = difference_text(row["difference"]).partition(" ")
        cells = [
            *map(Text, [one_line(name, 30), *values]),
            Text(ratio, style),
            Text(interval),
            Text(row["source"]),
        ]
        table.add_row(*cells)
    return table


def _change(best: Mapping[str, Any], console: Console) -> None:
    console.print()
    lines = [line for line in best["patch"].splitlines() if not line.startswith(("+++", "---"))]
    if lines:
        files = sum(line.startswith("diff --git ") for line in lines)
        added, removed = (sum(line.startswith(sign) for line in lines) for sign in "+-")
        print_line(console, f"Change: {files} file{'' if files == 1 else 's'}, +{added} -{removed} lines")
    if best["dropped"]:
        dropped = ", ".join(one_line(part, 60) for part in best["dropped"])
        print_line(console, f"Left out, since it gains nothing: {dropped}", "dim")
    for line in knob_lines(best):
        print_line(console, line)


def part_lines(report: Report) -> list[str]:
    """Return what each part of the winner is worth, the most first; none where it has but one part."""
    rows = report["parts"]
    if not rows:
        return []
    objective = report["job"]["objective"]
    word = better(objective["metric"], objective["direction"])
    dropped = report["best"]["dropped"]
    lines = ["What each part is worth, measured by leaving it out:"]
    for row in sorted(rows, key=_weight, reverse=True):
        if row["difference"]:
            gain = f"{difference_text(row['difference'])} {word}"
        elif row["ratio"] is None:
            gain = f"needed ({one_line(row['reason'], 100)})"
        else:
            gain = f"{ratio_text(row['ratio'])} times {word} {interval_text(row)}"
        left = "" if row["kept"] else "; left out" if row["part"] in dropped else "; kept all the same"
        lines.append(f"  {one_line(row['part'], 60)}: {gain}{left}")
    if not dropped and not all(row["kept"] for row in rows):
        lines.append("  Nothing is left out: the rest by itself was not confirmed as well as the whole.")
    return lines


def _weight(row: Mapping[str, Any]) -> float:
    """Return what a part is sorted by: what nothing works without comes first."""
    if row["difference"]:
        return float(row["difference"][0])
    return float("inf") if row["ratio"] is None else float(row["ratio"])


def apart_lines(report: Report) -> list[str]:
    """Return what code, knobs and tuned literals gain alone, a line each; none for a winner of one kind."""
    lines = []
    objective = report["job"]["objective"]
    word = better(objective["metric"], objective["direction"])
    for part, found in (report["apart"] or {}).items():
        what = "By the tuning of its literals" if part == "literals" else f"By its {part} alone"
        if found["ratio"] is None:
            lines.append(f"{what}: not measured ({one_line(found['reason'], 150)})")
        else:
            lines.append(f"{what}: {_gain_text(found, f'times {word}')}")
    return lines


def _gain_text(found: Mapping[str, Any], words: str = "") -> str:
    """Return a gain with its interval: a difference where the metric is compared so, else a ratio."""
    if found.get("difference"):
        return difference_text(found["difference"])
    return " ".join(filter(None, (ratio_text(found["ratio"]), words, interval_text(found))))


def knob_lines(best: Mapping[str, Any]) -> list[str]:
    """Return a line for each knob to set, and how its value reaches the program."""
    ways: Mapping[str, str] = best["delivery"]
    return [f"Set {name} = {knob_text(best['knobs'][name])}: {one_line(way)}" for name, way in ways.items()]


def _tried(report: Report, console: Console, most: int) -> None:
    trials, attempts = report["trials"], report["attempts"]
    if not trials and not attempts:
        return
    console.print()
    lost = len(attempts)
    tail = f", {lost} answer{'' if lost == 1 else 's'} came to no trial" if lost else ""
    print_line(console, f"Tried: {len(trials)} trial{'' if len(trials) == 1 else 's'}{tail}", "bold")
    table = grid("", "", "")
    word = better(report["job"]["objective"]["metric"], report["job"]["objective"]["direction"])
    by_number = {row["number"]: row for row in trials}
    for place in report["order"][-most:]:
        if "attempt" in place:
            told = attempts[place["attempt"]]["told"]
            table.add_row(Text("-", "dim"), Text(), Text(told, "dim"))
            continue
        row = by_number[place["trial"]]
        what = Text(trial_sentence(row, word), trial_style(row))
        if row["rationale"]:
            what.append(f"  {one_line(row['rationale'], 100)}", "dim")
        table.add_row(Text(f"#{row['number']}"), Text(one_line(row["author"], 12)), what)
    console.print(indented(table))
    if len(report["order"]) > most:
        print_line(console, f"and {len(report['order']) - most} before these: strop show", "dim", 2)


def trial_style(row: Mapping[str, Any]) -> str:
    """Return the style of a trial's sentence."""
    if row.get("state") == "failed":
        return "red"
    return {"promising": "green", "worse": "yellow"}.get(str(row.get("verdict")), "")


def _versus(versus: Mapping[str, Any] | None, console: Console) -> None:
    if not versus:
        return
    name, other = one_line(str(versus.get("optimizer", "baseline"))), versus.get("other")
    alone = _gain_text(other) if other else "no confirmed gain"
    text = f"Against {name} with the same budget (alone: {alone}): {one_line(str(versus.get('winner')))}"
    if versus.get("ratio") is not None:
        pairs = versus.get("pairs")
        text += f", head to head {_gain_text(versus)} from {pairs} pairs"
    console.print()
    print_line(console, text)


def _baseline(report: Report, console: Console) -> None:
    baseline = report["baseline"]
    if not baseline:
        return
    values = ", ".join(f"{name} {value_text(name, value)}" for name, value in baseline["metrics"].items())
    noise = noise_text(baseline["noise"], report["job"]["objective"]["compare"])
    effect, pairs = baseline["smallest_effect"], baseline["smallest_effect_pairs"]
    seen = f"; {pairs} pairs show gains from {effect:.1%}" if effect is not None else ""
    print_line(console, f"Baseline: {values}; {noise}{seen}", "dim")


def _exhausted(report: Report) -> bool:
    """Return whether more evaluations would be spent on nothing, and a model was never asked."""
    return report["stopped_because"] == NO_IDEA and not report["cost"]["model"] and not report["best"]


def _next(report: Report, where: str) -> list[str]:
    hope, best = report["unconfirmed"], report["best"]
    if report["status"] in ("interrupted", "running", "failed"):
        # What failed before it had a baseline would fail again; afterwards a provider was at fault.
        failed = "resume" if report["baseline"] else "check"
        first = {"interrupted": "resume", "running": "status", "failed": failed}
        words = [first[report["status"]], "show"]
    elif best:
        words = ["diff", "apply", f"show {best['trial'] or ''}".strip()]
    else:
        more = "run --model NAME" if _exhausted(report) else "run --evaluations N"
        words = [f"show {hope['trial']}" if hope else "show", more]
    return [f"strop {word}{where}" for word in words]
