"""Rules that turn events of machines into alerts."""

from alerts.engine import Alert, run
from alerts.events import read_events
from alerts.rules import Rule, read_rules

__all__ = ["Alert", "Rule", "read_events", "read_rules", "run"]
