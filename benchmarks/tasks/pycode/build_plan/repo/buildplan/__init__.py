"""Plans a build from targets and what they need."""

from buildplan.graph import Graph, GraphError, Target
from buildplan.manifest import parse
from buildplan.planner import Plan, Step, plan
from buildplan.report import render

__all__ = ["Graph", "GraphError", "Plan", "Step", "Target", "parse", "plan", "render"]
