"""How the environment says to reach the net: proxies and certificates. The environment is passed in.

httpx reads HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY (small letters too), and SSL_CERT_FILE, else SSL_CERT_DIR, in
place of the certificates that it brings along. What it cannot use is told here once, and not at every feed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Final

from tensionwatch.errors import IngestError

_PROXIES: Final = ("http_proxy", "https_proxy", "all_proxy")
NEEDS_SOCKS: Final = "a SOCKS proxy needs one more package: pip install 'tensionwatch[socks]'"


def check_environment(environment: Mapping[str, str]) -> None:
    """Raises IngestError where a SOCKS proxy is asked for and what speaks it is not installed, or where the file of
    certificates is not there."""
    _check_certificates(environment.get("SSL_CERT_FILE", ""))
    said = {name.lower(): (name, value.strip().lower()) for name, value in environment.items()}
    if "*" in [host.strip() for host in said.get("no_proxy", ("", ""))[1].split(",")]:
        return
    names = [said[name][0] for name in _PROXIES if name in said and said[name][1].startswith("socks")]
    if names and find_spec("socksio") is None:
        raise IngestError(f"{', '.join(names)}: {NEEDS_SOCKS}")


def _check_certificates(path: str) -> None:
    try:
        if path:
            os.close(os.open(path, os.O_RDONLY))
    except OSError as error:
        raise IngestError(f"SSL_CERT_FILE: {path}: cannot be read: {error.strerror}") from None


def names_proxy(environment: Mapping[str, str]) -> bool:
    """Does it name any?"""
    return any(name.lower() in _PROXIES and value for name, value in environment.items())
