"""From a feed's address to classified entries, in a process of its own.

    poller ──FetchRequest──▶ child ═══pipe═══▶ worker: fetch ─▶ parse ─▶ rules
    poller ◀───Fetched────── child ◀══pipe════ worker

`schedule` and `parse` are pure; `fetch` alone knows httpx, `by_feedparser` alone knows feedparser.
"""
