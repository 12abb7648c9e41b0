"""Writes everywhere but where it may: system folders, the host's folders, above its own folder."""

from __future__ import annotations

import os
import stat

from attempt import ARGUMENTS, MARKER, attempt, try_write  # type: ignore[import-not-found]

for folder in (
    "",
    "/etc",
    "/usr",
    "/usr/bin",
    "/usr/local/bin",
    "/usr/lib",
    "/opt",
    "/opt/strop",
    "/var",
    "/var/lib",
    "/root",
    "/home",
    "/boot",
    "/srv",
    "/sys",
    "/proc",
    "/dev/pts",
    "/mnt",
):
    attempt(f"a file in {folder or '/'}", lambda f=folder: try_write(f"{f}/{MARKER}-outside"))
for folder in ARGUMENTS:
    attempt(f"a file in {folder}", lambda f=folder: try_write(f"{f}/{MARKER}-outside", keep=True))
attempt("a file above the work folder", lambda: try_write(f"../{MARKER}-outside"))
attempt("another text of /etc/passwd", lambda: open("/etc/passwd", "ab").close())
os.symlink("/etc", "way")
attempt("a file through a symlink", lambda: try_write(f"way/{MARKER}-outside"))
attempt("a mount of the root", lambda: os.chroot("/"))
attempt("the mode of the root set", lambda: os.chmod("/", stat.S_IMODE(os.stat("/").st_mode)))
