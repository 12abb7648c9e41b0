"""Searches memory for a secret: its own, of every process that it can see, of what Python holds."""

from __future__ import annotations

import gc
import os
import re
import sys
from typing import Any

from attempt import tell  # type: ignore[import-not-found]

NEEDLE = re.compile(b"".join((b"strop", b"-canary-")) + rb"[0-9a-f]{32}")
found = set()
looked = 0
for entry in [*filter(str.isdigit, os.listdir("/proc")), "self"]:
    try:
        with open(f"/proc/{entry}/maps", encoding="utf-8", errors="replace") as maps:
            spans = [line.split()[0].split("-") for line in maps if " r" in line]
        memory = os.open(f"/proc/{entry}/mem", os.O_RDONLY)
    except OSError:
        continue
    looked += 1
    for start, end in spans:
        try:
            size = min(int(end, 16) - int(start, 16), 4 << 20)
            found.update(NEEDLE.findall(os.pread(memory, size, int(start, 16))))
        except (OSError, OverflowError, ValueError):
            continue
    os.close(memory)
for thing in gc.get_objects():
    if isinstance(thing, dict):
        for value in list(thing.values()):
            if isinstance(value, str):
                found.update(NEEDLE.findall(value.encode("utf-8", "replace")))
frame: Any = sys._getframe()
depth = 0
while frame is not None:
    frame, depth = frame.f_back, depth + 1
foreign = sorted(name for name in sys.modules if name.split(".")[0] in ("strop", "pytest", "docker"))
tell("processes", looked)
tell("frames above", depth - 1)
tell("modules of a harness", foreign)
tell("secrets", [match.decode() for match in found])
