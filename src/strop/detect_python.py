"""The job of a Python project.

The environment is made once, from the snapshot, in another folder than the one where candidates
run. So only what the project depends on is installed; the project itself is found through
PYTHONPATH, relative to the work folder. A copy of it among the installed packages would be used
instead of a candidate's edits: where one is needed for its metadata, PYTHONPATH shadows it.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from fnmatch import fnmatch

from strop.detect_benchmark import find_benchmark
from strop.detect_layout import Layout, layout, project_name
from strop.detect_proposal import Finding, Proposal, Question
from strop.detect_requirements import Requirement, runtime, setup_call, shell_words
from strop.detect_tests import find_tests, is_test
from strop.detect_tree import Tree

__all__ = ["propose_python"]

METADATA = re.compile(r"\bimportlib[._]metadata\b|\bpkg_resources\b|\bimportlib import metadata\b")
VERSION_TOOLS = {  # what makes the version from git -> the variable that gives it instead
    "setuptools_scm": "SETUPTOOLS_SCM_PRETEND_VERSION",
    "setuptools-scm": "SETUPTOOLS_SCM_PRETEND_VERSION",
    "hatch-vcs": "SETUPTOOLS_SCM_PRETEND_VERSION",
    "hatch_vcs": "SETUPTOOLS_SCM_PRETEND_VERSION",
    "poetry-dynamic-versioning": "POETRY_DYNAMIC_VERSIONING_BYPASS",
    "pdm.backend": "PDM_BUILD_SCM_VERSION",
    "pdm-backend": "PDM_BUILD_SCM_VERSION",
}
COMPILING_BACKENDS = ("mesonpy", "maturin", "scikit_build_core", "skbuild")


def propose_python(tree: Tree, proposal: Proposal) -> Proposal:
    """Return the proposal with what a Python project's files tell."""
    place = layout(tree)
    tests = find_tests(tree, place)
    needs = runtime(tree)
    installed = [*needs, *(tests.requirements if tests else ())]
    benchmark = find_benchmark(tree, place, tests, installed)
    questions: list[Question] = []
    warnings = [*(tests.warnings if tests else ()), *benchmark.warnings]
    if place is None:
        text = "Which Python files may candidates edit (globs)?"
        questions.append(Question("target.files", text, None, "no package or module was found"))
    if tests is None:
        text = "Which command tests the code? Without one, only the benchmark's output is compared."
        questions.append(Question("commands.test", text, "", "no tests were found"))
    if benchmark.question:
        questions.append(benchmark.question)
    proposal = replace(
        proposal,
        name=project_name(tree) or proposal.name,
        files=place.globs if place else (),
        exclude=_excluded(tree, place) if place else (),
        setup=_setup(tree, place, installed),
        test=tests.command if tests else None,
        benchmark=benchmark.command,
        env=_env(place),
        ignore=benchmark.ignore,
        questions=tuple(questions),
        warnings=tuple(warnings),
    )
    return _with_builds(tree, place, proposal) if place else proposal


def _setup(tree: Tree, place: Layout | None, installed: list[Requirement]) -> tuple[Finding, ...]:
    """Return the commands that install what the project depends on."""
    found: list[Finding] = []
    texts = list(dict.fromkeys(requirement.text for requirement in installed))
    if texts:
        sources = ", ".join(dict.fromkeys(requirement.source for requirement in installed))
        command = f"python -m pip install {shell_words(texts)}"
        found.append(Finding(command, f"what the project and its tests need; from {sources}", "high"))
    if place and (reason := _needs_metadata(tree, place)):
        command = f"{_pretended_version(tree)}python -m pip install --no-deps ."
        why = f"{reason}; only for its metadata: PYTHONPATH puts the candidate's files before this copy"
        found.append(Finding(command, why))
    return tuple(found)


def _needs_metadata(tree: Tree, place: Layout) -> str:
    """Return why the package has to be installed for its metadata; empty where it has not."""
    installable = any(tree.has(name) for name in ("pyproject.toml", "setup.py", "setup.cfg"))
    tests = [path for path in tree.matching("*.py") if is_test(path)]
    for path in [*place.sources(tree), *tests]:
        if installable and METADATA.search(tree.text(path)):
            return f"{path} reads the metadata of installed packages"
    return ""


def _pretended_version(tree: Tree) -> str:
    """Return the assignment that stands in for a version read from git, which a snapshot lacks."""
    variable = _version_variable(tree)
    return f"{variable}={_version(tree)} " if variable else ""


def _version_variable(tree: Tree) -> str:
    build = " ".join(map(str, tree.toml("pyproject.toml").get("build-system", {}).get("requires", ())))
    build += " " + tree.text("setup.py") + tree.text("setup.cfg")
    tool = tree.toml("pyproject.toml").get("tool", {})
    for name, variable in VERSION_TOOLS.items():
        if name in build and (not name.startswith("pdm") or "scm" in str(tool.get("pdm", {}).get("version"))):
            return variable
    return ""


