"""Codes by text message: who proves a number, who does not, and what it costs (S6, S7, S43, S44)."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import timedelta
from itertools import count

import pytest

from hotline.domain.code_limits import PhoneCodeLimits
from hotline.domain.errors import HotlineError, InvalidInput, NotFound, TooManyRequests, Unavailable
from hotline.domain.messages import MessageInDoubt, MessageRefused
from hotline.domain.phone_codes import (
    LIFE,
    PASS_LIFE,
    TRIES,
    CheckCode,
    CodeRefused,
    PassExpired,
)
from hotline.domain.tokens import SurveyRef
from hotline.ports import Supplier
from hotline.use_cases.follow_appeal import supplement_appeal, withdraw_appeal
from hotline.use_cases.list_own_appeals import PAGE
from tests.unit.builders_codes import HOME, PHONE, CodeDesk, proof_for
from tests.unit.fakes import MemoryMessenger

STRANGER = "13911112222"


def refusal(desk: CodeDesk, code: str, phone: str = PHONE, address: str = HOME) -> type[HotlineError]:
    with pytest.raises(HotlineError) as refused:
        desk.check(code, phone, address)
    return type(refused.value)


def another(code: str) -> str:
    """Six digits that are not the code."""
    return f"{(int(code) + 1) % 10**6:06d}"


def desk_with_appeal(**limits: float) -> CodeDesk:
    desk = CodeDesk(**limits)
    desk.register()
    return desk


# ---- asking -------------------------------------------------------------------------------------


def test_a_number_with_appeals_gets_six_digits_in_its_language() -> None:
    desk = desk_with_appeal()
    assert len(desk.code()) == 6
    (message,) = desk.hotline.messenger.sent
    assert (message.to.phone, message.language) == ("+8613800138000", "zh-CN")
    assert "请勿告诉任何人" in message.text


def test_a_number_without_appeals_is_answered_alike_after_the_same_work_and_gets_no_text() -> None:
    desk = desk_with_appeal()
    answers = {}
    for phone in (PHONE, STRANGER):
        reads, done, asked = desk.hotline.cases.reads, len(desk.codes.calls), len(desk.allowances.asked)
        queries = desk.hotline.cases.queries
        answer = desk.ask(phone).model_dump()
        worked = (desk.codes.calls[done:], len(desk.allowances.asked) - asked, len(desk.requests.waiting))
        answers[phone] = (
            answer,
            worked[:2],
            desk.hotline.cases.reads - reads,
            desk.hotline.cases.queries - queries,
        )
        assert worked[2] == 1
        assert desk.deliver() == ["sent" if phone == PHONE else "nobody"]
    assert answers[PHONE] == answers[STRANGER]
    assert answers[PHONE][2:] == (0, 0)
    assert len(desk.hotline.messenger.sent) == 1


@pytest.mark.parametrize("phone", ["010-12345678", "12345", "not a number", "+86 1"])
def test_what_takes_no_texts_is_refused_before_anything_is_counted(phone: str) -> None:
    desk = CodeDesk()
    with pytest.raises(InvalidInput):
        desk.ask(phone)
    assert (desk.allowances.asked, desk.codes.calls) == ([], [])


def test_one_number_gets_one_code_a_minute_and_five_a_day_and_is_always_answered_alike() -> None:
    desk = desk_with_appeal(without_proof=1)
    said = set()
    for minute in range(12):
        for _ in range(2):
            said.add(desk.ask().model_dump_json())
        desk.deliver()
        assert len(desk.hotline.messenger.sent) == min(minute + 1, 5)
        desk.clock.pass_(minutes=1)
    assert len(said) == 1


def test_no_key_and_no_queue_but_the_one_for_sending_holds_a_number_or_an_address() -> None:
    desk = desk_with_appeal()
    desk.check(desk.code())
    kept = repr(desk.allowances.asked) + repr(desk.codes.waiting)
    assert "13800138000" not in kept
    assert HOME not in kept
    desk.ask(STRANGER)
    assert STRANGER not in repr(desk.requests.waiting)


@pytest.mark.parametrize("trouble", [Unavailable("sns"), MessageInDoubt("sns"), MessageRefused("no")])
def test_what_the_supplier_did_not_take_is_not_sent_later(trouble: HotlineError) -> None:
    desk = desk_with_appeal()
    desk.ask()
    (request,) = desk.requests.waiting
    desk.hotline.messenger.failures.append(trouble)
    assert [desk.send(request), desk.send(request)] == ["failed", "before"]
    assert desk.hotline.messenger.sent == []


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [(Unavailable("sns"), "sent"), (MessageInDoubt("sns"), "failed"), (MessageRefused("no"), "failed")],
)
def test_a_second_supplier_is_asked_only_when_the_first_has_surely_not_sent(
    trouble: HotlineError, outcome: str
) -> None:
    desk = desk_with_appeal()
    second = MemoryMessenger()
    desk.suppliers.append(Supplier("second", second))
    desk.hotline.messenger.failures.append(trouble)
    desk.ask()
    assert desk.deliver() == [outcome]
    assert len(second.sent) == (outcome == "sent")


def test_a_request_that_comes_twice_or_late_sends_nothing_more() -> None:
    desk = desk_with_appeal()
    desk.ask()
    (request,) = desk.requests.waiting
    assert [desk.send(request), desk.send(request)] == ["sent", "before"]
    desk.clock.pass_(minutes=10)
    assert desk.send(request) == "late"


# ---- pumping (S7) -------------------------------------------------------------------------------


def pump(desk: CodeDesk, numbers: int, address: str) -> int:
    """Ask for so many numbers, all with appeals, from a net; how many texts go out."""
    for n in range(numbers):
        try:
            desk.ask(f"138{n:08d}", address.format(n % 256))
        except TooManyRequests:
            continue
    desk.deliver()
    return len(desk.hotline.messenger.sent)


@pytest.fixture
def everybody_has_appeals(monkeypatch: pytest.MonkeyPatch) -> CodeDesk:
    desk = desk_with_appeal()
    neighbours = desk.hotline.cases.by_citizen(
        desk.hotline.tokens.citizen_index("+8613800138000"), desk.clock() - timedelta(days=1), desk.clock()
    )
    monkeypatch.setattr(desk.hotline.cases, "by_citizen", lambda *_: neighbours)
    return desk


def test_ten_thousand_numbers_from_one_net_get_no_more_texts_than_the_net_may_ask_for(
    everybody_has_appeals: CodeDesk,
) -> None:
    sent = pump(everybody_has_appeals, 10_000, "198.51.100.{}")
    assert sent == PhoneCodeLimits().per_network_hour // 4


def test_one_address_gets_no_further_than_its_own_bound(everybody_has_appeals: CodeDesk) -> None:
    assert pump(everybody_has_appeals, 200, "198.51.100.1") == PhoneCodeLimits().per_address_hour // 4


def test_a_botnet_cannot_send_more_to_one_block_of_numbers_than_its_bound(
    everybody_has_appeals: CodeDesk,
) -> None:
    desk = everybody_has_appeals
    for n in range(2_000):
        desk.ask(f"1380013{n:04d}", f"10.{n // 256}.{n % 256}.1")
    outcomes = Counter(desk.deliver())
    assert outcomes == {"sent": PhoneCodeLimits().per_prefix_day, "capped": 1_900}


def test_a_botnet_cannot_send_more_than_the_citys_bound_of_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = desk_with_appeal(per_city_day=40)
    neighbours = [object()]
    monkeypatch.setattr(desk.hotline.cases, "by_citizen", lambda *_: neighbours)
    for n in range(60):
        desk.ask(f"138{n:04d}0000", f"10.0.{n}.1")
    assert Counter(desk.deliver()) == {"sent": 40, "capped": 20}


def test_numbers_without_appeals_get_no_text_however_many_ask() -> None:
    desk = CodeDesk()
    for n in range(100):
        desk.ask(f"138{n:08d}", f"10.0.{n}.1")
    assert Counter(desk.deliver()) == {"nobody": 100}


def test_a_bound_that_is_used_up_is_free_again_in_the_next_window() -> None:
    desk = desk_with_appeal(per_address_hour=4, without_proof=0.5)
    for phone in ("13800000001", "13800000002"):
        desk.ask(phone)
    with pytest.raises(TooManyRequests) as refused:
        desk.ask("13800000003")
    desk.clock.pass_(seconds=refused.value.facts["retry_after"])
    desk.ask("13800000003")


def test_proof_of_work_opens_the_whole_bound_for_its_number_and_its_moment_only() -> None:
    desk = CodeDesk(per_address_hour=4, without_proof=0.5, work_bits=6)
    proof = proof_for("+8613800000003", desk.clock(), 6)
    for phone in ("13800000001", "13800000002"):
        desk.ask(phone)
    with pytest.raises(TooManyRequests):
        desk.ask("13800000004", proof=_not_for("+8613800000004", proof))
    desk.ask("13800000003", proof=proof)
    desk.clock.pass_(minutes=6)
    with pytest.raises(TooManyRequests):
        desk.ask("13800000003", proof=proof)


def _not_for(phone: str, proof: str) -> str:
    """The proof, which by chance could be one for that number too."""
    assert hashlib.sha256(f"{phone}.{proof}".encode()).digest()[0] >= 4
    return proof


# ---- checking (S6) ------------------------------------------------------------------------------


def test_the_code_gives_a_pass_for_half_an_hour() -> None:
    desk = desk_with_appeal()
    given = desk.check(desk.code())
    assert given.expires_at == desk.clock() + PASS_LIFE
    assert len(desk.own(given.citizen_token).appeals) == 1


def test_the_sixth_try_is_refused_even_if_it_is_right() -> None:
    desk = desk_with_appeal()
    code = desk.code()
    assert {refusal(desk, another(code)) for _ in range(TRIES)} == {CodeRefused}
    assert refusal(desk, code) is CodeRefused


def test_the_fifth_try_may_be_right() -> None:
    desk = desk_with_appeal()
    code = desk.code()
    for _ in range(TRIES - 1):
        refusal(desk, another(code))
    desk.check(code)


def test_a_code_works_once() -> None:
    desk = desk_with_appeal()
    code = desk.code()
    desk.check(code)
    assert refusal(desk, code) is CodeRefused


def test_a_code_works_for_ten_minutes() -> None:
    desk = desk_with_appeal()
    code = desk.code()
    desk.clock.pass_(seconds=LIFE.total_seconds())
    assert refusal(desk, code) is CodeRefused


def test_a_new_code_makes_the_old_one_worthless() -> None:
    desk = desk_with_appeal()
    first = desk.code()
    desk.clock.pass_(minutes=1)
    second = desk.code()
    assert refusal(desk, first) is CodeRefused
    desk.check(second)


def test_a_code_of_one_number_proves_no_other() -> None:
    desk = desk_with_appeal()
    desk.register(STRANGER)
    code = desk.code()
    desk.ask(STRANGER)
    desk.deliver()
    assert refusal(desk, code, STRANGER) is CodeRefused


def test_an_unknown_number_is_refused_alike_after_the_same_work() -> None:
    desk = desk_with_appeal()
    desk.ask()
    desk.ask(STRANGER)
    assert desk.deliver() == ["sent", "nobody"]
    seen = {}
    for phone in (PHONE, STRANGER):
        done, asked = len(desk.codes.calls), len(desk.allowances.asked)
        with pytest.raises(CodeRefused) as refused:
            desk.check("000000", phone)
        seen[phone] = (
            refused.value.detail,
            refused.value.facts,
            desk.codes.calls[done:],
            len(desk.allowances.asked) - asked,
        )
    assert seen[PHONE] == seen[STRANGER]


def test_what_was_never_sent_cannot_be_guessed() -> None:
    desk = desk_with_appeal()
    desk.ask()
    (request,) = desk.requests.waiting
    index = desk.hotline.tokens.citizen_index("+8613800138000")
    assert refusal(desk, desk.hotline.tokens.phone_code(index, request.challenge)) is CodeRefused


def test_new_codes_do_not_give_new_tries_without_end() -> None:
    desk = desk_with_appeal(tries_per_phone_day=8)
    for _ in range(8):
        if desk.codes.calls.count("try") % 4 == 0:
            desk.clock.pass_(minutes=1)
            code = desk.code()
        refusal(desk, another(code))
    desk.clock.pass_(minutes=1)
    assert refusal(desk, desk.code()) is CodeRefused
    desk.clock.pass_(days=1)
    desk.check(desk.code())


def test_one_address_cannot_try_codes_of_many_numbers() -> None:
    desk = desk_with_appeal(tries_per_address_hour=10)
    for n in range(10):
        assert refusal(desk, "000000", f"138{n:08d}") is CodeRefused
    assert refusal(desk, "000000", PHONE) is TooManyRequests
    assert refusal(desk, "000000", PHONE, "198.51.100.9") is CodeRefused


@pytest.mark.parametrize("typed", ["123 456", "１２３４５６", "123-456", " 123456 "])
def test_a_code_may_be_typed_as_people_type(typed: str) -> None:
    assert CheckCode(phone=PHONE, code=typed).code == "123456"


# ---- the list (S43) -----------------------------------------------------------------------------


def test_what_was_registered_before_the_number_is_trusted_is_not_shown() -> None:
    desk = CodeDesk(trust_days=90)
    old = desk.register()
    desk.clock.pass_(days=90, seconds=1)
    new = desk.register()
    shown = desk.own(desk.prove())
    assert [each.tracking_number for each in shown.appeals] == [new]
    assert shown.since == desk.clock() - timedelta(days=90)
    with pytest.raises(NotFound):
        desk.track(old, shown.appeals[0].key)


def test_a_number_whose_appeals_are_all_older_gets_no_code() -> None:
    desk = desk_with_appeal()
    desk.clock.pass_(days=91)
    desk.ask()
    assert desk.deliver() == ["nobody"]


def test_confidential_anonymous_and_other_peoples_appeals_never_appear() -> None:
    desk = CodeDesk()
    mine = desk.register()
    desk.register(type="report", confidential=True)
    desk.register(contact=None)
    desk.register(STRANGER)
    assert [each.tracking_number for each in desk.own(desk.prove()).appeals] == [mine]


def test_a_lent_key_opens_no_confidential_report() -> None:
    desk = CodeDesk()
    number = desk.register(type="report", confidential=True)
    key = desk.hotline.tokens.lent_key(number, desk.clock() + PASS_LIFE)
    with pytest.raises(NotFound):
        desk.track(number, key)


def test_every_appeal_is_shown_once_the_newest_first() -> None:
    desk = CodeDesk()
    numbers = []
    for n in range(PAGE * 3 + 5):
        numbers.append(desk.register(text=f"第 {n} 件事，路灯不亮"))
        if n % 4 == 0:
            desk.clock.pass_(minutes=1)
    token, cursor, seen = desk.prove(), None, []
    for _ in count():
        page = desk.own(token, cursor)
        assert len(page.appeals) <= PAGE
        seen += [each.tracking_number for each in page.appeals]
        cursor = page.next
        if cursor is None:
            break
    assert sorted(seen) == sorted(numbers)
    assert [desk.hotline.cases.get(each).registered_at for each in seen] == sorted(
        (desk.hotline.cases.get(each).registered_at for each in numbers), reverse=True
    )


@pytest.mark.parametrize("cursor", ["1", "1767225600.", "1767225600.0000000000000000A", "x" * 40])
def test_a_cursor_that_was_made_up_is_refused(cursor: str) -> None:
    desk = desk_with_appeal()
    with pytest.raises(InvalidInput):
        desk.own(desk.prove(), cursor)


def test_the_lent_key_follows_and_supplements_as_long_as_the_pass_works_but_withdraws_nothing() -> None:
    desk = desk_with_appeal()
    (mine,) = desk.own(desk.prove()).appeals
    hotline = desk.hotline
    assert desk.track(mine.tracking_number, mine.key).status == "registered"
    supplement_appeal(
        mine.tracking_number,
        mine.key,
        "还是不亮",
        "s-1",
        cases=hotline.cases,
        words=hotline.words,
        sealed=hotline.sealed,
        now=hotline.clock,
        lent=desk.lent,
    )
    with pytest.raises(NotFound):
        withdraw_appeal(mine.tracking_number, mine.key, "w-1", cases=hotline.cases, now=hotline.clock)
    desk.clock.pass_(seconds=PASS_LIFE.total_seconds())
    with pytest.raises(NotFound):
        desk.track(mine.tracking_number, mine.key)


def test_a_lent_key_opens_no_other_appeal() -> None:
    desk = desk_with_appeal()
    other = desk.register(STRANGER)
    (mine,) = desk.own(desk.prove()).appeals
    with pytest.raises(NotFound):
        desk.track(other, mine.key)


def test_an_open_survey_can_be_answered_from_the_list() -> None:
    desk = CodeDesk()
    number = desk.hotline.surveying()
    (mine,) = desk.own(desk.prove()).appeals
    assert mine.survey is not None
    assert mine.survey.token == desk.hotline.tokens.survey_token(SurveyRef(number, 1))


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        "x" * 200,
        "q7Yb0dZ2m4K1x9Vn3LrTcA.1767225600.q7Yb0dZ2m4K1x9Vn3LrTcA",
        "a.９９９９９９９９９９.b",
    ],
)
def test_a_pass_that_was_made_up_opens_nothing(token: str) -> None:
    with pytest.raises(PassExpired):
        desk_with_appeal().own(token)


def test_a_pass_ends_and_cannot_be_stretched_or_given_to_another_contact() -> None:
    desk = desk_with_appeal()
    token = desk.prove()
    index, until, proof = token.split(".")
    other = desk.hotline.tokens.citizen_index("+8613911112222")
    for changed in (f"{index}.{int(until) + 60}.{proof}", f"{other}.{until}.{proof}"):
        with pytest.raises(PassExpired):
            desk.own(changed)
    desk.clock.pass_(seconds=PASS_LIFE.total_seconds())
    with pytest.raises(PassExpired):
        desk.own(token)


def test_tokens_of_one_kind_are_none_of_another() -> None:
    tokens = desk_with_appeal().hotline.tokens
    until = CodeDesk().clock() + PASS_LIFE
    now = until - PASS_LIFE
    key = tokens.lent_key("000G40R40M30E209B", until)
    assert tokens.read_citizen_token(f"000G40R40M30E209B.{key}", now) is None
    assert not tokens.is_lent_key(
        tokens.citizen_token("000G40R40M30E209B", until).partition(".")[2], "000G40R40M30E209B", now
    )
