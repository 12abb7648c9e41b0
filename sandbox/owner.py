"""Who owns a container or a scratch folder: a process that is alive, or one that left it behind."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from strop.errors import SandboxError

__all__ = [
    "Owner",
    "clean_scratch",
    "disk_root",
    "in_memory",
    "remove_folder",
    "scratch_folder",
    "scratch_root",
]

MEMORY_FILESYSTEMS = ("ramfs", "tmpfs")


@dataclass(frozen=True)
class Owner:
    """A process, told apart from later ones with its number by boot and start time."""

    boot: str  # the kernel's id of this boot
    pid: int
    start: int  # clock ticks since boot

    @classmethod
    def current(cls) -> Owner:
        """Return this process."""
        pid = os.getpid()
        return cls(boot_id(), pid, start_ticks(pid))

    @classmethod
    def parse(cls, text: str) -> Owner | None:
        """Return the owner that `str` described, None if it is no such text."""
        parts = text.split("_")
        if len(parts) != 3 or not (parts[1].isdigit() and parts[2].isdigit()):
            return None
        return cls(parts[0], int(parts[1]), int(parts[2]))

    @property
    def alive(self) -> bool:
        """Whether that very process still exists on this machine."""
        return self.boot == boot_id() and self.start != 0 and start_ticks(self.pid) == self.start

    def __str__(self) -> str:
        return f"{self.boot}_{self.pid}_{self.start}"


def boot_id() -> str:
    """Return the kernel's id of this boot, "unknown" where it has none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"


def start_ticks(pid: int) -> int:
    """Return when a process started, in clock ticks since boot; 0 where there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return 0
    return int(text[text.rindex(b")") + 2 :].split()[19])


def scratch_root() -> Path:
    """Return the folder of all scratch folders of this user, making it. Raises `SandboxError`."""
    return _private_root(Path(tempfile.gettempdir()))


def disk_root() -> Path:
    """Return the same on a disk, for what must not be kept in memory. Raises `SandboxError`."""
    bases = [Path(tempfile.gettempdir()), Path("/var/tmp")]
    for base in bases:
        if os.access(base, os.W_OK | os.X_OK) and not in_memory(base):
            return _private_root(base)
    names = " and ".join(str(base) for base in bases)
    raise SandboxError(f"{names} are in memory, or can't be written; set TMPDIR to a folder on a disk")


def in_memory(folder: Path) -> bool:
    """Return whether a folder's file system keeps its files in memory."""
    device = folder.stat().st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
        fields = line.split()
        if fields[2] == number:
            return fields[fields.index("-") + 1] in MEMORY_FILESYSTEMS
    return False  # a file system that numbers its parts on its own, as btrfs does


def _private_root(base: Path) -> Path:
    root = base / f"strop-{os.getuid()}"
    try:
        root.mkdir(mode=0o700, exist_ok=True)
        info = root.lstat()
    except OSError as error:
        raise SandboxError(f"{root}: cannot be made: {error.strerror}; set TMPDIR to a folder") from None
    # In a folder that all may write to, somebody else could have made it first, as a trap.
    if not root.is_dir() or root.is_symlink() or info.st_uid != os.getuid() or info.st_mode & 0o077:
        raise SandboxError(f"{root}: must be a folder of yours that nobody else may enter; remove it")
    return root


def scratch_folder(root: Path | None = None) -> Path:
    """Make a private folder that carries its owner's name, in `scratch_root` or another root.

    Raises `SandboxError`.
    """
    folder = (root or scratch_root()) / f"{Owner.current()}.{secrets.token_hex(6)}"
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise SandboxError(f"{folder}: cannot be made: {error.strerror}") from None
    return folder


def clean_scratch() -> int:
    """Remove the scratch folders of dead owners; returns how many."""
    roots = {scratch_root()}
    with contextlib.suppress(SandboxError):  # no disk here: then nothing was left on one
        roots.add(disk_root())
    removed = 0
    for folder in (entry for root in roots for entry in root.iterdir()):
        owner = Owner.parse(folder.name.rpartition(".")[0])
        if owner is not None and not owner.alive:
            remove_folder(folder)
            removed += 1
    return removed


def remove_folder(folder: Path) -> None:
    """Remove a folder that a candidate wrote to, closed or very deep. Raises `SandboxError`."""
    with contextlib.suppress(OSError, RecursionError):
        shutil.rmtree(folder)
        return
    if folder.exists():
        subprocess.run(["chmod", "-R", "u+rwX", str(folder)], capture_output=True, check=False)
        done = subprocess.run(["rm", "-rf", "--", str(folder)], capture_output=True, check=False)
        if done.returncode != 0:
            reason = done.stderr.decode("utf-8", "replace").strip()
            raise SandboxError(f"{folder}: cannot be removed: {reason}")
