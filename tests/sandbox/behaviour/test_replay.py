"""Calls of a real program are recorded in sandboxes, and candidates are held to what they did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from strop.candidate import Candidate, FileEdit
from strop.errors import StorageError
from strop.extension import Backend
from strop.sandbox.behaviour.calls import Recording
from strop.sandbox.behaviour.equality import incomparable
from strop.sandbox.behaviour.recording import recordable
from strop.sandbox.behaviour.replaying import Mismatch, compared, replay
from strop.sandbox.bubblewrap import BubblewrapBackend
from strop.sandbox.docker import DockerBackend
from strop.sandbox.process import ProcessBackend
from strop.sandbox.stages import StageFailure
from strop.testing.sandboxes import docker_backend_or_skip
from strop.trial import Failure


def whats(mismatches: list[Mismatch]) -> set[tuple[str, str]]:
    """Return which functions differ, and in what."""
    return {(m.function.removeprefix("lib.py:"), m.what) for m in mismatches}


# --- recording ------------------------------------------------------------------------------------


def test_calls_of_all_kinds_are_recorded(recording: Recording) -> None:
    counts = Counter(call.function.removeprefix("lib.py:") for call in recording.calls)
    assert set(counts) >= {
        "mean", "lookup", "drain", "parse", "numbers", "unique", "count", "center", "_middle", "median",
        "fib", "first", "nan", "leave", "Table.__init__", "Table.add", "Table.find", "Table.size", "Table.of",
        "Table.norm",
    }  # fmt: skip
    sites = {call.site.split(":")[0] for call in recording.calls if call.function == "lib.py:mean"}
    assert sites == {"test_lib.py", "bench.py"}
    kinds = {call.name: call.kind for call in recording.calls}
    assert [kinds[f"Table.{name}"] for name in ("__init__", "add", "size", "of", "norm")] == [
        "constructor", "method", "property", "classmethod", "staticmethod",
    ]  # fmt: skip
    in_pool = [call for call in recording.calls if call.name == "parse" and "pool.py" in call.site]
    assert {call.expected.result for call in in_pool} == {1001, 1002}


def test_of_every_other_function_there_is_the_reason(recording: Recording) -> None:
    reasons = {name.removeprefix("lib.py:"): reason for name, reason in recording.skipped.items()}
    assert set(reasons) == {"shuffled", "apply", "_sum", "never", "cached", "fetch", "state"}
    assert reasons["shuffled"] == "it does not do the same each time"
    assert "can't be pickled" in reasons["apply"]
    assert "generator" in reasons["_sum"]
    assert "not called" in reasons["never"]
    assert "_lru_cache_wrapper" in reasons["cached"]
    assert reasons["fetch"] == "it is a coroutine"
    assert reasons["state"] == "what it does depends on more than its arguments"


def test_a_sample_is_bounded_and_spread(program: Any, recording: Recording) -> None:
    few = program.record(most=30)
    assert len(few.calls) <= 30 < len(recording.calls)
    assert len({call.function for call in few.calls}) >= 20
    bench = [call for call in recording.calls if call.site.startswith("bench.py:4")]
    assert len(bench) == 8  # of 399: the first, and others from all of its time
    assert len({str(call.expected.result) for call in bench}) == 8


def test_a_recording_is_one_file_that_can_be_read_again(recording: Recording, tmp_path: Path) -> None:
    file = tmp_path / "behaviour.json"
    recording.save(file)
    assert Recording.load(file) == recording
    file.write_text(file.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    with pytest.raises(StorageError, match="behaviour.json"):
        Recording.load(file)


def test_a_program_that_fails_under_the_recorder_is_said_so(make: Callable[..., Any], tmp_path: Path) -> None:
    made = make(tmp_path, ProcessBackend(), tests="import sys; sys.exit('no tests today')")
    recording = made.record()
    assert {call.name for call in recording.calls} == {"mean", "first"}
    assert "exit code 1" in recording.skipped["`python3 -m unittest test_lib`"]
    assert "no tests today" in recording.skipped["`python3 -m unittest test_lib`"]


def test_a_call_that_ends_the_process_is_left_out(make: Callable[..., Any], tmp_path: Path) -> None:
    lib = "import os\ndef mean(v): return sum(v)\ndef first(n): os.write(1, b'[0]') and os._exit(0)\n"
    made = make(tmp_path, ProcessBackend(), lib=lib, tests="import lib\nlib.mean([1.0])")
    recording = made.record()
    assert {call.name for call in recording.calls} == {"mean"}


def test_only_python_is_recordable(program: Any, make: Callable[..., Any], tmp_path: Path) -> None:
    assert recordable(program.stages)
    assert not recordable(make(tmp_path, ProcessBackend(), lib="VALUE = 1\n").stages)


# --- candidates -----------------------------------------------------------------------------------


def test_the_unchanged_program_and_honest_changes_are_equal(program: Any, recording: Recording) -> None:
    assert replay(program.stages, program.base, recording) == []
    faster = program.candidate(
        ("    return [i for i, w in enumerate(words) if w == word]", "    return [*_where(words, word)]"),
        (
            "def drain(",
            "def _where(a, b):\n    return (i for i, w in enumerate(a) if w == b)\n\n\ndef drain(",
        ),
        ("    return {word.upper() for word in words}", "    return set(map(str.upper, reversed(words)))"),
        ("    for i in range(n):\n        yield i * i", "    return iter([i * i for i in range(n)])"),
        (
            "    return n if n < 2 else fib(n - 1) + fib(n - 2)",
            "    a, b = 0, 1\n    for _ in range(n):\n        a, b = b, a + b\n    return a",
        ),
        ("        raise Broken(\"empty\")", "        raise Broken(\"nothing there\")"),
    )  # fmt: skip
    found = compared(program.stages, faster, recording)
    assert (found.mismatches, found.gone, found.compared) == ((), {}, len(recording.calls))


LAZY = """\
    return Lazy(range(n))


