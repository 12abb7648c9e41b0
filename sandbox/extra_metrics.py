"""Metrics that a plain timed run does not have: instructions and energy; only where a job asks for them."""

from __future__ import annotations

import functools
from collections.abc import Callable

from strop.errors import ConfigError
from strop.extension import ExecResult, Sandbox
from strop.job import Job
from strop.sandbox.measure import energy, instructions
from strop.sandbox.measure.instructions import Count

__all__ = ["EnergyMeter", "check_objective", "counted"]


@functools.cache
def _rapl() -> energy.Rapl | str:
    return energy.find_rapl()


def check_objective(job: Job) -> None:
    """Refuse a job that would rank candidates by an estimate; raises `ConfigError`."""
    found = _rapl() if job.objective.name == "energy" else None
    if isinstance(found, str):
        raise ConfigError(
            f"metrics: energy can't be the objective here: {found}. Without counters it is estimated from "
            "CPU time and memory, and an estimate ranks nothing; take cpu_time, and energy as a second metric"
        )


class EnergyMeter:
    """Reads the processor's energy counters around a run, or estimates its energy."""

    def __init__(self) -> None:
        """Reads the counters, where there are any."""
        found = _rapl()
        self._rapl = None if isinstance(found, str) else found
        self._before = self._rapl.read() if self._rapl else None

    def spent(self, result: ExecResult) -> energy.Energy:
        """Return the energy since this was made."""
        if self._rapl is None or self._before is None:
            return energy.estimated_energy(result)
        return self._rapl.between(self._before, self._rapl.read(), wall_s=result.wall_s)


def counted(sandbox: Sandbox, run: Callable[[Callable[[str], str]], ExecResult]) -> tuple[ExecResult, Count]:
    """Return a run of its own under callgrind and its count; `run` takes what changes the command.

    Raises `ConfigError` where instructions can't be counted in this sandbox.
    """
    problem = instructions.problem(sandbox)
    if problem:
        raise ConfigError(f"metrics: instructions: {problem}")
    result = run(instructions.wrap)
    if not result.ok:  # its sandbox may be gone, and there is nothing to read
        return result, Count(0, result.cpu_s)
    return result, instructions.read(sandbox, result)
