"""A split shard: parent and child are read at the same time, each on its own, and the sums are right (F26).

The events of one order then come out of order and on different readers; a reader that is killed comes
again with the same batch.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotline.adapters.dynamodb.scorecards import DynamoDBTallies, counts_of
from hotline.domain.events import Envelope, Event
from hotline.domain.tallies import Counts
from hotline.use_cases.count_outcomes import count_outcomes, recount
from tests.journeys.fast_dynamodb import FastDynamoDB
from tests.unit.builders_directory import RIVERSIDE, FixedDirectory, tiny_directory

BEGIN = datetime(2026, 3, 28, tzinfo=UTC)
AGENCIES = (RIVERSIDE, "990101002", "990102001", "waterworks")
ANSWERS = ("yyy", "yyn", "nnn", None)


def lives(chance: random.Random, orders: int) -> list[Envelope]:
    """Closings, and what is said of them later, as they happen."""
    events = []
    for number in range(orders):
        closed_at = BEGIN + timedelta(minutes=chance.randrange(10_000))
        was: dict[str, Any] = {"agency": chance.choice(AGENCIES), "outcome": "no_answer", "reopened": 0}
        was |= {name: chance.randrange(2) for name in ("response_in_time", "handled_in_time")}
        if answers := chance.choice(ANSWERS):
            was |= {"outcome": "answered", "answers": answers}
        events.append(_event(f"A{number}:7", "WorkOrderClosed", closed_at, was))
        for step in range(8, 8 + chance.randrange(3)):
            facts = {"was": was, "closed_at": int(closed_at.timestamp())}
            name, changed = chance.choice(
                (
                    ("SurveyAnswerChanged", {"answers": "yyy"}),
                    ("ExcludedFromAssessment", {"excluded": "outside_city"}),
                    ("DissatisfactionJudged", {"judged": "unreasonable"}),
                )
            )
            was = {**was, **changed}
            events.append(
                _event(f"A{number}:{step}", name, closed_at + timedelta(days=step), {**facts, "now": was})
            )
    return sorted(events, key=lambda each: each.occurred_at)


def _event(event_id: str, name: str, at: datetime, data: dict[str, Any]) -> Envelope:
    return Envelope(
        event_id=event_id,
        name=name,
        occurred_at=at,
        correlation_id=event_id.partition(":")[0],
        causation_id="c",
        actor="citizen",
        data=data,
    )


def batches(events: list[Envelope], chance: random.Random) -> list[list[Envelope]]:
    """One reader's batches; some come twice, as after a reader that was killed."""
    size = chance.randrange(1, 11)
    cut = [events[start : start + size] for start in range(0, len(events), size)]
    return [each for batch in cut for each in [batch] * chance.choice((1, 1, 2))]


def history(events: list[Envelope]) -> list[tuple[str, list[Event]]]:
    return [
        (
            each.order_id,
            [
                Event(
                    number=int(each.event_id.partition(":")[2]),
                    name=each.name,
                    at=each.occurred_at,
                    actor="citizen",
                    command_id="c",
                    facts=each.data,
                )
            ],
        )
        for each in events
    ]


@pytest.mark.parametrize("seed", range(5))
def test_parent_and_child_read_at_once_give_the_sums_of_a_recount(seed: int) -> None:
    chance = random.Random(seed)
    events = lives(chance, 150)
    split = chance.randrange(len(events))
    # Some of what the parent holds is brought by the child again: readers overlap after a split.
    shards = [batches(events[: split + 20], chance), batches(events[split:], chance)]
    dynamodb, directory = FastDynamoDB(streamed=""), tiny_directory()
    tallies = DynamoDBTallies(dynamodb, "scorecards", "effects")
    while any(shards):
        batch = chance.choice([shard for shard in shards if shard]).pop(0)
        chance.shuffle(batch)
        assert count_outcomes(batch, tallies=tallies, directories=FixedDirectory(directory)) == {}
        for item in dynamodb.items("scorecards"):
            counts_of(item).settled()
    counted = {
        (*item["pk"]["S"].split("#")[1:], item["sk"]["S"]): counts
        for item in dynamodb.items("scorecards")
        if (counts := counts_of(item)) != Counts()
    }
    assert counted == recount(history(events), directory)
    assert Counter(item["pk"]["S"] for item in dynamodb.items("effects")).most_common(1)[0][1] == 1
    assert len(dynamodb.items("effects")) == len(events)
