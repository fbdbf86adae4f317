"""The hash chain: every byte of an event counts, and words cannot be forgotten (S30)."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.actor import CITIZEN
from hotline.domain.appeal import Contact, Note, Place, Words
from hotline.domain.case import Case
from hotline.domain.errors import Unavailable
from hotline.domain.history import UNCHAINED, WordsNotCited, beginning, digest_of, link
from hotline.use_cases.follow_appeal import supplement_appeal
from tests.unit.builders import NOON, PROGRESS, Hotline, Life, in_progress
from tests.unit.fakes import refuse

WORDS = Words(text="楼前路灯不亮", place=Place(district="110101"), fields={"pole": "7"}, happened_at=NOON)
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
"""What a time in JSON may have; those of zones before there were standard ones cannot be written there."""
NOTE = Note(note_id="Ab3dE9xk", by="agency:110101001/zhang", at=NOON, text="已更换灯泡", attachments=("a01",))


def chain_of(case: Case, words: Words, *notes: Note) -> bytes:
    """The chain from its beginning, as an auditor computes it."""
    digests = {note.note_id: digest_of(note) for note in notes}
    head = beginning(case.work_order_id, digest_of(words))
    for event in case.events:
        note_id = event.facts.get("note")
        head = link(head, event, digests[note_id] if note_id else None)
    return head


@pytest.mark.parametrize(
    "change",
    [
        {"number": 9},
        {"name": "WorkOrderResolved"},
        {"at": NOON.replace(second=1)},
        {"actor": "agency:110101001/li"},
        {"command_id": "other"},
        {"facts": {"agency": "110101002"}},
    ],
    ids=str,
)
def test_every_part_of_an_event_is_in_its_link(change: dict[str, Any]) -> None:
    event = Life().dispatched().case.events[-1]
    assert link(UNCHAINED, event.model_copy(update=change)) != link(UNCHAINED, event)


@pytest.mark.parametrize(
    "change",
    [
        {"note_id": "other"},
        {"by": "citizen"},
        {"at": NOON.replace(second=1)},
        {"text": "已更换灯泡。"},
        {"attachments": ()},
    ],
    ids=str,
)
def test_every_part_of_a_note_is_in_its_digest(change: dict[str, Any]) -> None:
    assert digest_of(NOTE.model_copy(update=change)) != digest_of(NOTE)


@pytest.mark.parametrize(
    "change",
    [{"text": "x"}, {"place": None}, {"fields": {}}, {"happened_at": None}],
    ids=str,
)
def test_every_part_of_the_citizens_words_is_in_their_digest(change: dict[str, Any]) -> None:
    assert digest_of(WORDS.model_copy(update=change)) != digest_of(WORDS)


def test_a_contact_can_be_erased_without_touching_the_history() -> None:
    reachable = WORDS.model_copy(update={"contact": Contact(phone="13800138000")})
    assert digest_of(reachable) == digest_of(WORDS)


@given(
    st.builds(
        Words,
        text=st.text(min_size=1, max_size=20),
        fields=st.dictionaries(st.text(max_size=5), st.text(max_size=5) | st.lists(st.text(max_size=3))),
        happened_at=st.none() | st.datetimes(timezones=OFFSETS),
    )
)
def test_words_that_were_stored_and_read_have_the_digest_that_they_had(words: Words) -> None:
    assert digest_of(Words.model_validate_json(words.model_dump_json(exclude_defaults=True))) == digest_of(
        words
    )


def test_two_orders_with_the_same_events_have_different_histories() -> None:
    assert beginning("X.1", digest_of(WORDS)) != beginning("Y.1", digest_of(WORDS))
    assert beginning("X.1", digest_of(WORDS)) != beginning("X.1")


def test_an_event_whose_words_nobody_has_kept_is_a_mistake_that_says_what_to_do() -> None:
    life = in_progress()
    life.case.supplement("n-1", by=CITIZEN, at=NOON, command_id="c-1")
    with pytest.raises(
        WordsNotCited, match=r"AppealSupplemented cites note 'n-1'.*use_cases.notes.keep_note"
    ):
        life.case.chain()


def test_a_case_is_chained_once_however_often_it_is_encoded() -> None:
    life = in_progress()
    head = life.case.head
    life.case.chain()
    assert life.case.head == head


def test_the_stored_head_is_what_an_auditor_computes() -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    hotline.act(appeal_id, PROGRESS)
    case = hotline.case(appeal_id)
    assert case.head == chain_of(case, hotline.words.said[appeal_id], *hotline.words.notes(appeal_id))


def test_a_command_that_is_tried_again_cites_the_words_that_were_kept_first() -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    hotline.cases.before_save.append(refuse(Unavailable("dynamodb")))
    with pytest.raises(Unavailable):
        hotline.act(appeal_id, PROGRESS, command_id="once")
    hotline.clock.pass_(minutes=3)
    hotline.act(appeal_id, PROGRESS, command_id="once")
    (kept,) = hotline.words.notes(appeal_id)
    case = hotline.case(appeal_id)
    assert kept.at < case.events[-1].at, "the note of the first try, the event of the second"
    assert case.head == chain_of(case, hotline.words.said[appeal_id], kept)


def test_words_of_a_supplement_that_is_tried_again_with_others_are_those_kept_first() -> None:
    hotline = Hotline()
    appeal_id = hotline.registered()

    def supplement(text: str) -> None:
        supplement_appeal(
            appeal_id,
            hotline.secret_key(appeal_id),
            text,
            "key-1",
            cases=hotline.cases,
            words=hotline.words,
            sealed=hotline.sealed,
            now=hotline.clock,
        )

    hotline.cases.before_save.append(refuse(Unavailable("dynamodb")))
    with pytest.raises(Unavailable):
        supplement("今天还是不亮")
    supplement("换了说法")
    (kept,) = hotline.words.notes(appeal_id)
    case = hotline.case(appeal_id)
    assert kept.text == "今天还是不亮"
    assert case.head == chain_of(case, hotline.words.said[appeal_id], kept)
