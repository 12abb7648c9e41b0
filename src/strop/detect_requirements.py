"""What a Python project says it needs: at run time, and for its tests.

Only names that the project itself declares, and a short list of well-known test libraries, are ever
proposed for installation: a package that merely has the name of an import may be anybody's.
"""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from strop.detect_tree import Tree

__all__ = [
    "Requirement",
    "canonical",
    "declared",
    "distribution",
    "import_names",
    "runtime",
    "setup_call",
    "shell_words",
]

TEST_NAMES = {"test", "tests", "testing", "unittest", "pytest"}

IMPORTS = {  # distribution -> the modules that it brings, where the names differ
    "attrs": ("attr", "attrs"),
    "beautifulsoup4": ("bs4",),
    "biopython": ("Bio",),
    "msgpack-python": ("msgpack",),
    "opencv-python-headless": ("cv2",),
    "pillow": ("PIL",),
    "protobuf": ("google",),
    "pyyaml": ("yaml",),
    "python-dateutil": ("dateutil",),
    "python-dotenv": ("dotenv",),
    "ruamel-yaml": ("ruamel",),
    "scikit-image": ("skimage",),
    "scikit-learn": ("sklearn",),
    "setuptools": ("setuptools", "pkg_resources"),
}


@dataclass(frozen=True)
class Requirement:
    """One declared requirement."""

    text: str  # as pip takes it, e.g. "attrs>=22; python_version < '3.12'"
    source: str  # where it is declared, for people
    for_tests: bool = False  # declared for the tests by name, not only for development at large

    @property
    def name(self) -> str:
        """The distribution's canonical name."""
        return canonical(self.text)


def canonical(requirement: str) -> str:
    """Return the canonical name of a requirement; empty where it has none."""
    match = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)", requirement)
    return re.sub(r"[-_.]+", "-", match[1]).lower() if match else ""


def shell_words(words: Iterable[str]) -> str:
    """Return words quoted for a shell; double quotes around single ones, which markers are full of."""
    plain = (
        f'"{word}"' if "'" in word and not set('"$`\\\\!') & set(word) else shlex.quote(word)
        for word in words
    )
    return " ".join(plain)


def import_names(name: str) -> tuple[str, ...]:
    """Return the modules that a distribution (canonical name) is expected to bring."""
    return IMPORTS.get(name, (name.replace("-", "_"), name.removeprefix("python-").replace("-", "_")))


def distribution(module: str) -> str:
    """Return the distribution (canonical name) that is expected to bring a top-level module."""
    # "msgpack-python" is the old name of what "msgpack" is today.
    known = (name for name, modules in IMPORTS.items() if module in modules and name != "msgpack-python")
    return next(known, canonical(module))


def runtime(tree: Tree) -> list[Requirement]:
    """Return what the project needs at run time, from the first place that declares it."""
    project = tree.toml("pyproject.toml")
    found = _plain(project.get("project", {}).get("dependencies"), "[project] of pyproject.toml")
    poetry = project.get("tool", {}).get("poetry", {})
    found = found or _poetry(poetry.get("dependencies"), "[tool.poetry] of pyproject.toml")
    options = tree.ini("setup.cfg").get("options", {})
    found = found or _plain(options.get("install_requires", "").splitlines(), "setup.cfg")
    found = found or _plain(setup_call(tree).get("install_requires"), "setup.py")
    return found or _file(tree, "requirements.txt")


def declared(tree: Tree) -> list[Requirement]:
    """Return what the project declares anywhere beyond its own needs, in the order of the evidence."""
    groups = _groups(tree)
    wanted = _tox(tree, groups)
    for label, requirements in groups.items():
        name = label.split("'")[1].lower() if "'" in label else label
        wanted += [Requirement(r.text, r.source, name in TEST_NAMES) for r in requirements]
    for path in tree.files:
        parts = re.split(r"[-_./]+", path.lower())
        if parts[-1] in ("txt", "in") and "requirements" in parts:
            wanted += [
                Requirement(r.text, r.source, bool(TEST_NAMES & set(parts))) for r in _file(tree, path)
            ]
    return _unique(wanted)


