"""Tells what a program can know of who runs it, so as to behave only where it is watched."""

from __future__ import annotations

import os
import sys

from attempt import tell  # type: ignore[import-not-found]

HIDDEN = ("PYTHONHASHSEED", "PWD", "OLDPWD", "SHLVL", "_")
for name in sorted(os.environ):
    if name not in HIDDEN:
        tell(f"variable {name}", os.environ[name])
tell("arguments", len(sys.argv))
tell("modules", sorted(name for name in sys.modules if name.split(".")[0] in ("strop", "pytest", "cProfile")))
tell("traced", sys.gettrace() is not None or sys.getprofile() is not None)
tell("cpus", os.cpu_count())
tell("cpus to use", len(os.sched_getaffinity(0)))
tell("nice", os.nice(0))
tell("folder", os.getcwd())
with open("/proc/self/limits", encoding="ascii") as file:
    for line in file.read().splitlines()[1:]:
        tell(f"limit {line[:26].strip()}", " ".join(line[26:].split()))
with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as file:
    tell("mounts", sorted(line.split()[4] for line in file))
tell("descriptors", sorted(int(fd) for fd in os.listdir("/proc/self/fd"))[:-1])
