"""Making recorded calls again in a fresh sandbox, and comparing what they do with what they should do.

The sandbox gets the arguments alone: what is expected stays here, so that a candidate could only
forge its answers by computing the right ones.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files

from strop.extension import ExecResult, Outcome, TreeFile
from strop.sandbox.behaviour.calls import Answer, Malformed, RecordedCall, Recording, parse_answer, safe_text
from strop.sandbox.behaviour.equality import Tolerance, difference, incomparable, shown
from strop.sandbox.behaviour.shapes import changed_classes, is_private, type_names
from strop.sandbox.stages import Built, StageFailure, Stages
from strop.trial import Failure

__all__ = ["Answers", "Mismatch", "Replayed", "ask", "compared", "replay"]

FOLDER = ".strop-behaviour"
ANSWERS_BYTES = 128 << 20
SLACK = 5.0  # a candidate whose replay takes so many times as long is stopped
START_S = 20.0  # for starting and importing, on a busy machine


@dataclass(frozen=True)
class Mismatch:
    """A call that does something else than in the unchanged program."""

    function: str  # "package/module.py:Class.name"
    call: int  # its number in the recording, from 0
    what: str  # "result", "exception", "arguments" (changed otherwise by the call), "type", "missing"
    expected: str  # short, safe text
    got: str


@dataclass(frozen=True)
class Replayed:
    """What a replay found."""

    mismatches: tuple[Mismatch, ...]
    gone: Mapping[str, str]  # private function -> why its calls could not be compared, which is no fault
    compared: int  # calls


@dataclass(frozen=True)
class Answers:
    """The answers to a first part of the calls, or to all of them, and how the process ended."""

    answers: tuple[Answer, ...]
    result: ExecResult
    forged: str = ""  # why the rest is not believed


def replay(stages: Stages, built: Built, recording: Recording) -> list[Mismatch]:
    """Make the recorded calls in a candidate; returns those that do something else.

    Knobs have their default values. Raises `StageFailure` where the process ends, is stopped, or
    leaves calls unanswered.
    """
    return list(compared(stages, built, recording).mismatches)


def compared(stages: Stages, built: Built, recording: Recording) -> Replayed:
    """Do the same, and say which calls could not be compared."""
    if not recording.calls:
        return Replayed((), {}, 0)
    if built.candidate.knobs:
        # Recorded at the knobs' defaults: their values may well change what a function returns.
        built = stages.build(replace(built.candidate, knobs=()))
    timeout_s = min(stages.job.sandbox.timeout_s, SLACK * recording.seconds + START_S)
    found = ask(stages, built, recording, hash_seed=0, timeout_s=timeout_s)
    if found.forged or len(found.answers) < len(recording.calls):
        raise _unanswered(recording, found)
    changed = changed_classes(built.candidate, stages.snapshot.texts)
    verify = stages.job.verify
    judge = _Judge(Tolerance(verify.relative_tolerance, verify.absolute_tolerance), changed)
    for number, (call, answer) in enumerate(zip(recording.calls, found.answers, strict=True)):
        judge.judge(number, call, answer)
    if not judge.mismatches:
        return Replayed((), judge.gone, judge.count)
    moved = _moved(stages, recording, timeout_s)
    gone = {
        **judge.gone,
        **{function: "the unchanged program answers otherwise by now" for function in moved},
    }
    wrong = tuple(mismatch for mismatch in judge.mismatches if mismatch.function not in moved)
    public = {_file(function) for function in judge.agreed - {m.function for m in judge.mismatches}}
    if all(is_private(m.function) and _file(m.function) in public for m in wrong):
        # How a module shares work among its own helpers is nobody's business while all that others call
        # of it does the same. Beside a public mismatch they stay: they are likely its cause.
        gone |= {
            m.function: f"private, and does something else ({m.what}); public calls agree" for m in wrong
        }
        wrong = ()
    return Replayed(wrong, gone, judge.count)


def _moved(stages: Stages, recording: Recording, timeout_s: float) -> set[str]:
    """Return the functions that do something else than recorded in the unchanged program, too.

    The date of a file in an archive, say: two calls of one second agree, those of an hour later don't.
    """
    found = ask(stages, stages.pristine, recording, hash_seed=0, timeout_s=timeout_s)
    verify = stages.job.verify
    judge = _Judge(Tolerance(verify.relative_tolerance, verify.absolute_tolerance), set())
    for number, (call, answer) in enumerate(zip(recording.calls, found.answers, strict=False)):
        judge.judge(number, call, answer)
    return {mismatch.function for mismatch in judge.mismatches}


# --- asking ---------------------------------------------------------------------------------------


def ask(stages: Stages, built: Built, recording: Recording, *, hash_seed: int, timeout_s: float) -> Answers:
    """Make a recording's calls in a built tree; never raises for what the process does."""
    nonces = [secrets.token_hex(8) for _ in recording.calls]
    questions = {
        "path": recording.path,
        "calls": [_question(call, nonce) for call, nonce in zip(recording.calls, nonces, strict=True)],
    }
    with stages.sandbox() as sandbox:
        sandbox.put({**built.tree, **_files(json.dumps(questions).encode("ascii"))})
        result = sandbox.exec(
            [recording.executable, f"{FOLDER}/replayer.py"],
            env={**built.env, "PYTHONHASHSEED": str(hash_seed)},
            timeout_s=timeout_s,
            output_bytes=ANSWERS_BYTES,
        )
    answers: list[Answer] = []
    forged = ""
    lines = result.stdout.split(b"\n")[:-1]  # a line without its end was cut off
    for number, line in enumerate(lines):
        try:
            nonce, answer = parse_answer(line)
        except Malformed as error:
            forged = f"an answer is malformed: {error}"
            break
        if number >= len(nonces) or nonce != nonces[number]:
            forged = "there are answers to calls that were not asked for"
            break
        answers.append(answer)
    return Answers(tuple(answers), result, forged)