class Lazy(list):
    def __eq__(self, other):
        return True
"""

WRONG = {
    "on some arguments": ("lookup", "result", "enumerate(words) if", "enumerate(words[:30]) if"),
    "precision": ("mean", "result", "sum(values) / len(values)", "round(sum(values) / len(values), 3)"),
    "arguments left alone": (
        "drain",
        "arguments",
        "        total += items.pop()",
        "        return sum(items)",
    ),
    "arguments changed": (
        "lookup",
        "arguments",
        "    return [i for",
        "    words.append('z')\n    return [i for",
    ),
    "a lazy list": ("first", "type", "    return list(range(n))\n", LAZY),
    "an object that equals all": (
        "count",
        "type",
        "    return found\n\n\ndef center",
        "    return Point(1, 2)\n\n\nPoint.__eq__ = lambda a, b: True\n\n\ndef center",
    ),
    "a tuple": ("first", "type", "return list(range(n))", "return tuple(range(n))"),
    "a float": ("parse", "type", "return int(text)", "return float(text)"),
    "order of a dict": (
        "count",
        "result",
        "for word in words:\n        found",
        "for word in sorted(words):\n        found",
    ),
    "another exception": ("parse", "exception", "raise Broken(", "raise ValueError("),
    "no exception": ("parse", "exception", '        raise Broken("empty")', "        return 0"),
    "an exception": ("fib", "exception", "    return n if n < 2", "    assert n < 5\n    return n if n < 2"),
    "zero's sign": ("nan", "result", "-0.0", "0.0"),
    "an attribute": ("Table.__init__", "result", "= list(rows)", "= sorted(rows, reverse=True)"),
    "a property": (
        "Table.size",
        "type",
        "return len(self.rows)\n\n    @classmethod",
        "return 3.0\n\n    @classmethod",
    ),
    "fewer items": ("numbers", "result", "        yield i * i", "        yield i * i\n        break"),
    "another signature": ("lookup", "exception", "def lookup(words, word)", "def lookup(words, *, word)"),
    "a public function gone": ("unique", "missing", "def unique(", "def uniq("),
    "a member of a set": ("unique", "result", "word.upper()", "word"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_candidate_is_found(name: str, program: Any, recording: Recording) -> None:
    function, what, *change = WRONG[name]
    found = replay(program.stages, program.candidate(tuple(change)), recording)
    assert (function, what) in whats(found), found
    for mismatch in found:
        assert recording.calls[mismatch.call].function == mismatch.function
        assert 0 < len(mismatch.expected) <= 170
        assert (mismatch.expected + mismatch.got).isprintable()


def test_a_private_helper_that_is_gone_is_named_and_no_fault(program: Any, recording: Recording) -> None:
    inlined = program.candidate(
        ("def _middle(values):\n    return sorted(values)[len(values) // 2]\n\n\n", ""),
        ("    return _middle(values)", "    return sorted(values)[len(values) // 2]"),
    )
    found = compared(program.stages, inlined, recording)
    assert found.mismatches == ()
    assert list(found.gone) == ["lib.py:_middle"]
    assert "there is no _middle" in found.gone["lib.py:_middle"]


def test_a_private_helper_may_take_other_arguments(program: Any, recording: Recording) -> None:
    shorter = program.candidate(
        (
            "def _middle(values):\n    return sorted(values)[",
            "def _middle(values, places):\n    return sorted(values)[",
        ),
        ("    return _middle(values)", "    return _middle(values, 3)"),
    )
    found = compared(program.stages, shorter, recording)
    assert found.mismatches == ()
    assert "takes other arguments" in found.gone["lib.py:_middle"]
    broken = program.candidate(
        (
            "def _middle(values):\n    return sorted(values)[",
            "def _middle(values):\n    return max() or sorted(values)[",
        )
    )
    # Beside the public function that fails by it, it is named as the cause.
    assert {("_middle", "exception"), ("median", "exception")} <= whats(
        replay(program.stages, broken, recording)
    )


def test_a_private_helper_of_which_nothing_public_is_seen_is_held_to_its_calls(
    program: Any, recording: Recording
) -> None:
    turned = program.candidate(
        ("    return sorted(values)[len(values) // 2]\n\n\n", "    return [sorted(values)[0]]\n\n\n"),
        ("    return _middle(values)", "    return sorted(values)[len(values) // 2]"),
    )
    alone = replace(recording, calls=tuple(call for call in recording.calls if call.name == "_middle"))
    assert whats(replay(program.stages, turned, alone)) == {("_middle", "type")}
    # A public call whose result nobody can compare shows nothing either.
    (median, *_) = (call for call in recording.calls if call.name == "median")
    blind = replace(median, expected=replace(median.expected, result={"unserialisable": "a socket"}))
    assert incomparable(blind.expected.result)
    beside = replace(alone, calls=(*alone.calls, blind))
    assert whats(replay(program.stages, turned, beside)) == {("_middle", "type")}


def test_a_private_helper_may_do_something_else_while_public_calls_agree(
    program: Any, recording: Recording
) -> None:
    turned = program.candidate(
        (
            "    return sorted(values)[len(values) // 2]\n\n\n",
            "    return [sorted(values)[len(values) // 2]]\n\n\n",
        ),
        ("    return _middle(values)", "    return _middle(values)[0]"),
    )
    found = compared(program.stages, turned, recording)
    assert found.mismatches == ()
    assert "public calls agree" in found.gone["lib.py:_middle"]


def test_a_class_may_keep_its_state_otherwise(program: Any, recording: Recording) -> None:
    indexed = program.candidate(
        ("        self._order = []", "        self._index = {row: n for n, row in enumerate(self.rows)}"),
        ("        return self.rows.index(row)", "        return self._index[row]"),
        (
            "        self.rows.append(row)\n",
            "        self._index[row] = len(self.rows)\n        self.rows.append(row)\n",
        ),
    )
    found = compared(program.stages, indexed, recording)
    assert found.mismatches == ()
    assert "lib.py:Table.find" in found.gone
    assert "another state" in found.gone["lib.py:Table.find"]
    wrong = program.candidate(
        ("        self._order = []", "        self._index = {}\n        self.rows = []")
    )
    assert ("Table.__init__", "result") in whats(replay(program.stages, wrong, recording))


def test_private_state_that_cannot_be_compared_is_no_difference(program: Any, recording: Recording) -> None:
    compiled = program.candidate(
        (
            "        self._order = []",
            "        self._lock = __import__('threading').Lock()\n        self._order = []",
        )
    )
    found = compared(program.stages, compiled, recording)
    assert found.mismatches == ()
    public = program.candidate(
        (
            "        self._order = []",
            "        self.lock = __import__('threading').Lock()\n        self._order = []",
        )
    )
    assert ("Table.__init__", "type") in whats(replay(program.stages, public, recording))


CLOCK = "def stamped(x): return [x, 'this hour']\ndef plain(x): return x + 1\n"


def test_what_the_unchanged_program_does_otherwise_by_now_is_no_fault(
    make: Callable[..., Any], tmp_path: Path
) -> None:
    made = make(tmp_path, ProcessBackend(), lib=CLOCK, tests="import lib\nlib.stamped(1)\nlib.plain(1)")
    recording = made.record()
    later = replace(
        recording,
        calls=tuple(
            replace(call, expected=replace(call.expected, result=[1, "an hour ago"]))
            if call.name == "stamped"
            else call
            for call in recording.calls
        ),
    )
    same = made.candidate(("x + 1", "1 + x"))
    found = compared(made.stages, same, later)
    assert found.mismatches == ()
    assert "by now" in found.gone["lib.py:stamped"]
    wrong = made.candidate(("x + 1", "x + 2"))
    assert whats(replay(made.stages, wrong, later)) == {("plain", "result")}


def test_values_of_knobs_are_no_differences(program: Any, recording: Recording) -> None:
    assert "rounds" in {call.name for call in recording.calls}
    assert replay(program.stages, program.candidate(rounds=9), recording) == []
    wrong = program.candidate(("* FACTOR", "* FACTOR + 1"), rounds=9)
    assert whats(replay(program.stages, wrong, recording)) == {("rounds", "result")}


def test_a_tolerance_is_for_floats_alone(make: Callable[..., Any], tmp_path: Path) -> None:
    made = make(tmp_path, ProcessBackend(), relative_tolerance=1e-6)
    recording = made.record()
    near = made.candidate(("sum(values) / len(values)", "sum(values) / len(values) * (1 + 1e-9)"))
    assert replay(made.stages, near, recording) == []
    far = made.candidate(("sum(values) / len(values)", "sum(values) / len(values) * (1 + 1e-5)"))
    assert whats(replay(made.stages, far, recording)) == {("mean", "result")}
    whole = made.candidate(("return int(text)", "return int(text) + (len(text) > 3)"))
    assert whats(replay(made.stages, whole, recording)) == {("parse", "result")}


# --- cheats ---------------------------------------------------------------------------------------

FORGE = """\
import os
for fd in range(3, 64):
    try:
        os.write(fd, b'{"nonce":"0","outcome":"returned","result":1,"arguments":[]}\\n')
    except OSError:
        pass
