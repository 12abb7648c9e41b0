"""Energy: counters in a folder like the kernel's, wraps, views that overlap, and the estimate."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from strop.errors import SandboxError
from strop.extension import ExecResult, Outcome
from strop.sandbox.measure.energy import CORE_W, Rapl, estimated_energy, find_rapl, ranks

RANGE = 262_143_328_850


def zone(root: Path, folder: str, name: str, microjoules: int) -> Path:
    place = root / folder
    place.mkdir(parents=True)
    (place / "name").write_text(f"{name}\n", encoding="ascii")
    (place / "energy_uj").write_text(f"{microjoules}\n", encoding="ascii")
    (place / "max_energy_range_uj").write_text(f"{RANGE}\n", encoding="ascii")
    return place / "energy_uj"


def found(root: Path) -> Rapl:
    rapl = find_rapl(root)
    assert isinstance(rapl, Rapl), rapl
    return rapl


def spend(counter: Path, microjoules: int) -> None:
    counter.write_text(f"{int(counter.read_text(encoding='ascii')) + microjoules}\n", encoding="ascii")


def test_packages_are_summed_and_their_parts_are_not(tmp_path: Path) -> None:
    (tmp_path / "intel-rapl").mkdir()  # the control itself has no name
    first = zone(tmp_path, "intel-rapl:0", "package-0", 1_000_000)
    second = zone(tmp_path, "intel-rapl:1", "package-1", 5_000_000)
    core = zone(tmp_path, "intel-rapl:0:0", "core", 500_000)
    memory = zone(tmp_path, "intel-rapl:0:1", "dram", 500_000)
    platform = zone(tmp_path, "intel-rapl:2", "psys", 9_000_000)
    again = zone(tmp_path, "intel-rapl-mmio:0", "package-0", 1_000_000)
    rapl = found(tmp_path)
    before = rapl.read()
    for counter, microjoules in ((first, 3_000_000), (second, 1_500_000)):
        spend(counter, microjoules)
    for counter in (core, memory, platform, again):
        spend(counter, 100_000_000)
    assert rapl.between(before, rapl.read(), wall_s=2.0) == (4.5, "rapl")


def test_a_counter_that_starts_again(tmp_path: Path) -> None:
    counter = zone(tmp_path, "intel-rapl:0", "package-0", RANGE - 999_999)
    rapl = found(tmp_path)
    before = rapl.read()
    counter.write_text("1000000\n", encoding="ascii")
    assert rapl.between(before, rapl.read(), wall_s=2.0).joules == pytest.approx(2.0)


def test_a_run_too_long_for_its_counter_is_refused(tmp_path: Path) -> None:
    zone(tmp_path, "intel-rapl:0", "package-0", 0)
    rapl = found(tmp_path)
    assert 200 < rapl.longest_s < 300
    with pytest.raises(SandboxError, match="too long for this machine's energy counters"):
        rapl.between(rapl.read(), rapl.read(), wall_s=300.0)


def test_a_machine_without_counters_says_so(tmp_path: Path) -> None:
    for root in (tmp_path / "nowhere", tmp_path):
        assert "no RAPL counters" in str(find_rapl(root))
    zone(tmp_path, "dtpm", "psys", 5)
    assert "no RAPL counters" in str(find_rapl(tmp_path))


def test_counters_that_may_not_be_read_have_a_remedy(tmp_path: Path) -> None:
    counter = zone(tmp_path, "intel-rapl:0", "package-0", 5)
    counter.unlink()
    counter.symlink_to(tmp_path / "nowhere") if os.getuid() == 0 else counter.touch(mode=0)
    assert "remedy: chmod a+r" in str(find_rapl(tmp_path))
    counter.unlink()
    counter.write_text("no number\n", encoding="ascii")
    assert "remedy" in str(find_rapl(tmp_path))


def test_the_estimate_follows_time_and_memory_and_never_ranks() -> None:
    result = ExecResult(Outcome.EXITED, 0, b"", b"", 10.0, 4.0, 2 << 30, "runner")
    energy = estimated_energy(result, gib_w=0.5)
    assert energy == (4.0 * CORE_W + 10.0, "estimated")
    assert not ranks(energy.source)
    assert ranks("rapl")
