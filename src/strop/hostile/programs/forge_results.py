"""Leaves traps where results are read: links, pipes, devices, holes, a file that goes on growing."""

from __future__ import annotations

import os
import socket

from attempt import ARGUMENTS, tell  # type: ignore[import-not-found]

os.symlink(ARGUMENTS[0], "result-link")
os.symlink("/etc/passwd", "result-passwd")
os.symlink("/proc/self/environ", "result-environ")
os.mkfifo("result-pipe")
os.mkdir("result-folder")
os.symlink("..", "result-up")
server = socket.socket(socket.AF_UNIX)
server.bind("result-socket")
with open("result-hole", "wb") as file:
    file.truncate(24 << 20)
for name, target in (("result-hard", "judge.txt"), ("result-hard-passwd", "/etc/passwd")):
    try:
        os.link(target, name)
    except OSError:
        tell("no hard link", name)
with open("result-good", "wb") as file:
    file.write(b"1")
