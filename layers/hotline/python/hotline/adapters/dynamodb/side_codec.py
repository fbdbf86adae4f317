"""An order beside the lead order as a DynamoDB item, and back; see ``codec.py`` for the notation."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hotline.adapters.dynamodb import keys
from hotline.adapters.dynamodb.codec import Item, compact, decode_events, encode_events, timer_attributes
from hotline.domain.clock import Clock
from hotline.domain.side_orders import SideKind, SideOrder, SideStatus


def encode(side: SideOrder) -> Item:
    """The whole item, index attributes included."""
    side.chain()
    texts = {
        "s": side.status.value,
        "kd": side.kind.value,
        "ag": side.agency_id,
        "by": side.asked_by,
        "t": side.headline,
        "sv": side.service_code,
        "ds": side.district,
        "ti": side.tier,
        "c": compact(side.clock.pack()),
        "tm": compact(side.terms) if side.terms else None,
        "cl": side.claimed_by,
    }
    if not side.status.ended:
        texts["ip"] = keys.inbox_partition(side.agency_id)
        texts["is"] = keys.inbox_sort(side.listed_at, side.work_order_id)
    if (timer := side.next_timer()) is not None:
        texts |= timer_attributes(timer, side.appeal_id, side.work_order_id)
    item: Item = {
        **keys.typed(keys.side_key(side.appeal_id, side.number)),
        "v": {"N": str(side.version)},
        "x": {"B": side.head},
        **{name: {"S": value} for name, value in texts.items() if value is not None},
        **encode_events(side.events),
    }
    for name, number in (
        ("sg", side.staged),
        ("tr", side.attempts),
        ("nx", int(side.next_at.timestamp()) if side.next_at else 0),
        ("cu", int(side.claimed_until.timestamp()) if side.claimed_until else 0),
    ):
        if number:
            item[name] = {"N": str(number)}
    return item


def decode(item: Item) -> SideOrder:
    """The order of an item."""
    appeal_id, _, number = keys.order_id_of(item["pk"]["S"], item["sk"]["S"]).partition(".")
    side = SideOrder(
        appeal_id=appeal_id,
        number=int(number),
        version=int(item["v"]["N"]),
        head=bytes(item["x"]["B"]),
        status=SideStatus(item["s"]["S"]),
        kind=SideKind(item["kd"]["S"]),
        agency_id=item["ag"]["S"],
        asked_by=item["by"]["S"] if "by" in item else None,
        headline=item["t"]["S"],
        service_code=item["sv"]["S"] if "sv" in item else None,
        district=item["ds"]["S"] if "ds" in item else None,
        tier=item["ti"]["S"],
        clock=Clock.unpack(json.loads(item["c"]["S"])),
        terms=json.loads(item["tm"]["S"]) if "tm" in item else {},
        staged=int(item["sg"]["N"]) if "sg" in item else 0,
        attempts=int(item["tr"]["N"]) if "tr" in item else 0,
        next_at=_time(item, "nx"),
        claimed_by=item["cl"]["S"] if "cl" in item else None,
        claimed_until=_time(item, "cu"),
        events=decode_events(1, item),
    )
    side.mark_stored()
    return side


def _time(item: Item, name: str) -> datetime | None:
    return datetime.fromtimestamp(int(item[name]["N"]), UTC) if name in item else None
