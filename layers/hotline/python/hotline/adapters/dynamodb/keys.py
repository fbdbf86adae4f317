"""Every key of every table, built in one place (access patterns: ``infrastructure/README.md``).

Example:
    >>> case_key("000G40R40M30E209B")
    {'pk': 'A#000G40R40M30E209B', 'sk': '#'}
    >>> timer_partition(shard=2, bucket=1925412)
    'D#2#1925412'
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from hotline.domain.timers import shard_of

Key = dict[str, str]


def typed(key: Key) -> dict[str, dict[str, Any]]:
    """A key in DynamoDB's own notation.

    Example:
        >>> typed({"pk": "A#X", "sk": "#"})
        {'pk': {'S': 'A#X'}, 'sk': {'S': '#'}}
    """
    return {name: {"S": value} for name, value in key.items()}


def case_key(appeal_id: str) -> Key:
    """The case item: state, clocks and the latest events."""
    return {"pk": f"A#{appeal_id}", "sk": "#"}


def side_key(appeal_id: str, number: int) -> Key:
    """An order beside the lead order.

    Example:
        >>> side_key("X", 2)
        {'pk': 'A#X', 'sk': 'W#2'}
    """
    return {"pk": f"A#{appeal_id}", "sk": f"W#{number}"}


def order_key(order_id: str) -> Key:
    """The item of an order: the case for a lead order (``X`` or ``X.1``), its own for another.

    Example:
        >>> order_key("X.2")
        {'pk': 'A#X', 'sk': 'W#2'}
    """
    appeal_id, _, number = order_id.partition(".")
    return case_key(appeal_id) if number in ("", "1") else side_key(appeal_id, int(number))


def order_id_of(pk: str, sk: str) -> str:
    """The order that an item is: the appeal's id alone for the case.

    Example:
        >>> order_id_of("A#X", "#"), order_id_of("A#X", "W#2")
        ('X', 'X.2')
    """
    return pk[2:] if sk == "#" else f"{pk[2:]}.{sk[2:]}"


def members_partition(leader: str) -> str:
    """The appeals that are handled together with one; in the index of inboxes, for they have none."""
    return f"M#{leader}"


def history_key(appeal_id: str, first_event: int) -> Key:
    """Older events of a case, moved out of the case item.

    Example:
        >>> history_key("X", 1)["sk"]
        'H#00001'
    """
    return {"pk": f"A#{appeal_id}", "sk": f"H#{first_event:05d}"}


def words_key(appeal_id: str) -> Key:
    """The citizen's words and contact (texts table)."""
    return {"pk": f"A#{appeal_id}", "sk": "T"}


def note_key(appeal_id: str, note_id: str) -> Key:
    """A note (texts table), by the fingerprint of the command that brought it.

    Example:
        >>> note_key("X", "Ab3dE9xk")["sk"]
        'N#Ab3dE9xk'
    """
    return {"pk": f"A#{appeal_id}", "sk": f"N#{note_id}"}


def attachment_key(appeal_id: str, place: str) -> Key:
    """A picture of an appeal (texts table), by the place that it takes among them.

    Example:
        >>> attachment_key("X", "c01")["sk"]
        'F#c01'
    """
    return {"pk": f"A#{appeal_id}", "sk": f"F#{place}"}


def look_key(citizen_index: str, at: datetime, look_id: str) -> Key:
    """That somebody of the hotline looked a caller up (texts table); ``citizen_index`` is an HMAC.

    Example:
        >>> from datetime import UTC
        >>> look_key("Zm9v", datetime(2026, 1, 1, tzinfo=UTC), "Ab3dE9xk")
        {'pk': 'L#Zm9v', 'sk': '1767225600#Ab3dE9xk'}
    """
    return {"pk": looks_partition(citizen_index), "sk": f"{int(at.timestamp()):010d}#{look_id}"}


def looks_partition(citizen_index: str) -> str:
    """Who looked one caller up (texts table)."""
    return f"L#{citizen_index}"


