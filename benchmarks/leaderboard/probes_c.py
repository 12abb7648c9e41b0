"""Spoilt versions of a task's hot function in C: the function gets another name, and a wrapper its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

__all__ = ["SUFFIXES", "spoilt"]

SUFFIXES = (".c", ".h", ".cc", ".cpp")

FORM = """
#undef {name}

/* --- a probe --- */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

{kind}{name}({parameters})
{{
{body}
}}
"""


class _Parameter(NamedTuple):
    text: str
    name: str

    @property
    def written(self) -> bool:
        """Whether it is where floating-point results go."""
        return re.match(r"(double|float)\s*\*", self.text) is not None

    @property
    def read(self) -> bool:
        """Whether it is data of the caller that the function only reads."""
        return self.text.startswith("const ") and "*" in self.text


def spoilt(text: str, name: str, boasts: Mapping[str, float]) -> Iterator[tuple[str, str, bool]]:
    """Yield what a probe is called, the file's text, and whether the probe has to fail.

    Args:
        text: Of the file that defines the function, at the start of a line.
        name: Of the function.
        boasts: Metrics, and the absurdly good values that the over-reporting version prints.

    Raises:
        ValueError: The file defines no such function.
    """
    found = re.search(rf"^((?:[A-Za-z_]\w*[\s*]+)+){name}\(([^)]*)\)\s*\{{", text, re.MULTILINE)
    if found is None:
        raise ValueError(f"no function {name} is defined there")
    kind, given = found.groups()
    parameters = [_Parameter(one.strip(), re.findall(r"\w+", one)[-1]) for one in given.split(",")]
    inner = f"_probe_{name}"
    call = f"{inner}({', '.join(one.name for one in parameters)})"
    ignored = [f"(void){one.name};" for one in parameters]
    for probe, body, certain in _bodies(kind, call, parameters, ignored, boasts):
        form = FORM.format(
            name=name, kind=kind, parameters=given, body="\n".join(f"    {line}" for line in body)
        )
        yield probe, f"#define {name} {inner}\n{text.rstrip()}\n{form}", certain


def _bodies(
    kind: str,
    call: str,
    parameters: Sequence[_Parameter],
    ignored: Sequence[str],
    boasts: Mapping[str, float],
) -> Iterator[tuple[str, list[str], bool]]:
    yield "broken", [*ignored, "abort();"], True
    yield "empty", [*ignored, "return 0;"], True
    written = [f"{one.name}[0] = NAN;" for one in parameters if one.written]
    # A whole number has no NaN: the largest one is as wrong.
    yield (
        "not a number",
        [f"{kind}_found = {call};", *(written or ["_found = ~_found;"]), "return _found;"],
        True,
    )
    lines = [f'puts("METRIC {name}={value}");' for name, value in boasts.items()]
    yield "over-reporting", [*lines, f"return {call};"], False
    read = [f"memset((void *){one.name}, 0, sizeof *{one.name});" for one in parameters if one.read]
    if read:  # what is changed in place by contract is no input that could be spoilt
        yield "input-mutating", [f"{kind}_found = {call};", *read, "return _found;"], False
