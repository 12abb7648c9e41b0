"""The benchmark of a job in a ready sandbox, in its three kinds: a command, calls, a service."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files

from strop.extension import CallsResult, ExecResult, Outcome, Sandbox, TreeFile
from strop.fidelity import PLACEHOLDER as FIDELITY
from strop.job import Job
from strop.sandbox.channel import ALL_BYTES
from strop.sizes import PLACEHOLDER as SIZE

__all__ = [
    "FIRST",
    "Driven",
    "Inputs",
    "Wrap",
    "at_rung",
    "at_size",
    "drive",
    "filled",
    "input_lines",
    "inputs_differ",
    "inputs_vary",
    "uses_seed",
    "uses_split",
    "worker_files",
]

WORKER_FOLDER = ".strop-calls"
MAX_INPUTS = 100_000
INPUT_BYTES = 256 << 20  # of all inputs of one seed
REPLY_BYTES = 64 << 20  # of one reply

Wrap = Callable[[str], str]
"""Makes another shell command of one, e.g. the same under a profiler."""


@dataclass(frozen=True)
class Inputs:
    """What may differ between two runs of the same program."""

    seed: int = 1
    split: str = "validation"  # "test" in a confirmation


FIRST = Inputs()


@dataclass(frozen=True)
class Driven:
    """What one run of a benchmark did."""

    result: ExecResult  # of a service: that of its load, with the service's CPU time and memory
    replies: tuple[bytes, ...] = ()  # of calls, without their nonces
    startup_cpu_s: float = 0.0  # of calls: until it could be asked
    closing_cpu_s: float = 0.0  # of calls: after the last reply
    complaint: str = ""  # why the run is not valid though its process ended well
    apart: bool = True  # whether what was printed is out of the candidate's reach
    before_s: float = 0.0  # of calls: wall time until it could be asked, and of the calls that don't count


def filled(command: str, inputs: Inputs) -> str:
    """Return a command with `{seed}` and `{split}` filled in."""
    return command.replace("{seed}", str(inputs.seed)).replace("{split}", inputs.split)


def at_rung(job: Job, rung: int | None = None) -> Job:
    """Return a job with `{fidelity}` filled in, by default by the last rung; the same without [fidelity]."""
    if job.fidelity is None:
        return job
    text = str(job.fidelity.rungs[-1] if rung is None else rung)
    commands = job.commands
    update = {
        "benchmark": commands.benchmark.replace(FIDELITY, text),
        "evaluate": commands.evaluate.replace(FIDELITY, text),
    }
    return job.model_copy(update={"commands": commands.model_copy(update=update)})


def at_size(job: Job, size: int | None = None) -> Job:
    """Return a job with `{size}` filled in, by default by the last of its sizes; the same without sizes."""
    commands, calls = job.commands, job.calls
    if not commands.sizes:
        return job
    text = str(commands.sizes[-1] if size is None else size)
    named = ("benchmark", "proxy", "evaluate")
    update: dict[str, object] = {
        "commands": commands.model_copy(
            update={name: getattr(commands, name).replace(SIZE, text) for name in named}
        )
    }
    if calls is not None:
        update["calls"] = calls.model_copy(update={"inputs": calls.inputs.replace(SIZE, text)})
    return job.model_copy(update=update)


def uses_seed(job: Job) -> bool:
    """Return whether the job's inputs come from a seed."""
    return _mentions(job, "{seed}")


def uses_split(job: Job) -> bool:
    """Return whether the job keeps a part of its data for the confirmation."""
    return _mentions(job, "{split}")


def inputs_vary(job: Job) -> bool:
    """Return whether what decides has inputs from a seed: a judge's own draws change no program's time."""
    if not job.objective.measured:
        return uses_seed(job)
    return "{seed}" in job.commands.benchmark or (job.calls is not None and "{seed}" in job.calls.inputs)


def inputs_differ(job: Job) -> bool:
    """Return whether the confirmation's program has other inputs than the search's: by seed or by split."""
    texts = (job.commands.benchmark, job.calls.inputs if job.calls is not None else "")
    return inputs_vary(job) or any("{split}" in text for text in texts)


def _mentions(job: Job, placeholder: str) -> bool:
    commands = [job.commands.benchmark, job.commands.evaluate, job.calls.inputs if job.calls else ""]
    return any(placeholder in command for command in commands)


def worker_files() -> dict[str, TreeFile]:
    """Return the process that strop puts beside a Python function, as files of the tree."""
    package = files("strop.sandbox")
    return {
        f"{WORKER_FOLDER}/{name}": TreeFile(package.joinpath(source).read_bytes())
        for name, source in (("worker.py", "calls_worker.py"), ("canonical.py", "canonical.py"))
    }


