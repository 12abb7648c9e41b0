"""The benchmark stage: one run in a ready sandbox, what it is measured to be, and what it is compared by."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from strop.extension import ExecResult, Limits, Outcome, Sandbox, TreeFile
from strop.job import Job
from strop.sandbox.driving import FIRST, Driven, Inputs, Wrap, filled
from strop.sandbox.extra_metrics import EnergyMeter, counted
from strop.sandbox.measure.instructions import Count
from strop.sandbox.measure.pace import PaceMeter
from strop.sandbox.outputs import comparable, parse_metrics
from strop.sandbox.stage_results import BenchmarkRun, Built, StageFailure, check_values, failure_of
from strop.trial import Failure

__all__ = ["Benchmarking"]

OUTPUT_FILE_BYTES = 64 << 20
CODE = (".py", ".pyc", ".pth", ".so")

LAYOUT = "STROP_LAYOUT"
"""A variable that is there for its length alone, see `Benchmarking.run`."""


class Place(Protocol):
    """What a run needs of the stages."""

    job: Job

    @property
    def limits(self) -> Limits: ...

    @property
    def pristine(self) -> Built: ...

    def sandbox(self) -> AbstractContextManager[Sandbox]: ...

    def tree_of(self, sandbox: Sandbox, stage: str) -> Mapping[str, TreeFile]: ...

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
    ) -> Driven: ...


class Benchmarking:
    """Runs the benchmark of a job's stages."""

    def __init__(self, stages: Place) -> None:
        """`stages` have the sandboxes, and the unchanged program."""
        self._stages = stages
        self.job = stages.job

    def run(
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
        """Run the benchmark in a ready sandbox; raises `StageFailure`.

        Args:
            hash_seed: Python's, the same for both sides of a pair.
            padding: Bytes of a variable that is there for its length: it moves the process's stack, and
                what an interpreter puts on its heap, so that neither side is lucky in each of its runs.
            inputs: Seed and split of the inputs.
            timeout_s: Deadline of the run.
            cold: For `[calls]`: one call in a new process, without warm-ups.
            cpu: The only one of the sandbox, whose pace is measured meanwhile.
        """
        env = {"PYTHONHASHSEED": str(hash_seed)}
        if self.job.service is not None:
            env["PYTHONDONTWRITEBYTECODE"] = "1"  # so that new code in the tree is somebody's doing
        wanted = {metric.name for metric in self.job.metrics}
        meter = EnergyMeter() if "energy" in wanted else None
        laid_out = {**env, LAYOUT: "x" * padding} if padding else env
        pace = PaceMeter(cpu) if cpu is not None else None
        with pace or nullcontext():
            driven = self._stages.drive(built, sandbox, inputs, laid_out, None, timeout_s, cold=cold)
        result = driven.result
        energy = meter.spent(result) if meter and result.ok else None
        if not result.ok:
            failure = failure_of("measure", result, "the benchmark failed")
            if result.outcome is Outcome.OUTPUT_LIMIT and driven.complaint:
                failure.reason = failure.feedback = driven.complaint
            raise failure
        if driven.complaint:
            raise StageFailure("measure", driven.complaint, log=result.stderr)
        if self.job.service is not None:
            self._no_new_code(built, sandbox)
        files = self._output_files(sandbox)
        printed = result.stdout.decode("utf-8", "replace")
        if self.job.commands.evaluate:
            printed = self._evaluate(files, b"\n".join(driven.replies) or result.stdout, inputs)
        metrics = parse_metrics(printed, self.job.metrics)
        metrics |= {
            "wall_time": result.wall_s,
            "cpu_time": result.cpu_s,
            "peak_memory": float(result.peak_rss_bytes),
        }
        if energy:
            metrics["energy"] = energy.joules
        count: Count | None = None
        counted_outputs: dict[str, bytes] = {}
        if "instructions" in wanted:
            count, counted_outputs = self._counted(built, inputs, env)
            metrics["instructions"] = float(count.instructions)
        missing = [m.name for m in self.job.metrics if not m.measured and m.name not in metrics]
        if missing:
            who = "evaluate command" if self.job.commands.evaluate else "benchmark"
            raise StageFailure(
                "measure", f"the {who} printed no finite value of {', '.join(missing)}", log=result.stdout
            )
        check_values(metrics, self.job.metrics, result.stdout)
        compared = self.job.compares_results
        return BenchmarkRun(
            metrics,
            self._outputs(driven, files),
            result,
            inputs,
            driven.startup_cpu_s,
            driven.closing_cpu_s,
            driven.apart,
            count,
            pace.pace if pace else 0.0,
            pace.own_pace if pace else 0.0,
            driven.before_s,
            energy.source if energy else "",
            {} if compared else dict(files),
            counted_outputs,
        )

    def _outputs(self, driven: Driven, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return what of a run has to equal the unchanged program's; nothing where results are judged."""
        if not self.job.compares_results:
            return {}
        outputs = dict(files)
        if self.job.service is None:  # a load prints times and counts, not results
            text = comparable(driven.result.stdout, self.job.verify.ignore, self.job.metrics)
            if text.strip():
                outputs["output"] = text
        if driven.replies:
            outputs["replies"] = b"\n".join(driven.replies)
        return outputs

    def _counted(
        self, built: Built, inputs: Inputs, env: Mapping[str, str]
    ) -> tuple[Count, dict[str, bytes]]:
        """Count the benchmark's instructions, in a sandbox of its own: never in the timed one.

        A program can tell that it is being counted; so its results are held to the same there.
        """
        found: list[Driven] = []
        with self._stages.sandbox() as sandbox:
            sandbox.put(built.tree)

            def run(wrap: Wrap) -> ExecResult:
                limit_s = self._stages.limits.timeout_s
                found.append(self._stages.drive(built, sandbox, inputs, env, wrap, limit_s))
                return found[-1].result

            result, count = counted(sandbox, run)
            if not result.ok:
                raise failure_of("measure", result, "the benchmark failed under callgrind")
            if count.reason or found[-1].complaint:
                raise StageFailure("measure", count.reason or found[-1].complaint)
            files = self._output_files(sandbox)
        if self.job.commands.evaluate:
            self._evaluate(files, b"\n".join(found[-1].replies) or result.stdout, inputs)
        return count, self._outputs(found[-1], files)

    def _no_new_code(self, built: Built, sandbox: Sandbox) -> None:
        """A service that writes modules into the tree could have its load import them."""
        left = self._stages.tree_of(sandbox, "measure")
        planted = sorted(path for path in left if path.endswith(CODE) and path not in built.tree)
        if planted:
            reason = (
                f"the service wrote code into the work folder, where its load could find it: {planted[0]}"
            )
            raise StageFailure("measure", reason, failure=Failure.POLICY)

    def _output_files(self, sandbox: Sandbox) -> dict[str, bytes]:
        files = {}
        for path in self.job.verify.outputs:
            content = sandbox.get(path, max_bytes=OUTPUT_FILE_BYTES)
            if content is None:
                raise StageFailure("verify", f"the benchmark did not write {path}, named in verify.outputs")
            files[path] = content
        return files

    def _evaluate(self, files: Mapping[str, bytes], stdout: bytes, inputs: Inputs) -> str:
        """Run the job's `evaluate` on output files, in a fresh sandbox without the candidate's code."""
        pristine = self._stages.pristine
        outputs = {path: TreeFile(content) for path, content in files.items()}
        with self._stages.sandbox() as sandbox:
            sandbox.put({**pristine.tree, **outputs, ".strop-output": TreeFile(stdout)})
            env = {**pristine.env, "STROP_OUTPUT": f"{sandbox.work}/.strop-output"}
            result = sandbox.exec(filled(pristine.commands(self.job.commands.evaluate), inputs), env=env)
        if not result.ok:
            raise failure_of("measure", result, "the evaluate command refused the benchmark's output")
        return result.stdout.decode("utf-8", "replace")
