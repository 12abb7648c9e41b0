"""What tracing costs: a traced operation, a bundled call, and the way back; beside Trace, where installed.

    python -m strop.benchmarks.self.tracing [--operations 10000] [--peer]

`--peer` measures the package `trace-opt` in the same process, in turns; it takes one in this environment.
Times are the least of some rounds, of CPU time, so that what else the machine does matters little.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import strop.opto as ours

__all__ = ["main", "measured"]

ROUNDS = 5


def measured(library: Any, operations: int) -> dict[str, float]:
    """Return seconds: of one operator, one bundled call, and `backward` over so many of each.

    Args:
        library: With `node` and `bundle`, as `strop.opto` and `opto.trace` have them.
        operations: In one chain.
    """

    @library.bundle()  # type: ignore[untyped-decorator]
    def increment(x: int) -> int:
        """Add one."""
        return x + 1

    def operators(x: Any) -> Any:
        for _ in range(operations):
            x = x + 1
        return x

    def bundles(x: Any) -> Any:
        for _ in range(operations):
            x = increment(x)
        return x

    found = {}
    for name, chain in (("operator", operators), ("bundle", bundles)):
        forward, backward = [], []
        for _ in range(ROUNDS):
            x = library.node(0, name="x", trainable=True)
            gc.collect()
            seconds, out = _timed(chain, x)
            forward.append(seconds)
            backward.append(_timed(out.backward, "feedback")[0])
        found[name] = min(forward) / operations
        found[f"backward over {name}s"] = min(backward)
    return found


def _timed(work: Callable[[Any], Any], given: Any) -> tuple[float, Any]:
    start = time.process_time()
    made = work(given)
    return time.process_time() - start, made


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="tracing", description="What tracing costs.")
    parser.add_argument("--operations", type=int, default=10_000)
    parser.add_argument("--peer", action="store_true", help="measure trace-opt beside it")
    options = parser.parse_args(argv)
    libraries: dict[str, Any] = {"strop.opto": ours}
    if options.peer:
        libraries["trace-opt"] = importlib.import_module("opto.trace")
    rows = {name: measured(library, options.operations) for name, library in libraries.items()}
    print(f"{options.operations} operations, CPU time, least of {ROUNDS}; Python {sys.version.split()[0]}")
    for what in next(iter(rows.values())):
        scale, unit = (1e6, "us") if not what.startswith("backward") else (1e3, "ms")
        times = "   ".join(f"{name} {row[what] * scale:9.2f} {unit}" for name, row in rows.items())
        ratio = ""
        if len(rows) == 2:
            first, second = (row[what] for row in rows.values())
            ratio = f"   ratio {second / first:.1f}"
        print(f"{what:<24} {times}{ratio}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