def _version(tree: Tree) -> str:
    match = next(tree.lines_of(r"^Version: ([0-9][\w.!+-]*)", "PKG-INFO"), None)
    return match[1] if match else "0.0.0"


def _env(place: Layout | None) -> tuple[tuple[str, Finding], ...]:
    folder = place.folder if place else "."
    why = "Python finds the candidate's files there, before any installed copy"
    return (("PYTHONPATH", Finding(folder, why, "high")),)


def _excluded(tree: Tree, place: Layout) -> tuple[Finding, ...]:
    """Return globs of the tests that are inside of the package."""
    inside = [path for path in place.sources(tree) if is_test(path)]
    globs: list[str] = []
    for path in inside:
        folders = path.split("/")[:-1]
        depth = next((i for i, name in enumerate(folders) if re.match(r"tests?$", name)), None)
        glob = path if depth is None else "/".join(folders[: depth + 1]) + "/**"
        if glob not in globs:
            globs.append(glob)
    return tuple(Finding(glob, "tests inside of the package", "high") for glob in globs)


# --- packages that have to be built -----------------------------------------------------------------


def _with_builds(tree: Tree, place: Layout, proposal: Proposal) -> Proposal:
    """Add what has to be made in the work folder before the code can run."""
    for path in _version_files(tree):
        if not tree.has(path) or _ignored(tree, path):
            text = f'version = __version__ = "{_version(tree)}"'
            command = f"echo {shlex.quote(text)} > {shlex.quote(path)}"
            why = f"{path} is made from git when the package is built, and not in the snapshot"
            proposal = _built_by(proposal, command, why)
    project = tree.toml("pyproject.toml")
    backend = str(project.get("build-system", {}).get("build-backend", ""))
    extensions = project.get("tool", {}).get("setuptools", {}).get("ext-modules")
    setup = tree.text("setup.py")
    if extensions or re.search(r"ext_modules|cffi_modules|cythonize\(|Extension\(", setup):
        if re.search("optional", setup, re.IGNORECASE):
            text = "setup.py speaks of an optional C extension: it is not built, the Python code is measured"
            return replace(proposal, warnings=(*proposal.warnings, text))
        return _with_extensions(proposal, project.get("build-system", {}).get("requires", ["setuptools"]))
    if backend.startswith(COMPILING_BACKENDS):
        return _asking_for_build(proposal, backend)
    return proposal


def _with_extensions(proposal: Proposal, requires: list[str]) -> Proposal:
    install = f"python -m pip install {shell_words(map(str, requires))}"
    warning = (
        "the package has C extensions: a compiler must be in the environment, and their sources are not "
        "editable until you add them to target.files"
    )
    proposal = replace(
        proposal,
        setup=(Finding(install, "the build needs it", "high"), *proposal.setup),
        warnings=(*proposal.warnings, warning),
    )
    return _built_by(proposal, "python setup.py build_ext --inplace", "the package has extension modules")


def _asking_for_build(proposal: Proposal, backend: str) -> Proposal:
    warning = (
        f"{backend} compiles this package, which strop cannot do in the work folder by itself: give "
        "commands.build so that it puts the compiled modules into the package's folder"
    )
    text = f"Which command builds the compiled modules in place ({backend})?"
    question = Question("commands.build", text, "", "without one, only pure Python parts can change")
    return replace(
        proposal, questions=(*proposal.questions, question), warnings=(*proposal.warnings, warning)
    )


def _built_by(proposal: Proposal, command: str, why: str) -> Proposal:
    """Return the proposal with one more command to build with."""
    if proposal.build:
        command, why = f"{proposal.build.value} && {command}", f"{proposal.build.why}; {why}"
    return replace(proposal, build=Finding(command, why))


def _version_files(tree: Tree) -> list[str]:
    """Return the files that a version tool writes when the package is built."""
    tool = tree.toml("pyproject.toml").get("tool", {})
    scm = tool.get("setuptools_scm", {})
    hook = tool.get("hatch", {}).get("build", {}).get("hooks", {}).get("vcs", {})
    call = setup_call(tree).get("use_scm_version")
    named = [scm.get("version_file"), scm.get("write_to"), hook.get("version-file")]
    named += [call.get("write_to"), call.get("version_file")] if isinstance(call, dict) else []
    return [str(path) for path in dict.fromkeys(named) if isinstance(path, str)]


def _ignored(tree: Tree, path: str) -> bool:
    """Whether .gitignore keeps a file out of the snapshot (its simple patterns only)."""
    for line in tree.text(".gitignore").splitlines():
        pattern = line.strip().lstrip("/")
        if not pattern or pattern.startswith(("#", "!")):
            continue
        if fnmatch(path, pattern) or fnmatch(path.rsplit("/", 1)[-1], pattern):
            return True
    return False
