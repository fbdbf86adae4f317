"""Cases in DynamoDB: one item, one conditional write, and what AWS does to it (F1–F10, F44)."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

from hotline.adapters import aws
from hotline.adapters.dynamodb.cases import KEEP_EVENTS, DynamoDBCases
from hotline.domain.appeal import Words
from hotline.domain.case import Case
from hotline.domain.errors import NotFound, Unavailable, VersionConflict
from hotline.domain.timers import bucket_of, shard_of
from hotline.ports import OPERATORS
from tests.adapters.conftest import Flaky, Tables
from tests.unit.builders import AGENCY, APPEAL, CITIZEN, NOON, OFFICER, Life, citing, in_progress

WORDS = Words(text="楼前路灯不亮")


def store(client: Any) -> DynamoDBCases:
    return DynamoDBCases(client, "CasesTable", "TextsTable")


def put(tables: Tables, life: Life) -> Case:
    """A case with its whole past, as it lies in the table."""
    return store(tables.client).register(life.case, WORDS)


def cancelled(*reasons: str) -> ClientError:
    answer: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": ""},
        "CancellationReasons": [{"Code": reason} for reason in reasons],
    }
    return ClientError(answer, "TransactWriteItems")


def throttled(operation: str = "PutItem") -> ClientError:
    return ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, operation)


# --- registering -----------------------------------------------------------------------------------


def test_a_case_and_its_words_are_stored_together_in_one_call(tables: Tables, flaky: Flaky) -> None:
    life = Life()
    assert store(flaky).register(life.case, WORDS) is life.case
    assert [name for name, _ in flaky.calls] == ["transact_write_items"]
    assert [len(tables.items(table)) for table in ("CasesTable", "TextsTable")] == [1, 1]
    assert store(tables.client).get(APPEAL) == life.case


def test_registering_again_gives_the_stored_case_and_changes_nothing(tables: Tables) -> None:
    first = put(tables, Life(headline="第一次"))
    again = store(tables.client).register(Life(headline="第二次", at=NOON + timedelta(hours=1)).case, WORDS)
    assert again == first
    assert again.loaded_version == 1


def test_a_condition_that_failed_on_the_words_alone_is_a_replay_too(tables: Tables, flaky: Flaky) -> None:
    put(tables, Life())
    flaky.plan["transact_write_items"] = [("before", cancelled("None", "ConditionalCheckFailed"))]
    assert store(flaky).register(Life().case, WORDS).appeal_id == APPEAL


def test_a_lost_acknowledgement_of_a_registration_is_a_replay(tables: Tables, flaky: Flaky) -> None:
    lost = ClientError({"Error": {"Code": "InternalServerError", "Message": ""}}, "TransactWriteItems")
    flaky.plan["transact_write_items"] = [("after", lost)]
    with pytest.raises(Unavailable):
        store(flaky).register(Life().case, WORDS)
    assert store(flaky).register(Life().case, WORDS).version == 1
    assert len(tables.items("CasesTable")) == 1


@pytest.mark.parametrize(
    "conflict",
    [
        cancelled("TransactionConflict", "None"),
        ClientError(
            {"Error": {"Code": "TransactionInProgressException", "Message": ""}}, "TransactWriteItems"
        ),
    ],
    ids=["conflict", "in progress"],
)
def test_a_transaction_in_conflict_is_tried_again_three_times_with_one_token(
    tables: Tables, flaky: Flaky, conflict: ClientError
) -> None:
    flaky.plan["transact_write_items"] = [("before", conflict), ("before", conflict)]
    store(flaky).register(Life().case, WORDS)
    assert len({arguments["ClientRequestToken"] for _, arguments in flaky.calls}) == 1

    flaky.plan["transact_write_items"] = [("before", conflict)] * 3
    with pytest.raises(Unavailable):
        store(flaky).register(Life(appeal_id="0041061050R3GG28A").case, WORDS)
    assert len(tables.items("CasesTable")) == 1


def test_throttling_is_not_taken_for_a_conflict(flaky: Flaky) -> None:
    flaky.plan["transact_write_items"] = [("before", cancelled("ThrottlingError", "None"))]
    with pytest.raises(Unavailable):
        store(flaky).register(Life().case, WORDS)
    assert len(flaky.calls) == 1


def test_a_denied_permission_is_neither_a_replay_nor_tried_again(flaky: Flaky) -> None:
    denied = ClientError({"Error": {"Code": "AccessDeniedException", "Message": ""}}, "TransactWriteItems")
    flaky.plan["transact_write_items"] = [("before", denied)]
    with pytest.raises(ClientError):
        store(flaky).register(Life().case, WORDS)


# --- reading ---------------------------------------------------------------------------------------


def test_no_case_is_not_found(tables: Tables) -> None:
    with pytest.raises(NotFound):
        store(tables.client).get(APPEAL)


def test_decisions_rest_on_consistent_reads(tables: Tables, flaky: Flaky) -> None:
    put(tables, Life())
    store(flaky).get(APPEAL)
    store(flaky).get_many([APPEAL])
    (_, single), (_, many) = flaky.calls
    assert single["ConsistentRead"]
    assert many["RequestItems"]["CasesTable"]["ConsistentRead"]


def test_many_are_read_in_one_call_without_the_unknown_and_the_repeated(tables: Tables, flaky: Flaky) -> None:
    put(tables, Life())
    assert list(store(flaky).get_many([APPEAL, "0041061050R3GG28A", APPEAL])) == [APPEAL]
    assert len(flaky.calls) == 1
    assert store(flaky).get_many([]) == {}


def test_keys_that_were_left_over_are_read_again(tables: Tables, flaky: Flaky) -> None:
    put(tables, Life())
    left = {"CasesTable": {"Keys": [{"pk": {"S": f"A#{APPEAL}"}, "sk": {"S": "#"}}]}}
    flaky.plan["batch_get_item"] = [{"Responses": {}, "UnprocessedKeys": left}]
    assert list(store(flaky).get_many([APPEAL])) == [APPEAL]
    assert flaky.calls[1][1]["RequestItems"] == left

    flaky.plan["batch_get_item"] = [{"Responses": {}, "UnprocessedKeys": left}] * 5
    with pytest.raises(Unavailable):
        store(flaky).get_many([APPEAL])


# --- saving ----------------------------------------------------------------------------------------


def changed(tables: Tables) -> tuple[Case, Case]:
    """The same case read by two people, and changed by both."""
    put(tables, Life().dispatched())
    cases = store(tables.client)
    return cases.get(APPEAL), cases.get(APPEAL)


def test_of_two_writers_the_second_is_told_the_current_version(tables: Tables) -> None:
    mine, theirs = changed(tables)
    theirs.acknowledge(by=OFFICER, at=NOON, command_id="theirs")
    mine.supplement("n", by=CITIZEN, at=NOON, command_id="mine")
    store(tables.client).save(theirs)
    with pytest.raises(VersionConflict) as refusal:
        store(tables.client).save(citing(mine))
    assert refusal.value.facts == {"current_version": 3}
    assert store(tables.client).get(APPEAL) == theirs


def test_the_sdks_own_retry_after_a_lost_acknowledgement_is_recognised(tables: Tables) -> None:
    mine, copy = changed(tables)
    for case in (mine, copy):
        case.acknowledge(by=OFFICER, at=NOON, command_id="mine")
    store(tables.client).save(mine)
    store(tables.client).save(copy)
    assert copy.loaded_version == 3
    assert store(tables.client).get(APPEAL).version == 3


def test_a_conflict_is_not_mistaken_for_a_lost_acknowledgement(tables: Tables) -> None:
    mine, theirs = changed(tables)
    for case, command_id in ((theirs, "theirs"), (mine, "mine")):
        case.acknowledge(by=OFFICER, at=NOON, command_id=command_id)
    store(tables.client).save(theirs)
    with pytest.raises(VersionConflict):
        store(tables.client).save(mine)


def test_a_saved_case_can_be_changed_and_saved_again(tables: Tables) -> None:
    mine, _ = changed(tables)
    mine.acknowledge(by=OFFICER, at=NOON, command_id="1")
    store(tables.client).save(mine)
    mine.record_contact("phone", by=OFFICER, at=NOON, command_id="2")
    store(tables.client).save(mine)
    assert store(tables.client).get(APPEAL).version == 4


def test_a_case_that_is_gone_is_not_made_again(tables: Tables) -> None:
    mine, _ = changed(tables)
    tables.client.delete_item(TableName="CasesTable", Key={"pk": {"S": f"A#{APPEAL}"}, "sk": {"S": "#"}})
    mine.acknowledge(by=OFFICER, at=NOON, command_id="1")
    with pytest.raises(NotFound):
        store(tables.client).save(mine)
    assert tables.items("CasesTable") == []


def test_a_throttled_write_is_unavailable_and_writes_nothing(tables: Tables, flaky: Flaky) -> None:
    mine, _ = changed(tables)
    mine.acknowledge(by=OFFICER, at=NOON, command_id="1")
    flaky.plan["put_item"] = [("before", throttled())]
    with pytest.raises(Unavailable):
        store(flaky).save(mine)
    assert store(tables.client).get(APPEAL).version == 2


# --- long lives ------------------------------------------------------------------------------------


def test_the_forty_first_event_spills_and_nothing_is_lost(tables: Tables) -> None:
    put(tables, in_progress())
    cases = store(tables.client)
    for number in range(5, 3 * KEEP_EVENTS):
        case = cases.get(APPEAL)
        case.report_progress("n", by=OFFICER, at=NOON + timedelta(minutes=number), command_id=f"c-{number}")
        cases.save(citing(case))
    case = cases.get(APPEAL)
    assert len(case.events) <= KEEP_EVENTS
    whole = [*cases.history(case), *case.events]
    assert [event.number for event in whole] == list(range(1, case.version + 1))
    assert [event.command_id for event in whole[4:]] == [
        f"c-{number}" for number in range(5, 3 * KEEP_EVENTS)
    ]


def test_a_spill_whose_save_was_overtaken_can_be_repeated(tables: Tables) -> None:
    life = in_progress()
    for _ in range(KEEP_EVENTS - 4):
        life.reported()
    put(tables, life)
    cases = store(tables.client)
    mine, theirs = cases.get(APPEAL), cases.get(APPEAL)
    for case, command_id in ((mine, "mine"), (theirs, "theirs")):
        case.report_progress("n", by=OFFICER, at=NOON, command_id=command_id)
    cases.save(citing(theirs))
    with pytest.raises(VersionConflict):
        cases.save(citing(mine))
    stored = cases.get(APPEAL)
    assert len([*cases.history(stored), *stored.events]) == stored.version == KEEP_EVENTS + 1


# --- lists -----------------------------------------------------------------------------------------


def other_id(number: int) -> str:
    return f"{number:016d}C"


def test_an_inbox_is_read_page_by_page_in_order_of_urgency(tables: Tables) -> None:
    ids = [other_id(number) for number in range(5)]
    for place, appeal_id in enumerate(ids):
        put(tables, in_progress(appeal_id=appeal_id, at=NOON - timedelta(hours=place)))
    put(tables, Life(appeal_id=other_id(9)).referred())
    cases = store(tables.client)
    seen, after = [], None
    while True:
        page = cases.inbox(AGENCY, 2, after)
        seen += page.rows
        if (after := page.next) is None:
            break
    assert [row.order_id for row in seen] == ids[::-1]
    assert (seen[0].headline, seen[0].status, seen[0].service_code) == (
        Life().case.headline,
        "in_progress",
        "street.lamp",
    )
    assert [row.order_id for row in cases.inbox(OPERATORS, 10, None).rows] == [other_id(9)]


def test_due_timers_come_oldest_first_by_the_page_even_while_they_are_fired(tables: Tables) -> None:
    shard = shard_of(other_id(0))
    ids = [other_id(number) for number in range(300) if shard_of(other_id(number)) == shard][:60]
    for place, appeal_id in enumerate(ids):
        put(tables, Life(appeal_id=appeal_id, at=NOON + timedelta(seconds=place)))
    timer = Life().case.next_timer()
    assert timer is not None
    cases = store(tables.client)
    assert list(cases.due(shard, bucket_of(timer.at), timer.at - timedelta(seconds=1))) == []
    assert list(cases.due(shard, bucket_of(timer.at), timer.at + timedelta(seconds=1))) == [ids[:2]]

    untouched = islice(cases.due(shard, bucket_of(timer.at), timer.at + timedelta(minutes=2)), 9)
    assert [appeal_id for page in untouched for appeal_id in page] == ids

    seen: list[str] = []
    for page in cases.due(shard, bucket_of(timer.at), timer.at + timedelta(minutes=2)):
        seen += page
        for appeal_id in page:
            case = cases.get(appeal_id)
            case.withdraw(by=CITIZEN, at=NOON, command_id="w")
            cases.save(case)
    assert seen == ids
    assert list(cases.due(shard, bucket_of(timer.at), timer.at + timedelta(minutes=2))) == []


def test_two_throttles_are_borne_by_the_client_itself(tables: Tables) -> None:
    failures = [throttled(), throttled()]

    def refuse(**_: Any) -> Any:
        if failures:
            error = failures.pop()
            return _answer(400, error.response["Error"]["Code"])
        return None

    put(tables, Life())
    client = aws.dynamodb()
    client.meta.events.register_first("before-send.dynamodb.GetItem", refuse)
    assert store(client).get(APPEAL).version == 1
    assert failures == []


def _answer(status: int, code: str) -> Any:
    class Raw:
        def stream(self, *_: Any, **__: Any) -> Any:
            yield b'{"__type": "com.amazonaws.dynamodb.v20120810#%s"}' % code.encode()

    return AWSResponse("https://dynamodb", status, {}, Raw())
