"""Where the parts say what happened, a line each; `logfile` keeps it. Light: asyncio imports `logging` too.

    LOG.info("poll %s: %s", feed, result) ─▶ LogFile (started by the commands that poll) ─▶ tensionwatch.log

Without a log file nothing is kept, and nothing reaches the terminal: Python's handler of last resort would write on the
screen.
"""

from __future__ import annotations

import logging
from typing import Final

LOG: Final = logging.getLogger("tensionwatch")
LOG.addHandler(logging.NullHandler())
LOG.propagate = False  # what libraries log is theirs: httpx would tell addresses with their secrets
