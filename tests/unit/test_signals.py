"""What makes an agency's "done" doubtful: each value, the score, and where it is told to a reviewer."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.signal_rules import BELOW, SHARES, SignalCode, SignalPolicy
from hotline.domain.signals import HIGHEST, Done, Said, StockPhrases, measure, plain, times_done, weigh
from hotline.domain.text_copies import Copies, Entry, alike, copies_of, shelves_of, signature
from tests.unit.builders import NO, NOON, Life, in_progress
from tests.unit.builders_signals import EMPTY, HONEST, beijing_signals

POLICY = beijing_signals()
PHRASES = StockPhrases(POLICY.phrases)
CODES: tuple[SignalCode, ...] = get_args(SignalCode)
RULES = {rule.code: rule for rule in POLICY.rules}

values = st.dictionaries(
    st.sampled_from(CODES), st.none() | st.floats(0, 10_000, allow_nan=False), max_size=len(CODES)
)


def the_done(**changes: object) -> Done:
    facts = {"number": 5, "agency_id": "990101001", "at": NOON, "note_id": "n", "contacts": 1}
    return Done.model_validate({**facts, "contacted_at": NOON - timedelta(hours=2), **changes})


NOTHING_SAID = Said()


def found(done: Done, said: Said = NOTHING_SAID) -> set[str]:
    _, signals = weigh(measure(done, said, PHRASES), POLICY)
    return {signal.code for signal in signals if signal.found}


# ---- the score ----------------------------------------------------------------------------------


@given(values)
def test_a_score_lies_between_0_and_100_and_is_the_sum_of_what_was_found(
    measured: dict[SignalCode, float | None],
) -> None:
    score, signals = weigh(measured, POLICY)
    assert 0 <= score <= HIGHEST
    assert score == min(HIGHEST, sum(RULES[each.code].weight for each in signals if each.found))
    assert {each.code for each in signals} == set(measured)


@given(values, st.sampled_from(CODES))
def test_one_more_signal_never_lowers_a_score(
    measured: dict[SignalCode, float | None], code: SignalCode
) -> None:
    without = {**measured, code: None}
    threshold = RULES[code].threshold
    more = {**measured, code: threshold / 2 if code in BELOW else threshold}
    assert weigh(more, POLICY)[0] >= weigh(without, POLICY)[0]


@given(values)
def test_what_could_not_be_measured_is_never_held_against_anybody(
    measured: dict[SignalCode, float | None],
) -> None:
    assert weigh(dict.fromkeys(measured), POLICY)[0] == 0


def test_a_directory_without_signals_finds_nothing() -> None:
    assert weigh({"no_contact": 0}, SignalPolicy()) == (0, ())


def test_every_signal_has_a_rule_and_no_single_dissatisfaction_brings_a_reviewer() -> None:
    assert set(RULES) == set(CODES)
    assert RULES["result_denied"].weight < POLICY.review_score
    assert all(RULES[code].threshold <= 1 for code in SHARES)


# ---- each value ---------------------------------------------------------------------------------


def test_honest_work_shows_nothing() -> None:
    said = Said("楼前路灯不亮，晚上很黑", HONEST, 1, Copies(0, 0))
    assert found(the_done(due_at=NOON + timedelta(days=2), answers="yyy"), said) == set()


@pytest.mark.parametrize(
    ("changes", "signal"),
    [
        ({"contacts": 0, "contacted_at": None}, "no_contact"),
        ({"contacted_at": NOON - timedelta(minutes=1)}, "contact_at_resolve"),
        ({"due_at": NOON + timedelta(seconds=40)}, "just_before_limit"),
        ({"answers": "nyy"}, "contact_denied"),
        ({"answers": "ynn"}, "result_denied"),
    ],
)
def test_what_an_agency_did_is_held_against_the_record(changes: dict[str, object], signal: str) -> None:
    assert found(the_done(**changes)) == {signal}


def test_late_is_late_and_no_signal() -> None:
    assert found(the_done(due_at=NOON - timedelta(seconds=1))) == set()


def test_a_citizen_who_was_not_contacted_agrees_with_the_record() -> None:
    assert found(the_done(contacts=0, contacted_at=None, answers="nyy")) == {"no_contact"}


@pytest.mark.parametrize(
    ("said", "signals"),
    [
        (Said("楼前路灯不亮", EMPTY), {"boilerplate_reply", "thin_reply"}),
        (Said("楼上邻居养鸡，半夜打鸣，无法入睡，请管一管", HONEST), {"unrelated_reply"}),
        (Said("楼上邻居养鸡", "已更换灯泡"), {"thin_reply"}),
        (Said(None, HONEST), set()),
        (Said("楼前路灯不亮", HONEST, pictures=0), {"no_photo"}),
        (Said("楼前路灯不亮", HONEST, copies=Copies(3, 0)), {"near_text"}),
        (Said("楼前路灯不亮", HONEST, copies=Copies(3, 3)), {"near_text", "same_text"}),
        (Said("楼前路灯不亮", HONEST, copies=Copies(2, 2)), set()),
    ],
)
def test_what_an_agency_says_is_held_against_the_appeal(said: Said, signals: set[str]) -> None:
    assert found(the_done(), said) == signals


@given(st.text(max_size=300))
def test_any_text_can_be_taken_apart_and_signed(text: str) -> None:
    reply = PHRASES.take_out(text)
    assert 0 <= reply.stock <= 1
    assert plain(plain(text)) == plain(text)
    shelves = shelves_of(signature(text), "R")
    assert shelves is None or len(set(shelves.all)) == 4


# ---- texts that are alike -----------------------------------------------------------------------


def test_the_same_text_is_the_same_whatever_its_numbers_and_punctuation() -> None:
    one, other = (
        signature("已于3月5日到12号楼现场，更换灯泡。"),
        signature("已于 4月16日 到 8号楼现场 更换灯泡"),
    )
    assert alike(one, other) == 1


def test_a_few_other_words_are_still_alike_and_another_matter_is_not() -> None:
    assert alike(signature(HONEST), signature(HONEST.replace("三盏", "两盏"))) >= POLICY.copy_similarity
    assert alike(signature(HONEST), signature(EMPTY)) < 0.3


def test_an_appeals_own_earlier_reply_is_no_copy() -> None:
    mine = Entry("A", signature(HONEST))
    others = [Entry("A", signature(HONEST)), Entry("B", signature(HONEST)), Entry("C", signature(EMPTY))]
    assert copies_of(mine, others, POLICY.copy_similarity) == Copies(near=1, same=1)


# ---- what a history tells -----------------------------------------------------------------------


def test_each_done_has_the_contacts_and_the_answer_of_its_own_time() -> None:
    life = in_progress().resolved().surveying()
    (first,) = times_done(life.case)
    assert (first.contacts, first.answers, first.agency_id) == (1, None, life.case.agency_id)
    assert first.due_at == life.case.clocks["handling"].due_at
    life.answered(NO).resolved()
    first, second = times_done(life.case)
    assert (first.answers, second.contacts, second.answers) == ("ynn", 0, None)
    assert second.due_at == life.case.clocks["handling"].due_at != first.due_at


def test_silence_says_nothing_about_the_second_time() -> None:
    life = in_progress().resolved().surveying().answered(NO).contacted().resolved().surveying()
    assert life.case.survey is not None
    life.until(life.case.survey.expires_at).swept()
    assert life.names[-1] == "WorkOrderClosed"
    assert [each.answers for each in times_done(life.case)] == ["ynn", None]


def test_a_past_that_is_no_longer_at_hand_is_not_held_against_anybody() -> None:
    life = in_progress().resolved()
    case = life.case.model_copy(update={"first_event": 4, "events": life.case.events[-1:]})
    (done,) = times_done(case)
    assert (done.contacts, done.contacted_at) == (None, None)


def test_what_was_never_done_is_never_looked_at() -> None:
    assert times_done(Life().dispatched().case) == []
