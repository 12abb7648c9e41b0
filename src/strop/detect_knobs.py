"""What of a repository could be a knob: constants, options, environment, config files, flags, pg_settings.

Everything is read, nothing run. The ranges are guesses around today's value, for the user to correct.
"""

from __future__ import annotations

import ast
import configparser
import json
import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from strop.candidate import KnobValue
from strop.detect_names import FoundKnob, told_apart
from strop.detect_postgres import is_settings, settings_of
from strop.detect_tree import Tree
from strop.errors import ConfigError
from strop.sandbox.config_text import yaml_places
from strop.sandbox.literals import literals

__all__ = ["FoundKnob", "find_knobs"]

WORDS = re.compile(
    r"(?i)batch|block|buf|cache|chunk|depth|thread|worker|job|pool|size|limit|window|step|level|rate|ratio|factor|"
    r"interval|timeout|queue|capacity|threshold|width|prefetch|iter|rounds|stride|tile|unroll|tolerance|momentum|decay"
)
"""Names of numbers that are worth tuning as a rule; others are often facts (a port, a year, pi)."""

FACTS = re.compile(r"(?i)version|port|year|seed|status|code|http|magic|offset|id$|epoch_?time|pi$|max_?int")

CONFIGS = ("*.toml", "*.json", "*.ini", "*.cfg", "*.yaml", "*.yml")
YAML = (".yaml", ".yml")
SKIPPED = (
    "strop.toml",
    "pyproject.toml",
    "package.json",
    "package-lock.json",
    "tox.ini",
    "setup.cfg",
    "*lock*",
    "docker-compose*",
    "compose.y*ml",
    "mkdocs.y*ml",
    ".*",
    ".*/*",
)
FLAGS = re.compile(r"(?<![\w-])(-O[0-3s]|-Ofast|-ffast-math|-funroll-loops|-flto)(?![\w=-])")
SWITCHES = {
    "-ffast-math": ("fast_math", "-fno-fast-math"),
    "-funroll-loops": ("unroll_loops", "-fno-unroll-loops"),
    "-flto": ("lto", "-fno-lto"),
}
"""Flags that are on or off: the name of a knob, and what switches them off."""

DEFINE = re.compile(
    r"^[ \t]*(?:#[ \t]*define[ \t]+(?P<defined>[A-Z][A-Z0-9_]*)[ \t]+"
    r"|(?:[a-z]\w*[ \t]+)+(?P<constant>[A-Z][A-Z0-9_]*)[ \t]*(?::[ \t]*\w+[ \t]*)?=[ \t]*)"
    r"(?P<value>\d[\d_]*(?:\.\d+)?)[ \t]*(?:[uUlLfF]{1,3}|_?[iuf]\d+|_?[iu]size)?[ \t]*;?[ \t]*$"
)
"""A constant of C, C++, Rust, Go, Java or JavaScript that is one number, on a line of its own."""

