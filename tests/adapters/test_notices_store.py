"""Notices in DynamoDB: one holds a notice, what waits is found by its time, and nothing else is read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hotline.adapters.dynamodb.notices import KEEP_FOR, DynamoDBNotices, DynamoDBOptOuts, DynamoDBProofs
from hotline.domain.errors import Unavailable
from hotline.domain.notices import LEASE, Notice, NoticeHours
from hotline.domain.timers import SHARDS, shard_of
from tests.adapters.conftest import Flaky, Tables
from tests.unit.builders import APPEAL, NOON

HOUR = timedelta(hours=1)


@pytest.fixture
def notices(tables: Tables) -> DynamoDBNotices:
    return DynamoDBNotices(tables.client, "NoticesTable")


def notice(number: int = 1, appeal_id: str = APPEAL) -> Notice:
    return Notice(
        key=f"survey/{appeal_id}/{number}",
        appeal_id=appeal_id,
        code="survey",
        event="SurveyOpened",
        number=number,
        created_at=NOON,
        at=NOON,
    )


def due(notices: DynamoDBNotices, now: object) -> list[str]:
    return [key for shard in range(SHARDS) for _, key in notices.waiting(shard, now)]  # type: ignore[arg-type]


def test_one_worker_holds_a_notice_its_lease_runs_out_and_sent_is_sent_for_ever(
    notices: DynamoDBNotices,
) -> None:
    taken = notice().taken(NOON)
    assert notices.begin_notice(taken) == "mine"
    assert notices.begin_notice(notice().taken(NOON + LEASE)) == "busy"
    later = NOON + LEASE + timedelta(seconds=1)
    again = notice().taken(later)
    assert notices.begin_notice(again) == "mine"
    assert notices.change_notice(again.sent("sns", later))
    assert notices.begin_notice(notice().taken(later + 99 * HOUR)) == "done"
    assert due(notices, later + 99 * HOUR) == [], (
        "a worker's notice comes back with its event, not by the sweep"
    )


def test_a_notice_is_read_as_it_was_written(notices: DynamoDBNotices) -> None:
    waiting = notice().model_copy(update={"agency_id": "110101001"}).waiting(NOON + HOUR)
    notices.queue_notice(waiting)
    assert notices.find_notices([waiting.key, "survey/X/9"]) == {waiting.key: waiting}
    taken = waiting.taken(NOON + HOUR)
    put_off = taken.put_off(NoticeHours(None), NOON + 99 * HOUR, NOON + HOUR, only="webhook")
    assert notices.change_notice(taken)
    assert notices.change_notice(put_off)
    assert notices.notices_of(APPEAL) == [put_off]
    back = put_off.taken(NOON + 2 * HOUR)
    assert notices.change_notice(back)
    shifted = back.received("webhook", False, "sns", NOON + 2 * HOUR)
    assert shifted is not None
    assert notices.change_notice(shifted)
    assert notices.notices_of(APPEAL) == [shifted]


def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten(notices: DynamoDBNotices) -> None:
    waiting = notice().waiting(NOON)
    notices.queue_notice(waiting)
    assert notices.change_notice(waiting.taken(NOON))
    assert not notices.change_notice(waiting.taken(NOON))
    notices.queue_notice(waiting)
    assert notices.find_notices([waiting.key])[waiting.key].attempts == 1


def test_what_is_due_is_found_oldest_first_to_the_second_over_many_pages(notices: DynamoDBNotices) -> None:
    for number in range(1, 121):
        notices.queue_notice(notice(number).waiting(NOON + timedelta(seconds=121 - number)))
    notices.queue_notice(notice(200).waiting(NOON + HOUR))
    assert due(notices, NOON) == []
    assert due(notices, NOON + timedelta(seconds=2)) == [f"survey/{APPEAL}/{n}" for n in (120, 119)]
    assert len(due(notices, NOON + timedelta(minutes=30))) == 120


def test_a_parked_notice_is_found_by_people_and_not_by_the_sweep(notices: DynamoDBNotices) -> None:
    waiting = notice().waiting(NOON)
    notices.queue_notice(waiting)
    parked = waiting.taken(NOON).parked("given-up", NOON)
    assert notices.change_notice(waiting.taken(NOON))
    assert notices.change_notice(parked)
    assert due(notices, NOON + 99 * HOUR) == []
    assert list(notices.parked(shard_of(APPEAL))) == [parked.key]
    assert notices.change_notice(parked.requeued(NOON + HOUR))
    assert (due(notices, NOON + HOUR), list(notices.parked(shard_of(APPEAL)))) == ([parked.key], [])


def test_notices_are_forgotten_long_after_any_receipt(notices: DynamoDBNotices, tables: Tables) -> None:
    notices.queue_notice(notice().waiting(NOON))
    (item,) = tables.items("NoticesTable")
    assert item["ttl"]["N"] == str(int((NOON + KEEP_FOR).timestamp()))


def test_a_busy_table_is_told_apart_from_a_notice_that_is_held(flaky: Flaky) -> None:
    flaky.plan["put_item"] = [("before", ConnectionError()), ("before", Unavailable("dynamodb"))]
    store = DynamoDBNotices(flaky, "NoticesTable")
    with pytest.raises((Unavailable, ConnectionError)):
        store.begin_notice(notice().taken(NOON))
    with pytest.raises(Unavailable):
        store.change_notice(notice().taken(NOON))


def test_who_wants_none_is_remembered_until_they_do(tables: Tables) -> None:
    opt_outs = DynamoDBOptOuts(tables.client, "NoticesTable")
    assert not opt_outs.has_opted_out("index")
    opt_outs.opt_out("index", NOON)
    assert opt_outs.has_opted_out("index")
    assert "ttl" not in tables.items("NoticesTable")[0]
    opt_outs.opt_in("index")
    assert not opt_outs.has_opted_out("index")


def test_a_signature_is_known_again(tables: Tables) -> None:
    proofs = DynamoDBProofs(tables.client, "NoticesTable")
    assert not proofs.was_used("v1=abc")
    proofs.mark_used("v1=abc", NOON + HOUR)
    assert proofs.was_used("v1=abc")
    assert tables.items("NoticesTable")[0]["ttl"]["N"] == str(int((NOON + HOUR).timestamp()))
