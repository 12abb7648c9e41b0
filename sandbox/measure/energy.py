"""Energy of a run: read from the processor's own counters (RAPL) where they are, else estimated.

RAPL counts the energy of whole processor packages, other programs' share included, and is updated
about every millisecond: a run should take a second or more, and nothing else should run. Virtual
machines have none. The estimate is no measurement: it follows from CPU time and memory by fixed
constants, adds nothing to what those say, and so must never rank candidates (`ranks`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from strop.errors import SandboxError
from strop.extension import ExecResult

__all__ = ["Energy", "Rapl", "Reading", "estimated_energy", "find_rapl", "ranks"]

POWERCAP = Path("/sys/class/powercap")

CORE_W = 7.0
"""Watts of one busy core, its share of the package included. 200 W by 32 cores of a server make 6.3 W,
65 W by 8 cores of a desktop 8.1 W: a machine may well differ by half."""

GIB_W = 0.375
"""Watts of one GiB of memory: 3 W by 8 GB, the constant that tools for carbon accounting use."""

MOST_W = 1000.0  # of one package; tells how soon its counter can have wrapped twice

Source = Literal["rapl", "estimated"]


class Energy(NamedTuple):
    """Energy of one run, in joules."""

    joules: float
    source: Source


def ranks(source: Source) -> bool:
    """Return whether energies of a source may rank candidates: an estimate never does."""
    return source == "rapl"


def estimated_energy(result: ExecResult, *, core_w: float = CORE_W, gib_w: float = GIB_W) -> Energy:
    """Return CPU seconds times the power of a core, plus memory at its peak times that of memory."""
    memory_j = result.peak_rss_bytes / 2**30 * gib_w * result.wall_s
    return Energy(result.cpu_s * core_w + memory_j, "estimated")


class Reading(NamedTuple):
    """All counters at one moment, in microjoules by folder."""

    counters: Mapping[str, int]


@dataclass(frozen=True)
class Rapl:
    """The energy counters of this machine's processor packages."""

    folders: tuple[Path, ...]
    ranges: Mapping[str, int]  # microjoules after which a counter starts again, by folder

    @property
    def longest_s(self) -> float:
        """How long a run may take before a counter may have started again twice, in seconds."""
        return min(self.ranges.values()) / 1e6 / MOST_W

    def read(self) -> Reading:
        """Return the counters now. Raises `SandboxError` where they can't be read any more."""
        return Reading({str(folder): _number(folder / "energy_uj") for folder in self.folders})

    def between(self, before: Reading, after: Reading, *, wall_s: float) -> Energy:
        """Return the energy from one reading to a later one.

        Raises:
            SandboxError: they are further apart than a counter can tell.
        """
        if wall_s > self.longest_s:
            raise SandboxError(
                f"a run of {wall_s:.0f} s is too long for this machine's energy counters, which may start "
                f"again every {self.longest_s:.0f} s"
            )
        total = 0
        for folder, start in before.counters.items():
            spent = after.counters[folder] - start
            total += spent if spent >= 0 else spent + self.ranges[folder] + 1
        return Energy(total / 1e6, "rapl")


def find_rapl(root: Path = POWERCAP) -> Rapl | str:
    """Return this machine's counters, or why there are none, with the remedy.

    Only packages are taken, each once: cores, graphics and (as the kernel lays them out) memory are
    parts of a package, "psys" contains all of them, and some machines show a package a second time
    through another register (intel-rapl-mmio).
    """
    packages: dict[str, Path] = {}
    try:
        # "-" sorts before ":", so a second view comes first; the plain one is taken.
        zones = sorted(root.iterdir(), reverse=True) if root.is_dir() else []
        for zone in zones:
            name = (zone / "name").read_text(encoding="ascii").strip() if (zone / "name").is_file() else ""
            if name.startswith("package"):
                packages.setdefault(name, zone)
    except (OSError, UnicodeDecodeError) as error:
        return f"{root}: cannot be read: {error}"
    if not packages:
        return (
            f"no RAPL counters at {root}: a virtual machine, or the kernel module intel_rapl_msr is missing"
        )
    folders = tuple(packages[name] for name in sorted(packages))
    try:
        found = Rapl(folders, {str(folder): _number(folder / "max_energy_range_uj") for folder in folders})
        found.read()
    except SandboxError as error:
        return f"{error}; remedy: chmod a+r {root}/*/energy_uj, or run as root"
    return found


def _number(file: Path) -> int:
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise SandboxError(f"{file}: cannot be read: {error}") from None
