"""Where a request comes from, as far as it matters for counting."""

from __future__ import annotations

import ipaddress


def origin_of(address: str) -> tuple[str, str]:
    """The address that counts for an IP address, and its network.

    Whoever has one IPv6 address usually has its /64. What cannot be read counts as one address.

    Example:
        >>> origin_of("203.0.113.7"), origin_of("2001:db8:1:2::7")
        (('203.0.113.7/32', '203.0.113.0/24'), ('2001:db8:1:2::/64', '2001:db8:1::/48'))
        >>> origin_of("::ffff:203.0.113.7"), origin_of("")
        (('203.0.113.7/32', '203.0.113.0/24'), ('unknown', 'unknown'))
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown", "unknown"
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    lengths = (32, 24) if ip.version == 4 else (64, 48)
    one, net = (str(ipaddress.ip_network(f"{ip}/{length}", strict=False)) for length in lengths)
    return one, net
