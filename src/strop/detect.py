"""What `strop init` finds out about a repository by looking at its files; runs none of its code."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from strop.detect_judges import with_judges_left_out
from strop.detect_native import propose_go, propose_javascript, propose_native, propose_rust
from strop.detect_proposal import Confidence, Finding, Proposal, Question
from strop.detect_python import propose_python
from strop.detect_tree import Tree

__all__ = ["Confidence", "Finding", "Proposal", "Question", "detect", "open_questions"]

LANGUAGES = {
    "py": "Python",
    "c": "C",
    "cc": "C++",
    "cpp": "C++",
    "cxx": "C++",
    "rs": "Rust",
    "go": "Go",
    "js": "JavaScript",
    "mjs": "JavaScript",
    "ts": "JavaScript",
}
MANIFESTS = {  # the files that say which language a project is built in, the stronger evidence first
    "Python": ("pyproject.toml", "setup.py", "setup.cfg"),
    "Rust": ("Cargo.toml",),
    "Go": ("go.mod",),
    "JavaScript": ("package.json",),
    "C++": ("CMakeLists.txt", "configure", "Makefile"),
    "C": ("CMakeLists.txt", "configure", "Makefile"),
}
PROPOSERS = {
    "Python": propose_python,
    "Rust": propose_rust,
    "Go": propose_go,
    "JavaScript": propose_javascript,
    "C": propose_native,
    "C++": propose_native,
}


def detect(repository: Path) -> Proposal:
    """Return the job that a repository's files suggest.

    Pure inspection: nothing is run, installed or written. Raises `ConfigError` where `repository`
    is no folder.
    """
    tree = Tree(repository)
    languages = _languages(tree)
    proposal = Proposal(name=tree.root.name, languages=languages)
    if languages:
        proposal = PROPOSERS[languages[0].value](tree, proposal)
    else:
        proposal = replace(proposal, questions=_nothing_known())
    proposal = with_judges_left_out(tree, _with_own_table(tree, proposal))
    return replace(proposal, warnings=(*proposal.warnings, *dict.fromkeys(tree.notes)))


def open_questions(proposal: Proposal) -> tuple[Question, ...]:
    """Return what the files did not tell, with default answers; those without one come first."""
    return tuple(sorted(proposal.questions, key=lambda question: question.default is not None))


def _languages(tree: Tree) -> tuple[Finding, ...]:
    """Return the languages, the main one first: a manifest's, else that of most files."""
    counts = Counter(LANGUAGES[ext] for path in tree.files if (ext := path.rpartition(".")[2]) in LANGUAGES)
    found: list[tuple[bool, int, Finding]] = []
    for language, count in counts.items():
        manifest = next((name for name in MANIFESTS[language] if _speaks_for(tree, name, language)), "")
        why = f"{count} source file{'s' if count > 1 else ''}" + (f" and {manifest}" if manifest else "")
        found.append((bool(manifest), count, Finding(language, why, "high" if manifest else "medium")))
    return tuple(finding for *_, finding in sorted(found, key=lambda entry: entry[:2], reverse=True))


def _speaks_for(tree: Tree, manifest: str, language: str) -> bool:
    if not tree.has(manifest):
        return False
    if manifest == "Makefile":  # any language may have one
        return bool(tree.matching("*.c", "*.cc", "*.cpp", "*.cxx")) and "cc" in tree.text(manifest).lower()
    if manifest == "pyproject.toml":  # some have one for the settings of their tools alone
        data = tree.toml(manifest)
        return bool({"project", "build-system"} & data.keys()) or "poetry" in data.get("tool", {})
    if manifest == "setup.cfg":
        return "metadata" in tree.ini(manifest)
    return True


def _with_own_table(tree: Tree, proposal: Proposal) -> Proposal:
    """Take over commands of a [tool.strop] that pyproject.toml has already."""
    table: Any = tree.toml("pyproject.toml").get("tool", {}).get("strop", {})
    commands = table.get("commands", {}) if isinstance(table, dict) else {}
    if not isinstance(commands, dict) or not commands:
        return proposal
    own = {
        key: Finding(command, "[tool.strop] of pyproject.toml has it", "high")
        for key in ("build", "test", "benchmark")
        if isinstance(command := commands.get(key), str) and command
    }
    return replace(
        proposal,
        build=own.get("build", proposal.build),
        test=own.get("test", proposal.test),
        benchmark=own.get("benchmark", proposal.benchmark),
        questions=tuple(q for q in proposal.questions if q.key.removeprefix("commands.") not in own),
    )


def _nothing_known() -> tuple[Question, ...]:
    why = "no files of a known language were found"
    return (
        Question("target.files", "Which files may candidates edit (globs)?", None, why),
        Question("commands.build", "Which command builds the program (empty: none)?", "", why),
        Question("commands.test", "Which command tests it (empty: none)?", "", why),
        Question("commands.benchmark", "Which command does the work to measure?", None, why),
    )
