"""Looks for a way to whoever runs the sandbox: the engine's socket, mounts of the host, open files."""

from __future__ import annotations

import os
import socket
import stat
import time

from attempt import ARGUMENTS, escaped, tell  # type: ignore[import-not-found]

for path in (
    "/var/run/docker.sock",
    "/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/run/podman/podman.sock",
    "/run/crio/crio.sock",
    "/run/systemd/private",
    "/run/dbus/system_bus_socket",
    "/run/user/0/bus",
    "/tmp/.X11-unix/X0",
):
    with socket.socket(socket.AF_UNIX) as opened:
        try:
            opened.connect(path)
        except OSError:
            continue
        escaped(f"{path} answers")
for path in ARGUMENTS:
    if os.path.exists(path):
        escaped(f"{path} of the host is there")
for fd in os.listdir("/proc/self/fd"):
    try:
        info = os.stat(f"/proc/self/fd/{fd}")
        place = os.readlink(f"/proc/self/fd/{fd}")
    except OSError:
        continue
    leads_out = stat.S_ISDIR(info.st_mode) or stat.S_ISSOCK(info.st_mode)
    if int(fd) > 2 and leads_out and not place.startswith("/proc/"):
        escaped(f"descriptor {fd} is open: {place}")
for name in ("sda", "vda", "nvme0n1", "kvm", "fuse", "net/tun", "vhost-vsock", "loop-control"):
    try:
        os.close(os.open(f"/dev/{name}", os.O_RDWR))
    except OSError:
        continue
    escaped(f"/dev/{name} can be opened")
with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as file:
    tell("mounts", len(file.readlines()))
time.sleep(0.2)
