"""What comes after an attack: an honest trial, which must work and find nothing of the attack."""

from __future__ import annotations

import os
import sys
import tempfile

MARKER = sys.argv[1]
OWN = {"program.py", "attempt.py", "judge.txt"}

found = []
for folder in (
    "/",
    "/etc",
    "/opt",
    "/tmp",
    "/var/tmp",
    "/dev/shm",
    "/usr/local/bin",
    os.environ["HOME"],
    ".",
):
    try:
        names = os.listdir(folder)
    except OSError:
        continue
    found += [f"{folder}/{name}" for name in names if MARKER in name or name == "memory-of-an-attack"]
found += [f"work/{name}" for name in os.listdir(".") if name not in OWN and name != "__pycache__"]
found += [name for name, value in os.environ.items() if MARKER in value]
for pid in filter(str.isdigit, os.listdir("/proc")):
    if int(pid) != os.getpid():
        try:
            with open(f"/proc/{pid}/comm", encoding="ascii", errors="replace") as file:
                found += [f"process {pid}"] if MARKER[:15] in file.read() else []
        except OSError:
            continue
if found:
    sys.exit(f"found of the attack: {found}")
with tempfile.TemporaryFile() as room:
    room.write(b"x" * (1 << 20))
block = bytearray(16 << 20)
block[::4096] = block[::4096]
print(sum(range(101)))
