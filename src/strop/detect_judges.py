"""Files that judge a candidate and lie among those that it may edit: a proposal leaves them out."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace

from strop.detect_proposal import Finding, Proposal
from strop.detect_tree import Tree
from strop.errors import ConfigError
from strop.job import Target
from strop.sandbox.targets import TargetFiles

__all__ = ["JUDGES", "with_judges_left_out"]

JUDGES = re.compile(
    r"(^|/)(tests?|__tests__|specs?|bench\w*|perf)/|(^|/)(tests?|bench\w*|perf)([._-][^/]*)?\.\w+$"
    r"|[._-](tests?|specs?|bench)\.\w+$"
    r"|(^|/)(jest|vitest|babel|webpack|rollup|vite|karma|eslint|playwright|cypress)\.config\.\w+$"
)
"""Tests, benchmarks and the configuration of their runners, by their names in languages other than Python."""


BENCHMARK = "the benchmark"


def with_judges_left_out(tree: Tree, proposal: Proposal) -> Proposal:
    """Return a proposal whose globs open neither tests nor the benchmark that it names."""
    # Those of a benchmark that was proposed before another one was chosen may be edited again.
    proposal = replace(proposal, exclude=tuple(f for f in proposal.exclude if f.why != BENCHMARK))
    globs = [finding.value for finding in proposal.files]
    known = [finding.value for finding in proposal.exclude]
    try:
        target = TargetFiles(Target(files=tuple(globs), exclude=tuple(known)))
    except (ConfigError, ValueError):
        return proposal  # what is wrong with a glob is told where the job is read
    named = _named(proposal)
    python = bool(proposal.languages) and proposal.languages[0].value == "Python"
    found: dict[str, Finding] = {}
    for path in tree.files:
        if path not in target:
            continue
        if path in named:
            found[path] = Finding(path, BENCHMARK, "high")
        elif not python and (match := JUDGES.search(path)):
            folder = path[: match.end()] if match[0].endswith("/") else ""
            glob = f"{folder}**" if folder else path
            found[glob] = Finding(glob, "tests, benchmarks and what configures them", "high")
    return replace(proposal, exclude=(*proposal.exclude, *found.values()))


def _named(proposal: Proposal) -> set[str]:
    """Return the files that the benchmark's command may run."""
    if proposal.benchmark is None:
        return set()
    try:
        words = shlex.split(proposal.benchmark.value)
    except ValueError:
        return set()
    found = {word.removeprefix("./") for word in words}
    for before, word in zip(words, words[1:], strict=False):
        if before == "-m":
            path = word.replace(".", "/")
            roots = (
                "",
                "src/",
                *(f"{folder.value}/" for name, folder in proposal.env if name == "PYTHONPATH"),
            )
            found |= {f"{root}{path}{end}" for root in roots for end in (".py", "/__main__.py")}
    program = words[0].rsplit("/", 1)[-1] if words else ""
    return found | {f"src/bin/{program}.rs"}
