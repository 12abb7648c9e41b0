"""One study of a benchmark, in a process of its own: `python -m strop.benchmarks.leaderboard.cell FILE`.

FILE is a JSON request (`Request`). The finished row is written to the request's `row` file; meanwhile
what happens is told as JSON lines on stdout. A study that was cut off is gone on with. Exit codes are
those of the command line: 0 done, 2 the user can fix it, 3 a provider failed; only with 0 there is a row.
"""

from __future__ import annotations

import ast
import hashlib
import json
import math
import re
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from strop.benchmarks.leaderboard.known import path_of
from strop.benchmarks.leaderboard.result import (
    SELF_REPORTED,
    Limits,
    Metric,
    StudyRow,
    TrialRow,
    strop_version,
)
from strop.benchmarks.leaderboard.tasks import copy_repository, load_task
from strop.candidate import Candidate
from strop.errors import ConfigError, StropError
from strop.events import Event, Listener
from strop.job import load_job
from strop.optimizing import StudyResult, load_study
from strop.report.text import part_lines
from strop.report.words import attempt_sentence, one_line, trial_sentence
from strop.running import RunOptions, resume_job, run_job
from strop.running_checks import check_address
from strop.sandbox.driving import uses_split
from strop.study import Study, study_names, write_atomically
from strop.trial import Trial, TrialState

__all__ = ["Request", "main", "shape_of"]

INTERRUPTED = TrialState.INTERRUPTED.value
"""What was cut off is no evaluation; where the study goes on, its candidate has another trial."""


NUMBER = re.compile(r"\d+(?:\.\d+)?")

CONDITIONS = (
    "task",
    "optimizer",
    "seed",
    "limits",
    "sandbox",
    "model",
    "settings",
    "digest",
    "strop",
    "replay",
)
"""Keys of a request that say what its study is; the others say where things lie."""


class Request(BaseModel):
    """What one study is asked to do."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: str
    folder: Path  # of the task
    work: Path  # the study's own copy of it; made here
    row: Path
    optimizer: str
    seed: int
    limits: Limits
    sandbox: str | None = None
    model: str = ""
    api_base: str = ""
    settings: Mapping[str, Any] = {}
    like: Path | None = None  # folder of a finished study of the same seed, whose baseline is taken over
    digest: str = ""  # of the task's files
    strop: str = ""  # version
    record: Path | None = None  # file that gets the model's answers
    recording: str = ""  # the same, as the row names it
    replay: Path | None = None  # file that answers for the model

    def differing(self, other: Request) -> list[str]:
        """Return by which names a request asks for other conditions than another one of the same study."""
        unknown = [name for name in ("digest", "strop") if "" in (getattr(self, name), getattr(other, name))]
        names = (name for name in CONDITIONS if name not in unknown)
        return [name for name in names if getattr(self, name) != getattr(other, name)]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the study of a request and write its row."""
    (name,) = sys.argv[1:] if argv is None else argv
    request = Request.model_validate_json(Path(name).read_bytes())
    told = _Told()
    try:
        row = study_row(request, _searched(request, told))
    except ConfigError as error:
        if not told.measuring:  # no sandbox, a setup without network, wrong settings: says nothing of anyone
            print(str(error), file=sys.stderr)
            return 2
        # The unchanged program doesn't work, or an optimizer raised: an outcome of this task.
        row = _failed(request, str(error))
    except StropError as error:
        print(str(error), file=sys.stderr)
        return 3
    write_atomically(request.row, (row.model_dump_json(indent=1) + "\n").encode())
    return 0


def _searched(request: Request, told: Listener) -> StudyResult:
    """Run the study, or go on with it where an earlier process was cut off."""
    if request.strop not in ("", strop_version()):
        raise ConfigError(
            f"strop's own code is another than when the run began ({request.strop}, now {strop_version()}): "
            "undo the change, or run anew into another folder by --out"
        )
    if study_names(request.work):
        before = load_study(request.work)
        done = before.status in ("improved", "no improvement found")
        return before if done else StudyResult(resume_job(request.work, None, told))
    if not (request.work / ".git").is_dir():
        copy_repository(load_task(request.folder), request.work)
    overrides = {
        **request.settings,
        "optimizers": (path_of(request.optimizer),),
        "budget": request.limits.model_dump(),
        "model.name": request.model or None,
        "model.api_base": request.api_base or None,
        "sandbox.backend": request.sandbox,
        "seed": request.seed,
    }
    job = load_job(request.work, {key: value for key, value in overrides.items() if value is not None})
    check_address(job, named=bool(request.api_base), replayed=request.replay is not None)
    options = RunOptions(record=request.record, replay=request.replay, like=request.like)
    return StudyResult(run_job(request.work, job, options, told))


class _Told:
    """Prints trials, and knows whether it has come to the task: sandbox and environment are there."""

    def __init__(self) -> None:
        self.measuring = False

    def __call__(self, event: Event) -> None:
        # A baseline that is taken over from another study has no phase of its own.
        starts = event.kind == "phase" and event.data.get("name") == "baseline"
        self.measuring |= starts or event.kind == "baseline"
        if event.kind == "trial":
            print(json.dumps(event.data, default=str), flush=True)


def _failed(request: Request, reason: str) -> StudyRow:
    """Return the row of a study that broke off; what it cost until then is no less spent."""
    spent: dict[str, Any] = {}
    if study_names(request.work):
        found = load_study(request.work)
        spent = _spent(found.report, found.study)
    return StudyRow(
        task=request.task,
        optimizer=request.optimizer,
        seed=request.seed,
        state="failed",
        reason=reason,
        recording=_kept(request),
        **spent,
    )


