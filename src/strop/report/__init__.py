"""What a study found, for people, pull requests and machines; and the display of a running job."""

from strop.report.live import listener_for
from strop.report.machine import build_report
from strop.report.markdown import render_markdown
from strop.report.schema import REPORT_SCHEMA
from strop.report.status import render_status
from strop.report.text import render_text
from strop.report.trials import show_all, show_trial

__all__ = [
    "REPORT_SCHEMA",
    "build_report",
    "listener_for",
    "render_markdown",
    "render_status",
    "render_text",
    "show_all",
    "show_trial",
]
