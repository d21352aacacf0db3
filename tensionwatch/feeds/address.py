"""Which addresses a feed may lead to: public ones, unless its `allow_private` says otherwise.

A feed, or a redirect from one, that names a router's or a cloud's inner address must not make this program ask there.
"""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

_NAT64: Final = IPv6Network("64:ff9b::/96")
"""Where networks without IPv4 put it: the IPv4 address lies in the last four bytes."""


class PrivateAddress(Exception):
    """The address lies in a loopback, link-local, private or reserved range."""

    def __init__(self, address: str) -> None:
        super().__init__(f"{address} is a private address; set allow_private = true for this feed")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = IPv4Address(address.packed[-4:])
        if inner:
            return is_public(inner)
    return address.is_global and not address.is_multicast


def check_name(host: str) -> None:
    """Refuse a literal private address and the names of this machine; other names pass. Raises PrivateAddress."""
    host = host.removeprefix("[").removesuffix("]")
    if host.rstrip(".").lower() == "localhost" or host.rstrip(".").lower().endswith(".localhost"):
        raise PrivateAddress(host)
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return
    if not is_public(address):
        raise PrivateAddress(str(address))


async def check_resolved(host: str, port: int) -> None:
    """Refuse a name that resolves to any private address. Raises PrivateAddress. A name that cannot be resolved
    passes: connecting to it will say so."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return
    for *_, address in found:
        check_name(str(address[0]))
