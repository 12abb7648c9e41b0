"""Recording what the unchanged program does: a bounded sample of the calls of the target's functions.

The program runs its tests and its benchmark once with the recorder (`recorder.py`), which keeps the
arguments of some calls. These calls are then made again, twice, in the unchanged program: what they
do there, both times the same, is what every candidate is held to.
"""

from __future__ import annotations

import json
import posixpath
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.resources import files

from strop.extension import TreeFile
from strop.sandbox.behaviour.calls import (
    Answer,
    Malformed,
    ProcessCalls,
    RecordedCall,
    Recording,
    parse_process,
    safe_text,
)
from strop.sandbox.behaviour.equality import incomparable
from strop.sandbox.behaviour.replaying import FOLDER, Answers, ask
from strop.sandbox.behaviour.shapes import functions_of
from strop.sandbox.outputs import tail
from strop.sandbox.stages import Built, Stages

__all__ = ["Recording", "record", "recordable"]

OUT = ".strop-behaviour-out"
READ_BYTES = 64 << 20  # of what all processes of a command recorded
PROCESSES = 64
KEEP = 8  # calls that a process keeps of one line that calls
REPLAY_S = 0.5  # what all calls of a replay may cost: about as much as a process start
ENCODING_S = (
    1e-6  # of reading arguments and encoding results, per byte of arguments (measured: 1.2 s for 1 MB)
)
ARGUMENT_BYTES = 12 << 20  # of all calls, as text
EXPECTED_BYTES = 16 << 20
ENDINGS = 5  # calls that end the process, left out one by one
BASELINE_S = 120.0  # for one replay in the unchanged program

Skipped = dict[str, str]


def recordable(stages: Stages) -> bool:
    """Return whether the job's target has Python whose calls could be recorded."""
    return any(
        path.endswith(".py") and functions_of(path, text) for path, text in stages.snapshot.texts.items()
    )


def record(stages: Stages, built: Built, commands: Sequence[str], *, most: int) -> Recording:
    """Return a sample of the calls that commands of the unchanged program make of the target's functions.

    Args:
        stages: The job's.
        built: The unchanged program.
        commands: Its tests, its benchmark: each runs once more, in a sandbox of its own.
        most: How many calls to keep, spread over functions, over the lines that call, and over time.

    Returns:
        The calls with what they do, and for each function of which there is none the reason.
        Raises `SandboxError` where the provider is at fault; nothing else.
    """
    texts = {path: text for path, text in stages.snapshot.texts.items() if path.endswith(".py")}
    skipped: Skipped = {}
    processes = [
        process
        for command in commands
        for process in _run(stages, built, built.commands(command), sorted(texts), most, skipped)
    ]
    if not processes:
        why = "no process of the tests or the benchmark could be recorded"
        why = next(iter(skipped.values()), why)
        return Recording((), _reasons(texts, (), {}, processes, why))
    calls = _sample([call for p in processes for f in p.functions for call in f.calls], most)
    draft = Recording(tuple(calls), {}, processes[0].executable, _path(processes))
    recording, dropped = _expected(stages, built, draft)
    default = "it is not called, or only by the main script itself"
    reasons = _reasons(texts, recording.calls, dropped, processes, default)
    return replace(recording, skipped={**reasons, **skipped})


# --- running the program --------------------------------------------------------------------------


def _run(
    stages: Stages, built: Built, command: str, targets: Sequence[str], most: int, skipped: Skipped
) -> list[ProcessCalls]:
    """Run one command with the recorder, and return what its processes recorded."""
    name = f"`{safe_text(command, 60)}`"
    with stages.sandbox() as sandbox:
        folder = posixpath.join(sandbox.work, FOLDER)
        plan = {
            "out": posixpath.join(sandbox.work, OUT),
            "root": sandbox.work,
            "files": list(targets),
            "keep": max(1, min(KEEP, most)),
        }
        sandbox.put({**built.tree, **_files(plan)})
        before = built.env.get("PYTHONPATH", "")
        env = {
            **built.env,
            "PYTHONPATH": f"{folder}:{before}" if before else folder,
            "PYTHONHASHSEED": "0",
        }
        result = sandbox.exec(command, env=env)
        if not result.ok:
            end = tail(result.stderr or result.stdout, lines=1, limit=200)
            skipped[name] = f"fails while its calls are recorded, with exit code {result.exit_code}: {end}"
            return []
        left = sandbox.exec(f"cat {OUT}/*.json", output_bytes=READ_BYTES)
    found = []
    for line in left.stdout.split(b"\n")[:-1][:PROCESSES]:
        try:
            found.append(parse_process(line))
        except Malformed as error:
            skipped[name] = f"what one of its processes recorded is malformed: {error}"
    return found


def _files(plan: Mapping[str, object]) -> dict[str, TreeFile]:
    source = files("strop.sandbox.behaviour").joinpath("recorder.py").read_bytes()
    return {
        f"{FOLDER}/sitecustomize.py": TreeFile(source),
        f"{FOLDER}/plan.json": TreeFile(json.dumps(plan).encode()),
    }


def _path(processes: Iterable[ProcessCalls]) -> tuple[str, ...]:
    """Return one search path for all: that of the first process, then what others have besides."""
    return tuple(dict.fromkeys(entry for process in processes for entry in process.path))


# --- choosing calls -------------------------------------------------------------------------------