def _groups(tree: Tree) -> dict[str, list[Requirement]]:
    """Return every named set of requirements that some table declares."""
    project = tree.toml("pyproject.toml")
    tool = project.get("tool", {})
    found: dict[str, list[Requirement]] = {}

    def add(label: str, items: list[Requirement]) -> None:
        found.setdefault(label, []).extend(items)

    for name, items in _table(project.get("project", {}).get("optional-dependencies")).items():
        add(f"extra '{name}'", _plain(items, f"extra {name!r} of pyproject.toml"))
    for name in _table(project.get("dependency-groups")):
        add(
            f"group '{name}'",
            _plain(_group(project["dependency-groups"], name), f"dependency group {name!r}"),
        )
    poetry = tool.get("poetry", {})
    add("poetry 'dev'", _poetry(poetry.get("dev-dependencies"), "[tool.poetry.dev-dependencies]"))
    for name, group in _table(poetry.get("group")).items():
        add(f"poetry '{name}'", _poetry(group.get("dependencies"), f"poetry group {name!r}"))
    for name, env in _table(tool.get("hatch", {}).get("envs")).items():
        items = [*env.get("dependencies", ()), *env.get("extra-dependencies", ())]
        add(
            "hatch 'test'" if name == "hatch-test" else f"hatch '{name}'",
            _plain(items, f"hatch env {name!r}"),
        )
    for name, text in tree.ini("setup.cfg").get("options.extras_require", {}).items():
        add(f"extra '{name}'", _plain(text.splitlines(), f"extra {name!r} of setup.cfg"))
    call = setup_call(tree)
    for name, items in _table(call.get("extras_require")).items():
        add(f"extra '{name}'", _plain(items, f"extra {name!r} of setup.py"))
    add("setup 'tests'", _plain(call.get("tests_require"), "tests_require of setup.py"))
    return found


def _group(groups: Mapping[str, Any], name: str, seen: tuple[str, ...] = ()) -> list[str]:
    """Return a dependency group's requirements, with the groups that it includes."""
    found: list[str] = []
    for item in groups.get(name, ()):
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, dict) and item.get("include-group") not in (None, name, *seen):
            found += _group(groups, item["include-group"], (*seen, name))
    return found


def _tox(tree: Tree, groups: Mapping[str, list[Requirement]]) -> list[Requirement]:
    """Return the requirements of tox's default environment."""
    section = tree.ini("tox.ini").get("testenv", {})
    found: list[Requirement] = []
    for line in section.get("deps", "").splitlines():
        line = line.strip().replace("{toxinidir}/", "").replace("{tox_root}/", "")
        if match := re.match(r"-r\s*(\S+)$", line):
            found += [Requirement(r.text, r.source, True) for r in _file(tree, match[1])]
        elif not re.match(r"[\w{},.!-]+:\s", line):  # a dependency of some factors only
            found += [Requirement(r.text, r.source, True) for r in _plain([line], "tox.ini")]
    for key, kind in (("extras", "extra"), ("dependency_groups", "group")):
        for name in re.split(r"[\s,]+", section.get(key, "")):
            found += [Requirement(r.text, r.source, True) for r in groups.get(f"{kind} '{name}'", ())]
    return found


def _file(tree: Tree, path: str, seen: tuple[str, ...] = ()) -> list[Requirement]:
    """Return a requirements file's requirements, with the files that it includes; options are left out."""
    found: list[Requirement] = []
    for line in tree.text(path).replace("\\\n", " ").splitlines():
        line = re.sub(r"(^|\s)#.*$", "", line).strip()
        if match := re.match(r"(?:-r|--requirement)[\s=]*(\S+)$", line):
            other = (PurePosixPath(path).parent / match[1]).as_posix()
            if other not in (path, *seen):
                found += _file(tree, other, (*seen, path))
        else:
            found += _plain([re.sub(r"\s--hash[=\s]\S+", "", line)], path)
    return found