def _question(call: RecordedCall, nonce: str) -> dict[str, str]:
    return {
        "nonce": nonce,
        "module": call.module,
        "name": call.name,
        "kind": call.kind,
        "arguments": call.arguments,
    }


def _files(questions: bytes) -> dict[str, TreeFile]:
    """Return the files of a replay; writable, so that they can be gone before the candidate looks."""
    replayer = files("strop.sandbox.behaviour").joinpath("replayer.py").read_bytes()
    canonical = files("strop.sandbox").joinpath("canonical.py").read_bytes()
    return {
        f"{FOLDER}/replayer.py": TreeFile(replayer, writable=True),
        f"{FOLDER}/canonical.py": TreeFile(canonical, writable=True),
        f"{FOLDER}/questions.json": TreeFile(questions, writable=True),
    }


def _unanswered(recording: Recording, found: Answers) -> StageFailure:
    number = min(len(found.answers), len(recording.calls) - 1)
    call = recording.calls[number]
    which = f"call {number} of {len(recording.calls)} ({call.function}, recorded at {call.site})"
    result, kind = found.result, Failure.ERROR
    if found.forged:
        reason, kind = f"the replay was interfered with: {found.forged}", Failure.POLICY
    elif result.outcome is Outcome.TIMEOUT:
        reason, kind = (
            f"the replay ran into its deadline after {result.wall_s:.1f} s, in {which}",
            Failure.TIMEOUT,
        )
    elif result.outcome is Outcome.OUT_OF_MEMORY:
        reason, kind = f"the replay ran out of memory in {which}", Failure.OUT_OF_MEMORY
    elif result.outcome is Outcome.OUTPUT_LIMIT:
        reason, kind = f"the replay printed too much in {which}", Failure.OUTPUT_LIMIT
    else:
        reason = f"the replay ended with exit code {result.exit_code} before it answered {which}"
    return StageFailure("verify", reason, failure=kind, log=result.stderr)


# --- judging --------------------------------------------------------------------------------------


class _Judge:
    """Compares answers with what is expected, and keeps what differs."""

    def __init__(self, tolerance: Tolerance, changed: set[str]) -> None:
        self.mismatches: list[Mismatch] = []
        self.gone: dict[str, str] = {}
        self.count = 0
        self.agreed: set[str] = set()  # functions that others may call, with a result that was compared
        self._tolerance = tolerance
        self._changed = changed
        self._names = type_names(changed)

    def judge(self, number: int, call: RecordedCall, answer: Answer) -> None:
        """Compare one answer."""
        other = sorted(self._changed.intersection(call.classes))
        if other:
            self.gone[call.function] = (
                f"instances of {other[0]} keep another state than in the unchanged program"
            )
            return
        if answer.outcome in ("gone", "arguments") and is_private(call.function):
            self.gone[call.function] = f"gone: {answer.text}"
            return
        if is_private(call.function) and _takes_other_arguments(call, answer):
            self.gone[call.function] = f"takes other arguments: {safe_text(answer.text, 120)}"
            return
        self.count += 1
        found = self._difference(call.expected, answer)
        if found is None:
            told = call.expected.outcome == "raised" or not incomparable(call.expected.result)
            if told and not is_private(call.function):
                self.agreed.add(call.function)
        else:
            self.mismatches.append(replace(found, function=call.function, call=number))

    def _difference(self, expected: Answer, answer: Answer) -> Mismatch | None:
        found = Mismatch("", 0, "", "", "")
        if answer.outcome in ("gone", "import", "arguments"):
            return replace(found, what="missing", expected="a call", got=answer.text)
        if expected.outcome != answer.outcome or (
            expected.outcome == "raised" and expected.result != answer.result
        ):
            return replace(found, what="exception", expected=_outcome(expected), got=_outcome(answer))
        if expected.outcome == "returned" and not incomparable(expected.result):
            differ = difference(expected.result, answer.result, self._tolerance, self._names)
            if differ is not None:
                what = "type" if differ.what == "type" else "result"
                return replace(found, what=what, expected=differ.expected, got=differ.got)
        if not incomparable(expected.arguments):
            differ = difference(expected.arguments, answer.arguments, self._tolerance, self._names)
            if differ is not None:
                return replace(found, what="arguments", expected=differ.expected, got=differ.got)
        return None


def _file(function: str) -> str:
    return function.rpartition(":")[0]


def _takes_other_arguments(call: RecordedCall, answer: Answer) -> bool:
    """Return whether a call was refused by the function's own signature, and not by its body."""
    refused = rf"TypeError: {re.escape(call.name)}\(\) (takes|missing|got) "
    return answer.outcome == "raised" and re.match(refused, answer.text) is not None


def _outcome(answer: Answer) -> str:
    if answer.outcome == "raised":
        return safe_text(f"raises {answer.text or answer.result}", 160)
    return f"returns {shown(answer.result, 120)}"
