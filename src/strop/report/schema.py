"""The JSON schema of the machine report (`strop report --json`)."""

from __future__ import annotations

from typing import Any

__all__ = ["REPORT_SCHEMA"]

_TEXT: Any = {"type": "string"}
_NUMBER: Any = {"type": "number"}
_COUNT: Any = {"type": "integer", "minimum": 0}
_TEXTS: Any = {"type": "array", "items": _TEXT}
_MAYBE: Any = {"type": ["number", "null"]}  # null: not measured, or without a bound
_KNOBS: Any = {"type": "object", "additionalProperties": {"type": ["boolean", "number", "string"]}}


def _record(**fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": fields,
        "required": sorted(fields),
        "additionalProperties": False,
    }


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


_RATIO: Any = {"ratio": _NUMBER, "low": _MAYBE, "high": _MAYBE}
_DIFFERENCE: Any = {"anyOf": [{"type": "array", "items": _NUMBER}, {"type": "null"}]}

REPORT_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "strop report",
    **_record(
        status={"enum": ["improved", "no improvement found", "running", "interrupted", "failed"]},
        study=_TEXT,
        stopped_because=_TEXT,
        job=_record(
            name=_TEXT,
            goal=_TEXT,
            objective=_record(
                metric=_TEXT,
                direction={"enum": ["minimize", "maximize"]},
                compare={"enum": ["ratio", "difference"]},
            ),
            minimum_effect=_NUMBER,
        ),
        baseline=_or_null(
            _record(
                metrics={"type": "object", "additionalProperties": _NUMBER},
                noise=_NUMBER,
                verified_by=_TEXT,
                behaviour=_record(calls=_COUNT, skipped={"type": "object", "additionalProperties": _TEXT}),
                smallest_effect=_MAYBE,
                smallest_effect_pairs=_COUNT,
            )
        ),
        best=_or_null(
            _record(
                trial={"type": ["integer", "null"]},
                candidate=_TEXT,
                patch=_TEXT,
                knobs=_KNOBS,
                delivery={"type": "object", "additionalProperties": _TEXT},
                author=_TEXT,
                rationale=_TEXT,
                dropped=_TEXTS,
            )
        ),
        speedup=_or_null(
            _record(
                **_RATIO,
                difference=_DIFFERENCE,
                pairs=_COUNT,
                metric=_TEXT,
                source=_TEXT,
                verified_by=_TEXT,
                labels=_TEXTS,
                confidence=_NUMBER,
            )
        ),
        unconfirmed=_or_null(
            _record(
                **_RATIO,
                difference=_DIFFERENCE,
                trial=_COUNT,
                candidate=_TEXT,
                author=_TEXT,
                metric=_TEXT,
                knobs=_KNOBS,
                rationale=_TEXT,
                reason=_TEXT,
                measured_anew=_or_null(_record(**_RATIO, pairs=_COUNT)),
            )
        ),
        trials={
            "type": "array",
            "items": _record(
                number=_COUNT,
                author=_TEXT,
                state={"enum": ["running", "complete", "failed", "interrupted"]},
                verdict={"enum": ["promising", "worse", "undecided", None]},
                stage=_TEXT,
                reason=_TEXT,
                failure={"type": ["string", "null"]},
                labels=_TEXTS,
                ratio=_MAYBE,
                low=_MAYBE,
                high=_MAYBE,
                difference=_DIFFERENCE,
                knobs=_KNOBS,
                rationale=_TEXT,
                seconds=_NUMBER,
                candidate=_TEXT,
                prompt=_TEXT,
            ),
        },
        attempts={
            "type": "array",
            "items": _record(
                agent=_TEXT,
                outcome={"enum": ["refused", "unusable", "no answer", "repeated", "not evaluated"]},
                sentence=_TEXT,
                parent=_TEXT,
                candidate=_TEXT,
                turn=_COUNT,
                told=_TEXT,
            ),
        },
        order={
            "type": "array",
            "items": {"anyOf": [_record(trial=_COUNT), _record(attempt=_COUNT)]},
        },
        hypotheses=_TEXTS,
        lessons=_TEXTS,
        comparisons={
            "type": "array",
            "items": _record(
                **_RATIO,
                difference=_DIFFERENCE,
                metric=_TEXT,
                pairs=_COUNT,
                source=_TEXT,
                baseline=_MAYBE,
                candidate=_MAYBE,
            ),
        },
        parts={
            "type": "array",
            "items": _record(
                part=_TEXT,
                kept={"type": "boolean"},
                ratio=_MAYBE,
                low=_MAYBE,
                high=_MAYBE,
                difference=_DIFFERENCE,
                reason=_TEXT,
            ),
        },
        apart={"type": ["object", "null"]},
        front={"type": ["object", "null"]},
        comparison_with_baseline_optimizer={"type": ["object", "null"]},
        cost=_record(
            evaluations=_COUNT,
            seconds=_NUMBER,
            calls=_COUNT,
            prompt_tokens=_COUNT,
            completion_tokens=_COUNT,
            usd=_MAYBE,
            model={"type": ["string", "null"]},
        ),
    ),
}
"""Every key is always there; null where the study has nothing to say."""
