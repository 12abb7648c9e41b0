"""The tables of a job, each with its keys, defaults and limits: [commands], [[metrics]], [sandbox], …"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictInt, field_validator, model_validator

__all__ = [
    "Budget",
    "Calls",
    "Commands",
    "Metric",
    "ModelSettings",
    "Prompts",
    "SandboxSettings",
    "Service",
    "Settings",
    "Target",
    "Verify",
]

MEASURED = ("time", "wall_time", "cpu_time", "peak_memory", "instructions", "energy")
"""Metrics that no command prints (s, s, s, bytes, 1, J); all but instructions are read from outside.

`time` is CPU time where the unchanged program is one process that computes, else wall time.
"""


class Settings(BaseModel):
    """A table of a job file: unknown keys are refused, and nothing is changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Target(Settings):
    """What candidates may edit."""

    files: tuple[str, ...] = Field(
        default=(), description="Globs of the files that candidates may edit, relative to the job file."
    )
    exclude: tuple[str, ...] = Field(
        default=(), description="Globs of files that stay as they are all the same."
    )


class Commands(Settings):
    """Shell commands, run in a sandbox at the root of the repository.

    `{name}` stands for a knob's value. In benchmark and evaluate, `{seed}` stands for the seed of
    the inputs (confirmation takes seeds that no trial has seen), and `{split}` for the part of the
    data: "validation" in the search, "test" in the confirmation; `{fidelity}` for a rung of [fidelity];
    `{size}` for one of `sizes`.
    """

    setup: tuple[str, ...] = Field(
        default=(), description="Run once per job to make the environment; the only commands with a network."
    )
    build: str = Field(default="", description="Builds a candidate; exit code 0 is success.")
    test: str = Field(default="", description="Tests a candidate; exit code 0 is success.")
    benchmark: str = Field(
        default="",
        description="The work to measure, or the load on [service]; 0 is success. Goes without [calls].",
    )
    proxy: str = Field(
        default="",
        description="A cheaper benchmark, run first: what is clearly slower there is dropped before the "
        "benchmark itself is measured.",
    )
    evaluate: str = Field(
        default="",
        description="Derives metrics from the benchmark's output files, in a fresh sandbox without the "
        "candidate's code; prints JSON or METRIC name=value.",
    )
    sizes: tuple[StrictInt, ...] = Field(
        default=(),
        description="Values of `{size}` in benchmark or calls.inputs, rising. The last one is measured; at "
        "all of them the unchanged program and champions run, to show how their time grows.",
    )
    env: dict[str, str] = Field(default_factory=dict, description="Environment variables of all commands.")


class Calls(Settings):
    """A benchmark of single calls: one process answers inputs that it has not seen before."""

    function: str = Field(
        default="",
        pattern=r"^([A-Za-z_][\w.]*:[A-Za-z_][\w.]*)?$",
        description="Python function, package.module:name. An input is a list of its arguments, or an "
        'object {"args": [...], "kwargs": {...}}.',
    )
    command: str = Field(
        default="",
        description='Or any command that prints "ready", then answers every line {"nonce": ..., "input": '
        '...} by a line {"nonce": ..., "output": ...}.',
    )
    inputs: str = Field(
        description="Command that prints one JSON input a line, from `{seed}`; run on the unchanged program."
    )
    warmups: int = Field(default=2, ge=0, le=1000, description="First inputs, answered and not timed.")
    timeout_s: float = Field(default=60, gt=0, description="Deadline of one call.")

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if bool(self.function) == bool(self.command):
            raise ValueError("give function or command, one of them")
        return self


class Service(Settings):
    """A server to measure: started, waited for, loaded by commands.benchmark, and stopped."""

    start: str = Field(description="Command that serves until it is killed.")
    ready: str = Field(description="Command that exits with 0 once the server answers.")
    ready_timeout_s: float = Field(default=30, gt=0)


class Metric(Settings):
    """A metric that counts. The first one of a job is its objective."""

    name: str = Field(
        pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$",
        description="time (CPU time of a single process that computes, else wall time; s), wall_time (s), "
        "cpu_time (s), peak_memory (bytes), instructions (by callgrind), energy (J), or a number that a "
        "command prints.",
    )
    direction: Literal["minimize", "maximize"] = "minimize"
    compare: Literal["ratio", "difference"] = Field(
        default="ratio", description="difference: for qualities such as accuracy and loss, in their own unit."
    )
    minimum_effect: float | None = Field(
        default=None,
        gt=0,
        description="Smallest difference worth a claim, in the metric's unit (difference).",
    )
    limit: float | None = Field(
        default=None,
        description="A candidate whose median is worse than this, in the metric's unit, fails: a p95 above "
        "0.02, an accuracy below 0.9.",
    )

    @property
    def measured(self) -> bool:
        """Whether strop reads it itself."""
        return self.name in MEASURED

    @model_validator(mode="after")
    def _measured_is_minimized(self) -> Self:
        if self.measured and self.direction == "maximize":
            raise ValueError(f"{self.name} can only be minimized")
        if self.measured and self.compare == "difference":
            raise ValueError(f"{self.name} can only be compared by ratio")
        if (self.compare == "difference") != (self.minimum_effect is not None):
            raise ValueError("compare = 'difference' and minimum_effect go together")
        return self


