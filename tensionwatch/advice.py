"""What a user can do about a feed that is not well, from what is remembered of it; `feeds.advice` says what could be
better about one that has just been looked at. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from tensionwatch.health import Health
from tensionwatch.model import Feed, FeedState

_BY_STATUS = {
    401: "the server wants a name and password: auth in the configuration",
    402: "the server wants to be paid",
    403: "the server refuses us: it may want a key (headers), or dislike our user_agent",
    404: "the address is wrong or old: 'tensionwatch feeds add' finds the feed of a site",
    406: "the server dislikes how we ask: try another [poll] user_agent",
    429: "the server is asked too often: give this feed a longer interval",
    451: "the server may not show it where you are",
}
GIVE_UP = timedelta(days=14)
"""Of failing after which a feed is better looked at."""


def advice(feed: Feed, state: FeedState, address: str, health: Health, now: datetime) -> str:
    """One thing to do, in words; empty where there is none. `address` is where the feed is asked."""
    if health.word == "gone":
        return "look on its site for its new address; 'tensionwatch feeds add' finds the feed of a site"
    if health.word == "failing":
        return _of_failing(state, now)
    if health.word == "silent":
        return "see whether its site still publishes (o opens it)"
    if address != feed.url:
        return "write its new address into the configuration"
    return ""


def _of_failing(state: FeedState, now: datetime) -> str:
    if state.http_status in _BY_STATUS:
        return _BY_STATUS[state.http_status]
    if state.failures < 3:
        return ""
    reason = (state.reason or "").lower()
    if "certificate of" in reason:
        return "its certificate is not trusted here: is the clock right? A proxy of your own may need SSL_CERT_FILE"
    if "no such host" in reason:
        return "its host is not known: has the address been mistyped, or has the site moved?"
    if "html page" in reason:
        return "its address shows a page: 'tensionwatch feeds add' finds the feed behind one"
    if state.last_success is None:
        return "it has never worked: check its address (y copies it)"
    if now - state.last_success > GIVE_UP:
        return "see whether its site is still there (o opens it), and remove it if not"
    return ""
