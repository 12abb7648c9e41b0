"""Writes a job file for people: every line with its reason, and what could be changed beside it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from strop.detect_proposal import Finding, Proposal
from strop.errors import ConfigError

__all__ = ["render_job_file", "toml_string"]

WIDTH = 100
METRICS = ("time", "peak_memory")

_HEAD = """\
A job of strop: what may change, how to test it, and what to measure. Written by `strop init`; \
yours to edit. Commands run in a sandbox, at the root of the repository. \
`strop check` tries it, `strop run` runs it."""

_EFFECT = "# minimum_effect = 0.05  # smallest gain worth a claim: 0.05 is 5 %; at least 0.03"

_TAIL = """\
# A setting of the program that may be tuned, too. It is an environment variable here; `file` with
# `key`, `literal`, or {threads} in a command are the other ways.
# [[knobs]]
# name = "threads"
# type = "int"
# low = 1
# high = 8
# default = 1
# env = "THREADS"
# doc = "Worker threads."

# What the search may spend: evaluations and minutes end it, usd and tokens the questions to a model.
# [budget]
# evaluations = 40
# minutes = 30.0
# usd = 2.0
# tokens = 500000

# The model that agents ask. Without one, rewrite rules and Optuna search alone.
# [model]
# name = "openai/gpt-5.2"
# api_base = "http://127.0.0.1:8080/v1"

# Where commands run. auto: docker if it answers, else bubblewrap.
# [sandbox]
# backend = "auto"
# image = "{image}"
# memory_mb = 2048
# timeout_s = 300
"""


def toml_string(text: str) -> str:
    """Return text as a TOML basic string, in quotes."""
    short = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}

    def escape(match: re.Match[str]) -> str:
        character = match[0]
        if "\ud800" <= character <= "\udfff":
            raise ConfigError(f"{text!a} is not valid Unicode and cannot be written to a job file")
        return short.get(character, f"\\u{ord(character):04X}")

    # Controls, and what changes how a line looks (bidirectional marks, line separators), are escaped.
    special = r'["\\\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]'
    return f'"{re.sub(special, escape, text)}"'


def render_job_file(proposal: Proposal, *, goal: str = "", metrics: Sequence[str] = METRICS) -> str:
    """Return the text of `strop.toml` for a proposal; `strop.job.load_job` accepts it.

    `metrics`: names of metrics, the objective first; those that strop does not read itself are
    minimised. Raises `ConfigError` where a question without a default is still open.
    """
    open_keys = [question.key for question in proposal.questions if question.default is None]
    if proposal.benchmark is None or not proposal.files or open_keys:
        missing = open_keys or [
            key
            for key, there in (("target.files", proposal.files), ("commands.benchmark", proposal.benchmark))
            if not there
        ]
        raise ConfigError(
            f"strop.toml: {' and '.join(missing)} cannot be told from the files of {proposal.name}; "
            "answer the questions of `strop init`"
        )
    parts = [
        _comment(_HEAD),
        f"name = {toml_string(proposal.name)}\n{_goal(goal)}\n{_EFFECT}",
        _target(proposal),
        _commands(proposal),
        _verify(proposal),
        _metrics(metrics),
        _TAIL.replace("{image}", proposal.image.value if proposal.image else "python:3.12-slim"),
    ]
    if proposal.warnings:
        notes = "\n".join(_comment(f"- {warning}", indent="  ") for warning in proposal.warnings)
        parts.insert(1, f"# To look at:\n{notes}")
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def _goal(goal: str) -> str:
    if goal:
        return f"goal = {toml_string(goal)}"
    return '# goal = "What to aim for, and what must not suffer."  # models read this'


def _target(proposal: Proposal) -> str:
    lines = ["[target]", _comment(f"What candidates may edit: {_reasons(proposal.files)}.")]
    lines.append(f"files = {_array([finding.value for finding in proposal.files])}")
    if proposal.exclude:
        lines.append(_comment(f"Left alone all the same: {_reasons(proposal.exclude)}."))
        lines.append(f"exclude = {_array([finding.value for finding in proposal.exclude])}")
    return "\n".join(lines)


def _commands(proposal: Proposal) -> str:
    lines = ["[commands]"]
    if proposal.setup:
        lines.append(_comment("Make the environment, once per job, with a network:"))
        lines += [_comment(f"- {_reason(finding)}", indent="  ") for finding in proposal.setup]
        lines.append(f"setup = {_array([finding.value for finding in proposal.setup])}")
    for key, finding, what in (
        ("build", proposal.build, "Builds a candidate"),
        ("test", proposal.test, "Exit code 0 means that all is well"),
        ("benchmark", proposal.benchmark, "The work to measure"),
    ):
        if finding is not None:
            lines.append(_comment(f"{what}: {_reason(finding)}."))
            lines.append(f"{key} = {toml_string(finding.value)}")
        elif key == "test":
            lines.append('# No tests: only the benchmark\'s output is compared.\n# test = ""')
    if proposal.env:
        lines.append("\n[commands.env]")
        for name, finding in proposal.env:
            lines.append(_comment(f"{finding.why[:1].upper()}{finding.why[1:]}."))
            lines.append(
                f"{toml_string(name) if not name.isidentifier() else name} = {toml_string(finding.value)}"
            )
    return "\n".join(lines)


def _verify(proposal: Proposal) -> str:
    if not proposal.ignore:
        return (
            "# What the benchmark prints has to stay the same, too, as far as it is the same every time.\n"
            '# [verify]\n# outputs = ["result.json"]  # files that it writes\n# ignore = ["^elapsed"]'
            "  # lines that may differ"
        )
    lines = ["[verify]", _comment(f"Lines of output that may differ: {_reasons(proposal.ignore)}.")]
    return "\n".join([*lines, f"ignore = {_array([finding.value for finding in proposal.ignore])}"])


def _metrics(metrics: Sequence[str]) -> str:
    text = "# What counts, the objective first. A name that strop does not know is a number that the\n"
    text += '# benchmark prints as METRIC name=value; add `direction = "maximize"` where more is better.\n'
    return text + "\n\n".join(f"[[metrics]]\nname = {toml_string(name)}" for name in metrics)


def _reasons(findings: Sequence[Finding]) -> str:
    return "; ".join(dict.fromkeys(finding.why for finding in findings))


def _reason(finding: Finding) -> str:
    return finding.why + (" (a guess)" if finding.confidence == "low" else "")


def _array(values: Sequence[str]) -> str:
    items = [toml_string(value) for value in values]
    line = f"[{', '.join(items)}]"
    if len(line) <= WIDTH - 10:
        return line
    return "[\n" + "".join(f"    {item},\n" for item in items) + "]"


def _comment(text: str, *, indent: str = "") -> str:
    """Return text as lines of comment; control characters become spaces, so that none breaks out."""
    plain = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]", " ", text)
    lines = textwrap.wrap(plain, WIDTH - 2, subsequent_indent=indent, break_long_words=False)
    return "\n".join(f"# {line}" for line in lines)
