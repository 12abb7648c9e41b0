"""Where a Python project keeps its package: the folder for PYTHONPATH, packages and modules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from strop.detect_proposal import Confidence, Finding
from strop.detect_requirements import setup_call
from strop.detect_tree import Tree

__all__ = ["Layout", "layout", "project_name"]

NO_PACKAGES = re.compile(
    r"(tests?|testing|docs?|examples?|samples?|demos?|scripts?|tools?|ci|bin|benchmarks?|bench|tasks|src|lib)$"
)
NO_MODULES = re.compile(
    r"(setup|conftest|noxfile|tasks|fabfile|manage|versioneer|test_.*|.*_tests?|tests?|bench.*|perf.*)\.py$"
)


@dataclass(frozen=True)
class Layout:
    """Where the code is."""

    folder: str  # goes to PYTHONPATH: ".", "src", ...
    packages: tuple[str, ...]  # folders below it
    modules: tuple[str, ...]  # names of single files below it, without .py
    why: str
    confidence: Confidence

    def path(self, name: str) -> str:
        """Return the path of a package or a module's file, relative to the repository."""
        return name if self.folder == "." else f"{self.folder}/{name}"

    @property
    def globs(self) -> tuple[Finding, ...]:
        """What candidates may edit."""
        globs = [f"{self.path(package)}/**/*.py" for package in self.packages]
        globs += [f"{self.path(module)}.py" for module in self.modules]
        return tuple(Finding(glob, self.why, self.confidence) for glob in globs)

    def sources(self, tree: Tree) -> list[str]:
        """Return the files of the packages and modules."""
        inside = tuple(f"{self.path(package)}/" for package in self.packages)
        single = {f"{self.path(module)}.py" for module in self.modules}
        return [path for path in tree.files if path.startswith(inside) or path in single]


def project_name(tree: Tree) -> str:
    """Return the project's name as declared; empty where it is nowhere."""
    project = tree.toml("pyproject.toml")
    name = project.get("project", {}).get("name") or project.get("tool", {}).get("poetry", {}).get("name")
    name = name or tree.ini("setup.cfg").get("metadata", {}).get("name") or setup_call(tree).get("name")
    if not isinstance(name, str):
        match = next(tree.lines_of(r"^Name: (\S+)", "PKG-INFO"), None)
        name = match[1] if match else ""
    return str(name).strip()


def layout(tree: Tree) -> Layout | None:
    """Return where the code is, from the first of: build tables, metadata, name, folders, modules."""
    for find in (_from_tables, _from_metadata, _from_name, _from_folders):
        found = find(tree)
        if found and (found.packages or found.modules):
            return found
    return None


def _from_tables(tree: Tree) -> Layout | None:
    """Read the tables of setuptools, flit, hatch and poetry."""
    tool = tree.toml("pyproject.toml").get("tool", {})
    setuptools, flit = tool.get("setuptools", {}), tool.get("flit", {}).get("module", {})
    options, call = tree.ini("setup.cfg").get("options", {}), setup_call(tree)
    named: list[tuple[str, Any]] = [
        ("[tool.setuptools] of pyproject.toml", setuptools.get("packages")),
        ("[tool.setuptools] of pyproject.toml", setuptools.get("py-modules")),
        ("[tool.flit.module] of pyproject.toml", [flit["name"]] if "name" in flit else None),
        ("[tool.hatch] of pyproject.toml", _hatch(tool)),
        ("[tool.poetry] of pyproject.toml", _poetry(tool)),
        ("setup.cfg", re.split(r"[\s,]+", options.get("packages", "") + " " + options.get("py_modules", ""))),
        ("setup.py", call.get("packages")),
        ("setup.py", call.get("py_modules")),
    ]
    for source, names in named:
        if isinstance(names, list):
            found = _place(tree, [str(name) for name in names], f"{source} names it", "high")
            if found:
                return found
    return None


def _hatch(tool: dict[str, Any]) -> list[str] | None:
    build = tool.get("hatch", {}).get("build", {})
    packages = build.get("targets", {}).get("wheel", {}).get("packages") or build.get("packages")
    return packages if isinstance(packages, list) else None


def _poetry(tool: dict[str, Any]) -> list[str] | None:
    entries = tool.get("poetry", {}).get("packages")
    if not isinstance(entries, list):
        return None
    return ["/".join(filter(None, (e.get("from"), e.get("include")))) for e in entries if isinstance(e, dict)]


def _from_metadata(tree: Tree) -> Layout | None:
    """Read top_level.txt, which source distributions made by setuptools have."""
    names = tree.egg_info("top_level.txt").split()
    return _place(tree, names, "its egg-info names it", "high")


def _from_name(tree: Tree) -> Layout | None:
    name = re.sub(r"[-.]+", "_", project_name(tree))
    names = [name, name.lower(), name.lower().removeprefix("python_")] if name else []
    for candidate in names:
        found = _place(tree, [candidate], "it has the project's name", "high")
        if found:
            return found
    return None


def _from_folders(tree: Tree) -> Layout | None:
    """Take folders with an __init__.py, else the modules at the root."""
    for folder in ("src", "lib", "."):
        parent = "" if folder == "." else folder
        names = [name for name in tree.folders(parent) if not NO_PACKAGES.match(name)]
        prefix = f"{parent}/" if parent else ""
        packages = tuple(name for name in names if tree.has(f"{prefix}{name}/__init__.py"))
        if packages:
            return Layout(folder, packages, (), "a folder with an __init__.py", "medium")
    for folder in ("src", "."):
        prefix = "" if folder == "." else f"{folder}/"
        files = [path.removeprefix(prefix) for path in tree.files if path.startswith(prefix)]
        modules = tuple(
            f[:-3] for f in files if "/" not in f and f.endswith(".py") and not NO_MODULES.match(f)
        )
        if modules:
            return Layout(folder, (), modules, "a Python file outside of any package", "low")
    return None


def _place(tree: Tree, names: list[str], why: str, confidence: Confidence) -> Layout | None:
    """Return the layout of top-level names that are really there, in whichever folder they are."""
    folders = ["src", ".", "lib"]
    tops: list[str] = []
    for name in names:
        *parents, top = name.strip("/").split("/")
        if parents:
            folders.insert(0, "/".join(parents))
        top = top.split(".", 1)[0]
        if top and top not in tops and not re.match(r"tests?$", top):
            tops.append(top)
    for folder in folders:
        prefix = "" if folder == "." else f"{folder}/"
        packages = tuple(t for t in tops if any(p.startswith(f"{prefix}{t}/") for p in tree.matching("*.py")))
        modules = tuple(t for t in tops if t not in packages and tree.has(f"{prefix}{t}.py"))
        if packages or modules:
            return Layout(folder, packages, modules, why, confidence)
    return None
