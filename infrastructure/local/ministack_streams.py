"""MiniStack, with one defect mended: a clean restart keeps the stream records not yet delivered.

MiniStack 1.5.33 saves how far each consumer of a DynamoDB stream has read, but not the stream's records. After a
restart the records written before it and not yet delivered are gone, and as many new ones are passed over, because
the saved position counts records that no longer exist. Here the undelivered records are saved with the tables, and
the positions keep their meaning. ``tests/local/test_streams_survive.py`` fails on the stock emulator; when it passes
there, start ``ministack`` itself again and delete this file.
"""

from __future__ import annotations

from typing import Any

from ministack.app import main
from ministack.core.responses import AccountRegionScopedDict
from ministack.services import dynamodb, lambda_svc

from infrastructure.local.ministack_windows import gather

Scope = tuple[str, str, str]
"""Account, region, table."""

RECORDS, BEGINS = "stream_records", "stream_begins"


def keep_streams() -> None:
    """Make MiniStack's save and load of DynamoDB cover the streams."""
    save, load = dynamodb.get_state, dynamodb.load_persisted_state

    def save_with_streams() -> dict[str, Any]:
        records, begins = AccountRegionScopedDict(), AccountRegionScopedDict()
        for (account, region, table), kept in list(dynamodb._stream_records.all_items()):
            trimmed = dynamodb._stream_trimmed.get_scoped(account, region, table, 0)
            begin = _slowest_consumer((account, region, table), trimmed, trimmed + len(kept))
            records.set_scoped(account, region, table, list(kept[begin - trimmed :]))
            begins.set_scoped(account, region, table, begin)
        return {**save(), RECORDS: records, BEGINS: begins}

    def load_with_streams(data: dict[str, Any] | None) -> None:
        load(data)
        if data:
            dynamodb._stream_records.update(data.get(RECORDS, {}))
            dynamodb._stream_trimmed.update(data.get(BEGINS, {}))

    dynamodb.get_state, dynamodb.load_persisted_state = save_with_streams, load_with_streams


def _slowest_consumer(scope: Scope, oldest: int, newest: int) -> int:
    """The position from which somebody still has to read; the end when nobody reads this stream."""
    account, region, table = scope
    positions = [
        lambda_svc._dynamodb_stream_positions.get_scoped(account, region, mapping["UUID"], oldest)
        for owner, _, mapping in lambda_svc._iter_all_esms()
        if owner == account and f":table/{table}/stream/" in mapping.get("EventSourceArn", "")
    ]
    return max(oldest, min(positions, default=newest))


if __name__ == "__main__":
    keep_streams()
    gather()
    main()
