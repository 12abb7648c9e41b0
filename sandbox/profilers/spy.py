"""Profiles of Python programs that keep strop's sampler out, by py-spy from outside of their process.

It starts the command as its own child, which it may look into without more rights than any other.
"""

from __future__ import annotations

import posixpath
import re
import shlex

from strop.sandbox.profilers.packages import PACKAGES_FOLDER
from strop.sandbox.profilers.samples import FunctionTimes, Merged
from strop.sandbox.profilers.schema import Malformed, clean, own_file

__all__ = ["OUTPUT", "read_spy", "spy_wrap"]

OUTPUT = ".strop-profile-out/spy.txt"
HERTZ = 200
MAX_BYTES = 32 << 20
MAX_STACKS, MAX_DEPTH = 50_000, 400

_FRAME = re.compile(r"(.{1,400}) \(([^()]{1,400}):(\d{1,7})\)")


def spy_wrap(command: str, work: str) -> str:
    """Return the command that samples a shell command and the Python processes that it starts.

    Its exit code is py-spy's own, not the command's.
    """
    program = posixpath.join(work, PACKAGES_FOLDER, "bin", "py-spy")
    options = f"--subprocesses --full-filenames -f raw -r {HERTZ} -o {OUTPUT}"
    # Through the environment's own shell: `sh` and what else it starts are no Python, and are waited for.
    return (
        f"mkdir -p {posixpath.dirname(OUTPUT)} && {shlex.quote(program)} record {options} "
        f"-- /bin/sh -c {shlex.quote(command + '; exit $?')}"
    )


def read_spy(content: bytes | None, work: str) -> Merged:
    """Return the samples of folded stacks (`frame;frame;... count`); never raises on the text.

    A frame is `function (file:line)`, the outermost first. Seconds are samples over their rate.
    """
    merged = Merged()
    if content is None or len(content) > MAX_BYTES:
        merged.note = "py-spy left no profile" if content is None else "py-spy's profile is too large"
        return merged
    for row in content.decode("utf-8", "replace").splitlines()[:MAX_STACKS]:
        stack, _, count = row.rpartition(" ")
        if count.isdigit() and len(count) < 10:
            _add(merged, stack.split(";")[-MAX_DEPTH:], int(count), work)
    merged.cpu_s = merged.sampled_s = merged.samples / HERTZ
    if not merged.samples:
        merged.note = "py-spy took no sample"
    return merged


def _module(file: str) -> str:
    """Return the last part of a module's name; a package's file is called like its folder."""
    stem = posixpath.basename(file).partition(".")[0]
    return posixpath.basename(posixpath.dirname(file)) if stem == "__init__" else stem


def _add(merged: Merged, frames: list[str], count: int, work: str) -> None:
    seconds = count / HERTZ
    merged.samples += count
    seen: set[tuple[str, str]] = set()
    library = ""
    for frame in reversed(frames):
        match = _FRAME.fullmatch(frame)
        if match is None:  # the row of a process or a thread
            continue
        try:
            name, file = clean(match[1].replace("<locals>.", "")), own_file(match[2], work)
        except Malformed:
            continue
        if file is None:
            library = library if seen else f"{_module(match[2])}.{name}"
            continue
        key, line = (file, name), int(match[3])
        times = merged.functions.setdefault(key, FunctionTimes())
        if not seen:
            times.self_s += seconds
            place = (file, name, line)
            merged.lines[place] = merged.lines.get(place, 0.0) + seconds
        if key not in seen:
            seen.add(key)
            times.cum_s += seconds
    if library:
        name = clean(library)
        merged.library[name] = merged.library.get(name, 0.0) + seconds
