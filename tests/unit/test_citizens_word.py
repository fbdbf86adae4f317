"""The citizen's word: changed for a while, judged by a reviewer, asked for by telephone, counted once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from hotline.adapters.dynamodb import codec, side_codec
from hotline.domain.actor import SYSTEM, Actor, Role
from hotline.domain.calendar import Limit
from hotline.domain.case import Answers
from hotline.domain.errors import Forbidden, NotFound, SurveyClosed, TransitionNotAllowed
from hotline.domain.lifecycle import Status
from hotline.domain.outcomes import counted_of
from hotline.domain.side_orders import CALLBACKS, SideKind, SideOrder, SideStatus, reviewers_of
from hotline.domain.sla import Term
from hotline.domain.survey_policy import SurveyPlan, SurveyPolicy
from hotline.domain.timekeeping import PolicyTimekeeper
from tests.unit.builders import JUDGE, NO, OFFICER, OPERATOR, SUPERVISOR, YES, Life, citing
from tests.unit.builders_directory import tiny_directory
from tests.unit.builders_sla import ROUND_THE_CLOCK, policy

UNHAPPY = Answers(contacted=True, resolved=True, satisfied=False)
DAY = Term(limit=Limit(amount=1, unit="days"), calendar_id="24x7")
PHONED = SurveyPolicy(plans={"*": SurveyPlan(call_after=DAY)})


def keeper(survey: SurveyPolicy | None = None) -> PolicyTimekeeper:
    parents = {"990101001": "990101", "990101": "990000"}

    def superior(agency_id: str, steps: int) -> str | None:
        above: str | None = agency_id
        for _ in range(steps):
            above = parents.get(above) if above else None
        return above

    return PolicyTimekeeper(policy(), {"24x7": ROUND_THE_CLOCK}, superior, survey)


def asked(timekeeper: PolicyTimekeeper | None = None) -> Life:
    life = (
        Life(timekeeper=timekeeper or keeper(), citizen_index="hmac").dispatched().acknowledged().contacted()
    )
    return life.resolved().surveying()


def closed(answers: Answers = YES) -> Life:
    return asked().answered(answers)


def reviewed(life: Life, about: str, verdict: str, by: Actor = JUDGE, asker: Actor = OFFICER) -> SideOrder:
    """Ask for a review and judge it."""
    terms = {"reason": "untrue"} if about == "exclusion" else {}
    case, now = life.case, {"at": life.now, "timekeeper": life.timekeeper}
    side = case.ask_review(about, by=asker, command_id="ask", terms=terms, **now)  # type: ignore[arg-type]
    life.passing(hours=1)
    now = {"at": life.now, "timekeeper": life.timekeeper}
    case.judge(side, verdict, "n", by=by, command_id="judge", **now)  # type: ignore[arg-type]
    return side


def net(life: Life) -> Counter[str]:
    """What all events of a case together have counted, by name of the count."""
    counts: Counter[str] = Counter()
    for event in life.case.events:
        for counted in counted_of(event.name, event.facts, event.at, tiny_directory()):
            counts.update({name: value for name, value in dict(counted.counts).items() if value})
    return Counter({name: value for name, value in counts.items() if value})


# --- one answer counts, and can be changed -----------------------------------------------------------


def test_a_change_from_satisfied_to_unsatisfied_replaces_what_was_counted() -> None:
    life = closed().passing(hours=20).answered(UNHAPPY)
    assert life.names[-1] == "SurveyAnswerChanged"
    assert net(life) == net(closed(UNHAPPY))


def test_a_change_to_not_resolved_sends_it_back_and_takes_back_what_was_counted() -> None:
    life = closed().passing(hours=1).answered(NO)
    assert (life.case.status, life.case.reopened, life.case.resolved_at) == (Status.IN_PROGRESS, 1, None)
    assert net(life) == Counter()
    life.resolved().surveying().answered(YES, number=2)
    assert net(life) == net(asked().answered(NO).resolved().surveying().answered(YES, number=2))


def test_a_no_can_be_taken_back_while_nothing_has_come_of_it() -> None:
    life = asked().answered(NO).passing(hours=2).answered(YES)
    assert (life.case.status, life.case.reopened) == (Status.CLOSED, 0)
    assert life.case.events[-1].facts["handled_in_time"] == 1
    assert net(life) == net(closed())


def test_a_no_cannot_be_taken_back_once_the_agency_has_acted_on_it() -> None:
    life = asked().answered(NO)
    life.reported()
    with pytest.raises(SurveyClosed):
        life.answered(YES)


def test_answers_can_be_changed_back_and_forth_and_count_once() -> None:
    life = closed().answered(NO).answered(YES).answered(UNHAPPY).answered(YES)
    assert net(life) == net(closed())


def test_after_a_day_the_answer_stands() -> None:
    with pytest.raises(SurveyClosed):
        closed().passing(hours=24).answered(UNHAPPY)


def test_the_window_is_the_policys() -> None:
    longer = keeper(
        SurveyPolicy(
            plans={
                "*": SurveyPlan(change_window=DAY.model_copy(update={"limit": Limit(amount=3, unit="days")}))
            }
        )
    )
    assert asked(longer).answered(YES).passing(days=2).answered(UNHAPPY).names[-1] == "SurveyAnswerChanged"


def test_an_agency_cannot_change_the_answer() -> None:
    life = closed()
    before = life.case.model_copy(deep=True)
    with pytest.raises(Forbidden):
        life.case.answer_survey(
            1, NO, None, at=life.now, command_id="x", by=OFFICER, timekeeper=life.timekeeper
        )
    assert life.case == before


# --- 剔除 --------------------------------------------------------------------------------------------


def test_an_excluded_order_counts_as_excluded_and_nothing_else() -> None:
    life = closed(UNHAPPY)
    reviewed(life, "exclusion", "granted")
    assert net(life) == Counter(excluded=1)
    assert life.case.events[-1].facts["reason"] == "untrue"


def test_what_is_excluded_before_it_closes_closes_as_excluded() -> None:
    life = asked()
    reviewed(life, "exclusion", "granted")
    assert net(life) == Counter()
    life.answered(YES)
    assert net(life) == Counter(excluded=1)


def test_a_refused_exclusion_changes_nothing() -> None:
    life = closed()
    side = reviewed(life, "exclusion", "refused")
    assert (side.status, side.events[-1].facts["outcome"]) == (SideStatus.DONE, "refused")
    assert net(life) == net(closed())


@pytest.mark.parametrize("by", [OFFICER, OPERATOR, SYSTEM])
def test_only_reviewers_judge(by: Actor) -> None:
    with pytest.raises((Forbidden, NotFound)):
        reviewed(closed(), "exclusion", "granted", by=by, asker=SUPERVISOR)


def test_whoever_asked_for_the_review_does_not_judge_it() -> None:
    with pytest.raises(TransitionNotAllowed):
        reviewed(closed(), "exclusion", "granted", by=SUPERVISOR, asker=SUPERVISOR)


def test_another_agency_cannot_ask() -> None:
    stranger = Actor(role=Role.AGENCY, subject="li", agency_id="lamp-office")
    with pytest.raises(NotFound):
        reviewed(closed(), "exclusion", "granted", asker=stranger)


def test_a_verdict_of_another_subject_is_refused() -> None:
    with pytest.raises(TransitionNotAllowed):
        reviewed(closed(), "exclusion", "unreasonable")


def test_an_excluded_order_is_not_excluded_twice() -> None:
    life = closed()
    reviewed(life, "exclusion", "granted")
    with pytest.raises(TransitionNotAllowed):
        reviewed(life, "exclusion", "granted")


def test_reviews_of_different_subjects_do_not_stand_in_each_others_way() -> None:
    life = closed(UNHAPPY)
    now = {"at": life.now, "timekeeper": life.timekeeper, "command_id": "c"}
    for about in ("exclusion", "dissatisfaction"):
        terms = {"reason": "untrue"} if about == "exclusion" else {}
        side = life.case.ask_review(about, by=OFFICER, terms=terms, **now)  # type: ignore[arg-type]
        assert side.agency_id == reviewers_of(about)
        with pytest.raises(TransitionNotAllowed):
            life.case.ask_review(about, by=OFFICER, terms=terms, **now)  # type: ignore[arg-type]


# --- reasonable or not -------------------------------------------------------------------------------


def test_an_unreasonable_dissatisfaction_is_no_answer_against_the_agency() -> None:
    life = closed(UNHAPPY)
    reviewed(life, "dissatisfaction", "unreasonable")
    assert net(life)["unreasonable"] == 1
    assert net(life)["answered"] == 0


def test_a_reasonable_one_counts_as_before() -> None:
    life = closed(UNHAPPY)
    reviewed(life, "dissatisfaction", "reasonable")
    assert net(life) == net(closed(UNHAPPY))


def test_an_order_sent_back_unreasonably_is_closed_by_the_reviewer_and_stays_closed() -> None:
    life = asked().answered(NO)
    reviewed(life, "dissatisfaction", "unreasonable")
    assert life.case.status is Status.CLOSED
    assert life.case.events[-1].facts["outcome"] == "judged"
    with pytest.raises(SurveyClosed):
        life.answered(NO)


def test_there_is_nothing_to_judge_about_a_content_citizen() -> None:
    with pytest.raises(TransitionNotAllowed):
        reviewed(closed(), "dissatisfaction", "unreasonable")


def test_the_second_not_resolved_brings_in_the_superior_and_a_reviewer() -> None:
    life = asked().answered(NO)
    assert life.case.open_sides == {}
    life.resolved().surveying().answered(NO, number=2)
    assert {side.kind for side in life.case.open_sides.values()} == {SideKind.ESCALATION, SideKind.REVIEW}
    assert life.case.under_review("dissatisfaction")
    life.resolved().surveying().answered(NO, number=3)
    assert [side.kind for side in life.case.open_sides.values()].count(SideKind.REVIEW) == 1


def test_a_confirmed_suspicion_demands_an_answer_while_the_order_is_open_and_never_counts() -> None:
    life = asked().answered(NO)
    reviewed(life, "suspicion", "confirmed", asker=SYSTEM)
    assert SideKind.SUPERVISION in {side.kind for side in life.case.open_sides.values()}
    done = closed()
    reviewed(done, "suspicion", "confirmed", asker=SYSTEM)
    assert net(done) == net(closed())


def test_an_agency_does_not_report_suspicions() -> None:
    with pytest.raises(Forbidden):
        reviewed(closed(), "suspicion", "confirmed")


# --- when and how citizens are asked -----------------------------------------------------------------


def test_who_does_not_answer_the_message_is_called_once_and_only_who_left_a_number() -> None:
    life = asked(keeper(PHONED))
    assert life.case.next_timer() == (life.now - timedelta(minutes=1) + timedelta(days=1), "survey.call")
    life.passing(days=1).swept()
    (call,) = life.case.open_sides.values()
    assert (call.kind, call.agency_id) == (SideKind.CALLBACK, CALLBACKS)
    life.passing(hours=1).swept()
    assert len(life.case.open_sides) == 1
    anonymous = Life(timekeeper=keeper(PHONED)).dispatched().acknowledged().contacted().resolved().surveying()
    timer = anonymous.case.next_timer()
    assert timer is not None
    assert timer.kind == "survey.expire"


def test_an_answer_by_link_makes_the_call_needless() -> None:
    life = asked(keeper(PHONED)).passing(days=1).swept().answered(YES)
    assert life.case.idle_sides() == [2]


def test_what_an_operator_hears_is_the_citizens_word_and_says_so() -> None:
    life = asked(keeper(PHONED)).passing(days=1).swept()
    life.case.answer_survey(
        1, YES, None, at=life.now, command_id="c", by=OPERATOR, timekeeper=life.timekeeper, how="phone"
    )
    closing = life.case.events[-1]
    assert (closing.actor, closing.facts["how"], closing.facts["answers"]) == (
        "operator:op-7",
        "phone",
        "yyy",
    )


def test_where_the_policy_waits_for_the_limit_the_citizen_is_asked_then() -> None:
    waiting = keeper(SurveyPolicy(plans={"*": SurveyPlan(trigger="limit")}))
    life = Life(timekeeper=waiting).dispatched().acknowledged().contacted()
    due_at = life.case.clocks["handling"].due_at
    life.case.resolve("n", by=OFFICER, at=life.now, command_id="r", ask_at=due_at)
    assert life.case.next_timer() == (due_at, "survey.open")
    assert codec.decode(codec.encode(citing(life.case))).ask_at == due_at
    life.until(due_at).swept()
    assert (life.case.status, life.names[-1]) == (Status.SURVEYING, "SurveyOpened")


def test_a_second_call_is_made_by_another_operator() -> None:
    life = asked(keeper(PHONED)).passing(days=1).swept()
    life.case.answer_survey(
        1, YES, None, at=life.now, command_id="c", by=OPERATOR, timekeeper=life.timekeeper, how="phone"
    )
    side = life.case.verify_answer(at=life.now, command_id="v", timekeeper=life.timekeeper)
    until = life.now + timedelta(minutes=15)
    with pytest.raises(TransitionNotAllowed):
        side.claim(until, by=OPERATOR, at=life.now, command_id="claim")
    other = Actor(role=Role.OPERATOR, subject="op-8")
    side.claim(until, by=other, at=life.now, command_id="claim")
    side.attempt("no_answer", until + timedelta(hours=2), by=other, at=life.now, command_id="try")
    citing(life.case)
    kept = side_codec.decode(side_codec.encode(side))
    assert (kept.attempts, kept.next_at, kept.terms) == (1, side.next_at, side.terms)
    assert SideKind.VERIFICATION in {each.kind for each in life.case.open_sides.values()}
    assert 3 not in life.case.idle_sides()


def test_silence_is_not_verified() -> None:
    life = asked().passing(days=8).swept()
    assert life.case.status is Status.CLOSED
    with pytest.raises(TransitionNotAllowed):
        life.case.verify_answer(at=life.now, command_id="v", timekeeper=life.timekeeper)
