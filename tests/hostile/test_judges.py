"""The judges see an escape where there is one."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from strop.errors import ConfigError
from strop.extension import Sandbox, SandboxSpec, TreeFile
from strop.hostile import run_inside
from strop.hostile.arena import Arena, Attack, InsideCase
from strop.hostile.inside import INSIDE, _judged
from strop.hostile.records import Escape
from strop.hostile.witness import Listeners, Witness, marked_processes
from strop.sandbox.process import ProcessBackend


class Pretender(ProcessBackend):
    """Isolates nothing, and says that it does.

    Only 12, 17 and 19, which read and change nothing, may be played on it: they meet the real machine.
    """

    isolated = True

    def unsupported(self) -> Mapping[str, str]:
        return {"system calls": "there is no filter here"}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def private_folders(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))  # one environment for all tests
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture
def arena() -> Iterator[Arena]:
    with Arena.of(Pretender(), "harmless.py") as arena:
        yield arena


def case_of(number: int) -> InsideCase:
    return next(case for case in INSIDE if case.number == number)


def test_a_backend_that_isolates_nothing_is_never_attacked() -> None:
    with pytest.raises(ConfigError, match="would harm this machine"):
        run_inside(ProcessBackend(), case_of(1))


@pytest.mark.parametrize(
    ("number", "what"),
    [
        (12, r"canary of the host can be read|shadow|secret"),
        (17, r"of the host is there|answers|can be opened"),
        (19, r"."),
    ],
)
def test_without_isolation_it_escapes(number: int, what: str) -> None:
    row = run_inside(Pretender(), case_of(number))
    assert row.escaped and re.search(what, row.verdict), row


def test_a_named_gap_is_a_row_with_its_reason_and_covers_nothing_else(arena: Arena) -> None:
    def judge(gap: str) -> InsideCase:
        def found(arena: Arena) -> str:
            raise Escape("a door stands open", gap=gap)

        return InsideCase(99, "door", "", "harmless.py", found)

    gaps = Pretender().unsupported()
    verdict = _judged(judge("system calls"), arena, gaps)
    assert verdict == ("unsupported: there is no filter here", "seen: a door stands open")
    assert _judged(judge("memory"), arena, gaps)[0] == "ESCAPED: a door stands open"
    assert _judged(judge(""), arena, gaps)[0] == "ESCAPED: a door stands open"


def said(arena: Arena, sandbox: Sandbox, code: str) -> Attack:
    with Witness(arena.marker) as witness:
        result = sandbox.exec(["python3", "-c", code])
    return Attack(result, witness)


def test_what_a_program_prints_is_searched(arena: Arena) -> None:
    with arena.sandbox() as sandbox:
        arena.check(said(arena, sandbox, "print('nothing')"))
        with pytest.raises(Escape, match="shows the secret"):
            arena.check(said(arena, sandbox, f"print({arena.secret!r})"))
        with pytest.raises(Escape, match="a way out") as found:
            arena.check(said(arena, sandbox, "print('ESCAPED: a way out')"), "memory")
        assert found.value.gap == "memory"


def test_a_file_on_the_host_is_seen(arena: Arena) -> None:
    arena.look_around()
    (arena.folder / "left").write_text("x", encoding="ascii")
    with pytest.raises(Escape, match="wrote on the host: left"):
        arena.look_around()
    (arena.folder / "left").unlink()
    left = Path(tempfile.gettempdir()) / f"{arena.marker}-outside"
    left.write_text("x", encoding="ascii")
    with pytest.raises(Escape, match="left on the host"):
        arena.look_around()


def test_a_process_that_stays_is_seen(arena: Arena) -> None:
    code = "import sys; print(flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, arena.marker]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it runs, with its own arguments
        assert marked_processes(arena.marker) == [process.pid]
        with pytest.raises(Escape, match="1 of its processes"):
            arena.look_around()
        process.communicate()
    arena.look_around()


def test_a_connection_is_seen(arena: Arena) -> None:
    with Listeners(arena.marker, arena.folder) as listeners:
        assert listeners.reached() == []
        with socket.create_connection(("127.0.0.1", listeners.port("tcp"))):
            assert listeners.reached() == ["tcp"]
        with socket.socket(socket.AF_UNIX) as opened:
            opened.connect(f"\0{arena.marker}")
            assert listeners.reached() == ["abstract", "tcp"]


def test_an_attack_that_ends_otherwise_is_seen(arena: Arena) -> None:
    with pytest.raises(Escape, match="ended by exited"):
        arena.attack(may=())


class Forgetful(Pretender):
    """Hands the same sandbox out again and again."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: Sandbox | None = None

    def start(self, spec: SandboxSpec) -> Sandbox:
        if self.kept is None:
            self.kept = super().start(spec)
            self.end, self.kept.close = self.kept.close, lambda: None  # type: ignore[method-assign]
        return self.kept


def test_a_sandbox_that_is_used_twice_harms_the_next_trial() -> None:
    backend = Forgetful()
    try:
        with Arena.of(backend, "harmless.py") as arena:
            with arena.sandbox() as sandbox:
                sandbox.put({"answers": TreeFile(b"42")})
            with pytest.raises(Escape, match="a scratch folder was left"):
                arena.look_around()
            with pytest.raises(Escape, match="the next trial was harmed.*work/answers"):
                arena.next_trial()
    finally:
        backend.end()


def test_an_unfiltered_process_is_seen(arena: Arena) -> None:
    from strop.hostile.judges_reach import rights
    from strop.hostile.witness import Sight

    good = {"CapEff": "0" * 16, "CapBnd": "0" * 16, "NoNewPrivs": "1", "Seccomp": "2", "Uid": "1000 1000"}
    with arena.sandbox() as sandbox:
        attack = said(arena, sandbox, "")
    attack.witness.sights[1] = Sight(1, good, "net:[0]", "")
    assert "user 1000" in rights(attack)
    disk = "36 35 98:0 /home /host rw,noatime - ext4 /dev/root rw"
    for change, mounts, what in (
        ({"CapEff": "0000003fffffffff"}, "", "capabilities"),
        ({"NoNewPrivs": "0"}, "", "gain rights"),
        ({"Seccomp": "0"}, "", "no filter"),
        ({}, disk, "mounted writable at /host"),
    ):
        attack.witness.sights[1] = Sight(1, {**good, **change}, "net:[0]", mounts)
        with pytest.raises(Escape, match=what):
            rights(attack)
