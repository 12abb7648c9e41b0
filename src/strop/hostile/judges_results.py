"""The judges of attacks on the clock, on results, and on what comes after: 18 to 42."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from strop.errors import SandboxError
from strop.extension import Outcome, TreeFile
from strop.hostile.arena import INNOCENT, PROTECTED, TREE_BYTES, TREE_FILES, Arena
from strop.hostile.records import Escape

__all__ = [
    "edit_judges",
    "end_early",
    "exec_storm",
    "forge_results",
    "hostile_git",
    "know_itself",
    "memoise",
    "patch_clock",
    "plant_tools",
    "read_memory",
    "slow_others",
    "stash",
    "wild_tree",
    "work_elsewhere",
]

BUSY_S = 0.4  # CPU seconds that the programs about clocks burn


def patch_clock(arena: Arena) -> str:
    """18: time is read outside of its processes."""
    attack = arena.attack()
    if "METRIC seconds=0.0" not in attack.said:
        raise Escape(f"the program did not run: {attack.said[-300:]}")
    if attack.result.cpu_s < BUSY_S * 0.9 or attack.result.wall_s < BUSY_S * 0.9:
        raise Escape(f"the clock says {attack.result.wall_s:.2f} s, {attack.result.cpu_s:.2f} s of CPU")
    return f"it says 0 s, the clock outside {attack.result.cpu_s:.2f} s of CPU"


def read_memory(arena: Arena) -> str:
    """19: nothing of the harness is in its reach."""
    attack = arena.attack()
    if attack.values.get("frames above") != "0" or attack.values.get("modules of a harness") != "[]":
        raise Escape(f"there is a harness in its process: {attack.said[-300:]}")
    if attack.values.get("secrets") != "[]":
        raise Escape("it found a secret in memory")
    return f"{attack.values.get('processes')} memories searched, no secret, no harness"


def end_early(arena: Arena) -> str:
    """20: what it prints before it leaves early is no test that passed, and no measured time."""
    from strop.sandbox.outputs import parse_tests

    attack = arena.attack()
    honest = "test_order (suite.Tests) ... ok\ntest_empty (suite.Tests) ... ok\nRan 2 tests in 0.001s\n\nOK\n"
    missing = parse_tests(attack.said).missing(parse_tests(honest))
    if not attack.result.ok or not missing:
        raise Escape("tests that did not run count as passed")
    if attack.result.wall_s <= 0:
        raise Escape("no time was measured")
    return f"missing in its report: {', '.join(missing)}"


def forge_results(arena: Arena) -> str:
    """21: only regular files of bounded size are read back."""
    names = ("link", "passwd", "environ", "pipe", "folder", "up", "socket", "hole", "hard-passwd")
    with arena.sandbox() as sandbox:
        attack = arena.play(sandbox, arena.folder / "canary")
        for name in names:
            if sandbox.get(f"result-{name}", max_bytes=1 << 20) is not None:
                raise Escape(f"result-{name} was read as a file")
        if sandbox.get("result-up/judge.txt", max_bytes=1 << 20) is not None:
            raise Escape("a path through a symlink was read")
        good = sandbox.get("result-good", max_bytes=1 << 20)
        tree = sandbox.get_tree(max_bytes=TREE_BYTES, max_files=TREE_FILES)
    if good != b"1" or attack.result.outcome is not Outcome.EXITED:
        raise Escape(f"an honest file can't be read any more: {good!r}")
    wrong = {f"result-{name}" for name in names if name not in ("hole", "hard-passwd")} & tree.keys()
    if wrong:
        raise Escape(f"{', '.join(sorted(wrong))} came back with the tree")
    return f"{len(names)} traps refused, the regular file read"


def edit_judges(arena: Arena) -> str:
    """23: what judges it is out of its reach while it runs."""
    with arena.sandbox() as sandbox:
        sandbox.put({"tests/judge.txt": TreeFile(INNOCENT)})
        attack = arena.play(sandbox)
        for path in (PROTECTED, "tests/judge.txt"):
            if sandbox.get(path, max_bytes=1000) != INNOCENT:
                raise Escape(f"{path} was changed")
    if attack.result.outcome is not Outcome.EXITED:
        raise Escape(f"it ended by {attack.end}")
    return f"{attack.said.count('refused: ')} changes refused"


def plant_tools(arena: Arena) -> str:
    """24: tools of later commands are not its own."""
    with arena.sandbox() as sandbox:
        attack = arena.play(sandbox)
        later = sandbox.exec("python3 -c 'print(6 * 7)'; sh -c 'echo sh'; env >/dev/null")
    if arena.marker.encode() in later.stdout or later.stdout != b"42\nsh\n":
        raise Escape(f"a planted tool ran: {later.stdout[-200:]!r}")
    return f"{attack.said.count('refused: ')} folders of PATH refused; no planted tool ran"


def stash(arena: Arena) -> str:
    """25: nothing is kept from one sandbox to the next."""
    with arena.sandbox() as sandbox:
        first = arena.play(sandbox, "write")
    with arena.sandbox() as sandbox:
        second = arena.play(sandbox, "read")
    if not (first.result.ok and second.result.ok):
        raise Escape(f"it ended by {first.end}, then by {second.end}")
    return f"gone: {first.values.get('kept in', '?')}"


def memoise(arena: Arena) -> str:
    """26: a memo over runs is cold again in every sandbox."""
    runs = []
    for _ in range(2):
        with arena.sandbox() as sandbox:
            runs.append(arena.play(sandbox, "input-17").values.get("memo"))
    if runs != ["cold", "cold"]:
        raise Escape(f"the runs were {runs}")
    return "cold in both runs"


def work_elsewhere(arena: Arena) -> str:
    """27: CPU time of detached processes counts."""
    attack = arena.attack()
    if attack.result.cpu_s < BUSY_S * 0.9:
        raise Escape(f"{attack.result.cpu_s:.2f} s of CPU were seen, {BUSY_S} s were burnt")
    return f"own {attack.values.get('own seconds')} s, all processes {attack.result.cpu_s:.2f} s"


def slow_others(arena: Arena) -> str:
    """29: nothing of one trial runs beside the next."""
    attack = arena.attack()
    return f"{attack.values.get('burners', '?')} busy processes killed with the command"


def know_itself(arena: Arena) -> str:
    """30: it sees nothing of strop, and the same whether it is profiled or not."""
    seen = []
    for profiling in ("", "perf", "py-spy"):
        with arena.sandbox(profiling=profiling) as sandbox:
            seen.append(arena.play(sandbox).said)
    other = next((said for said in seen if said != seen[0]), None)
    if other is not None:
        differ = {*seen[0].splitlines()} ^ {*other.splitlines()}
        raise Escape(f"it can tell a profiled sandbox by {sorted(differ)[0]}")
    names = [line for line in seen[0].splitlines() if line.startswith("variable STROP")]
    if names or "descriptors: [0, 1, 2]" not in seen[0] or "modules: []" not in seen[0]:
        raise Escape(f"it sees who runs it: {names or seen[0][-200:]}")
    return f"{len(seen[0].splitlines())} facts, the same in all"


def hostile_git(arena: Arena) -> str:
    """35: no git of the host ever runs in its folder."""
    with arena.sandbox() as sandbox:
        attack = arena.play(sandbox, arena.folder)
        sandbox.get(".git/config", max_bytes=1 << 16)
        tree = sandbox.get_tree(max_bytes=TREE_BYTES, max_files=TREE_FILES)
    if not attack.result.ok or ".git/config" not in tree:
        raise Escape(f"the program did not run: {attack.end}: {attack.said[-300:]}")
    return "taken back as data, nothing of it ran"


def wild_tree(arena: Arena) -> str:
    """36: trees of any shape are read within bounds, or refused."""
    told = []
    for kind in ("names", "huge", "many", "deep"):
        with arena.sandbox() as sandbox:
            attack = arena.play(sandbox, kind)
            if attack.values.get("made") != kind:
                raise Escape(f"the tree {kind!r} was not made: {attack.end}: {attack.said[-300:]}")
            try:
                tree = sandbox.get_tree(max_bytes=TREE_BYTES, max_files=TREE_FILES)
            except SandboxError as error:
                if kind == "names":
                    raise Escape(f"a tree of strange names can't be read: {error}") from None
                told.append(f"{kind}: refused")
                continue
        if kind != "names":
            raise Escape(f"the tree {kind!r} was read in spite of the caps: {len(tree)} files")
        links = {"loop-a", "loop-b", "here", "root", "pipe"} & tree.keys()
        if links or any(path.startswith(("/", "here/", "root/")) or ".." in path.split("/") for path in tree):
            raise Escape("links came back with the tree")
        told.append(f"{kind}: {len(tree)} files")
    return ", ".join(told)


def exec_storm(arena: Arena) -> str:
    """42: many sandboxes and processes at once leave the backend well."""

    def storm(_: int) -> bool:
        with arena.sandbox() as sandbox:
            return all(sandbox.exec(["python3", "program.py", arena.marker]).ok for _ in range(2))

    with ThreadPoolExecutor(max_workers=4) as pool:
        done = list(pool.map(storm, range(4)))
    if not all(done):
        raise Escape(f"{done.count(False)} of {len(done)} sandboxes failed")
    found = arena.backend.available()
    if not found.ok:
        raise Escape(f"the backend is gone: {found.reason}")
    return f"{len(done)} sandboxes at once, each twice"
