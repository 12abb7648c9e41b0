"""How a Python project is tested: the runner, its command, and what it has to have installed."""

from __future__ import annotations

import ast
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from strop.detect_layout import Layout
from strop.detect_proposal import Finding
from strop.detect_requirements import Requirement, canonical, declared, import_names, runtime
from strop.detect_tree import Tree

__all__ = ["Tests", "find_tests", "imports_of", "is_test", "stdlib_or_local"]

MAX_TEST_FILES = 400

TOOLS = re.compile(  # what a group for tests often has, and no test needs
    r"(mypy|ruff|black|isort|flake8.*|pylint|pyright|pycodestyle|pydocstyle|pyflakes|pre-commit|tox.*|nox|build|"
    r"twine|sphinx.*|furo|mkdocs.*|coverage|codecov|coveralls|pytest-(cov|xdist|randomly|sugar|html|mypy.*|ruff|black|flake8)|bump.*|wheel|types-.*|"
    r"check-manifest|bandit|safety|interrogate|.*-stubs|commitizen|towncrier|pip|pip-tools)$"
)
WELL_KNOWN = {  # module -> distribution, for tests that declare nothing
    "pytest": "pytest",
    "hypothesis": "hypothesis",
    "numpy": "numpy",
    "yaml": "PyYAML",
    "six": "six",
    "mock": "mock",
    "attr": "attrs",
    "freezegun": "freezegun",
    "parameterized": "parameterized",
    "dateutil": "python-dateutil",
    "pytz": "pytz",
}
PLUGINS = {  # what is used -> the plugin of pytest that has it
    r"\bdef test\w*\([^)]*\bmocker\b": "pytest-mock",
    r"\bdef test\w*\([^)]*\bbenchmark\b": "pytest-benchmark",
    r"\bdef test\w*\([^)]*\bsubtests\b": "pytest-subtests",
    r"\bpytest\.mark\.asyncio\b": "pytest-asyncio",
    r"\bpytest\.mark\.timeout\b": "pytest-timeout",
}
OPTION_PLUGINS = {
    "--timeout": "pytest-timeout",
    "--benchmark": "pytest-benchmark",
    "--asyncio": "pytest-asyncio",
}
DROPPED = re.compile(
    r"--(no-)?cov\b|--cov-|-n\S*$|--numprocesses|--dist\b|--durations|--junit-?xml|--html|--color"
)
WITH_VALUE = re.compile(
    r"-n$|--(cov|cov-report|cov-config|cov-fail-under|cov-context|numprocesses|dist|durations)$|"
    r"--(durations-min|junit-?xml|junit-?prefix|html|color)$"
)
"""Of those, options whose value may be the next word."""


@dataclass(frozen=True)
class Tests:
    """How the project is tested."""

    __test__ = False  # not a test case, whatever pytest thinks of the name

    runner: str  # "pytest" or "unittest"
    command: Finding
    requirements: tuple[Requirement, ...]
    ignore: tuple[Finding, ...]  # lines of the runner's output that hold times
    warnings: tuple[str, ...] = ()


def is_test(path: str) -> bool:
    """Whether a path is that of a test, or of something that only tests use."""
    *folders, name = path.split("/")
    named = re.match(r"(test_.*|.*_tests?|tests?|conftest)\.py$", name)
    return bool(named) or any(re.match(r"tests?$", folder) for folder in folders)


def find_tests(tree: Tree, place: Layout | None) -> Tests | None:
    """Return how the project is tested; None where it has no tests."""
    files = [p for p in tree.matching("*.py") if is_test(p) and not p.startswith(("docs/", "examples/"))]
    cases = [path for path in files if _has_tests(tree, path)]
    if not cases:
        return None
    missing: list[str] = []
    if why := _wants_pytest(tree, cases + [p for p in files if p.endswith("conftest.py")]):
        addopts = _addopts(tree)
        requirements = _requirements(tree, files, place, missing, _plugins(tree, files, addopts))
        command = Finding(_pytest(tree, cases, requirements, addopts), why, "high")
        ignore = [Finding(r"\bin \d+\.\d+s\b", "pytest's last line tells how long it took")]
        runner = "pytest"
    else:
        requirements = _requirements(tree, files, place, missing, [])
        command = _unittest(tree, cases, place)
        ignore, runner = [], "unittest"  # unittest reports to stderr, which is not compared
    warnings = [
        f"tests import {name!r}, which the project does not declare: add its distribution to commands.setup"
        for name in missing
    ]
    warnings += _absent_names(tree, cases)
    return Tests(runner, command, tuple(requirements), tuple(ignore), tuple(warnings))


