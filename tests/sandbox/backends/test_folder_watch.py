"""Sizes of folders that a candidate writes to, and the end of whoever writes too much."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from strop.errors import SandboxError
from strop.sandbox.folder_watch import FolderWatch, _deleted, used_bytes
from strop.sandbox.owner import clean_scratch, disk_root, in_memory, scratch_folder

MIB = 1 << 20


def test_what_a_tree_takes_on_disk(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "big").write_bytes(b"x" * 3 * MIB)
    (tmp_path / "elsewhere").symlink_to("/usr")
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(1 << 40)
    os.sync()
    size, files = used_bytes(tmp_path, 1 << 50, 100)
    assert 3 * MIB <= size < 4 * MIB
    assert files == 5


def test_counting_ends_early(tmp_path: Path) -> None:
    for n in range(50):
        (tmp_path / f"f{n}").touch()
    assert used_bytes(tmp_path, 1 << 50, 10)[1] == 11
    assert used_bytes(tmp_path / "gone", 1, 1) == (0, 0)


@pytest.mark.parametrize("held", ["open", "mapped"])
def test_files_without_a_name_are_found(tmp_path: Path, held: str) -> None:
    if in_memory(tmp_path):
        pytest.skip("no disk")
    code = (
        "import mmap, os, sys\n"
        "f = open('f', 'w+b'); f.write(b'x' * (5 << 20)); f.flush(); os.fsync(f.fileno()); os.unlink('f')\n"
        "if sys.argv[1] == 'mapped': m = mmap.mmap(f.fileno(), 0); f.close()\n"
        "print('ready', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, held], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"ready\n"
        device = tmp_path.stat().st_dev
        assert 5 * MIB <= sum(_deleted([holder.pid], {device}).values()) < 6 * MIB
        assert _deleted([holder.pid], {device + 1}) == {}
        assert holder.stdin is not None
        holder.stdin.close()


def test_a_folder_that_goes_away_ends_the_watch(tmp_path: Path) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    with FolderWatch({folder: MIB}, "no such marker") as watch:
        folder.rmdir()
        watch._thread.join(30)
    assert watch.full is None


def test_scratch_on_a_disk_is_cleaned_after_the_dead() -> None:
    folder = scratch_folder(disk_root())
    assert not in_memory(folder) and folder.stat().st_mode & 0o777 == 0o700
    clean_scratch()
    assert folder.exists()
    folder.rmdir()
    dead = disk_root() / f"{folder.name.split('_')[0]}_1_1.abc"
    (dead / "f").mkdir(parents=True)
    assert clean_scratch() >= 1 and not dead.exists()


def test_memory_is_told_from_disks(tmp_path: Path) -> None:
    assert in_memory(Path("/dev/shm"))
    assert not in_memory(Path("/proc"))


def test_without_a_disk_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/dev/shm")
    if not in_memory(Path("/var/tmp")):
        assert disk_root().parent == Path("/var/tmp")
        return
    with pytest.raises(SandboxError, match="in memory.*TMPDIR"):
        disk_root()
