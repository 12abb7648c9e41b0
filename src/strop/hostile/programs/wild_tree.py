"""Builds a tree that breaks readers: names of any bytes, loops, holes, many files, deep folders."""

from __future__ import annotations

import os

from attempt import ARGUMENTS, tell  # type: ignore[import-not-found]

kind = ARGUMENTS[0]
if kind == "names":
    for raw in (
        b"new\nline",
        b"tab\there",
        b"\x1b[31mred",
        b"caf\xc3\xa9",
        b"not-utf8-\xff\xfe",
        b"-rf",
        b"a" * 255,
        "\u202egpj.exe".encode(),
        b"<script>alert(1)</script>"[:8],
        b"..hidden",
        b"con:aux",
        b"back\\slash",
    ):
        with open(raw, "wb") as file:
            file.write(b"x")
    os.symlink("loop-b", "loop-a")
    os.symlink("loop-a", "loop-b")
    os.symlink(".", "here")
    os.symlink("/", "root")
    os.mkfifo("pipe")
    os.mkdir("closed")
    os.chmod("closed", 0)
elif kind == "huge":
    for number in range(8):
        with open(f"hole-{number}", "wb") as file:
            file.truncate(20 << 20)
elif kind == "many":
    for number in range(5000):
        os.close(os.open(f"file-{number}", os.O_CREAT | os.O_WRONLY))
else:
    here = os.getcwd()
    for _ in range(3000):
        os.mkdir("d")
        os.chdir("d")
    os.chdir(here)
tell("made", kind)