def drive(
    job: Job,
    commands: Callable[[str], str],
    sandbox: Sandbox,
    inputs: Inputs,
    *,
    env: Mapping[str, str],
    lines: Sequence[str] = (),
    warmups: int = 0,
    timeout_s: float | None = None,
    wrap: Wrap | None = None,
) -> Driven:
    """Run a job's benchmark once in a sandbox that holds the tree.

    Args:
        commands: Fills in the candidate's knob values.
        lines: For `[calls]`: the inputs, as `input_lines` returned them.
        warmups: For `[calls]`: how many of them are answered and not counted.
        timeout_s: Deadline of the whole run.
        wrap: Changes the command that runs the candidate's code.
    """
    wrap = wrap or (lambda command: command)
    if job.calls is not None:
        command = commands(job.calls.command) or f"python {WORKER_FOLDER}/worker.py {job.calls.function}"
        nonces = [secrets.token_hex(8) for _ in lines]
        requests = [
            f'{{"nonce": "{nonce}", "input": {line}}}'.encode()
            for nonce, line in zip(nonces, lines, strict=True)
        ]
        done = sandbox.calls(
            wrap(command),
            requests,
            env=env,
            startup_timeout_s=timeout_s,
            request_timeout_s=min(job.calls.timeout_s, timeout_s or job.calls.timeout_s),
            reply_bytes=REPLY_BYTES,
        )
        if done.outcome is Outcome.OUTPUT_LIMIT:
            bounds = f"{REPLY_BYTES >> 20} MiB a reply, {ALL_BYTES >> 20} MiB together"
            return replace(_called(done, nonces, warmups), complaint=f"the replies are too long: {bounds}")
        return _called(done, nonces, warmups)
    command = filled(commands(job.commands.benchmark), inputs)
    if job.service is not None:
        return _served(job, commands, command, sandbox, env=env, timeout_s=timeout_s, wrap=wrap)
    return Driven(sandbox.exec(wrap(command), env=env, timeout_s=timeout_s))


def _called(done: CallsResult, nonces: Sequence[str], warmups: int) -> Driven:
    """Check nonces and add up the counted calls."""
    replies, complaint = [], ""
    for number, (nonce, reply) in enumerate(zip(nonces, done.replies, strict=False)):
        text, problem = _without_nonce(reply.reply, nonce)
        replies.append(text)
        complaint = complaint or (f"call {number + 1}: {problem}" if problem else "")
    if done.ok and not complaint and len(done.replies) < len(nonces):
        complaint = f"only {len(done.replies)} of {len(nonces)} calls were answered"
    counted = done.replies[warmups:]
    result = ExecResult(
        outcome=done.outcome,
        exit_code=done.exit_code,
        stdout=b"",
        stderr=done.stderr,
        wall_s=sum(reply.wall_s for reply in counted),
        cpu_s=sum(reply.cpu_s for reply in counted),
        peak_rss_bytes=done.peak_rss_bytes,
        clock=done.clock,
    )
    return Driven(
        result,
        tuple(replies),
        done.startup_cpu_s,
        done.closing_cpu_s,
        complaint,
        before_s=done.startup_wall_s + sum(reply.wall_s for reply in done.replies[:warmups]),
    )


def _without_nonce(line: bytes, nonce: str) -> tuple[bytes, str]:
    """Return a reply without its nonce, as canonical JSON, and what is wrong with it."""
    try:
        reply = json.loads(line)
    except (ValueError, RecursionError):
        return b"", "the reply is not JSON"
    if not isinstance(reply, dict) or reply.pop("nonce", None) != nonce:
        return (
            b"",
            "the reply doesn't carry the request's nonce: it was made before the request, or for another",
        )
    try:
        text = json.dumps(reply, sort_keys=True)
    except RecursionError:
        return b"", "the reply is nested too deeply"
    if '"unserialisable"' in text:
        return text.encode(), f"the result can't be compared: {text[:200]}"
    return text.encode(), ""


def _served(
    job: Job,
    commands: Callable[[str], str],
    load: str,
    sandbox: Sandbox,
    *,
    env: Mapping[str, str],
    timeout_s: float | None,
    wrap: Wrap,
) -> Driven:
    assert job.service is not None
    done = sandbox.serve(
        wrap(commands(job.service.start)),
        commands(job.service.ready),
        load,
        env=env,
        ready_timeout_s=job.service.ready_timeout_s,
        timeout_s=timeout_s,
    )
    if done.load is None:
        dead = ExecResult(Outcome.EXITED, 1, b"", done.log, 0.0, done.cpu_s, done.peak_rss_bytes, "runner")
        return Driven(dead, complaint=f"the service did not become ready: {done.reason}")
    result = ExecResult(
        outcome=done.load.outcome,
        exit_code=done.load.exit_code,
        stdout=done.load.stdout,
        stderr=done.load.stderr + done.log,
        wall_s=done.load.wall_s,
        cpu_s=done.cpu_s,
        peak_rss_bytes=done.peak_rss_bytes,
        clock=done.load.clock,
    )
    complaint = f"the service ended under load: {done.reason}" if done.reason else ""
    return Driven(result, complaint=complaint, apart=done.apart)


def input_lines(printed: bytes, *, arguments: bool) -> tuple[list[str], str]:
    """Return the inputs of `[calls]` from what its command printed, and what is wrong with them.

    `arguments`: each is a list or an object, for a Python function.
    """
    # Separators such as U+2028 may stand in a text of JSON, and end no line.
    lines = [line for line in printed.decode("utf-8", "replace").split("\n") if line.strip()]
    if not lines:
        return [], "calls.inputs printed nothing; it prints one JSON value a line, one for each call"
    if len(lines) > MAX_INPUTS:
        return [], f"calls.inputs printed {len(lines)} inputs; at most {MAX_INPUTS}"
    for number, line in enumerate(lines, start=1):
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            return [], f"calls.inputs, line {number}: not JSON: {error}"
        if arguments and not isinstance(value, (list, dict)):
            return [], f"calls.inputs, line {number}: a list or an object of arguments, found {line[:60]}"
    return [json.dumps(json.loads(line)) for line in lines], ""
