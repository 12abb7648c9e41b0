"""The extension points: a protocol of a few methods each, with the records that pass through it.

Every protocol here has a fake and a conformance test class in `strop.testing`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol, runtime_checkable

from strop.candidate import Candidate
from strop.trial import Trial

__all__ = [
    "Availability",
    "Backend",
    "CallReply",
    "CallsResult",
    "Environment",
    "EnvironmentSpec",
    "ExecResult",
    "Limits",
    "Model",
    "ModelReply",
    "ModelRequest",
    "Optimizer",
    "Outcome",
    "Sandbox",
    "SandboxSpec",
    "ServiceResult",
    "TreeFile",
    "Usage",
]


# --- sandboxes ---------------------------------------------------------------------------------


class Outcome(Enum):
    """How one command in a sandbox ended."""

    EXITED = "exited"  # by itself; exit_code tells how
    TIMEOUT = "timeout"  # killed at its deadline
    OUT_OF_MEMORY = "out of memory"  # killed at its memory limit
    OUTPUT_LIMIT = "output limit"  # killed because it printed too much


@dataclass(frozen=True)
class Limits:
    """Limits of one sandbox (memory, processes, disk, CPUs) and defaults of one exec in it."""

    memory_bytes: int = 2 << 30
    pids: int = 256
    cpus: float | None = None  # None: all of the machine's
    work_bytes: int = 1 << 30  # size of the writable work folder
    shm_bytes: int = 64 << 20  # size of /dev/shm
    scratch_bytes: int = 0  # of a folder on disk (STROP_SCRATCH names it inside), 0: there is none
    output_bytes: int = 8 << 20  # stdout + stderr of one exec, more kills it
    timeout_s: float = 300.0
    sum_memory: bool = False  # peak memory is that of all processes together, else of the largest one


@dataclass(frozen=True)
class TreeFile:
    """One regular file to put into a sandbox."""

    content: bytes
    executable: bool = False
    writable: bool = False  # may the candidate's processes change it?


@dataclass(frozen=True)
class ExecResult:
    """What one command did, as seen from outside its processes."""

    outcome: Outcome
    exit_code: int  # as a shell reports it: 128 + n for signal n
    stdout: bytes
    stderr: bytes
    wall_s: float  # start to end of the command
    cpu_s: float  # user + system time of the command and all its descendants
    peak_rss_bytes: int  # of the largest process, 0 where unknown
    clock: str  # who read the clock, e.g. "runner", "host"

    @property
    def ok(self) -> bool:
        """Whether the command ended by itself with exit code 0."""
        return self.outcome is Outcome.EXITED and self.exit_code == 0


@dataclass(frozen=True)
class CallReply:
    """One answered request of `Sandbox.calls`."""

    reply: bytes  # one line, without its end
    wall_s: float  # from sending the request until the whole line had come
    cpu_s: float  # of all processes of the command, from this request until the next one was sent


@dataclass(frozen=True)
class CallsResult:
    """What one process that answers line by line did, as seen from outside of it."""

    outcome: Outcome  # EXITED also where it was ended by us after its last reply
    exit_code: int  # 0 where it was ended by us after its last reply
    startup_wall_s: float  # start of the command until its line "ready"
    startup_cpu_s: float
    replies: tuple[CallReply, ...]  # fewer than requests where it ended before
    closing_cpu_s: float  # after the last reply, until its processes had ended or were killed
    stderr: bytes
    peak_rss_bytes: int  # of the largest process, 0 where unknown
    clock: str  # who read the clock

    @property
    def ok(self) -> bool:
        """Whether the process ended well; whether every request was answered is for the caller."""
        return self.outcome is Outcome.EXITED and self.exit_code == 0


@dataclass(frozen=True)
class ServiceResult:
    """What a service and the load on it did."""

    load: ExecResult | None  # None where the service did not become ready
    reason: str  # why it did not, or how it ended under load; empty where all went well
    apart: bool  # whether the service could not reach the processes of the load
    cpu_s: float  # of the service's processes while the load ran
    peak_rss_bytes: int  # of its largest process
    log: bytes  # the end of what it printed


@runtime_checkable
class Sandbox(Protocol):
    """One started sandbox; single use: killed and removed in the end, never handed out again."""

    work: str
    """Absolute path, as seen inside, of the job's tree and the commands' working directory."""

    def put(self, files: Mapping[str, TreeFile]) -> None:
        """Write files below `work` (keys: relative POSIX paths); files that exist are replaced.

        Files that are not `writable` can't be changed, replaced or deleted by later commands,
        where the backend can enforce that.
        """

    def exec(
        self,
        command: str | Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        output_bytes: int | None = None,
    ) -> ExecResult:
        """Run a command in `work` and wait for it; a string goes to `/bin/sh -c`.

        `env` is added to the environment's own. Every process that the command started is gone
        when this returns. Raises `SandboxError` where the provider, not the command, is at fault.
        """

    def calls(
        self,
        command: str | Sequence[str],
        requests: Sequence[bytes],
        *,
        env: Mapping[str, str] | None = None,
        startup_timeout_s: float | None = None,
        request_timeout_s: float | None = None,
        reply_bytes: int = 16 << 20,
    ) -> CallsResult:
        """Start a command in `work`, feed it requests on stdin one by one, and time each reply.

        The process prints the line "ready" when it can be asked; then each request is one line
        (bytes without a line end), and its reply is one line on stdout. The next request is sent
        only after the whole reply has come. After the last reply stdin ends, the process gets a
        second to end by itself, and then everything it started is killed. Lengths of replies are
        bounded by `reply_bytes` each, and by 256 MiB together. Raises `SandboxError` where the provider
        is at fault, or the sandbox can't do this (an image without Python).
        """

    def serve(
        self,
        service: str | Sequence[str],
        ready: str | Sequence[str],
        load: str | Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        ready_timeout_s: float = 30.0,
        timeout_s: float | None = None,
        output_bytes: int | None = None,
    ) -> ServiceResult:
        """Start a service, wait until `ready` exits with 0, run `load`, and kill both.

        Loopback and `work` are shared by the three. Where the backend can, `load` runs as another user than
        the service, so that it can't touch its processes, what it prints, or its modules in Python.
        """

    def pin(self, cpu: int) -> bool:
        """Keep what is started from now on to one CPU of this machine; return False where that can't be.

        For timing one process, which can't leave it where the sandbox is one that contains anything.
        """

    def get(self, path: str, *, max_bytes: int) -> bytes | None:
        """Return a regular file's content (`path` relative to `work`), None if there is none.

        Symlinks, other special files and files over `max_bytes` count as none. The content is a
        candidate's word: data, never code.
        """

    def get_tree(self, *, max_bytes: int, max_files: int) -> dict[str, TreeFile]:
        """Return all regular files below `work`; raises `SandboxError` over the caps."""

    def close(self) -> None:
        """Kill everything in the sandbox and remove it; may be called twice."""


@dataclass(frozen=True)
class Availability:
    """Whether a backend works here, why not, and what to do about it."""

    ok: bool
    reason: str  # one sentence; for ok, what was found ("Docker 28.2 at unix:///...")
    remedy: str = ""  # one sentence, empty where ok


@dataclass(frozen=True)
class EnvironmentSpec:
    """What an environment is made from; its content hash is the cache key."""

    image: str | None = None  # the user's image (docker)
    dockerfile: str | None = None  # text of the user's Dockerfile (docker)
    setup: tuple[str, ...] = ()  # shell commands, the only step with a network
    files: Mapping[str, TreeFile] = field(default_factory=dict)  # snapshot that setup sees in its cwd
    env: Mapping[str, str] = field(default_factory=dict)  # variables of every command
    timeout_s: float = 1800.0


@dataclass(frozen=True)
class Environment:
    """A prepared environment: an image id, or a folder mounted read-only."""

    backend: str
    id: str  # content address: image digest, or hash of the folder's recipe
    location: str  # image reference, or absolute path of the folder
    env: Mapping[str, str] = field(default_factory=dict)
    note: str = ""  # what it is made from, for people


@dataclass(frozen=True)
class SandboxSpec:
    """What a sandbox is started with."""

    environment: Environment
    limits: Limits = Limits()
    labels: Mapping[str, str] = field(default_factory=dict)  # e.g. study name, for clean-up
    profiling: str = ""  # "perf" or "py-spy": allow what that profiler needs; never used in a timed sandbox
    runtime: str = ""  # of the engine's containers, e.g. "runsc"; empty: its default


@runtime_checkable
class Backend(Protocol):
    """A provider of sandboxes."""

    name: str
    isolated: bool
    """False where candidates can reach the user's files or the network."""

    def available(self) -> Availability:
        """Return whether it works on this machine; never raises, never installs anything."""

    def prepare(self, spec: EnvironmentSpec) -> Environment:
        """Make the environment, or find it in the cache. Raises `SandboxError`/`ConfigError`."""

    def start(self, spec: SandboxSpec) -> Sandbox:
        """Start a sandbox. Raises `SandboxError`."""

    def clean(self) -> int:
        """Remove what dead owners left behind; return how many things."""

    def unsupported(self) -> Mapping[str, str]:
        """Return what it can't contain on this machine: name of a limit or behaviour -> reason.

        `auto` takes a backend with such a gap only where the job allows it.
        """