def _sample(calls: Iterable[RecordedCall], most: int) -> list[RecordedCall]:
    """Return calls in turn from each function, from each of its sites, and from all of its time.

    Together they may cost `REPLAY_S`; a function whose calls all cost much has its cheapest one.
    """
    by_function: dict[str, dict[str, list[RecordedCall]]] = defaultdict(lambda: defaultdict(list))
    for call in calls:
        by_function[call.function][call.site].append(call)
    turns = [_turns([_spread(site) for site in sites.values()]) for sites in by_function.values()]
    quickest = [min(function, key=_cost) for function in turns]
    slow = [call for call in quickest if _cost(call) > REPLAY_S / 2]
    alone = set(map(id, slow))
    chosen: dict[tuple[str, str], RecordedCall] = {}
    seconds, size = 0.0, 0
    for call in [*slow, *_turns(turns)]:
        key = (call.function, call.arguments)
        cost = 0.0 if id(call) in alone else _cost(call)
        fits = seconds + cost <= REPLAY_S and size + len(call.arguments) <= ARGUMENT_BYTES
        if fits and len(chosen) < most and key not in chosen:
            seconds, size = seconds + cost, size + len(call.arguments)
            chosen[key] = call
    return list(chosen.values())


def _cost(call: RecordedCall) -> float:
    """Return about how long a call takes in a replay, in seconds."""
    return call.seconds + ENCODING_S * len(call.arguments)


def _turns(lists: Sequence[Sequence[RecordedCall]]) -> list[RecordedCall]:
    """Return all items: the first of each list, then the second of each, and so on."""
    longest = max((len(items) for items in lists), default=0)
    return [items[turn] for turn in range(longest) for items in lists if turn < len(items)]


def _spread(calls: Sequence[RecordedCall]) -> list[RecordedCall]:
    """Return calls of one site so that any first part of them is spread over its time."""
    rest, order = list(calls), []
    while rest:
        order.append(rest.pop(0))
        if rest:
            order.append(rest.pop())
        if len(rest) > 1:
            order.append(rest.pop(len(rest) // 2))
    return order


# --- what is expected -----------------------------------------------------------------------------


def _expected(stages: Stages, built: Built, draft: Recording) -> tuple[Recording, Skipped]:
    """Make the calls twice in the unchanged program, and keep those that do the same both times."""
    dropped: Skipped = {}
    timeout_s = min(stages.job.sandbox.timeout_s, BASELINE_S)
    for _ in range(ENDINGS):
        if not draft.calls:
            return draft, dropped
        first = ask(stages, built, draft, hash_seed=0, timeout_s=timeout_s)
        if len(first.answers) == len(draft.calls):
            second = ask(stages, built, draft, hash_seed=1, timeout_s=timeout_s)
            if len(second.answers) == len(draft.calls):
                return _kept(stages, draft, first, second, dropped), dropped
            first = second
        number = len(first.answers)
        dropped[draft.calls[number].function] = (
            "a call of it ends the process, or never ends, when it is replayed"
        )
        guilty = draft.calls[number].function
        draft = replace(draft, calls=tuple(call for call in draft.calls if call.function != guilty))
    dropped.update({call.function: "the replay in the unchanged program fails" for call in draft.calls})
    return replace(draft, calls=()), dropped


def _kept(stages: Stages, draft: Recording, first: Answers, second: Answers, dropped: Skipped) -> Recording:
    verify = stages.job.verify
    tolerant = bool(verify.relative_tolerance or verify.absolute_tolerance)
    kept, size = [], 0
    for call, one, two in zip(draft.calls, first.answers, second.answers, strict=True):
        reason = _unfit(call, one, two, tolerant)
        length = 0 if reason else len(json.dumps([one.result, one.arguments]))
        if not reason and size + length > EXPECTED_BYTES:
            reason = "what it returns is too large to keep"
        if reason:
            dropped[call.function] = reason
            continue
        size += length
        kept.append(replace(call, expected=one))
    return replace(draft, calls=tuple(kept), seconds=first.result.wall_s)


def _unfit(call: RecordedCall, one: Answer, two: Answer, tolerant: bool) -> str:
    """Return why a call can't be asked of candidates, or an empty string."""
    if one.outcome not in ("returned", "raised"):
        return f"its calls can't be made again: {one.text}"
    if one.outcome == "raised" and one.result in ("RecursionError", "MemoryError"):
        return "it comes to the limits of the machine"
    if (one.outcome == "raised") != bool(call.raised):
        return "what it does depends on more than its arguments"
    nothing = one.outcome == "returned" and incomparable(one.result)
    if nothing and (incomparable(one.arguments) or one.arguments == [[], {"dict": [[], []]}]):
        return f"what it returns can't be compared: {safe_text(str(one.result['unserialisable']), 120)}"
    if (one.outcome, one.result, one.arguments) != (two.outcome, two.result, two.arguments):
        return "it does not do the same each time"
    if tolerant and any(isinstance(part, dict) and "digest" in part for part in (one.result, one.arguments)):
        return "what it returns is too large to compare with a tolerance"
    return ""


def _reasons(
    texts: Mapping[str, str],
    calls: Iterable[RecordedCall],
    dropped: Skipped,
    processes: Sequence[ProcessCalls],
    default: str,
) -> Skipped:
    """Return for each function of the target without a call the reason why it has none."""
    covered = {call.function for call in calls}
    known: Skipped = {}
    for process in processes:
        for function in process.functions:
            if function.failures:
                known[function.function] = max(
                    function.failures, key=lambda reason: function.failures[reason]
                )
            elif function.count and not function.calls:
                known[function.function] = "none of its calls was kept"
        known.update(process.skipped)
    known.update(dropped)
    every = [function for path, text in sorted(texts.items()) for function in functions_of(path, text)]
    return {f: known.get(f, default) for f in dict.fromkeys([*every, *known]) if f not in covered}
