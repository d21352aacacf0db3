"""By which way a feed is asked: straight, or through a proxy that the environment names."""

from __future__ import annotations

from urllib.parse import urlsplit

from tensionwatch.redaction import redact
from tensionwatch.sanitise import visible


def proxy_words(url: str) -> str:
    """`no proxy`, or `the proxy http://proxy.example:3128: …`; never with its password."""
    # 20 ms, and only who looks at the feeds pays for it.
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or (parts.hostname and proxy_bypass(parts.hostname)):
        return "no proxy"
    return f"the proxy {redact(visible(proxy))}: it finds the host's address, which cannot be checked here"
