"""The stages of a trial, each in a fresh sandbox: apply, build, test, benchmark, evaluate, profile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from strop.candidate import BASELINE, Candidate
from strop.errors import ConfigError, EditError, SandboxError, TreeRefused
from strop.extension import Backend, Environment, ExecResult, Limits, Sandbox, SandboxSpec, TreeFile
from strop.job import Job
from strop.sandbox.driving import (
    FIRST,
    Driven,
    Inputs,
    Wrap,
    at_rung,
    at_size,
    drive,
    filled,
    input_lines,
    worker_files,
)
from strop.sandbox.knobs import deliver
from strop.sandbox.measure.quiet import background
from strop.sandbox.outputs import (
    PYTEST_OPTIONS,
    TestReport,
    parse_tests,
)
from strop.sandbox.stage_benchmark import Benchmarking
from strop.sandbox.stage_results import BenchmarkRun, Built, StageFailure, failure_of
from strop.sandbox.workspace import Snapshot
from strop.trial import Failure

__all__ = ["BenchmarkRun", "Built", "StageFailure", "Stages"]

MAX_TREE_FILES = 50_000


class Stages:
    """Runs stages of one job's candidates; holds no history and makes no verdicts."""

    def __init__(
        self,
        job: Job,
        snapshot: Snapshot,
        backend: Backend,
        environment: Environment,
        *,
        label: str,
        rung: int | None = None,
        size: int | None = None,
    ) -> None:
        """`rung`, `size`: what `{fidelity}` and `{size}` stand for; None: the last one."""
        self._asked = job
        self.job = at_size(at_rung(job, rung), size)
        self.snapshot = snapshot
        self.environment = environment
        self.backend = backend
        settings = job.sandbox
        self._spec = SandboxSpec(
            environment=environment,
            limits=Limits(
                memory_bytes=settings.memory_mb << 20,
                pids=settings.pids,
                cpus=settings.cpus,
                work_bytes=settings.work_mb << 20,
                output_bytes=settings.output_mb << 20,
                timeout_s=settings.timeout_s,
                shm_bytes=settings.shm_mb << 20,
                scratch_bytes=settings.scratch_mb << 20,
                # Looking costs some CPU time beside the program: only where memory is what is claimed.
                sum_memory=job.objective.name == "peak_memory",
            ),
            labels={"strop.study": label},
            runtime=settings.runtime,
        )
        self._label = label
        self._requests: dict[Inputs, list[str]] = {}
        self._base: Built | None = None
        self._others: dict[tuple[int | None, int | None], Stages] = {}  # by rung and size
        self._open: set[Sandbox] = set()
        self._cancelled = threading.Event()

    @property
    def limits(self) -> Limits:
        """The limits of every sandbox."""
        return self._spec.limits

    # --- apply and build ------------------------------------------------------------------

    def with_benchmark(self, command: str) -> Stages:
        """Return the same stages with another benchmark command, which writes no outputs."""
        commands = self.job.commands.model_copy(update={"benchmark": command, "evaluate": ""})
        metrics = tuple(metric for metric in self.job.metrics if metric.measured)
        verify = self.job.verify.model_copy(update={"outputs": ()})
        job = self.job.model_copy(update={"commands": commands, "metrics": metrics, "verify": verify})
        other = Stages(job, self.snapshot, self.backend, self.environment, label=self._label)
        other._share(self)
        return other

    def at_rung(self, rung: int) -> Stages:
        """Return the same stages at another rung of [fidelity], made once; raises `StageFailure`."""
        return self._other(rung, None)

    def at_size(self, size: int) -> Stages:
        """Return the same stages at another of the benchmark's sizes, made once; raises `StageFailure`."""
        return self._other(None, size)

    def _other(self, rung: int | None, size: int | None) -> Stages:
        if (rung, size) not in self._others:
            places = self.snapshot, self.backend, self.environment
            other = Stages(self._asked, *places, label=self._label, rung=rung, size=size)
            other._share(self)
            other._base = self._pristine()
            self._others[rung, size] = other
        return self._others[rung, size]

    @property
    def quick(self) -> Stages:
        """The stages at the lowest rung of [fidelity]; these, where there is none."""
        return self.at_rung(self.job.fidelity.rungs[0]) if self.job.fidelity else self

    def _share(self, other: Stages) -> None:
        """Have one set of sandboxes to close with others, and one end."""
        self._open, self._cancelled = other._open, other._cancelled

    def build(self, candidate: Candidate) -> Built:
        """Apply a candidate to the pristine snapshot and build it; raises `StageFailure`."""
        base = self.snapshot.texts
        read = self._reader(candidate, base)
        try:
            delivery = deliver(self.job, candidate.values, read)
            tree = self.snapshot.tree(candidate, delivery.files)
        except (ConfigError, EditError) as error:
            raise StageFailure("apply", str(error)) from None
        built = Built(candidate, tree, {**self.job.commands.env, **delivery.env}, delivery.commands)
        if self.job.calls is not None and self.job.calls.function:
            built = replace(built, tree={**tree, **worker_files()})
        command = self.job.commands.build
        if not command:
            return built
        with background(), self.sandbox() as sandbox:
            sandbox.put(built.tree)
            result = sandbox.exec(delivery.commands(command), env=built.env)
            if not result.ok:
                raise failure_of("build", result, "the build failed")
            made = self.tree_of(sandbox, "build")
        protected = {path: file for path, file in built.tree.items() if not file.writable}
        # Products keep the build's word; what judges them is laid over it again.
        return replace(built, tree={**made, **protected}, log=result.stdout + result.stderr)

    def _reader(self, candidate: Candidate, base: Mapping[str, str]) -> Callable[[str], str | None]:
        def read(path: str) -> str | None:
            edited = any(edit.path == path for edit in candidate.edits)
            if edited or path in base or path not in self.snapshot.paths:
                return candidate.text_of(path, base)
            return self.snapshot.text(path)

        return read

    # --- test -----------------------------------------------------------------------------

    def test(self, built: Built) -> tuple[TestReport, bytes]:
        """Run the tests; returns report and log. Raises `StageFailure` where they don't end well."""
        options = f"{built.env.get('PYTEST_ADDOPTS', '')} {PYTEST_OPTIONS}".strip()
        env = {**built.env, "PYTEST_ADDOPTS": options, "PYTHONHASHSEED": "0"}
        with background(), self.sandbox() as sandbox:
            sandbox.put(built.tree)
            result = sandbox.exec(built.commands(self.job.commands.test), env=env)
        log = result.stdout + b"\n" + result.stderr
        report = parse_tests(log.decode("utf-8", "replace"))
        if not result.ok:
            failed = ", ".join(sorted(report.failed)[:5])
            reason = f"tests failed: {failed}" if failed else "the test command failed"
            raise failure_of("test", result, reason)
        return report, log

    # --- benchmark ------------------------------------------------------------------------

    def ready(self, built: Built) -> Sandbox:
        """Return a fresh sandbox that holds a built tree; the caller `release`s it."""
        sandbox = self._start(self._spec)
        try:
            sandbox.put(built.tree)
        except BaseException:
            self.release(sandbox)
            raise
        return sandbox

    def release(self, sandbox: Sandbox) -> None:
        """Close a sandbox of `ready`."""
        self._open.discard(sandbox)
        sandbox.close()

    def cancel(self) -> None:
        """Close every open sandbox, so that what runs in them ends, and start no new ones."""
        self._cancelled.set()
        for sandbox in list(self._open):
            self.release(sandbox)

    def _start(self, spec: SandboxSpec) -> Sandbox:
        if self._cancelled.is_set():
            raise SandboxError("the job was stopped")
        sandbox = self.backend.start(spec)
        self._open.add(sandbox)
        if self._cancelled.is_set():  # meanwhile, so that `cancel` did not see it
            self.release(sandbox)
            raise SandboxError("the job was stopped")
        return sandbox

    def execute(
        self,
        built: Built,
        sandbox: Sandbox,
        *,
        inputs: Inputs = FIRST,
        env: Mapping[str, str] | None = None,
        wrap: Wrap | None = None,
        timeout_s: float | None = None,
    ) -> ExecResult:
        """Run the benchmark once, whatever its kind, and judge nothing: for profilers.

        Args:
            env: Variables beside the candidate's own.
            wrap: Makes another shell command of the one that runs the candidate's code.
        """
        return self.drive(built, sandbox, inputs, env or {}, wrap, timeout_s).result

    def drive(
        self,
        built: Built,
        sandbox: Sandbox,
        inputs: Inputs,
        env: Mapping[str, str],
        wrap: Wrap | None,
        timeout_s: float | None,
        *,
        cold: bool = False,
    ) -> Driven:
        """Run the benchmark once, whatever its kind, and judge nothing."""
        lines: list[str] = []
        warmups = 0
        if self.job.calls is not None:
            lines = self.requests(inputs)
            warmups = min(self.job.calls.warmups, len(lines) - 1)
            if cold:
                lines, warmups = lines[warmups : warmups + 1], 0
        return drive(
            self.job,
            built.commands,
            sandbox,
            inputs,
            env={**built.env, **env},
            lines=lines,
            warmups=warmups,
            timeout_s=timeout_s,
            wrap=wrap,
        )

    def requests(self, inputs: Inputs, pristine: Built | None = None) -> list[str]:
        """Return the inputs of `[calls]` for a seed, made once, by the unchanged program."""
        assert self.job.calls is not None
        if inputs not in self._requests:
            base = pristine or self._pristine()
            with background(), self.sandbox() as sandbox:
                sandbox.put(base.tree)
                env = {**base.env, "PYTHONHASHSEED": "0"}
                result = sandbox.exec(filled(base.commands(self.job.calls.inputs), inputs), env=env)
            if not result.ok:
                raise ConfigError(f"calls.inputs failed: {failure_of('measure', result, 'it').feedback}")
            found, problem = input_lines(result.stdout, arguments=bool(self.job.calls.function))
            if problem:
                raise ConfigError(problem)
            self._requests[inputs] = found
        return self._requests[inputs]

    def _pristine(self) -> Built:
        if self._base is None:
            self._base = self.build(BASELINE)
        return self._base

    @property
    def pristine(self) -> Built:
        """The unchanged program, built once; raises `StageFailure`."""
        return self._pristine()

    def benchmark(
        self,
        built: Built,
        sandbox: Sandbox,
        *,
        hash_seed: int,
        padding: int = 0,
        inputs: Inputs = FIRST,
        timeout_s: float | None = None,
        cold: bool = False,
        cpu: int | None = None,
    ) -> BenchmarkRun:
        """Run the benchmark in a ready sandbox, see `Benchmarking.run`; raises `StageFailure`."""
        return Benchmarking(self).run(
            built,
            sandbox,
            hash_seed=hash_seed,
            padding=padding,
            inputs=inputs,
            timeout_s=timeout_s,
            cold=cold,
            cpu=cpu,
        )

    # --- plumbing -------------------------------------------------------------------------

    @contextmanager
    def sandbox(self, *, profiling: str = "") -> Iterator[Sandbox]:
        """Hold a fresh sandbox, closed at the end of the with block."""
        sandbox = self._start(replace(self._spec, profiling=profiling))
        try:
            yield sandbox
        finally:
            self.release(sandbox)

    def tree_of(self, sandbox: Sandbox, stage: str) -> dict[str, TreeFile]:
        """Return what a command left in the work folder; too much of it is its own failure."""
        try:
            return sandbox.get_tree(max_bytes=self.limits.work_bytes, max_files=MAX_TREE_FILES)
        except TreeRefused as error:
            reason = f"what the {stage} left in the work folder can't be read: {error}"
            raise StageFailure(stage, reason, failure=Failure.POLICY) from None
