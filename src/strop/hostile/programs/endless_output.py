"""Prints without end, on both streams."""

from __future__ import annotations

import os

block = b"ha " * 20000
while True:
    os.write(1, block)
    os.write(2, block)