def _poetry(items: Any, source: str) -> list[Requirement]:
    """Return Poetry's table of requirements in pip's form; those from paths and URLs are left out."""
    found: list[Requirement] = []
    for name, value in _table(items).items():
        entry = value if isinstance(value, dict) else {"version": value}
        if name.lower() == "python" or entry.get("optional") or not isinstance(entry.get("version"), str):
            continue
        extras = f"[{','.join(entry['extras'])}]" if entry.get("extras") else ""
        marker = f"; {entry['markers']}" if entry.get("markers") else ""
        found.append(Requirement(f"{name}{extras}{_poetry_version(entry['version'])}{marker}", source))
    return found


def _poetry_version(version: str) -> str:
    """Return Poetry's version in the form of PEP 440: `^1.2`, `~1.2`, several by commas.

    Empty where that isn't possible, as of alternatives (`^1 || ^2`): then any version will do.
    """
    parts = [part.strip() for part in version.split(",")]
    found = [_poetry_part(part) for part in parts if part not in ("", "*")]
    return ",".join(part for part in found if part) if "||" not in version and None not in found else ""


def _poetry_part(version: str) -> str | None:
    """Return one part of a version in the form of PEP 440, None where it isn't understood."""
    match = re.fullmatch(r"([\^~])\s*(\d+(?:\.\d+)*)([a-z]\w*)?", version)
    if not match:
        if re.match(r"[<>=!]=?\s*\d|~=", version):
            return version.replace(" ", "")
        return f"=={version}" if re.fullmatch(r"\d[\w.+!]*(\.\*)?", version) else None
    numbers = [int(part) for part in match[2].split(".")]
    # ^ keeps the first number that isn't 0, ~ the second (or the only one).
    fixed = next((i for i, n in enumerate(numbers) if n), len(numbers) - 1)
    if match[1] == "~":
        fixed = min(1, len(numbers) - 1)
    upper = [*numbers[:fixed], numbers[fixed] + 1]
    return f">={match[2]}{match[3] or ''},<{'.'.join(map(str, upper))}"


def _plain(items: Any, source: str) -> list[Requirement]:
    """Return the entries that are requirements by name; paths, URLs and options are left out."""
    if isinstance(items, str):
        items = items.splitlines()
    texts = [str(item).strip() for item in items or () if isinstance(item, str)]
    named = re.compile(r"[A-Za-z0-9][\w.-]*\s*(\[[^\]]*\])?\s*([<>=!~;(].*)?$")
    return [Requirement(text, source) for text in texts if named.match(text)]


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _unique(requirements: Iterable[Requirement]) -> list[Requirement]:
    """Return what one place says about each name: the first that speaks of tests, else the first."""
    source: dict[str, Requirement] = {}
    entries = list(requirements)
    for entry in entries:
        known = source.get(entry.name)
        if known is None or (entry.for_tests and not known.for_tests):
            source[entry.name] = entry
    return list(dict.fromkeys(entry for entry in entries if entry.source == source[entry.name].source))


def setup_call(tree: Tree) -> dict[str, Any]:
    """Return the literal arguments of `setup(...)` in setup.py; what has to be computed is left out."""
    module = tree.python("setup.py")
    names: dict[str, ast.expr] = {}
    for node in module.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            names[node.targets[0].id] = node.value
    found: dict[str, Any] = {}
    for call in ast.walk(module):
        if isinstance(call, ast.Call) and getattr(call.func, "id", getattr(call.func, "attr", "")) == "setup":
            for keyword in call.keywords:
                value = keyword.value
                if isinstance(value, ast.Name):
                    value = names.get(value.id, value)
                if keyword.arg:
                    try:
                        found[keyword.arg] = ast.literal_eval(value)
                    except (ValueError, TypeError):
                        continue  # computed when it runs
    return found
