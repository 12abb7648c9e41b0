"""The agents' prompts, one template a file, and their loader.

A template is Jinja with strict variables: a missing one raises. Text that comes from a repository,
a log or a profile is passed as values, which the templates put between markers as data.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

__all__ = ["load", "render", "version"]


def load(name: str, folder: Path | None = None) -> str:
    """Return a template's text, e.g. `load("coder/task")`; a file of `folder` wins over the bundled."""
    if folder is not None and (own := folder / f"{name}.md").is_file():
        return own.read_text(encoding="utf-8")
    return files(__name__).joinpath(f"{name}.md").read_text(encoding="utf-8")


def version(name: str, folder: Path | None = None) -> str:
    """Return eight hexadecimal digits that name a template's content."""
    return hashlib.sha256(load(name, folder).encode()).hexdigest()[:8]


def render(name: str, folder: Path | None = None, /, **values: Any) -> str:
    """Return a template filled with values; raises `jinja2.UndefinedError` for a missing one."""
    return str(_template(load(name, folder)).render(**values)).strip() + "\n"


@lru_cache(maxsize=64)
def _template(text: str) -> Any:
    import jinja2

    # autoescape is off: prompts are plain text for a model, never HTML.
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters["data"] = as_data
    return environment.from_string(text)


def as_data(text: str, limit: int = 6000) -> str:
    """Return untrusted text inside a data tag that it cannot close, shortened in the middle."""
    if len(text) > limit:
        half = limit // 2
        text = f"{text[:half]}\n… {len(text) - limit} characters left out …\n{text[-half:]}"
    body = re.sub(r"<(/?\s*data\b)", r"< \1", text, flags=re.IGNORECASE)
    return f"<data>\n{body.rstrip()}\n</data>"