def timer_partition(shard: int, bucket: int) -> str:
    """One bucket of one shard."""
    return f"D#{shard}#{bucket}"


def timer_sort(at: datetime, kind: str, order_id: str) -> str:
    """When, what, whose.

    Example:
        >>> from datetime import UTC
        >>> timer_sort(datetime(2026, 1, 1, tzinfo=UTC), "handling.warn", "X")
        '1767225600#handling.warn#X'
    """
    return f"{int(at.timestamp()):010d}#{kind}#{order_id}"


def inbox_partition(agency_id: str) -> str:
    """An agency's open orders."""
    return f"U#{agency_id}"


def inbox_sort(due_at: datetime, order_id: str) -> str:
    """Where an order stands in an inbox: by due time; the id makes it the cursor's place as well."""
    return f"{int(due_at.timestamp()):010d}#{order_id}"


def age_sort(registered_at: datetime) -> str:
    """Sorts a citizen's or a place's appeals by age; an index needs no unique keys."""
    return f"{int(registered_at.timestamp()):010d}"


def citizen_partition(citizen_index: str) -> str:
    """One citizen's appeals; ``citizen_index`` is an HMAC, never the phone."""
    return f"C#{citizen_index}"


def place_partition(subdistrict: str, service_code: str) -> str:
    """Appeals about one service in one sub-district: where duplicates are looked for."""
    return f"P#{subdistrict}#{service_code}"


def delivery_key(event_id: str) -> Key:
    """What became of the messages to agencies about one event (effects table).

    Example:
        >>> delivery_key("X:3")
        {'pk': 'L#X', 'sk': '00003'}
    """
    appeal_id, _, number = event_id.partition(":")
    return {"pk": f"L#{appeal_id}", "sk": f"{int(number):05d}"}


def counted_key(event_id: str) -> Key:
    """The mark that an outcome has been counted (effects table)."""
    return {"pk": f"K#{event_id}", "sk": "#"}


def phone_code_key(citizen_index: str) -> Key:
    """The code that a contact waits for (effects table)."""
    return {"pk": f"V#{citizen_index}", "sk": "#"}


def allowance_key(name: str, window: int) -> Key:
    """How often something was done in one window of time (effects table).

    Example:
        >>> allowance_key("9f3c01ab", 490000)
        {'pk': 'R#9f3c01ab', 'sk': '490000'}
    """
    return {"pk": f"R#{name}", "sk": str(window)}


def notice_key(key: str) -> Key:
    """A notice to a citizen (notices table), by its delivery key.

    Example:
        >>> notice_key("survey/X/1")
        {'pk': 'A#X', 'sk': 'survey/1'}
    """
    code, appeal_id, number = key.split("/")
    return {"pk": f"A#{appeal_id}", "sk": f"{code}/{number}"}


def waiting_partition(shard: int) -> str:
    """Notices that wait to be sent."""
    return f"D#{shard}"


def parked_partition(shard: int) -> str:
    """Notices that wait for a person."""
    return f"X#{shard}"


def waiting_sort(at: datetime, key: str) -> str:
    """When, which; the oldest first."""
    return f"{int(at.timestamp()):010d}#{key}"


def opt_out_key(index: str) -> Key:
    """A contact that wants no text messages (notices table); ``index`` is an HMAC, never the phone."""
    return {"pk": f"C#{index}", "sk": "#"}


def receipt_key(proof: str) -> Key:
    """A supplier's receipt that was taken in (notices table)."""
    return {"pk": f"R#{proof}", "sk": "#"}


WATERMARK_KEY: Key = {"pk": "W#sweep", "sk": "#"}


def tally_key(month: str, district: str, agency_id: str) -> Key:
    """The counts of an agency in a month (scorecards table).

    Example:
        >>> tally_key("202611", "110101", "110101001")
        {'pk': 'S#202611#110101', 'sk': '110101001'}
    """
    return {"pk": f"S#{month}#{district}", "sk": agency_id}