def _absent_names(tree: Tree, cases: list[str]) -> list[str]:
    """Return a warning where tests import names from a test folder that has no __init__.py to give them."""
    for root in _roots(cases):
        if not tree.has_folder(root) or tree.has(f"{root}/__init__.py"):
            continue
        module = root.replace("/", ".")
        for path in cases[:MAX_TEST_FILES]:
            for node in tree.python(path).body:
                names = node.names if isinstance(node, ast.ImportFrom) and node.module == module else []
                absent = [
                    a.name for a in names if not tree.matching(f"{root}/{a.name}.py", f"{root}/{a.name}/*")
                ]
                if absent:
                    return [
                        f"{path} imports {absent[0]!r} from {root}/, where no __init__.py is: files are "
                        "missing that the tests need; a checkout of the project's repository may have them"
                    ]
    return []


def _has_tests(tree: Tree, path: str) -> bool:
    name = path.rsplit("/", 1)[-1]
    named = re.match(r"(test.*|.*_tests?)\.py$", name)
    return bool(named) and bool(re.search(r"^\s*(async )?def test|TestCase\b", tree.text(path), re.MULTILINE))


def _wants_pytest(tree: Tree, files: list[str]) -> str:
    """Return the evidence for pytest, empty where there is none."""
    if "ini_options" in tree.toml("pyproject.toml").get("tool", {}).get("pytest", {}):
        return "pyproject.toml configures pytest"
    for path, section in (("pytest.ini", "pytest"), ("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        if section in tree.ini(path):
            return f"{path} configures pytest"
    for path in files[:MAX_TEST_FILES]:
        if path.endswith("conftest.py"):
            return f"{path} is there"
        if any(name == "pytest" for name, _ in imports_of(tree, path)):
            return f"{path} imports pytest"
        if any(isinstance(n, ast.FunctionDef) and n.name.startswith("test") for n in tree.python(path).body):
            return f"{path} has tests as plain functions"
    return ""


# --- commands -------------------------------------------------------------------------------------


def _pytest(tree: Tree, cases: list[str], requirements: list[Requirement], addopts: list[str]) -> str:
    words = ["python", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    kept = _without_dropped(addopts)
    if kept != addopts:
        # Coverage and parallel workers cost time and need plugins; colours and durations hide the results.
        words += ["-o", f"addopts={shlex.join(kept)}"]
    if any(requirement.name == "hypothesis" for requirement in requirements):
        words.append("--hypothesis-seed=0")
    if not _option(tree, "testpaths"):
        words += _roots(cases)
    return shlex.join(words)


def _unittest(tree: Tree, cases: list[str], place: Layout | None) -> Finding:
    roots = _roots(cases)
    if len(roots) == 1 and tree.has(f"{roots[0]}/__init__.py"):
        top = place.folder if place and roots[0].startswith(f"{place.folder}/") else "."
        return Finding(
            f"python -m unittest discover -v -s {shlex.quote(roots[0])} -t {shlex.quote(top)}",
            f"{roots[0]}/ is a package of unittest's cases",
            "high",
        )
    if len(roots) == 1 and tree.has_folder(roots[0]):
        command = f"python -m unittest discover -v -s {shlex.quote(roots[0])}"
        if any(path.endswith(("_test.py", "_tests.py", "/tests.py")) for path in cases):
            command += " -p '*test*.py'"
        return Finding(command, f"{roots[0]}/ holds unittest's cases", "high")
    modules = [path.removesuffix(".py").replace("/", ".") for path in cases]
    return Finding(f"python -m unittest -v {' '.join(modules)}", "they hold unittest's cases")


def _roots(cases: list[str]) -> list[str]:
    """Return the topmost folders that hold tests; single files where no folder does."""
    roots: dict[str, bool] = {}
    for path in cases:
        folders = path.split("/")[:-1]
        depth = next((i for i, name in enumerate(folders) if re.match(r"tests?$", name)), None)
        roots[path if depth is None else "/".join(folders[: depth + 1])] = depth is not None
    # pkg/test_tools.py beside tests/ is a part of the package, whatever its name.
    named = [root for root, is_folder in roots.items() if is_folder or "/" not in root]
    return named or list(roots)


def _option(tree: Tree, key: str) -> str:
    """Return an option of pytest's configuration as text; empty where it is not set."""
    for path, section in (("pytest.ini", "pytest"), ("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        if value := tree.ini(path).get(section, {}).get(key):
            return value
    value = tree.toml("pyproject.toml").get("tool", {}).get("pytest", {}).get("ini_options", {}).get(key, "")
    return shlex.join(map(str, value)) if isinstance(value, list) else str(value)


def _addopts(tree: Tree) -> list[str]:
    try:
        return shlex.split(_option(tree, "addopts"), comments=True)
    except ValueError:
        tree.notes.append("pytest's addopts are not well quoted and were left as they are")
        return []


def _without_dropped(options: list[str]) -> list[str]:
    kept: list[str] = []
    skip = False
    for option in options:
        if skip and not option.startswith("-"):
            skip = False
            continue
        skip = bool(WITH_VALUE.match(option))
        if not DROPPED.match(option):
            kept.append(option)
    return kept


# --- what has to be installed ---------------------------------------------------------------------


def _requirements(
    tree: Tree, files: list[str], place: Layout | None, missing: list[str], plugins: list[Requirement]
) -> list[Requirement]:
    """Return what the tests need; appends modules that nothing declares to `missing`."""
    used: dict[str, str] = {}
    imported: set[str] = set()
    for path in files[:MAX_TEST_FILES]:
        for name, needed in imports_of(tree, path):
            imported.add(name)
            if needed and not stdlib_or_local(tree, place, name):
                used.setdefault(name, path)
    found: list[Requirement] = []
    for requirement in declared(tree):
        direct = bool(set(import_names(requirement.name)) & imported)
        plugin = requirement.name.startswith("pytest") and bool(plugins)
        if direct or ((requirement.for_tests or plugin) and not TOOLS.match(requirement.name)):
            found.append(requirement)
    there = {requirement.name for requirement in found}
    found += [plugin for plugin in plugins if plugin.name not in there]
    brought = {module for r in [*found, *runtime(tree)] for module in import_names(r.name)}
    for name, path in used.items():
        if name in brought:
            continue
        if name in WELL_KNOWN:
            found.append(Requirement(WELL_KNOWN[name], f"imported by {path}", True))
        else:
            missing.append(name)
    return found


def _plugins(tree: Tree, files: list[str], addopts: list[str]) -> list[Requirement]:
    """Return pytest and the plugins of it that tests and configuration use."""
    found = {"pytest": Requirement("pytest", "the imports of its tests", True)}
    for path in files[:MAX_TEST_FILES]:
        text = tree.text(path)
        for pattern, plugin in PLUGINS.items():
            if plugin not in found and re.search(pattern, text):
                own = re.search(r"def (mocker|benchmark|subtests)\(", text)
                if not own:
                    found[plugin] = Requirement(plugin, f"used by {path}", True)
    for option in addopts:
        for prefix, plugin in OPTION_PLUGINS.items():
            if option.startswith(prefix):
                found[plugin] = Requirement(plugin, "used by pytest's addopts", True)
    for text in re.split(r"[\s,]+", _option(tree, "required_plugins")):
        if canonical(text):
            found[canonical(text)] = Requirement(text, "pytest's required_plugins", True)
    return list(found.values())


def imports_of(tree: Tree, path: str) -> Iterator[tuple[str, bool]]:
    """Yield the top-level modules that a file imports, and whether it cannot do without each.

    It can where the import is inside a function, a condition, or a `try`.
    """
    module = tree.python(path)
    needed = set(module.body)
    guarded = set(re.findall(r"importorskip\(\s*['\"](\w+)", tree.text(path)))
    for node in ast.walk(module):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [node.module]
        for name in names:
            top = name.split(".", 1)[0]
            yield top, node in needed and top not in guarded


def stdlib_or_local(tree: Tree, place: Layout | None, name: str) -> bool:
    """Whether a top-level module is Python's own or one of the repository's."""
    if name in sys.stdlib_module_names or name == "__future__":
        return True
    if place and name in (*place.packages, *place.modules):
        return True
    ends = (f"/{name}.py", f"/{name}/__init__.py")
    return any(p == f"{name}.py" or p.startswith(f"{name}/") or p.endswith(ends) for p in tree.files)