OTHERS = (".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".rs", ".go", ".java", ".js", ".ts", ".cu")

MOST = 200
DEEP = 12  # levels of a config file
SPREAD = 8
"""A whole number may become so many times smaller or larger."""


def find_knobs(tree: Tree) -> list[FoundKnob]:
    """Return what could be a knob, at most 200, by kind and place.

    No name comes twice: of several settings of one name, the later ones have their section or module before
    it. What one name always sets (a variable, a literal of one file) is one setting wherever it stands.
    """
    found: list[FoundKnob] = []
    for path in tree.files:
        if "test" in path.lower().split("/")[0] or "/test" in path.lower() or path.startswith("docs/"):
            continue
        found += _annotated(tree, path)
        if path.endswith(".py"):
            found += _python(tree, path)
        elif path.endswith(OTHERS):
            found += _constants(tree, path)
    skipped = set(tree.matching(*SKIPPED))
    for path in tree.matching(*CONFIGS):
        if path not in skipped:
            found += _config(tree, path)
    for path in tree.matching("Makefile", "*.mk", "CMakeLists.txt", "*/Makefile"):
        found += _flags(tree, path)
    for path in tree.matching("*.csv"):
        found += _postgres(tree, path)
    unique = told_apart(found)
    if len(unique) > MOST:
        tree.notes.append(f"of {len(unique)} that could be knobs the first {MOST} are shown")
    return unique[:MOST]


# --- Python ------------------------------------------------------------------------------------------


def _python(tree: Tree, path: str) -> Iterator[FoundKnob]:
    module = tree.python(path)
    for statement in module.body:
        yield from _constant(statement, path)
    nodes = list(ast.walk(module))
    parameters: dict[int, tuple[str, ast.expr | None]] = {}
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            parameters |= _parameters(node)
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        yield from _environment(call, path)
        yield from _option(call, path, *parameters.get(id(call), ("", None)))


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[int, tuple[str, ast.expr | None]]:
    """Return what typer takes for options, by the id of the call: a parameter's name, and its default."""
    found: dict[int, tuple[str, ast.expr | None]] = {}
    spec = function.args
    plain = [*spec.posonlyargs, *spec.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(spec.defaults))
    pairs = [*zip(plain, [*defaults, *spec.defaults], strict=True)]
    pairs += [*zip(spec.kwonlyargs, spec.kw_defaults, strict=True)]
    for argument, default in pairs:
        if isinstance(default, ast.Call):  # batch: int = typer.Option(64)
            found[id(default)] = argument.arg, None
        for node in ast.walk(argument.annotation) if argument.annotation else ():
            if isinstance(node, ast.Call):  # batch: Annotated[int, typer.Option()] = 64
                found[id(node)] = argument.arg, default
    return found


def _constant(statement: ast.stmt, path: str) -> Iterator[FoundKnob]:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target, value = statement.targets[0], statement.value
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        target, value = statement.target, statement.value
    else:
        return
    if not isinstance(target, ast.Name) or not target.id.lstrip("_").isupper():
        return
    number = _literal(value)
    keys = _range(number)
    if keys is None or FACTS.search(target.id) or not (WORDS.search(target.id) or isinstance(number, bool)):
        return
    spec = _spec(keys)
    # An annotated literal is a single one: 64 * 1024 is written as the number that it is.
    written = ast.unparse(value) if isinstance(value, (ast.Constant, ast.UnaryOp)) else repr(number)
    how = f"write into {path}:{statement.lineno}: {target.id} = {written}  # strop: {spec}"
    yield FoundKnob(
        target.id, "constant", f"{path}:{statement.lineno}", number, {**keys, "literal": path}, how
    )


def _environment(node: ast.Call, path: str) -> Iterator[FoundKnob]:
    called = _dotted(node.func)
    if called not in ("os.environ.get", "os.getenv", "environ.get", "getenv") or len(node.args) != 2:
        return
    name, default = _literal(node.args[0]), _literal(node.args[1])
    if not isinstance(name, str) or not name.isidentifier():
        return
    value = _of_text(default) if isinstance(default, str) else default
    keys = _range(value)
    if keys is not None and value is not None and not FACTS.search(name):
        yield FoundKnob(name, "environment", f"{path}:{node.lineno}", value, {**keys, "env": name})


def _option(
    node: ast.Call, path: str, parameter: str = "", default_of: ast.expr | None = None
) -> Iterator[FoundKnob]:
    """An option of argparse, click or typer with a number or choices as its default.

    `parameter`, `default_of`: of the parameter that it stands at, and that parameter's own default.
    """
    method = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if method not in ("add_argument", "option", "Option"):
        return
    texts = [_literal(argument) for argument in node.args]
    flags = [text for text in texts if isinstance(text, str) and text.startswith("--")]
    given = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
    if not flags and method == "Option" and parameter:
        flags = ["--" + parameter.replace("_", "-")]
    if not flags:
        return
    flag = flags[0].split("/")[0].split("=")[0]
    name = flag.lstrip("-").replace("-", "_")
    default = _literal(given["default"]) if "default" in given else None
    if default is None and default_of is not None:
        default = _literal(default_of)
    if default is None and method == "Option" and texts and texts[0] not in flags:
        default = texts[0]
    choices = _literal(given["choices"]) if "choices" in given else None
    kind = given.get("type")
    if isinstance(kind, ast.Call) and _dotted(kind.func).endswith("Choice") and kind.args:  # of click
        choices = _literal(kind.args[0])
    if isinstance(choices, (list, tuple)) and len(choices) > 1 and default in choices:
        keys: dict[str, Any] | None = {"type": "categorical", "choices": list(choices)}
    else:
        keys = None if isinstance(default, bool) else _range(default)
    if keys is None or default is None or not name.isidentifier() or FACTS.search(name):
        return
    how = f"write {flag} {{{name}}} into the command"
    yield FoundKnob(name, "option", f"{path}:{node.lineno}", default, keys, how)


# --- other files -------------------------------------------------------------------------------------


def _annotated(tree: Tree, path: str) -> Iterator[FoundKnob]:
    text = tree.text(path)
    if "strop:" not in text or path.endswith((".md", ".toml")):
        return
    try:
        knobs = literals(text, path)
    except ConfigError as error:  # a text that only looks like an annotation
        tree.notes.append(str(error))
        return
    for knob in knobs:
        keys = knob.model_dump(exclude_defaults=True, exclude={"name", "default"})
        yield FoundKnob(knob.name, "annotated", path, knob.default, keys)


def _constants(tree: Tree, path: str) -> Iterator[FoundKnob]:
    """Constants of other languages that are one number."""
    for number, line in enumerate(tree.text(path).split("\n"), start=1):
        match = DEFINE.match(line)
        if match is None:
            continue
        name, value = match["defined"] or match["constant"], _of_text(match["value"].replace("_", ""))
        keys = _range(value)
        if keys is None or value is None or FACTS.search(name) or not WORDS.search(name):
            continue
        how = f"write into {path}:{number}: {line.strip()}  // strop: {_spec(keys)}"
        yield FoundKnob(name, "constant", f"{path}:{number}", value, {**keys, "literal": path}, how)


def _config(tree: Tree, path: str) -> Iterator[FoundKnob]:
    text = tree.text(path)
    try:
        if path.endswith(".toml"):
            data: Any = tomllib.loads(text)
        elif path.endswith(".json"):
            data = json.loads(text)
        elif path.endswith(YAML):
            data = _of_yaml(text)
        else:
            # As the setter of a knob reads it: keys in their own case, [DEFAULT] a section like others.
            parser = configparser.RawConfigParser(strict=True, default_section="\0")
            parser.optionxform = str  # type: ignore[assignment,method-assign]
            parser.read_string(text)
            data = {s: {k: _of_text(v) for k, v in parser.items(s)} for s in parser.sections()}
    except (ConfigError, ValueError, configparser.Error, RecursionError):
        return
    for key, value in _leaves(data, ""):
        keys, last = _range(value), key.rpartition(".")[2]
        fits = WORDS.search(last) and not FACTS.search(last)
        if keys is not None and value is not None and fits and re.fullmatch(r"[\w.-]+", key):
            name = re.sub(r"\W", "_", last)
            yield FoundKnob(name, "config file", path, value, {**keys, "file": path, "key": key})


def _of_yaml(text: str) -> dict[str, Any]:
    """Return the numbers and booleans in simple mappings, by dotted key; those alone can be set."""
    switches = {"true": True, "false": False}
    places = [
        (".".join(where), text[start:end]) for where, (start, end) in yaml_places(text) if "-" not in where
    ]
    return {key: switches.get(held.lower(), _of_text(held)) for key, held in places if held[:1] not in "\"'"}


def _leaves(data: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    if isinstance(data, dict) and prefix.count(".") < DEEP:
        for key, value in data.items():
            yield from _leaves(value, f"{prefix}.{key}" if prefix else str(key))
    elif prefix:
        yield prefix, data


def _flags(tree: Tree, path: str) -> Iterator[FoundKnob]:
    for number, line in enumerate(tree.text(path).splitlines(), start=1):
        for flag in FLAGS.findall(line):
            if re.fullmatch(r"-O\w+", flag):
                how = f"write {{opt}} in place of {flag} in the build command or in {path}"
                choices = [c for c in ("-O1", "-O2", "-O3") if c != flag]
                keys = {"type": "categorical", "choices": [flag, *choices]}
                yield FoundKnob("opt", "compiler flag", f"{path}:{number}", flag, keys, how)
            elif flag in SWITCHES:
                name, off = SWITCHES[flag]
                how = f"write {{{name}}} in place of {flag} in the build command or in {path}"
                keys = {"type": "categorical", "choices": [flag, off]}
                yield FoundKnob(name, "compiler flag", f"{path}:{number}", flag, keys, how)


def _postgres(tree: Tree, path: str) -> Iterator[FoundKnob]:
    text = tree.text(path)
    if not is_settings(text):
        return
    for name, value, keys, line in settings_of(text):
        # A plain number is one in the setting's own unit.
        how = f"start the server with -c {name}={{{name}}}"
        yield FoundKnob(name, "pg_settings", f"{path}:{line}", value, keys, how)


def _dotted(node: ast.expr) -> str:
    """Return a short dotted name, empty for anything else."""
    names: list[str] = []
    while isinstance(node, ast.Attribute) and len(names) < 4:
        names.insert(0, node.attr)
        node = node.value
    return ".".join([node.id, *names]) if isinstance(node, ast.Name) else ""


# --- values ------------------------------------------------------------------------------------------


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        pass
    if isinstance(node, ast.BinOp):  # 64 * 1024, 1 << 20
        left, right = _literal(node.left), _literal(node.right)
        if type(left) is int and type(right) is int and 0 <= right < 1 << 20:
            if isinstance(node.op, ast.Mult):
                return left * right
            if isinstance(node.op, ast.LShift) and right < 60:
                return left << right
    return None


def _of_text(text: str) -> KnobValue | None:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
        return number if math.isfinite(number) else None
    except ValueError:
        return None


def _range(value: Any) -> dict[str, Any] | None:
    """Return type and range around a value; None where it says nothing of what else it could be."""
    if isinstance(value, bool):
        return {"type": "bool"}
    if isinstance(value, int):
        if value < 1 or value > 1 << 40:
            return None
        keys = {"type": "int", "low": max(1, value // SPREAD), "high": max(4, value * SPREAD)}
        return {**keys, "log": True} if value >= SPREAD else keys
    if isinstance(value, float) and math.isfinite(value) and value > 0:
        high = min(1.0, value * 10) if value < 1 else value * 10
        return {"type": "float", "low": _rounded(value / 10), "high": _rounded(high), "log": True}
    return None


def _rounded(number: float) -> float:
    return float(f"{number:.3g}")


def _spec(keys: Mapping[str, Any]) -> str:
    """Return a range as an annotation has it."""
    if keys["type"] == "bool":
        return "bool"
    return f"{keys['type']} {keys['low']:g}..{keys['high']:g}{' log' if keys.get('log') else ''}"
