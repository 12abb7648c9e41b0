"""A plan as text."""

from __future__ import annotations

from buildplan.planner import Plan


def render(result: Plan) -> str:
    """Return the figures, then the steps, then the needs that could be left out."""
    out = [
        f"targets {len(result.steps)}",
        f"duration {result.duration}",
        f"implied {len(result.implied)}",
    ]
    out += [f"{step.start} {step.end} worker {step.worker}: {step.name}" for step in result.steps]
    out += [f"{name} need not name {need}" for name, need in result.implied]
    return "\n".join(out) + "\n"
