"""Runs the programs with the package `trace-opt` and keeps what came out, as `expected.json`.

    python -m venv /tmp/trace && /tmp/trace/bin/pip install trace-opt==0.1.3.8
    LITELLM_LOCAL_MODEL_COST_MAP=True /tmp/trace/bin/python tests/conformance/record.py

strop itself is not needed, and is not imported.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))


def optimizer(parameters: list[Any], answer: Callable[[str], str]) -> Any:
    """Return Trace's OptoPrime with a scripted model."""
    from opto.optimizers import OptoPrime

    def model(messages: Any, **_: Any) -> Any:
        message = SimpleNamespace(content=answer(messages[-1]["content"]))
        return SimpleNamespace(choices=[SimpleNamespace(message=message)])

    return OptoPrime(parameters, model)


def main() -> int:
    """Run all and write the file."""
    from opto import trace
    from programs import PROGRAMS, Library

    library = Library(
        node=trace.node,
        bundle=trace.bundle,
        model=trace.model,
        stop_tracing=trace.stop_tracing,
        ExecutionError=trace.ExecutionError,
        optimizer=optimizer,
        reached=lambda parameters: [p for p in parameters if any(p.feedback.values())],
        code_of=lambda parameter: str(parameter.data),
    )
    found: dict[str, Any] = {}
    for name, program in PROGRAMS.items():
        trace.GRAPH.clear()
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                found[name] = program(library)
            except Exception as error:
                found[name] = {"raises": f"{type(error).__name__}: {error}"[:300]}
        print(name, json.dumps(found[name])[:200])
    data = {"made by": "tests/conformance/record.py", "trace-opt": version("trace-opt"),
            "python": sys.version.split()[0], "programs": found}  # fmt: skip
    (HERE / "expected.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
