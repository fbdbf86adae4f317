"""How many codes by text message may go where: settings of the city (``codes_…`` in ``policies.csv``)."""

from __future__ import annotations

from hotline.domain.model import Frozen


class PhoneCodeLimits(Frozen):
    """How many codes may go where; every default is ours.

    An address is one of IPv4 or a /64 of IPv6, a network a /24 or a /48, a prefix everything of a number
    but its last four digits (10,000 numbers).

    Attributes:
        trust_days: a proven number opens what was registered within so many days; what is older may be of
            somebody who had the number before, and needs its key.
        per_phone_day: codes that one number can ask for in a day.
        per_address_hour: codes that one address can ask for in an hour with proof of work.
        per_network_hour: the same for a network.
        without_proof: the share (0 to 1) of these two that is left to whoever brings no proof.
        per_prefix_day: texts that go to the numbers of one prefix in a day.
        per_city_day: texts that go out in a day in all.
        tries_per_phone_day: codes that can be tried for one number in a day.
        tries_per_address_hour: codes that one address can try in an hour.
        work_bits: leading zero bits of a proof of work; one more doubles the work.
    """

    trust_days: int = 90
    per_phone_day: int = 5
    per_address_hour: int = 30
    per_network_hour: int = 120
    without_proof: float = 0.25
    per_prefix_day: int = 100
    per_city_day: int = 5_000
    tries_per_phone_day: int = 10
    tries_per_address_hour: int = 30
    work_bits: int = 18

    def for_asking(self, most: int, *, proven: bool) -> int:
        """What is left of a bound for whoever has, or has not, brought a proof; at least one."""
        return most if proven else max(1, int(most * self.without_proof))