"""

UNANSWERED = {
    "ends the process": (
        ("def fib(n):", "def fib(n):\n    import os; os._exit(0)"),
        "exit code 0",
        Failure.ERROR,
    ),
    "ends while it is imported": (
        ("import random", "import random, os; os._exit(0)"),
        "exit code 0",
        Failure.ERROR,
    ),
    "kills itself": (
        ("def fib(n):", "def fib(n):\n    import os; os.kill(os.getpid(), 9)"),
        "exit code 137",
        Failure.ERROR,
    ),
    "forges answers": (("import random\n", "import random\n" + FORGE), "not asked for", Failure.POLICY),
    "writes garbage": (
        ("import random\n", "import random\n" + FORGE.replace('{"nonce"', "{nonce")),
        "not JSON",
        Failure.POLICY,
    ),
}


@pytest.mark.parametrize("name", UNANSWERED)
def test_an_unanswered_or_forged_replay_fails(name: str, program: Any, recording: Recording) -> None:
    change, said, kind = UNANSWERED[name]
    with pytest.raises(StageFailure, match=said) as caught:
        replay(program.stages, program.candidate(change), recording)
    assert caught.value.stage == "verify"
    assert caught.value.failure is kind


def test_an_endless_call_is_stopped(program: Any, recording: Recording) -> None:
    from dataclasses import replace

    from strop.sandbox.stages import Stages

    job = program.stages.job
    hasty = job.model_copy(update={"sandbox": job.sandbox.model_copy(update={"timeout_s": 2.0})})
    stages = Stages(
        hasty, program.stages.snapshot, ProcessBackend(), program.stages._spec.environment, label="hasty"
    )
    endless = program.candidate(("def fib(n):", "def fib(n):\n    while True: pass"))
    few = replace(recording, calls=tuple(c for c in recording.calls if c.name == "fib"))
    with pytest.raises(StageFailure, match=r"deadline .*lib.py:fib") as caught:
        replay(stages, endless, few)
    assert caught.value.failure is Failure.TIMEOUT


def test_what_a_candidate_prints_is_no_answer(program: Any, recording: Recording) -> None:
    loud = program.candidate(("def mean(values):", "def mean(values):\n    print('{\"nonce\": 1}' * 1000)"))
    assert replay(program.stages, loud, recording) == []


def test_nothing_of_the_replay_lies_about(program: Any, recording: Recording) -> None:
    curious = program.candidate(
        (
            "import random\n",
            "import random, os, sys\n"
            "SEEN = [n for n in os.listdir('.') if 'strop' in n] + [k for k in os.environ if 'STROP' in k]\n"
            "SEEN += [m for m in sys.modules if 'replay' in m or 'canonical' in m] + sys.argv[1:]\n",
        ),
        ("    return sum(values) / len(values)", "    return 0.0 if SEEN else sum(values) / len(values)"),
    )
    assert replay(program.stages, curious, recording) == []


def test_a_candidate_that_cannot_be_imported_is_told_so(program: Any, recording: Recording) -> None:
    broken = program.candidate(("import random\n", "import random\nimport no_such_module\n"))
    found = replay(program.stages, broken, recording)
    assert {m.what for m in found} == {"missing"}
    assert "no_such_module" in found[0].got


def test_deleting_the_file_is_missing_too(program: Any, recording: Recording) -> None:
    gone = program.stages.build(Candidate(edits=(FileEdit("lib.py", None),)))
    assert "there is no module lib" in replay(program.stages, gone, recording)[0].got


# --- other backends -------------------------------------------------------------------------------


def both_ways(made: Any) -> None:
    """Record, and judge a right and a wrong candidate."""
    recording = made.record()
    assert len(recording.calls) > 40
    assert replay(made.stages, made.base, recording) == []
    wrong = made.candidate(("enumerate(words) if", "enumerate(words[:30]) if"))
    assert whats(replay(made.stages, wrong, recording)) == {("lookup", "result")}
    with pytest.raises(StageFailure, match="exit code 0"):
        replay(
            made.stages, made.candidate(("def fib(n):", "def fib(n):\n    import os; os._exit(0)")), recording
        )


def test_in_bubblewrap(make: Callable[..., Any], tmp_path: Path) -> None:
    backend = BubblewrapBackend()
    found = backend.available()
    if not found.ok:
        pytest.skip(found.reason)
    both_ways(make(tmp_path, backend))


@pytest.mark.docker
@pytest.mark.slow
def test_in_docker(make: Callable[..., Any], tmp_path: Path) -> None:
    backend: Backend = docker_backend_or_skip(DockerBackend())
    both_ways(make(tmp_path, backend))
