"""Does its work where a careless clock does not look: in a detached grandchild, while the parent idles."""

from __future__ import annotations

import os
import time

from attempt import tell  # type: ignore[import-not-found]

reader, writer = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        end = time.process_time() + 0.4
        while time.process_time() < end:
            pass
        os.write(writer, b"done")
        os._exit(0)
    os._exit(0)
os.close(writer)
os.read(reader, 4)
tell("own seconds", round(time.process_time(), 2))
