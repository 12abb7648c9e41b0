"""The report as Markdown, for a pull request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from strop.report.front import front_lines
from strop.report.text import apart_lines, knob_lines, part_lines, result_sentence
from strop.report.words import (
    better,
    clean,
    cost_sentence,
    difference_text,
    interval_text,
    one_line,
    ratio_text,
    trial_sentence,
    value_text,
)

__all__ = ["render_markdown"]


def render_markdown(report: Mapping[str, Any]) -> str:
    """Return a report as Markdown; what models wrote stands in code, where it can't link or mention."""
    parts = [f"## {_upper(result_sentence(report))}", *_origin(report)]
    labels = report["speedup"]["labels"] if report["speedup"] else ()
    if labels:  # what a reader has to know of the claim
        parts.append("\n".join(f"- {code(label)}" for label in labels))
    if report["status"] in ("interrupted", "running", "failed"):
        parts.append(f"The study is {report['status']}: this is not its end.")
    if report["comparisons"]:
        parts.append(_table(report["comparisons"]))
    best = report["best"]
    if best:
        knobs = knob_lines(best)
        if knobs:
            parts.append("\n".join(f"- {code(line)}" for line in knobs))
        if best["dropped"]:
            parts.append(f"Left out, since it gains nothing: {', '.join(map(code, best['dropped']))}.")
        worth = [f"- {line.strip()}" if line[0] == " " else f"{line}\n" for line in part_lines(report)]
        if worth:
            parts.append("\n".join(worth))
        if apart := apart_lines(report):
            parts.append("\n".join(f"- {line}" for line in apart))
        if best["patch"]:
            parts.append(fence(best["patch"], "diff"))
    if front := front_lines(report["front"]):
        head, *rows = front
        parts.append("\n".join([head, "", *(f"- {code(row.strip())}" for row in rows)]))
    tried = _tried(report)
    if tried:
        parts.append("### What was tried\n\n" + "\n".join(tried))
    parts.append(f"{_upper(cost_sentence(report['cost']))}.")
    return "\n\n".join(parts) + "\n"


def code(text: str) -> str:
    """Return a text as inline code, whatever it contains; safe in a table's cell, too."""
    line = one_line(text, 400).replace("|", "¦") or " "
    ticks = "`" * (_longest_run(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def fence(text: str, language: str = "") -> str:
    """Return a text in a fence longer than any in it."""
    ticks = "`" * max(3, _longest_run(text) + 1)
    return f"{ticks}{language}\n{clean(text).rstrip(chr(10))}\n{ticks}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _origin(report: Mapping[str, Any]) -> list[str]:
    best = report["best"] or report["unconfirmed"]
    if not best:
        return []
    number = "" if best["trial"] is None else f", trial {best['trial']}"
    line = f"Study {code(report['study'])}{number}, by {code(best['author'] or 'nobody')}"
    return [f"{line}: {code(best['rationale'])}" if best["rationale"] else f"{line}."]


def _table(comparisons: list[Mapping[str, Any]]) -> str:
    lines = [
        "| metric | before | after | ratio | 95 % interval | source |",
        "| --- | --: | --: | --: | --- | --- |",
    ]
    for row in comparisons:
        name = row["metric"]
        values = f"{value_text(name, row['baseline'])} | {value_text(name, row['candidate'])}"
        ratio = f"{ratio_text(row['ratio'])} | {interval_text(row)}"
        if row["difference"]:
            ratio = " | ".join(difference_text(row["difference"]).split(" ", 1))
        lines.append(f"| {code(name)} | {values} | {ratio} | {row['source']} |")
    return "\n".join(lines)


def _tried(report: Mapping[str, Any]) -> list[str]:
    objective = report["job"]["objective"]
    word = better(objective["metric"], objective["direction"])
    by_number = {row["number"]: row for row in report["trials"]}
    lines = []
    for place in report["order"]:
        if "attempt" in place:
            lines.append(f"- {code(report['attempts'][place['attempt']]['told'])}")
            continue
        row = by_number[place["trial"]]
        what = f" {code(row['rationale'])}" if row["rationale"] else ""
        lines.append(
            f"- trial {row['number']} by {code(row['author'])}:{what} {code(trial_sentence(row, word))}"
        )
    return lines
