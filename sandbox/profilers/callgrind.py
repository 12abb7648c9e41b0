"""Profiles by callgrind: instructions by function and line, counted and not sampled.

For native programs where perf is not to be had: 60 to 100 times slower, so only short ones get there.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from strop.extension import Sandbox
from strop.sandbox.profilers.native import NativeTimes
from strop.sandbox.profilers.schema import Malformed, clean, number

__all__ = ["FILES", "callgrind_problem", "callgrind_total", "callgrind_wrap", "read_callgrind"]

OUTPUT_FOLDER = ".strop-callgrind"
FILES = re.compile(rf"{re.escape(OUTPUT_FOLDER)}/callgrind\.\d{{1,9}}")
"""Paths of the files that it leaves, one for each process."""

MAX_FILES = 64
MAX_FILE_BYTES = 64 << 20
MAX_FUNCTIONS = 100_000
MAX_COUNT = 1e18

_NAME = re.compile(r"(?:\((\d{1,9})\))?\s*(.*)")
_COST = re.compile(r"(?:[+-]?\d{1,12}|\*)(?: (?:[+-]?\d{1,18}|\*))*")


def callgrind_problem(sandbox: Sandbox, env: Mapping[str, str] | None = None) -> str:
    """Return why callgrind can't run in a sandbox, with the remedy; empty where it can.

    `env`: variables of the command that it is to count.
    """
    probe = "command -v valgrind >/dev/null && valgrind --tool=callgrind --version"
    done = sandbox.exec(probe, env=env, timeout_s=60.0)
    if done.ok:
        return ""
    return (
        "valgrind is not in the sandbox; install it in the job's image (docker: RUN apt-get install -y "
        "valgrind) or on this machine (bubblewrap and process use this machine's programs)"
    )


def callgrind_wrap(command: str) -> str:
    """Return the command that counts a shell command and all that it starts; it ends as that does."""
    return (
        f"mkdir -p {OUTPUT_FOLDER} && exec valgrind --tool=callgrind --quiet --trace-children=yes "
        f'--callgrind-out-file="$PWD/{OUTPUT_FOLDER}/callgrind.%p" -- /bin/sh -c {shlex.quote(command)}'
    )


def callgrind_total(raw: Mapping[str, bytes]) -> int:
    """Return all instructions that the files of one run count; raises `Malformed` where one is none."""
    if not raw:
        raise Malformed("callgrind left no file")
    if len(raw) > MAX_FILES:
        raise Malformed(f"more than {MAX_FILES} processes")
    return sum(_total(content) for content in raw.values())


def _total(content: bytes) -> int:
    _check(content)
    totals = re.findall(rb"^(?:totals|summary): (\d{1,18})\b", content, re.MULTILINE)
    if not totals:
        raise Malformed("a callgrind file without its total: its process was killed")
    return max(int(total) for total in totals)


def _check(content: bytes) -> None:
    if len(content) > MAX_FILE_BYTES:
        raise Malformed(f"{len(content)} bytes, allowed are {MAX_FILE_BYTES}")
    if not re.search(rb"^events: Ir\b", content[:4096], re.MULTILINE):
        raise Malformed("not a callgrind file that counts instructions")


def read_callgrind(raw: Mapping[str, bytes], sources: Collection[str]) -> NativeTimes:
    """Return shares by function and line; never raises on the files' data.

    Args:
        raw: Contents by name.
        sources: Paths of the job's sources; functions of other files count as library.
    """
    times = NativeTimes("callgrind")
    for name in sorted(raw, key=lambda name: (-len(raw[name]), name))[:MAX_FILES]:
        try:
            _check(raw[name])
            reader = _Reader(times, sources)
            for line in raw[name].decode("utf-8", "replace").splitlines():
                reader.feed(line)
        except Malformed as error:
            times.problem = f"a callgrind file was left out: {error}"
    if times.total:
        times.problem = ""
    elif not times.problem:
        times.problem = "callgrind left no file"
    return times


@dataclass
class _Reader:
    """One file, line by line. Source: the format's specification in Valgrind's manual, section 3.

    Names and positions are compressed: `fn=(3) work` defines number 3, `fn=(3)` means it again; a
    position is a number, `+n` or `-n` from the last one, or `*` for the same.
    """

    times: NativeTimes
    sources: Collection[str]
    files: dict[str, str] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)
    objects: dict[str, str] = field(default_factory=dict)
    library: str = ""  # of the current object
    file: str = ""  # of the current function
    line_file: str = ""  # of the current lines: another one within inlined code
    function: str = ""
    line: int = 0
    columns: int = 1  # positions before the costs
    call: bool = False  # the next cost is that of a call, with all below it

    def feed(self, text: str) -> None:
        """Take in one line."""
        key, equals, value = text.partition("=")
        if equals and key in _SPECIFICATIONS:
            _SPECIFICATIONS[key](self, value)
        elif text.startswith("positions: "):
            self.columns = len(text.split()) - 1
        elif _COST.fullmatch(text):
            self._cost(text.split())

    def _cost(self, parts: list[str]) -> None:
        if len(parts) < self.columns + 1:
            return
        place = parts[self.columns - 1]
        if place[:1] in "+-":
            self.line += int(place)
        elif place != "*":
            self.line = int(place)
        cost = number(int(parts[self.columns]) if parts[self.columns].isdigit() else None, MAX_COUNT)
        key = self.file or self.library, self.function
        if len(self.times.self_by) > MAX_FUNCTIONS:
            raise Malformed(f"more than {MAX_FUNCTIONS} functions")
        self.times.cum_by[key] = self.times.cum_by.get(key, 0.0) + cost
        if self.call:
            self.call = False
            return
        self.times.total += cost
        self.times.self_by[key] = self.times.self_by.get(key, 0.0) + cost
        if self.line_file and self.line_file == self.file:
            line = (self.line_file, self.function, self.line)
            self.times.lines[line] = self.times.lines.get(line, 0.0) + cost

    def named(self, table: dict[str, str], value: str) -> str:
        """Return the name that a compressed one stands for."""
        match = _NAME.fullmatch(value)
        if match is None:
            raise Malformed("a name is missing")
        if match[1] is None:
            return clean(match[2], 200)
        if match[2]:
            table[match[1]] = clean(match[2], 200)
        return table.get(match[1], "?")

    def own_path(self, value: str) -> str:
        """Return the path of one of the job's sources, empty for another file."""
        # By its end: where a program was compiled is not always where it runs.
        parts = self.named(self.files, value).split("/")
        ends = ("/".join(parts[n:]) for n in range(len(parts)))
        return next((end for end in ends if end in self.sources), "")

    def on_object(self, value: str) -> None:
        self.library = self.named(self.objects, value).rpartition("/")[2]

    def on_file(self, value: str) -> None:
        self.file = self.line_file = self.own_path(value)

    def on_inlined(self, value: str) -> None:
        self.line_file = self.own_path(value)

    def on_function(self, value: str) -> None:
        self.function = self.named(self.functions, value)[:80]

    def on_called_object(self, value: str) -> None:
        self.named(self.objects, value)  # a name may be defined here first

    def on_called_file(self, value: str) -> None:
        self.named(self.files, value)

    def on_called_function(self, value: str) -> None:
        self.named(self.functions, value)

    def on_call(self, _value: str) -> None:
        self.call = True


_SPECIFICATIONS: dict[str, Callable[[_Reader, str], None]] = {
    "ob": _Reader.on_object,
    "fl": _Reader.on_file,
    "fi": _Reader.on_inlined,
    "fe": _Reader.on_inlined,
    "fn": _Reader.on_function,
    "calls": _Reader.on_call,
    "cob": _Reader.on_called_object,
    "cfi": _Reader.on_called_file,
    "cfl": _Reader.on_called_file,
    "cfn": _Reader.on_called_function,
}
