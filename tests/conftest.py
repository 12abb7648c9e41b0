"""What holds for all tests."""

from __future__ import annotations

import os

# Further profilers come from a package index, and tests use no network.
os.environ.setdefault("STROP_PROFILERS", "none")