def study_row(request: Request, found: StudyResult) -> StudyRow:
    """Return what a finished study comes to; without a claim its ratio is 1."""
    report, study = found.report, found.study
    best, speedup = report["best"], report["speedup"]
    gain: dict[str, Any] = {"reason": (report["unconfirmed"] or {}).get("reason", "")}
    if speedup is not None and best is not None:
        gain = {
            "ratio": speedup["ratio"],
            "low": speedup["low"] or speedup["ratio"],
            "high": speedup["high"] or speedup["ratio"],
            "difference": speedup["difference"],
            "metric": speedup["metric"],
            "verified_by": speedup["verified_by"],
            "labels": (*_hearsay(speedup), *speedup["labels"]),
            "metrics": tuple(
                Metric(name=one["metric"], **{key: one[key] for key in ("ratio", "low", "high")})
                for one in report["comparisons"]
                if None not in (one["ratio"], one["low"], one["high"])
            ),
            "patch": best["patch"],
            "winner": study.candidate(best["candidate"]).to_json(),
            "parts": tuple(line.strip() for line in part_lines(report)[1:]),
        }
    return StudyRow(
        task=request.task,
        optimizer=request.optimizer,
        seed=request.seed,
        state=report["status"],
        recording=_kept(request),
        **_spent(report, study),
        **_values(report, study),
        **gain,
    )


def _kept(request: Request) -> str:
    """Return the name of the recording, where there is one: a study may break off before it asks anybody."""
    return request.recording if request.record is not None and request.record.is_file() else ""


def _spent(report: Mapping[str, Any], study: Study) -> dict[str, Any]:
    """Return what a study cost, and what it tried."""
    names = ("evaluations", "calls", "prompt_tokens", "completion_tokens", "usd", "seconds")
    values = {trial.number: _value(trial) for trial in study.trials()}
    return {
        **{name: report["cost"][name] for name in names},
        "trials": tuple(
            _trial(study, row, values.get(row["number"]))
            for row in report["trials"]
            if row["state"] != INTERRUPTED
        ),
        "trace": tuple(_trace(report)),
    }


def _hearsay(speedup: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the label of a claim that is the candidate's own word; instructions are held to the clock."""
    if speedup["source"] != SELF_REPORTED or speedup["metric"] == "instructions":
        return ()
    return (f"{SELF_REPORTED}: the task takes the candidate's word for {speedup['metric']}",)


def _values(report: Mapping[str, Any], study: Study) -> dict[str, Any]:
    """Return the seed's value and the winner's, of an objective that is no time.

    Those of a claim are of the confirmation. Without one the seed's is known from the search alone: nothing
    where that has another part of the data.
    """
    objective, baseline = study.job.objective, report["baseline"]
    if objective.measured or baseline is None or objective.name not in baseline["metrics"]:
        return {}
    seed = float(baseline["metrics"][objective.name])
    first = report["comparisons"][0] if report["comparisons"] else {}
    if first.get("candidate") is None:
        return {} if uses_split(study.job) else {"value": seed, "seed_value": seed}
    return {"value": float(first["candidate"]), "seed_value": float(first["baseline"])}


def _trace(report: Mapping[str, Any]) -> list[str]:
    """Return what was tried, in order."""
    lines = []
    by_number = {row["number"]: row for row in report["trials"]}
    for item in report["order"]:
        if "trial" in item:
            row = by_number[item["trial"]]
            said = f"{row['author']}: {row['rationale']} → {trial_sentence(row)}"
        else:
            row = report["attempts"][item["attempt"]]
            said = f"{row['agent']}: {row.get('told') or attempt_sentence(row)}"
        lines.append(one_line(said, 400))
    return lines


def _value(trial: Trial) -> float | None:
    """Return the objective's median of a candidate in the search, None where it was not measured."""
    samples = trial.objective.candidate if trial.objective and trial.measured else ()
    found = statistics.median(samples) if samples else math.nan
    return found if math.isfinite(found) else None


def _trial(study: Study, row: Mapping[str, Any], value: float | None) -> TrialRow:
    names = ("number", "author", "state", "verdict", "ratio", "low", "high", "stage", "reason", "seconds")
    values = {name: row[name] for name in names}
    candidate = study.candidate(row["candidate"]) if row["candidate"] else Candidate()
    # How it ended: where it failed and with which words (figures in them differ by chance), or what it was
    # called, and how far from the seed it came.
    words = NUMBER.sub("#", one_line(row["reason"] or "", 80))
    ended = [row["state"], row["stage"], words, row["verdict"], _step(row["ratio"])]
    return TrialRow(
        **values,
        value=value,
        rationale=one_line(row["rationale"] or "", 300),
        shape=shape_of(candidate),
        behaviour=_digest(ended),
    )


def _step(ratio: float | None) -> int | None:
    """Return a gain in whole steps of 10 %, so that noise alone is no other behaviour."""
    return None if ratio is None or ratio <= 0 else round(math.log(ratio) / math.log(1.1))


def shape_of(candidate: Candidate) -> str:
    """Return a digest of a candidate's content that comments, layout and docstrings don't change."""
    return _digest([[[e.path, _normalised(e.path, e.text)] for e in candidate.edits], candidate.values])


def _normalised(path: str, text: str | None) -> str | None:
    if text is None or not path.endswith(".py"):
        return text
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return text
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if (
            isinstance(body, list)
            and len(body) > 1
            and isinstance(node, (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        ):
            first = body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                del body[0]
    return ast.dump(tree)


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:12]


if __name__ == "__main__":
    sys.exit(main())
