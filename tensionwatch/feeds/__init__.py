"""From a feed's address to classified entries, in a process of its own.

    poller ──FetchRequest──▶ child ═══pipe═══▶ worker: fetch ─▶ parse ─▶ rules
    poller ◀───Fetched────── child ◀══pipe════ worker

`schedule` and `parse` are pure; `fetch` alone knows httpx, `by_feedparser` alone knows feedparser.
"""

import sys

# httpx imports its own command line, which takes 40 ms and 10 MB where click is installed, and does without where it
# cannot.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None is how Python is told that there is none
