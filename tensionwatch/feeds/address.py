"""Which addresses a feed may lead to: public ones, unless its `allow_private` says otherwise.

A feed, or a redirect from one, that names a router's or a cloud's inner address must not make this program ask there.
Names are checked before they are resolved, because a proxy resolves them out of our sight: an address in any of the
forms that resolvers take (127.1, 2130706433, 0x7f.1), this machine's names, and names that only a private net has.
"""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import unquote

_NAT64: Final = IPv6Network("64:ff9b::/96")
"""Where networks without IPv4 put it: the IPv4 address lies in the last four bytes."""
_GLOBAL: Final = IPv6Network("2000::/3")
"""All that is given out of IPv6; Python's `is_global` calls what is not, and some that never will be, global too."""
_RESERVED: Final = (IPv6Network("3fff::/20"), IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"))
"""What Python 3.11 and 3.12 still call global."""
_INNER: Final = (
    ".localhost", ".localdomain", ".local", ".internal", ".intranet", ".private", ".corp", ".home", ".lan",
    ".home.arpa", ".in-addr.arpa", ".ip6.arpa",
)  # fmt: skip
"""Ends of names that the public name system does not know."""


ADVICE: Final = "; set allow_private = true for this feed"


class PrivateAddress(Exception):
    """The address lies in a loopback, link-local, private or reserved range, or its name in a private net."""

    def __init__(self, address: str) -> None:
        super().__init__(f"{address} is a private address{ADVICE}")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = IPv4Address(address.packed[-4:])
        if inner:
            return is_public(inner)
        if address not in _GLOBAL:
            return False
    return address.is_global and not address.is_multicast and not any(address in net for net in _RESERVED)


def check_name(host: str) -> None:
    """Refuse a literal private address, this machine's names and those of private nets; other names pass. Raises
    PrivateAddress."""
    name = unquote(host).removeprefix("[").removesuffix("]").rstrip(".").lower()
    address = _literal(name)
    if address is None:
        if "." not in name or name.endswith(_INNER):
            raise PrivateAddress(name)
    elif not is_public(address):
        raise PrivateAddress(str(address))


def _literal(name: str) -> IPv4Address | IPv6Address | None:
    """The address that the name is, in any of the forms that resolvers take; None for a name."""
    try:
        return ip_address(name.partition("%")[0])
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(name))  # `127.1`, `2130706433`, `0x7f.1`, `0177.0.0.1`
    except (OSError, UnicodeError):
        return None


async def check_resolved(host: str, port: int) -> None:
    """Refuse a name that resolves to any private address. Raises PrivateAddress. A name that cannot be resolved
    passes: connecting to it will say so."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # the latter for a label that is too long for a name
        return
    for *_, address in found:
        check_name(str(address[0]))
