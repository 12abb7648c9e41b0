"""The judges of ways out of a sandbox, up to more rights, and on to whoever runs it: 9 to 17.

They go by what the host sees of the attack's processes, and believe a program only where it says that
it got through.
"""

from __future__ import annotations

import os

from strop.extension import Outcome
from strop.hostile.arena import LIMITS, TREE_BYTES, TREE_FILES, Arena, Attack
from strop.hostile.records import Escape
from strop.hostile.witness import Listeners, host_addresses

__all__ = [
    "find_engine",
    "gain_rights",
    "kernel_doors",
    "kill_keepers",
    "metadata",
    "network",
    "proc_files",
    "read_secrets",
    "write_outside",
]

TRIES = 4
DISKS = ("ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "9p", "virtiofs", "nfs", "nfs4", "overlay", "f2fs")


def rights(attack: Attack) -> str:
    """Raise `Escape` where a process had more rights than none; return what the host saw, in words."""
    for sight in attack.witness.sights.values():
        has = sight.rights
        if int(has["CapEff"] or "0", 16):
            raise Escape(f"it has capabilities: {has['CapEff']}")
        if has["NoNewPrivs"] != "1":
            raise Escape("it may gain rights by running programs")
        if has["Seccomp"] != "2":
            raise Escape("no filter of system calls is in force", gap="system calls")
        if sight.network and sight.network == os.readlink("/proc/self/ns/net"):
            raise Escape("it is in the host's network")
        _mounts(sight.mounts)
    return f"host saw user {', '.join(users(attack))}, no capabilities, a filter"


def watched(arena: Arena, *arguments: object, gap: str = "") -> Attack:
    """Return an attack that the host saw; on a busy machine that may take another try."""
    for _ in range(TRIES):
        attack = arena.attack(*arguments, gap=gap)
        if attack.witness.sights:
            return attack
    raise Escape("the host did not see its processes, so that nobody but itself tells what it may do")


def users(attack: Attack) -> list[str]:
    """Return the numbers of the users that the host saw an attack run as."""
    return sorted({sight.rights["Uid"].split()[0] for sight in attack.witness.sights.values()})


def _mounts(table: str) -> None:
    """Raise `Escape` where a folder of the host's disks is mounted writable."""
    for line in table.splitlines():
        fields, _, tail = line.partition(" - ")
        root, point, options = fields.split()[3:6]
        own = "/strop-" in root or point.startswith(("/work", "/tmp", "/scratch"))
        if tail.split()[0] in DISKS and "rw" in options.split(",") and not own:
            raise Escape(f"{root} of a disk of the host is mounted writable at {point}")


def quiet(arena: Arena) -> str:
    """Run a program whose every success is an escape that it tells of."""
    attack = arena.attack()
    return f"{attack.said.count('refused: ')} attempts refused"


def network(arena: Arena) -> str:
    """9: nothing reaches the host or beyond."""
    with Listeners(arena.marker, arena.folder) as listeners:
        attack = watched(arena, listeners.port("tcp"), listeners.port("udp"), arena.folder, *host_addresses())
        reached = listeners.reached()
    if reached:
        raise Escape(f"it reached listeners of the host: {', '.join(reached)}")
    seen = rights(attack)
    return f"{attack.said.count('refused: ')} ways refused, no listener reached; {seen}"


def kernel_doors(arena: Arena) -> str:
    """10: families and calls of the kernel that go past namespaces are refused."""
    with Listeners(arena.marker, arena.folder) as listeners:
        attack = watched(arena, listeners.port("vsock"), gap="system calls")
        if "vsock" in listeners.reached():
            raise Escape("it reached the host by vsock")
    return f"{attack.said.count('refused: ')} doors shut; {rights(attack)}"


def metadata(arena: Arena) -> str:
    """11: there is no way to a metadata service."""
    attack = watched(arena)
    return f"{attack.said.count('refused: ')} services out of reach; {rights(attack)}"


def read_secrets(arena: Arena) -> str:
    """12: no key of the orchestrator is to be found."""
    with arena.sandbox() as sandbox:
        attack = arena.play(sandbox, arena.folder / "canary", arena.folder / "socket")
        tree = sandbox.get_tree(max_bytes=TREE_BYTES, max_files=TREE_FILES)
    if any(arena.secret.encode() in file.content for file in tree.values()):
        raise Escape("the secret is in a file that it wrote")
    if attack.result.outcome is not Outcome.EXITED:
        raise Escape(f"it ended by {attack.end}")
    return f"{len(attack.said)} characters read of what it sees, no key in them"


def proc_files(arena: Arena) -> str:
    """13: the kernel's files show and switch nothing."""
    return quiet(arena)


def write_outside(arena: Arena) -> str:
    """14: nothing but its own folders can be written."""
    attack = arena.attack(arena.folder)
    return f"{attack.said.count('refused: ')} places refused"


def gain_rights(arena: Arena) -> str:
    """15: it is nobody, and stays so."""
    attack = watched(arena)
    if attack.values.get("uid") == "0":
        raise Escape("it is user 0 in its sandbox")
    seen = rights(attack)
    if "0" in users(attack) and os.getuid() == 0:
        raise Escape("it is the host's user 0, without capabilities", gap="unprivileged id on the host")
    return f"{attack.said.count('refused: ')} ways refused; {seen}"


def kill_keepers(arena: Arena) -> str:
    """16: whoever keeps the sandbox survives it."""
    attack = arena.attack(LIMITS.pids)
    return f"{attack.values.get('seen', '?')} processes seen; the sandbox goes on"


def find_engine(arena: Arena) -> str:
    """17: no way leads to who runs it."""
    attack = watched(arena, arena.folder)
    return f"{attack.values.get('mounts', '?')} mounts, none of the host; {rights(attack)}"