# --- models ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ModelRequest:
    """One question to a model."""

    agent: str  # who asks: "analyst", "coder", "tuner", "critic", or a user's own
    parent: str  # id of the candidate it is about
    attempt: int  # 0 for the first question of (agent, parent), then counted up
    messages: tuple[tuple[str, str], ...]  # (role, text), roles "system", "user", "assistant"
    max_tokens: int = 2048
    temperature: float = 0.4
    schema: str = ""  # JSON schema that the answer has to follow, where the provider can; empty: free text


@dataclass(frozen=True)
class Usage:
    """Tokens and money of one call; `usd` None where the price is unknown (never 0 instead)."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: float | None = None

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens together."""
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True)
class ModelReply:
    """One answer of a model; may be empty, cut off, wrong or hostile."""

    text: str
    finish_reason: str  # "stop", "length", or the provider's own word
    usage: Usage
    model: str
    seconds: float
    cached: bool = False  # from strop's own cache or a recording: costs nothing now


class Model(Protocol):
    """Whoever answers an agent's questions."""

    name: str

    def ask(self, request: ModelRequest) -> ModelReply:
        """Answer. Raises `ModelError` (after bounded retries) or `BudgetExhausted` (before a call)."""


# --- optimizers --------------------------------------------------------------------------------


class Optimizer(Protocol):
    """Proposes candidates from the history; the one interface of all who search."""

    name: str

    def ask(self, count: int) -> list[Candidate]:
        """Return up to `count` candidates worth a trial; fewer or none when it has no more ideas."""

    def tell(self, trial: Trial) -> None:
        """Learn from a finished trial, whoever proposed it, each once and in order of its number."""


def as_json(value: Any) -> Any:
    """Return a value made of plain JSON types; tuples become lists, enums their values."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    return value
