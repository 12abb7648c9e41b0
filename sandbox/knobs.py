"""How knob values reach the program: variables, placeholders in commands, config files, literals."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from strop.candidate import KnobValue
from strop.errors import ConfigError
from strop.job import Job, Knob
from strop.sandbox.config_text import set_value
from strop.sandbox.literals import literals, set_literal, strip_annotations

__all__ = ["Delivery", "deliver", "literals", "strip_annotations"]

RESERVED = frozenset(
    {"DISPLAY", "HOME", "HOSTNAME", "IFS", "LANG", "LC_ALL", "LD_PRELOAD", "LOGNAME", "PATH", "PWD"}
    | {"PYTHONHASHSEED", "PYTHONPATH", "PYTEST_ADDOPTS", "SHELL", "TERM", "TMPDIR", "TZ", "USER"}
)
"""Variables that a knob takes over only where the job names them with `env`."""


@dataclass(frozen=True)
class Delivery:
    """All knob values of a candidate, in the form in which its program gets them."""

    env: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)  # path -> new text, changed files only
    texts: Mapping[str, str] = field(default_factory=dict)  # name -> value as text, of every knob

    def commands(self, command: str) -> str:
        """Return a shell command with `{name}` of each knob filled in, quoted for where it stands.

        `{{name}}` becomes `{name}`. All other braces stay as they are: `${X}`, awk programs.
        """
        return _filled(command, self.texts)


def deliver(job: Job, values: Mapping[str, KnobValue], read: Callable[[str], str | None]) -> Delivery:
    """Return how a candidate's knob values reach its program; absent knobs have their default.

    `read` returns a file's text in the candidate, None where there is none. Raises `ConfigError`
    for an unknown knob, a value outside of its range, and a file, key or literal that isn't there.
    """
    for name in values:
        job.knob(name)
    if problem := job.knob_problem(values):
        raise ConfigError(problem)
    complete = job.settings(values)
    for knob in job.knobs:
        problem = knob.problem_with(complete[knob.name])
        if problem:
            raise ConfigError(f"knob {knob.name!r}: {problem}")
    return Delivery(
        env=_environment(job, complete),
        files=_files(job, complete, read),
        texts={knob.name: knob.text(complete[knob.name]) for knob in job.knobs},
    )


def _environment(job: Job, values: Mapping[str, KnobValue]) -> dict[str, str]:
    placed = _placeholders(" ".join(job.filled_commands))
    env: dict[str, str] = {}
    for knob in job.knobs:
        if knob.file is not None or knob.literal is not None:
            continue
        if knob.env is None and knob.name in placed:
            continue  # it has its way already; a knob `path` must not become PATH by the by
        name = knob.env or knob.name.upper()
        if knob.env is None and name in RESERVED:
            raise ConfigError(
                f"knob {knob.name!r}: its variable would be {name}, which means something else; "
                "give env, or use a placeholder in a command"
            )
        if name in env:
            raise ConfigError(f"knob {knob.name!r}: another knob has the variable {name}; give another env")
        if "=" in name or "\0" in name or not name:
            raise ConfigError(f"knob {knob.name!r}: {name!r} is no name of a variable")
        env[name] = knob.text(values[knob.name])
    return env


def _files(job: Job, values: Mapping[str, KnobValue], read: Callable[[str], str | None]) -> dict[str, str]:
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    for knob in job.knobs:
        path = knob.file if knob.file is not None else knob.literal
        if path is None:
            continue
        path = path.removeprefix("./")
        if path not in before:
            text = read(path)
            if text is None:
                raise ConfigError(
                    f"knob {knob.name!r}: {path}: there is no such text file, in UTF-8, in the repository"
                )
            before[path] = after[path] = text
        after[path] = _set(knob, path, after[path], values[knob.name])
    return {path: text for path, text in after.items() if text != before[path]}


def _set(knob: Knob, path: str, text: str, value: KnobValue) -> str:
    if knob.key is None:
        return set_literal(text, path, knob, value)
    if knob.type == "int" and not isinstance(value, (bool, str)):
        value = int(value)
    return set_value(text, path, knob.key, value)


# --- placeholders -------------------------------------------------------------------------------

# ${name} is the shell's own; so is ${{name}} of other tools.
PLACEHOLDER = re.compile(r"(?<![${])(?:\{\{(?P<escaped>[A-Za-z_]\w*)\}\}|\{(?P<name>[A-Za-z_]\w*)\})(?!\})")


def _placeholders(command: str) -> set[str]:
    return {match["name"] for match in PLACEHOLDER.finditer(command) if match["name"]}


def _filled(command: str, texts: Mapping[str, str]) -> str:
    out, last = "", 0
    for match in PLACEHOLDER.finditer(command):
        name = match["escaped"] or match["name"]
        if name not in texts:
            continue
        out += command[last : match.start()]
        quote = _open_quote(command[: match.start()])
        out += f"{{{name}}}" if match["escaped"] else _quoted(texts[name], quote)
        last = match.end()
    return out + command[last:]


def _open_quote(before: str) -> str:
    """Return the quote that is open at the end of a piece of shell, or an empty string."""
    quote, position = "", 0
    while position < len(before):
        char = before[position]
        if char == "\\" and quote != "'":
            position += 1
        elif char == quote:
            quote = ""
        elif not quote and char in "'\"":
            quote = char
        position += 1
    return quote


def _quoted(text: str, quote: str) -> str:
    if quote == "'":
        return text.replace("'", "'\\''")
    if quote == '"':
        return re.sub(r'([\\"$`])', r"\\\1", text)
    return shlex.quote(text)
