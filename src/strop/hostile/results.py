"""The judges of hostile results: numbers, pickles, archives, and texts on their way to people."""

from __future__ import annotations

import ast
import io
import json
import os
import pickle
import re
import struct
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from strop.errors import SandboxError
from strop.hostile.records import Escape
from strop.hostile.scene import within

__all__ = ["archives", "displays", "numbers", "pickles", "reports"]

INSIDE = ("recorder.py", "replayer.py", "calls_worker.py")
"""Modules that travel into sandboxes and are never imported on this side."""

UNSAFE = ("pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "jsonpickle")
LONG_S = 120.0


# --- 22 -----------------------------------------------------------------------------------------


class _Bomb:
    """What a pickle can do to who loads it."""

    def __init__(self, place: str) -> None:
        self.place = place

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (self.place,)


def pickles() -> str:
    """22: results are text and numbers; a pickle in them is never loaded."""
    from strop.job import Metric
    from strop.sandbox.outputs import comparable, parse_metrics, parse_tests, same_output, tail
    from strop.sandbox.profilers.samples import merge

    with tempfile.TemporaryDirectory(prefix="strop-hostile-") as folder:
        place = f"{folder}/exploded"
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            bomb = pickle.dumps(_Bomb(place), protocol)
            text = bomb.decode("utf-8", "replace")
            metrics = (Metric(name="score", direction="maximize"),)
            for line in (text, f"METRIC score={text}", json.dumps({"score": text})):
                if parse_metrics(line, metrics):
                    raise Escape("a pickle counts as a number")
            parse_tests(text)
            tail(bomb)
            comparable(bomb, (), metrics)
            same_output(bomb, bomb[:-1], relative=0.1)
            merge({"profile.json": bomb})
        if os.path.exists(place):
            raise Escape("a pickle was loaded")
    loaders = sorted({f"{file}: {name}" for file, name in _unsafe_imports()})
    if loaders:
        raise Escape(f"strop itself can load pickles: {loaders[0]}")
    return "never loaded; no module of strop on this side imports a loader"


def _unsafe_imports() -> Iterator[tuple[str, str]]:
    """Yield the modules of strop that import a loader of pickles, and which."""
    import strop

    for folder, _, names in os.walk(strop.__path__[0], followlinks=True):
        for name in names:
            file = Path(folder, name)
            if not name.endswith(".py") or name in INSIDE or {"hostile", "tasks", "harness"} & {*file.parts}:
                continue
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                found = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                found += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                yield from ((name, module) for module in found if module.split(".")[0] in UNSAFE)


# --- 28, 20 -------------------------------------------------------------------------------------

NO_NUMBERS = (
    "nan",
    "NaN",
    "inf",
    "-Infinity",
    "1e999",
    "true",
    "None",
    "0x10",
    "1,5",
    "1 2",
    "__import__('os')",
    "float('1')",
    "[1]",
    "{}",
    "''",
    "9" * 5000 + "e9999",
    "1e-5j",
    "١٢e999",
)


def numbers() -> str:
    """28: a metric is a finite number, and nothing that only behaves like one."""
    from strop.job import Metric
    from strop.sandbox.outputs import parse_metrics, same_output

    metrics = (Metric(name="score", direction="maximize"),)
    for text in NO_NUMBERS:
        for line in (f"METRIC score={text}", json.dumps({"score": text}), f'{{"score": {text}}}'):
            found = parse_metrics(line, metrics)
            if found:
                raise Escape(f"{line[:60]!r} counts as {found}")
    for line in (
        '{"score": {"__eq__": 1}}',
        '{"score": [9]}',
        '{"score": true}',
        '{"score": null}',
        '{"__class__": "float", "score": "9"}',
        "{" * 100_000,
        '{"score":' * 50_000,
    ):
        if parse_metrics(line, metrics):
            raise Escape(f"{line[:60]!r} counts as a number")
    for found_text, wanted in (
        (b"nan", b"1.0"),
        (b"inf", b"1.0"),
        (b"1e999", b"1.0"),
        (b"1.0 x", b"1.0"),
        (b"", b"1.0"),
    ):
        if same_output(found_text, wanted, relative=0.5, absolute=0.5):
            raise Escape(f"{found_text!r} counts as equal to {wanted!r}")
    if parse_metrics("METRIC score=2.5\n", metrics) != {"score": 2.5}:
        raise Escape("an honest number is refused")
    return f"{len(NO_NUMBERS)} wrong numbers in three forms refused"


def reports() -> str:
    """20: what a program prints can neither hang nor break who reads its reports."""
    return within("strop.hostile.results:read_reports", LONG_S)


def read_reports() -> str:
    """Read reports that grow without bounds; for a process of its own."""
    from strop.sandbox.outputs import comparable, parse_tests, tail

    size = 1 << 20
    texts = (
        "\n" * size,
        " " * size,
        "\n \t" * (size // 3),
        "1" * size,
        "1/" * (size // 2),
        "9" * 5000 + " passed",
        "Ran " + "9" * 5000 + " tests in ",
        "PASSED a::" + " - " * (size // 3),
        "FAILED " + "a::" * (size // 3),
        "a (b)\n" + " ... " * (size // 5),
        "1/1 Test #1: a " + "." * size,
        "ok " * (size // 3),
        "\x1b[" * (size // 2),
        "\x1b]" * (size // 2),
        "\x1b]0;" + "x" * size,
        "ESC" * (size // 3),
        "{" * size,
    )
    for text in texts:
        report = parse_tests(text)
        tail(text.encode())
        comparable(text.encode(), (), ())
        names = report.passed | report.failed
        if any(len(name) > 400 or not name.isprintable() for name in names):
            raise Escape("a test's name is long, or can't be printed")
    return f"{len(texts)} endless reports read in time"


# --- 36 -----------------------------------------------------------------------------------------


REPLY = struct.Struct(">QQ")
"""The head of a runner's reply: length of JSON, length of data."""


class _Liar:
    """The other end of a runner's connection, which says what it likes."""

    def __init__(self, *answers: bytes) -> None:
        self._left = b"".join(answers)

    def send(self, data: bytes, deadline: float) -> None:
        """Take no notice."""

    def receive(self, deadline: float) -> bytes:
        """Say the next words."""
        from strop.sandbox.channel import RunnerLost

        if not self._left:
            raise RunnerLost("killed")
        piece, self._left = self._left[:65536], self._left[65536:]
        return piece

    def close(self) -> None:
        """Do nothing."""


def _frame(message: object, data: bytes = b"", size: int | None = None) -> bytes:
    text = json.dumps(message).encode()
    return REPLY.pack(len(text), len(data) if size is None else size) + text + data


def archives() -> str:
    """36: trees and archives that lie are refused, within their caps and in memory alone."""
    from strop.sandbox.channel import Channel, RunnerLost

    ready = _frame({"ready": True, "python": [3, 11, 0]})
    lies = {
        "a path that leaves": _frame({"files": [["../x", 1, False, False]]}, b"x"),
        "an absolute path": _frame({"files": [["/etc/passwd", 1, False, False]]}, b"x"),
        "an empty path": _frame({"files": [["", 1, False, False]]}, b"x"),
        "sizes that don't add up": _frame({"files": [["a", 5, False, False]]}, b"x"),
        "more bytes than asked for": _frame({"files": [["a", 1 << 40, False, False]]}, size=1 << 40),
        "more files than asked for": _frame({"files": [[f"f{n}", 0, False, False] for n in range(200)]}),
        "an answer without end": REPLY.pack(1 << 60, 0),
        "no JSON": REPLY.pack(4, 0) + b"\x80\x04K.",
        "a word cut off": ready[:7],
    }
    for what, lie in lies.items():
        channel = Channel(_Liar(ready, lie), work="/work", uid=1000)
        try:
            tree = channel.tree(1000, 100)
        except (SandboxError, RunnerLost):
            continue
        raise Escape(f"{what} was taken: {sorted(tree)[:3]}")
    taken = Channel(_Liar(ready, _frame({"files": [["a/b", 1, True, False]]}, b"x")), work="/work", uid=1000)
    if set(taken.tree(1000, 100)) != {"a/b"}:
        raise Escape("an honest tree is refused")
    return f"{len(lies)} lying trees refused, {_archives()} archives read safely or refused"


def _archives() -> int:
    from strop.sandbox.docker_plain import read_archive

    archives = {
        "../x": _tar("../x", b"x"),
        "/etc/x": _tar("/etc/x", b"x"),
        "a link": _tar("link", b"", tarfile.SYMTYPE, "/etc/passwd"),
        "a hard link": _tar("hard", b"", tarfile.LNKTYPE, "/etc/passwd"),
        "a device": _tar("disk", b"", tarfile.BLKTYPE),
        "a pipe": _tar("pipe", b"", tarfile.FIFOTYPE),
        "a huge file": _tar("big", b"x" * 2000),
        "many files": b"".join(_tar(f"f{n}", b"")[:512] for n in range(200)) + b"\0" * 1024,
        "no archive": b"\x80\x04K." * 1000,
        "half an archive": _tar("cut", b"x" * 900)[:700],
        "a lying size": _tar("lie", b"x")[:124] + b"77777777777\0" + _tar("lie", b"x")[136:],
    }
    for what, data in archives.items():
        try:
            files = read_archive(data, max_bytes=1000, max_files=100)
        except SandboxError:
            continue
        if files:
            raise Escape(f"{what} of an archive was taken as {sorted(files)[0]!r}")
    return len(archives)


def _tar(name: str, content: bytes, kind: bytes = tarfile.REGTYPE, link: str = "") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size, member.type, member.linkname = len(content), kind, link
        archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


# --- 38 -----------------------------------------------------------------------------------------

TEXTS = (
    "\x1b[2J\x1b[31mred",
    "\x1b]0;title\x07",
    "\x1b]8;;http://192.0.2.7\x1b\\link\x1b]8;;\x1b\\",
    "\x1bP+q544e\x1b\\",
    "\x9b31m",
    "\x9d0;title\x9c",
    "a\rb",
    "a\bb",
    "\u202etxt.exe",
    "\u2066x\u2069",
    "\u200b\u200d\ufeff",
    "\u2028x\u2029",
    "\U000e0041\U000e0042",
    "\ud800",
    "\x00\x7f\x85",
)
MARKUP = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[a](javascript:alert(1))",
    "![x](http://192.0.2.7/)",
    "@everyone",
    "``` \n# head",
    "| a | b |",
    "[bold red]x[/bold red]",
    "````",
    "`",
    "# head\n- item",
)
HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)


def displays() -> str:
    """38: what candidates write reaches a terminal, Markdown or a log as plain text."""
    count = 0
    for text in TEXTS:
        for shown in _shown(f"before {text} after"):
            count += 1
            found = HARMFUL.search(shown)
            if found:
                raise Escape(f"U+{ord(found[0]):04X} reaches a display from {text!r}")
    from strop.report.markdown import code, fence

    for text in (*MARKUP, *TEXTS):
        inline = code(text)
        ticks = len(inline) - len(inline.lstrip("`"))
        if "\n" in inline or "|" in inline or "`" * ticks in inline[ticks:-ticks]:
            raise Escape(f"{text!r} leaves its code in Markdown: {inline!r}")
        rows = fence(text).split("\n")
        if any(row.strip().startswith(rows[-1]) for row in rows[1:-1]):
            raise Escape(f"{text!r} closes its fence in Markdown")
    return f"{count} texts in displays are plain, {len(MARKUP)} pieces of markup mean nothing"


def _shown(text: str) -> Iterator[str]:
    """Yield a text as each display shows it."""
    from rich.console import Console

    from strop.report.markdown import code, fence
    from strop.report.text import print_line
    from strop.report.words import attempt_sentence, clean, one_line, trial_sentence
    from strop.sandbox.outputs import parse_tests, tail
    from strop.sandbox.profilers.samples import merge

    raw = text.encode("utf-8", "surrogatepass")
    yield from (clean(text), one_line(text), code(text), fence(text), tail(raw), tail(b"\x1b" + raw))
    yield trial_sentence({"state": "failed", "reason": text, "stage": "test"})
    yield attempt_sentence({"outcome": "refused", "agent": "coder", "sentence": text})
    stream = io.StringIO()
    print_line(Console(file=stream, force_terminal=False, width=200), text)
    yield stream.getvalue()
    report = parse_tests(f"PASSED a::{text}\nok 1 - {text}\n")
    yield from report.passed | report.failed
    row = [text, text, 1, 0.5, 0.5]
    sample = {
        "schema": "strop-sample/1",
        "samples": 1,
        "cpu_s": 1.0,
        "sampled_s": 1.0,
        "note": text,
        "functions": [row],
        "lines": [],
        "library": [[text, 1.0]],
    }
    merged = merge({"x": json.dumps(sample).encode()})
    yield from (merged.note, *merged.library, *(part for key in merged.functions for part in key))
