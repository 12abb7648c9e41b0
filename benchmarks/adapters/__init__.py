"""Tasks of other tools, unchanged: each becomes a repository with a job of strop's, and can be audited."""

from strop.benchmarks.adapters.kinds import KINDS, Options, adapted, detect

__all__ = ["KINDS", "Options", "adapted", "detect"]