def publication_key(month: str, revision: int) -> Key:
    """A published month (scorecards table).

    Example:
        >>> publication_key("202611", 1)
        {'pk': 'P#202611', 'sk': '0001'}
    """
    return {"pk": f"P#{month}", "sk": f"{revision:04d}"}


SNAPSHOT_KEY: Key = {"pk": "B#now", "sk": "#"}
"""The dashboard's figures as they were counted last (scorecards table)."""


def proposal_key(month: str, against: str, service: str, place: str, agency_id: str) -> Key:
    """What redirects of a month propose for the duty catalogue (directory table).

    Example:
        >>> proposal_key("202611", "city/roads", "road.lighting", "110105015", "urban-management")
        {'pk': 'P#202611', 'sk': 'city/roads#road.lighting#110105015#urban-management'}
    """
    return {"pk": f"P#{month}", "sk": f"{against}#{service}#{place}#{agency_id}"}


def copies_key(key: str) -> Key:
    """Texts of one agency that are like each other, or appeals of one contact against it (effects table).

    Example:
        >>> copies_key("R/110105015/202611/0/8a31f00c")["pk"]
        'X#R/110105015/202611/0/8a31f00c'
    """
    return {"pk": f"X#{key}", "sk": "#"}


def finding_key(month: str, agency_id: str, appeal_id: str, number: int) -> Key:
    """What was found about one "done" of an agency (scorecards table), by the month in which it said so.

    Example:
        >>> finding_key("202611", "110105015", "X", 7)
        {'pk': 'Q#202611#110105015', 'sk': 'X#00007'}
    """
    return {"pk": f"Q#{month}#{agency_id}", "sk": f"{appeal_id}#{number:05d}"}


def far_request_key(work_order_id: str, message_id: str) -> Key:
    """A request at an agency's Open311 endpoint (effects table), by the message that made it.

    Example:
        >>> far_request_key("X.1", "X:3")
        {'pk': 'O#X.1', 'sk': '00003'}
    """
    return {"pk": f"O#{work_order_id}", "sk": f"{int(message_id.rpartition(':')[2]):05d}"}


def far_end_key(agency_id: str) -> Key:
    """When an agency's Open311 endpoint was last asked, and answered (effects table)."""
    return {"pk": f"E#{agency_id}", "sk": "#"}


def far_end_partition(agency_id: str) -> str:
    """The requests at an endpoint that are not done with, in the index by far end."""
    return f"E#{agency_id}"


_MONTH_SECONDS = 30 * 24 * 3600


def public_month(at: datetime) -> int:
    """Which 30 days from the epoch on a moment lies in (public requests table)."""
    return int(at.timestamp()) // _MONTH_SECONDS


def public_partition(what: Literal["R", "U"], month: int, shard: int) -> str:
    """Requests or updates of one shard of a month.

    Example:
        >>> public_partition("R", 681, 2)
        'R#681#2'
    """
    return f"{what}#{month}#{shard}"


def public_request_key(appeal_id: str, registered_at: datetime) -> Key:
    """A request (public requests table); whoever has the case knows where it is.

    Example:
        >>> from datetime import UTC
        >>> public_request_key("X", datetime(2026, 1, 1, tzinfo=UTC))
        {'pk': 'R#681#3', 'sk': '1767225600#X'}
    """
    partition = public_partition("R", public_month(registered_at), shard_of(appeal_id))
    return {"pk": partition, "sk": f"{int(registered_at.timestamp()):010d}#{appeal_id}"}


def public_service_partition(service_code: str, month: int) -> str:
    """Requests of one service, in the index of the public requests."""
    return f"S#{service_code}#{month}"


def api_key_key(digest: str) -> Key:
    """The key of an app (API keys table), by its hash."""
    return {"pk": "KEYS", "sk": digest}


def browser_session_key(key: str) -> Key:
    """A browser that is signed in (sessions table), by a hash of what it holds.

    Example:
        >>> browser_session_key("q7Yb0dZ2m4K1x9Vn3LrTcA")["pk"]
        'B#q7Yb0dZ2m4K1x9Vn3LrTcA'
    """
    return {"pk": f"B#{key}", "sk": "#"}
