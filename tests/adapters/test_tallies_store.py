"""Counting exactly once, whatever comes twice, together or half (I5, F17, F25)."""

from __future__ import annotations

from itertools import chain
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hotline.adapters.dynamodb.scorecards import DynamoDBTallies, counts_of
from hotline.domain.errors import Unavailable
from hotline.domain.tallies import Counted, Counts, Outcome, PartDone, Tally
from tests.adapters.conftest import Flaky, Tables

MONTH = "202603"


def store(client: Any) -> DynamoDBTallies:
    return DynamoDBTallies(client, "ScorecardsTable", "EffectsTable")


def outcome(agency_id: str = "110101001", *, resolved: bool = True, reopened: int = 0) -> Outcome:
    return Outcome(
        agency_id=agency_id,
        district="110101",
        month=MONTH,
        contacted_in_time=True,
        contacted=True,
        resolved=resolved,
        satisfied=resolved,
        handled_in_time=reopened == 0,
        reopened=reopened,
        closed_by="answered",
    )


def outcomes(number: int) -> dict[str, tuple[Counted, ...]]:
    return {f"X:{place}": (outcome(f"11010100{place % 3}", reopened=place % 2),) for place in range(number)}


def parts(number: int) -> dict[str, tuple[Counted, ...]]:
    """As many assists, each between two agencies of its own."""
    return {
        f"X.2:{place}": (
            PartDone(**_WHERE, agency_id=f"a{place}", kind="assist", side="asked", in_time=True),
            PartDone(**_WHERE, agency_id=f"b{place}", kind="assist", side="asking", in_time=True),
        )
        for place in range(number)
    }


_WHERE: dict[str, Any] = {"district": "110101", "month": MONTH}


def expected(counted: dict[str, tuple[Counted, ...]]) -> dict[str, Tally]:
    every = list(chain.from_iterable(counted.values()))
    agencies = {each.agency_id for each in every}
    return {agency: Tally.of(each for each in every if each.agency_id == agency) for agency in agencies}


def test_a_batch_is_counted_in_one_call(tables: Tables, flaky: Flaky) -> None:
    batch = outcomes(10)
    store(flaky).count(batch)
    assert [name for name, _ in flaky.calls] == ["transact_write_items"]
    assert store(tables.client).of_month(MONTH, "110101") == expected(batch)
    assert store(tables.client).of_month("202604", "110101") == {}


def test_more_than_a_transaction_holds_is_counted_in_parts(tables: Tables, flaky: Flaky) -> None:
    batch = outcomes(105)
    store(flaky).count(batch)
    assert len(flaky.calls) == 3
    assert all(len(arguments["TransactItems"]) <= 100 for _, arguments in flaky.calls)
    assert store(tables.client).of_month(MONTH, "110101") == expected(batch)


def test_both_sides_of_a_part_are_counted_or_neither(tables: Tables, flaky: Flaky) -> None:
    batch = parts(70)
    for _ in range(2):
        store(flaky).count(batch)
    assert all(len(arguments.get("TransactItems", ())) <= 100 for _, arguments in flaky.calls)
    assert store(tables.client).of_month(MONTH, "110101") == expected(batch)


def test_what_was_counted_before_is_left_out_and_the_rest_counted(tables: Tables) -> None:
    batch = outcomes(10)
    store(tables.client).count({key: batch[key] for key in list(batch)[::2]})
    for _ in range(3):
        store(tables.client).count(batch)
    assert store(tables.client).of_month(MONTH, "110101") == expected(batch)


def test_a_lost_acknowledgement_counts_once(tables: Tables, flaky: Flaky) -> None:
    lost = ClientError({"Error": {"Code": "InternalServerError", "Message": ""}}, "TransactWriteItems")
    flaky.plan["transact_write_items"] = [("after", lost)]
    store(flaky).count(outcomes(4))
    assert store(tables.client).of_month(MONTH, "110101") == expected(outcomes(4))


def test_a_conflict_is_waited_out_and_lasting_trouble_is_reported(tables: Tables, flaky: Flaky) -> None:
    answer: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": ""},
        "CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}],
    }
    conflict = ClientError(answer, "TransactWriteItems")
    flaky.plan["transact_write_items"] = [("before", conflict)] * 2
    store(flaky).count(outcomes(2))
    assert store(tables.client).of_month(MONTH, "110101") == expected(outcomes(2))

    flaky.plan["transact_write_items"] = [("before", conflict)] * 5
    with pytest.raises(Unavailable):
        store(flaky).count({"Y:1": (outcome(),)})
    assert store(tables.client).of_month(MONTH, "110101") == expected(outcomes(2))


def test_a_write_that_can_never_succeed_is_not_tried_again(flaky: Flaky) -> None:
    answer: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": ""},
        "CancellationReasons": [{"Code": "ValidationError"}],
    }
    flaky.plan["transact_write_items"] = [("before", ClientError(answer, "TransactWriteItems"))]
    with pytest.raises(ClientError):
        store(flaky).count(outcomes(1))
    assert len(flaky.calls) == 1


def test_recounted_tallies_take_the_place_of_counted_ones(tables: Tables) -> None:
    store(tables.client).count(outcomes(6))
    where = (MONTH, "110101", "110101001")
    (item,) = [each for each in tables.items("ScorecardsTable") if each["sk"]["S"] == "110101001"]
    right = Counts(closed=1, unanswered=1)
    assert store(tables.client).put_recounted(where, right, ["Y:7"], counts_of(item))
    assert store(tables.client).of_month(MONTH, "110101")["110101001"] == right.settled()
    store(tables.client).count({"Y:7": (outcome(),)})
    assert store(tables.client).of_month(MONTH, "110101")["110101001"].closed == 1


def test_a_recount_that_was_overtaken_replaces_nothing(tables: Tables) -> None:
    store(tables.client).count(outcomes(1))
    where = (MONTH, "110101", "110101000")
    before = Counts(closed=5, answered=5)
    assert not store(tables.client).put_recounted(where, Counts(), [], before)
    assert not store(tables.client).put_recounted(where, Counts(), [], Counts())
    assert store(tables.client).of_month(MONTH, "110101") == expected(outcomes(1))


def test_a_city_at_four_times_its_peak_writes_no_tally_more_often_than_its_batches_come(flaky: Flaky) -> None:
    """28 closings in a second, all of them of one tally: a key bears 1,000 writes a second."""
    closings = list(outcomes(28).items())
    for start in range(0, len(closings), 10):
        same = {event_id: (outcome("~answered_at_once"),) for event_id, _ in closings[start : start + 10]}
        store(flaky).count(same)
    updates = [
        write["Update"]["Key"]["sk"]["S"]
        for _, arguments in flaky.calls
        for write in arguments["TransactItems"]
        if "Update" in write
    ]
    assert updates == ["~answered_at_once"] * 3


def test_what_cancels_itself_out_within_a_batch_is_not_written(flaky: Flaky, tables: Tables) -> None:
    taken_back = outcome().model_copy(update={"weight": -1})
    store(flaky).count({"X:1": (outcome(),), "X:2": (taken_back,)})
    assert tables.items("ScorecardsTable") == []
    assert len(tables.items("EffectsTable")) == 2