class Verify(Settings):
    """What must stay the same, beyond the tests."""

    outputs: tuple[str, ...] = Field(
        default=(), description="Files that the benchmark writes and that must equal the baseline's."
    )
    ignore: tuple[str, ...] = Field(
        default=(), description="Regular expressions; lines of output that match are not compared."
    )
    relative_tolerance: float = Field(
        default=0, ge=0, lt=1, description="Numbers in outputs may differ by this part of the baseline's."
    )
    absolute_tolerance: float = Field(default=0, ge=0, description="Or by this much.")
    behaviour: bool = Field(
        default=True,
        description="Record calls of the target's Python functions in the unchanged program; replay them.",
    )
    behaviour_calls: int = Field(default=200, ge=1, le=10_000, description="Most calls that are replayed.")
    allow: tuple[str, ...] = Field(
        default=(),
        description="Rules of the static gate that candidates may break, e.g. ctypes.",
    )
    same_results: bool = Field(
        default=True,
        description="Hold output, replies, files and recorded calls to the unchanged program's; false: "
        "commands.evaluate alone decides which results are right.",
    )
    self_reported: bool = Field(
        default=False,
        description="Claim gains of a metric that the program itself prints, on its word alone.",
    )

    @field_validator("ignore")
    @classmethod
    def _patterns(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        import re

        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is not a regular expression: {error}") from None
        return patterns


class Budget(Settings):
    """What a job may spend; None: no limit of that kind."""

    evaluations: int | None = Field(default=40, ge=1, description="Trials of candidates.")
    minutes: float | None = Field(default=None, gt=0)
    usd: float | None = Field(default=None, ge=0)
    tokens: int | None = Field(default=None, ge=0)


class ModelSettings(Settings):
    """Which model the agents ask."""

    name: str = Field(default="", description="Any litellm model name, e.g. openai/gpt-5.2; empty: no model.")
    api_base: str = Field(default="", description="An OpenAI-compatible endpoint, asked by the openai SDK.")
    timeout_s: float = Field(default=120, gt=0, description="Deadline of one call.")
    max_tokens: int = Field(default=2048, ge=16, description="Longest answer.")
    temperature: float = Field(default=0.4, ge=0, le=2)
    retries: int = Field(default=3, ge=0, le=10, description="Repeats after a fault of the provider.")
    usd_per_million_input: float | None = Field(
        default=None, ge=0, description="Price, where litellm has none."
    )
    usd_per_million_output: float | None = Field(default=None, ge=0)


class Prompts(Settings):
    """The agents' prompts."""

    dir: str = Field(
        default="",
        description="Folder of templates that win over the bundled ones, relative to the job file: "
        "coder/task.md, coder/system.md, ... A study keeps its copy of them.",
    )


class SandboxSettings(Settings):
    """Where commands run, and within which limits."""

    backend: Literal["auto", "docker", "bubblewrap", "process"] = "auto"
    image: str = Field(
        default="", description="Docker image of the job; default: STROP_BASE_IMAGE or python slim."
    )
    dockerfile: str = Field(default="", description="Dockerfile of the job, relative to the job file.")
    memory_mb: int = Field(default=2048, ge=32)
    cpus: float | None = Field(default=None, gt=0)
    pids: int = Field(default=256, ge=16)
    work_mb: int = Field(default=1024, ge=16, description="Room in the work folder.")
    shm_mb: int = Field(default=64, ge=1, description="Room in /dev/shm.")
    scratch_mb: int = Field(
        default=0, ge=0, description="Room in a folder on disk, named by STROP_SCRATCH; 0: there is none."
    )
    output_mb: int = Field(default=8, ge=1, description="What one command may print.")
    timeout_s: float = Field(default=300, gt=0, description="Deadline of one build, test or benchmark.")
    profilers: bool = Field(
        default=True,
        description="Install further profilers (line_profiler, memray, py-spy, pyinstrument) beside the "
        "job's environment, once; false, or STROP_PROFILERS=none: strop's own alone.",
    )
    runtime: str = Field(
        default="", description="Runtime of Docker's containers, e.g. runsc (gVisor); default: the engine's."
    )
    allow_unsupported: bool = Field(
        default=False,
        description="Let `auto` take a sandbox that can't contain everything here; `strop doctor` says what.",
    )
