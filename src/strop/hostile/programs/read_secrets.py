"""Looks for keys: in environments, command lines, home folders and a file that all of the host may read."""

from __future__ import annotations

import os
import sys

from attempt import ARGUMENTS, escaped, try_read  # type: ignore[import-not-found]

seen = ["\n".join(f"{name}={value}" for name, value in os.environ.items())]
for entry in os.listdir("/proc"):
    if entry.isdigit() or entry == "self":
        for name in ("environ", "cmdline"):
            seen.append(try_read(f"/proc/{entry}/{name}").decode("utf-8", "replace"))
places = [
    ".netrc",
    ".aws/credentials",
    ".config/gcloud/credentials.db",
    ".docker/config.json",
    ".env",
    ".ssh/id_rsa",
    ".ssh/id_ed25519",
    ".git-credentials",
    ".pypirc",
    ".bash_history",
]
for home in ("/root", os.environ.get("HOME", "/"), "/home", "/work"):
    for place in places:
        text = try_read(f"{home}/{place}")
        if text:
            escaped(f"{home}/{place} can be read")
            seen.append(text.decode("utf-8", "replace"))
for path in ARGUMENTS:
    if try_read(path):
        escaped(f"{path} of the host can be read")
if b"root:$" in try_read("/etc/shadow"):
    escaped("/etc/shadow can be read")
sys.stdout.write("\n".join(seen).replace("ESCAPED", "escaped")[:200000])
