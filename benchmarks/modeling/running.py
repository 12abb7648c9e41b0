"""Asks a model for a program per problem, runs each in a fresh sandbox, and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from strop.benchmarks.modeling.asking import Found, code_of, judged, question
from strop.benchmarks.modeling.problems import WordProblem
from strop.benchmarks.self.tables import limits
from strop.errors import BudgetExhausted, ModelError
from strop.extension import Backend, Environment, Limits, Model, ModelRequest, SandboxSpec, TreeFile
from strop.sandbox.measure.quiet import background

__all__ = ["Asked", "Machine", "Share", "ask_all", "shares"]

LIBRARIES = ("numpy", "scipy", "pulp", "pyomo", "ortools", "cvxpy")
HOPELESS = ("auth", "bad request", "not found", "quota")
"""Faults of a provider that the next question would meet, too."""

UNDOUBTED = "all without doubts"
"""Name of the share of problems whose stored answers nothing speaks against."""

PROBE = "import importlib.util as u; print(*(n for n in {names} if u.find_spec(n)))"


@dataclass(frozen=True)
class Asked:
    """A problem, and what became of it."""

    problem: WordProblem
    found: Found
    code: str = ""
    tokens: int = 0
    seconds: float = 0.0  # of the model's answer

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON types."""
        expected = self.problem.expected
        return {
            "problem": self.problem.name,
            "kind": self.problem.kind,
            "outcome": self.found.kind,
            "detail": self.found.detail,
            "printed": self.found.value,
            "right": expected.value if expected else None,
            "doubts": [asdict(doubt) for doubt in self.problem.doubts],
            "tokens": self.tokens,
            "seconds": round(self.seconds, 3),
            "code": self.code,
        }


@dataclass(frozen=True)
class Share:
    """How many of some problems were right, with the exact 95 % limits of the share."""

    name: str
    right: int
    count: int
    low: float
    high: float
    outcomes: dict[str, int]


class Machine:
    """Where programs run: sandboxes of one prepared environment."""

    def __init__(self, backend: Backend, environment: Environment, *, timeout_s: float = 60.0) -> None:
        """`timeout_s`: deadline of one program."""
        self._backend = backend
        limits_ = Limits(
            memory_bytes=1 << 30, pids=64, work_bytes=64 << 20, output_bytes=1 << 20, timeout_s=timeout_s
        )
        self._spec = SandboxSpec(environment=environment, limits=limits_)

    def libraries(self) -> tuple[str, ...]:
        """Return which libraries a program can import; raises `SandboxError`."""
        sandbox = self._backend.start(self._spec)
        try:
            result = sandbox.exec(["python3", "-c", PROBE.format(names=LIBRARIES)])
        finally:
            sandbox.close()
        return tuple(result.stdout.decode().split()) if result.ok else ()

    def judge(self, problem: WordProblem, code: str) -> Found:
        """Return what a program is worth, run in a fresh sandbox; raises `SandboxError`."""
        sandbox = self._backend.start(self._spec)
        try:
            sandbox.put({"program.py": TreeFile(code.encode("utf-8", "replace"))})
            with background():  # not beside what is being timed on this machine
                result = sandbox.exec(["python3", "program.py"])
            return judged(problem, result)
        finally:
            sandbox.close()


def ask_all(
    problems: Sequence[WordProblem],
    model: Model,
    machine: Machine,
    *,
    max_tokens: int = 2048,
    temperature: float = 0.0,
    report: Callable[[Asked], None] = lambda asked: None,
) -> list[Asked]:
    """Return what became of each problem that can be scored; fewer of them where the budget ends.

    Raises:
        ModelError: The provider refuses what would be asked again (a wrong key, an unknown model).
        SandboxError: A sandbox failed.
    """
    libraries = machine.libraries()
    done = []
    for problem in problems:
        if not problem.scored:
            continue
        request = ModelRequest(
            "modeler",
            problem.name,
            0,
            question(problem, libraries),
            max_tokens=max_tokens,
            temperature=temperature,
        )
        try:
            reply = model.ask(request)
        except BudgetExhausted:
            break
        except ModelError as error:
            if error.kind in HOPELESS:
                raise
            asked = Asked(problem, Found("no answer", str(error)))
        else:
            code = code_of(reply.text)
            if code is None:
                cut = reply.finish_reason == "length"
                found = Found("cut off" if cut else "no code", reply.text[:200])
            else:
                found = machine.judge(problem, code)
            asked = Asked(problem, found, code or "", reply.usage.tokens, reply.seconds)
        done.append(asked)
        report(asked)
    return done


def shares(done: Sequence[Asked]) -> list[Share]:
    """Return the share of right answers by kind, of all, and of those without doubts where some have any.

    What was never answered doesn't count.
    """
    groups = {
        name: [asked for asked in done if name in (asked.problem.kind, "all")]
        for name in (*dict.fromkeys(asked.problem.kind for asked in done), "all")
    }
    sure = [asked for asked in done if not asked.problem.doubts]
    if len(sure) < len(done):
        groups[UNDOUBTED] = sure
    found = []
    for name, members in groups.items():
        mine = [asked for asked in members if asked.found.kind != "no answer"]
        right = sum(asked.found.kind == "right" for asked in mine)
        low, high = limits(right, len(mine)) if mine else (0.0, 1.0)
        outcomes: Counter[str] = Counter(asked.found.kind for asked in members)
        found.append(Share(name, right, len(mine), low, high, dict(outcomes)))
    return found
