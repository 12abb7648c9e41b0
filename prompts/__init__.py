"""The agents' prompts, one template a file, and their loader.

A template is Jinja with strict variables: a missing one raises. Text that comes from a repository,
a log or a profile is passed as values, which the templates put between markers as data. What a
template puts in without markers (names, sentences) is shortened, and can't open or close a marker.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

__all__ = ["check", "load", "names", "render", "version", "versions", "versions_of"]


MOST_CHARACTERS = 4000
"""Of a value without markers."""

_TAG = re.compile(r"<(\s*/?\s*data\b)", re.IGNORECASE)

_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f]"
    "|[\ufff9-\ufffb\U000e0000-\U000e007f]|(?<!^)\ufeff"
)
"""What people who review a text don't see, and a model reads: Unicode TR36, and control characters."""


class _Data(str):
    """A text that stands between markers."""

    __slots__ = ()


def load(name: str, folder: Path | None = None) -> str:
    """Return a template's text, e.g. `load("coder/task")`; a file of `folder` wins over the bundled."""
    if folder is not None and (own := folder / f"{name}.md").is_file():
        return own.read_text(encoding="utf-8")
    return files(__name__).joinpath(f"{name}.md").read_text(encoding="utf-8")


def version(name: str, folder: Path | None = None) -> str:
    """Return eight hexadecimal digits that name a template's content."""
    return hashlib.sha256(load(name, folder).encode()).hexdigest()[:8]


@lru_cache(maxsize=64)
def versions(part: str, folder: Path | None = None) -> str:
    """Return the templates of a part with their versions: "coder/system@1a2b3c4d coder/task@9f8e7d6c".

    Empty where there is no such part. "retry" is asked after a bad answer only, and left out.
    """
    own = [name for name in names() if name.startswith(f"{part}/") and not name.endswith("/retry")]
    return versions_of(tuple(own), folder)


@lru_cache(maxsize=64)
def versions_of(templates: tuple[str, ...], folder: Path | None = None) -> str:
    """Return templates with their versions, in the form of `versions`."""
    return " ".join(f"{name}@{version(name, folder)}" for name in templates)


def names() -> list[str]:
    """Return the names of the bundled templates."""
    rooms = sorted((room for room in files(__name__).iterdir() if room.is_dir()), key=lambda room: room.name)
    found = [(room.name, file.name) for room in rooms for file in room.iterdir()]
    return sorted(f"{room}/{file.removesuffix('.md')}" for room, file in found if file.endswith(".md"))


def check(folder: Path) -> list[str]:
    """Return the names of the templates in a folder that win over the bundled ones.

    Raises:
        ValueError: There is none, one has no bundled namesake, isn't valid Jinja, or uses a variable
            that the bundled one does not get; the message names the file and what is allowed.
    """
    import jinja2

    top = folder.resolve()
    for path in folder.rglob("*.md"):
        if not path.resolve().is_relative_to(top) or not path.is_file():
            raise ValueError(f"{path} leads out of its folder; write the template there")
    found = sorted(path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.md"))
    if not found:
        raise ValueError(f"{folder} holds no template; templates: {', '.join(f'{n}.md' for n in names())}")
    for name in found:
        if name not in names():
            raise ValueError(f"{folder}/{name}.md is no prompt of strop; templates: {', '.join(names())}")
        try:
            foreign = _variables(load(name, folder)) - _variables(load(name))
        except (jinja2.TemplateSyntaxError, UnicodeDecodeError) as error:
            raise ValueError(f"{folder}/{name}.md is no valid template: {error}") from None
        if foreign:
            allowed = ", ".join(sorted(_variables(load(name)))) or "none"
            raise ValueError(
                f"{folder}/{name}.md: unknown variable {', '.join(sorted(foreign))}; allowed: {allowed}"
            )
    return found


def _variables(text: str) -> set[str]:
    from jinja2.meta import find_undeclared_variables

    return set(find_undeclared_variables(_environment().parse(text)))


def render(name: str, folder: Path | None = None, /, **values: Any) -> str:
    """Return a template filled with values; raises `jinja2.UndefinedError` for a missing one.

    A template of `folder` that can't be filled raises `ValueError`, which names the file.
    """
    import jinja2

    try:
        return str(_template(load(name, folder)).render(**values)).strip() + "\n"
    except (jinja2.TemplateError, TypeError, ArithmeticError, LookupError, AttributeError) as error:
        if folder is None or not (folder / f"{name}.md").is_file():
            raise
        raise ValueError(f"{folder}/{name}.md can't be filled: {type(error).__name__}: {error}") from error


@lru_cache(maxsize=64)
def _template(text: str) -> Any:
    return _environment().from_string(text)


@lru_cache(maxsize=1)
def _environment() -> Any:
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    # autoescape is off: prompts are plain text for a model, never HTML. Templates may come from the
    # repository that a job is about, so they get at values and nothing else.
    environment = ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_finalized,
    )
    environment.filters["data"] = as_data
    return environment


def as_data(text: str, limit: int = 6000) -> str:
    """Return untrusted text inside a data tag that it cannot close, shortened in the middle."""
    return _Data(f"<data>\n{_harmless(text, limit).rstrip()}\n</data>")


def _finalized(value: Any) -> Any:
    """Return a value as it goes into a prompt; Jinja calls this for every expression."""
    return _harmless(value, MOST_CHARACTERS) if isinstance(value, str) and type(value) is not _Data else value


def _harmless(text: str, limit: int) -> str:
    """Return a text shortened in the middle, without data tags, what is invisible made visible."""
    shown = _HIDDEN.sub(lambda found: f"<U+{ord(found[0]):04X}>", text)
    if len(shown) > limit:
        half = limit // 2
        shown = f"{shown[:half]}\n… {len(shown) - limit} characters left out …\n{shown[-half:]}"
    return _TAG.sub(r"< \1", shown)
