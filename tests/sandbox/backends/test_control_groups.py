"""Which group a sandbox's is made in, and what can be limited there."""

from __future__ import annotations

from pathlib import Path

import pytest

from strop.extension import Limits
from strop.sandbox.cgroups import LIMITED, _given_v2, _make_v2, make_group, swaps_beyond, ungrouped


def group(folder: Path, given: str) -> Path:
    """A group of version 2 as its files show it; the kernel makes them, so the test does."""
    folder.mkdir(exist_ok=True)
    (folder / "cgroup.subtree_control").write_text(given)
    (folder / "cgroup.procs").write_text("")
    return folder


def test_the_nearest_group_that_hands_most_down_is_taken(tmp_path: Path) -> None:
    top = group(tmp_path / "slice", "cpu memory pids")
    middle = group(top / "app", "memory pids cpu io")
    own = group(middle / "scope", "")
    made = _make_v2([own, middle, top], "strop-1-a", Limits())
    assert made.folders == (middle / "strop-1-a",)
    assert made.limited == frozenset()  # no kernel made memory.max here


def test_without_a_controller_anywhere_it_is_below_its_own(tmp_path: Path) -> None:
    top = group(tmp_path / "slice", "io")
    own = group(top / "scope", "")
    made = _make_v2([own, top], "strop-1-a", Limits())
    assert made.folders == (own / "strop-1-a",)


def test_a_group_that_processes_can_not_be_moved_in_is_none(tmp_path: Path) -> None:
    top = group(tmp_path / "slice", "cpu memory pids")
    assert _given_v2(top) == LIMITED
    (top / "cgroup.procs").unlink()
    assert _given_v2(top) == frozenset()


def test_what_can_not_be_limited_is_found_out(tmp_path: Path) -> None:
    assert ungrouped(tmp_path / "nothing") == LIMITED
    here = ungrouped()
    made = make_group(Limits(cpus=1.0))
    try:
        assert made.limited == LIMITED - here
    finally:
        made.remove()


def test_swap_without_a_limit_is_a_gap(tmp_path: Path) -> None:
    none, some = tmp_path / "none", tmp_path / "some"
    none.write_text("Filename Type Size\n", encoding="utf-8")
    some.write_text("Filename Type Size\n/swapfile file 999\n", encoding="utf-8")
    assert not swaps_beyond(swaps=none) and not swaps_beyond(swaps=tmp_path / "nothing")
    assert not swaps_beyond(tmp_path / "no groups", swaps=some)  # then memory itself is the gap
    made = make_group(Limits())
    try:
        limits = {"memory.memsw.limit_in_bytes", "memory.swap.max"}
        found = any((folder / name).exists() for folder in made.folders for name in limits)
        limited = "memory" in made.limited
        assert made.swaps is not found or not limited
    finally:
        made.remove()
    assert swaps_beyond(swaps=some) is (limited and not found)


def test_limits_are_the_kernels(tmp_path: Path) -> None:
    if ungrouped():
        pytest.skip(f"no group can limit {', '.join(sorted(ungrouped()))} here")
    made = make_group(Limits(memory_bytes=64 << 20, pids=20, cpus=0.5))
    try:
        texts = {file.name: file.read_text() for f in made.folders for file in _limit_files(f)}
    finally:
        made.remove()
    assert texts.get("memory.limit_in_bytes", texts.get("memory.max")) == f"{64 << 20}\n"
    assert texts["pids.max"] == "28\n"
    assert texts.get("cpu.cfs_quota_us", texts.get("cpu.max")) in ("50000\n", "50000 100000\n")
    assert not any(folder.exists() for folder in made.folders)


def _limit_files(folder: Path) -> list[Path]:
    names = ("memory.limit_in_bytes", "memory.max", "pids.max", "cpu.cfs_quota_us", "cpu.max")
    return [folder / name for name in names if (folder / name).exists()]
