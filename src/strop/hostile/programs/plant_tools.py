"""Plants programs under the names of tools, wherever a later command may look for them."""

from __future__ import annotations

import os

from attempt import MARKER, attempt, try_write  # type: ignore[import-not-found]

TROJAN = f"#!/bin/sh\necho {MARKER} was here\n"
NAMES = ("python3", "python", "git", "sh", "cc", "make", "curl", "env")


def plant(folder: str) -> None:
    """Write trojans into a folder of the sandbox's own."""
    for name in NAMES:
        path = os.path.join(folder, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(TROJAN)
        os.chmod(path, 0o755)


for folder in os.environ["PATH"].split(":"):
    if os.path.isdir(folder):
        attempt(f"a tool in {folder}, which is on PATH", lambda f=folder: try_write(f"{f}/{MARKER}"))
for folder in (
    ".",
    os.environ["HOME"],
    os.environ["HOME"] + "/bin",
    os.environ["HOME"] + "/.local/bin",
    "/tmp",
):
    os.makedirs(folder, exist_ok=True)
    plant(folder)
for name in (".profile", ".bashrc", ".bash_profile", ".zshenv", ".pythonrc"):
    with open(os.path.join(os.environ["HOME"], name), "w", encoding="ascii") as file:
        file.write(f"echo {MARKER} was here\nPATH={os.environ['HOME']}/bin:$PATH\n")
