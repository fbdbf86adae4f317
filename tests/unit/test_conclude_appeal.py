"""派: what is not for handling: told, asked about, contested, counted (条例 Art 11)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from hotline.adapters.dynamodb import codec
from hotline.domain.answers import AppealStatus
from hotline.domain.conclusions import Conclude
from hotline.domain.errors import Forbidden, InvalidInput, NotFound, TransitionNotAllowed
from hotline.domain.lifecycle import Status
from hotline.domain.phrases import CONCLUDED
from hotline.domain.tokens import SurveyRef
from hotline.ports import OPERATORS
from hotline.use_cases.count_outcomes import count_outcomes, recount
from hotline.use_cases.follow_appeal import track_appeal
from hotline.use_cases.read_scorecards import MonthScores, read_scores
from hotline.use_cases.survey_citizens import AnswerSurvey, show_survey
from tests.unit.builders import ACKNOWLEDGE, CONTACT, HELPER, NOON, OFFICER, RESOLVE, RETURN, Hotline
from tests.unit.builders_desk import EAST_SUPERVISOR, VAGUE, concluded, consulted, decided, referred
from tests.unit.builders_directory import EAST, RIVERSIDE

MONTH = "202603"

TOLD: dict[str, dict[str, Any]] = {
    "answered_at_once": {"text": "周一至周五 9 时至 17 时办理", "knowledge_ref": "kb-1"},
    "legal_route": {"route": "arbitration", "text": "请申请劳动仲裁"},
    "secret": {"text": "涉及他人隐私，不能告知"},
    "outside_duties": {"told": "social", "passed_to": HELPER, "text": "请向行业协会反映"},
    "dissuaded": {"law": "治安管理处罚法", "text": "请勿反复拨打"},
    "emergency_handoff": {
        "number": "119",
        "reference": "张警官 119-017",
        "acknowledged_at": "2026-03-06T11:59:00+08:00",
    },
}
ANSWERS = {
    "yes": AnswerSurvey(contacted=True, resolved=True, satisfied=False),
    "no": AnswerSurvey(contacted=True, resolved=False, satisfied=False, comment="不是这样"),
}


def tracked(hotline: Hotline, appeal_id: str) -> AppealStatus:
    """What the citizen sees."""
    return track_appeal(
        appeal_id,
        hotline.secret_key(appeal_id),
        cases=hotline.cases,
        words=hotline.words,
        sealed=hotline.sealed,
        directories=hotline.directories,
        tokens=hotline.tokens,
        now=hotline.clock,
    )


def asked(hotline: Hotline, appeal_id: str) -> None:
    assert hotline.open_surveys(hotline.event(appeal_id, "AppealConcluded")) == {}


def answered(hotline: Hotline, appeal_id: str, verdict: str | None) -> None:
    """The survey opens, and the citizen answers it or stays silent."""
    asked(hotline, appeal_id)
    survey = hotline.case(appeal_id).survey
    assert survey is not None
    if verdict is None:
        hotline.clock.at = survey.expires_at
        hotline.sweep()
    else:
        token = hotline.tokens.survey_token(SurveyRef(appeal_id, survey.number))
        hotline.answer(token, ANSWERS[verdict])


def scores(hotline: Hotline, district: str = "city") -> MonthScores:
    """What is shown after every closing was counted, and counted again from the stored cases."""
    closings = [event for event in hotline.events() if event.name == "WorkOrderClosed"]
    count_outcomes(closings, tallies=hotline.tallies, directories=hotline.directories)
    histories = [(each, hotline.case(each).events) for each in hotline.cases.items if "." not in each]
    assert recount(histories, hotline.directories.current()) == hotline.tallies.tallies
    return read_scores(MONTH, district, tallies=hotline.tallies, directories=hotline.directories)


# --- told ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", TOLD)
def test_each_conclusion_keeps_its_facts_as_codes_and_its_words_as_a_note(outcome: str) -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    body = TOLD[outcome]
    case = concluded(hotline, appeal_id, outcome=outcome, **body)
    assert (case.status, case.conclusion, case.agency_id) == (Status.RESOLVED, outcome, None)
    facts = case.events[-1].facts
    (note,) = hotline.words.notes(appeal_id)
    for name, value in body.items():
        if name in ("text", "law", "reference"):
            assert value in note.text
            assert value not in str(facts)
        else:
            assert facts[name] == (1772769540 if name == "acknowledged_at" else value)


@pytest.mark.parametrize("outcome", TOLD)
def test_the_citizen_reads_plainly_what_became_of_it(outcome: str) -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    body = TOLD[outcome]
    concluded(hotline, appeal_id, outcome=outcome, **body)
    status = tracked(hotline, appeal_id)
    assert status.conclusion is not None
    assert (status.conclusion.text_zh, status.conclusion.text_en) == CONCLUDED[outcome]
    assert status.timeline[-1].text_zh == CONCLUDED[outcome].zh
    assert "承办单位" not in status.status_zh
    words = (status.conclusion.text, status.timeline[-1].text)
    if outcome == "emergency_handoff":
        assert words == (None, None), "whoever took the call stays between offices"
    else:
        assert all(text is not None and body["text"] in text for text in words)


def test_a_conclusion_ends_what_was_asked_of_others_and_leaves_every_inbox() -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    consulted(hotline, appeal_id, HELPER)
    case = concluded(hotline, appeal_id)
    assert (case.open_sides, case.next_timer()) == ({}, None)
    assert hotline.cases.side(f"{appeal_id}.2").status == "cancelled"
    assert hotline.cases.inbox(OPERATORS, 10, None).rows == []


def test_what_was_returned_can_be_concluded_and_what_an_agency_holds_cannot() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    with pytest.raises(TransitionNotAllowed):
        concluded(hotline, appeal_id)
    hotline.act(appeal_id, RETURN)
    assert concluded(hotline, appeal_id).agency_id is None
    with pytest.raises(TransitionNotAllowed):
        concluded(hotline, appeal_id)


def test_only_the_desk_concludes() -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    with pytest.raises(NotFound):
        concluded(hotline, appeal_id, by=OFFICER)
    with pytest.raises(Forbidden):
        concluded(hotline, appeal_id, by=EAST_SUPERVISOR)


@pytest.mark.parametrize(
    "body",
    [
        {"outcome": "legal_route", "text": "请起诉"},
        {"outcome": "legal_route", "route": "complaint", "text": "请起诉"},
        {"outcome": "outside_duties", "text": "不归我们管"},
        {"outcome": "dissuaded", "text": "请勿再打"},
        {"outcome": "emergency_handoff", "number": "119", "reference": "x"},
        {"outcome": "emergency_handoff", "number": "911", "reference": "x", "acknowledged_at": NOON},
        {
            "outcome": "emergency_handoff",
            "number": "119",
            "reference": "x",
            "acknowledged_at": "2026-03-06T04:00",
        },
        {"outcome": "no_new_facts", "text": "已答复"},
        {"outcome": "secret"},
        {"outcome": "answered_at_once", "text": "答复", "route": "litigation"},
        {"outcome": "refused", "text": "不办"},
    ],
    ids=str,
)
def test_a_conclusion_without_what_the_law_asks_for_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Conclude.model_validate(body)


@pytest.mark.parametrize(
    ("outcome", "changes"),
    [
        ("emergency_handoff", {"acknowledged_at": NOON + timedelta(hours=1)}),
        ("outside_duties", {"passed_to": "nobody"}),
    ],
)
def test_a_fact_that_is_none_is_refused(outcome: str, changes: dict[str, Any]) -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    with pytest.raises(InvalidInput) as refusal:
        concluded(hotline, appeal_id, outcome=outcome, **{**TOLD[outcome], **changes})
    assert [error["field"] for error in refusal.value.facts["errors"]] == list(changes)
    assert hotline.case(appeal_id).status is Status.REGISTERED


def test_a_confidential_report_is_passed_to_nobody_whom_it_is_about_and_its_answer_is_sealed() -> None:
    hotline = Hotline()
    appeal_id = hotline.registered(VAGUE.model_copy(update={"confidential": True, "about_agency": EAST}))
    with pytest.raises(InvalidInput):
        concluded(
            hotline, appeal_id, outcome="outside_duties", told="market", passed_to=RIVERSIDE, text="无关"
        )
    concluded(hotline, appeal_id, outcome="secret", text="您反映的李某情况已收悉")
    assert hotline.words.notes(appeal_id) == []
    conclusion = tracked(hotline, appeal_id).conclusion
    assert conclusion is not None
    assert conclusion.text == "您反映的李某情况已收悉"


# --- asked, and contested --------------------------------------------------------------------------


def test_the_citizen_is_asked_about_the_answer_and_not_about_an_agency() -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    concluded(hotline, appeal_id)
    asked(hotline, appeal_id)
    survey = show_survey(
        hotline.tokens.survey_token(SurveyRef(appeal_id, 1)),
        cases=hotline.cases,
        directories=hotline.directories,
        tokens=hotline.tokens,
        now=hotline.clock,
    )
    assert survey.concluded
    assert not any("承办单位" in question.text_zh for question in survey.questions)


def test_an_accepted_answer_closes_the_appeal() -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    concluded(hotline, appeal_id)
    answered(hotline, appeal_id, "yes")
    event = hotline.case(appeal_id).events[-1]
    assert (event.name, event.facts["conclusion"], event.facts["answers"]) == (
        "WorkOrderClosed",
        "legal_route",
        "yyn",
    )
    assert "agency" not in event.facts


def test_silence_closes_an_answer_that_nobody_contests() -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    concluded(hotline, appeal_id)
    answered(hotline, appeal_id, None)
    assert hotline.names(appeal_id)[-1] == "WorkOrderClosed"


def test_a_contested_answer_is_back_on_the_desk_with_a_limit_of_its_own() -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    concluded(hotline, appeal_id)
    answered(hotline, appeal_id, "no")
    case = hotline.case(appeal_id)
    assert (case.status, case.conclusion, case.contested) == (Status.REGISTERED, None, ("legal_route",))
    assert case.events[-1].facts["answers"] == "ynn"
    assert case.clocks["dispatch"].started_at == hotline.clock()
    assert [row.order_id for row in hotline.cases.inbox(OPERATORS, 10, None).rows] == [appeal_id]
    assert tracked(hotline, appeal_id).conclusion is None
    assert codec.decode(codec.encode(case)).contested == ("legal_route",)


def test_an_agency_that_handles_it_after_all_answers_for_nothing_that_came_before() -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    concluded(hotline, appeal_id)
    answered(hotline, appeal_id, "no")
    case = decided(hotline, appeal_id, agency_id=RIVERSIDE)
    assert (case.reopened, case.last_answers) == (0, None)
    assert case.clocks["handling"].rule_id == "sla-1/general/handling"
    hotline.act(appeal_id, ACKNOWLEDGE)
    hotline.act(appeal_id, CONTACT)
    hotline.act(appeal_id, RESOLVE)
    assert hotline.open_surveys(hotline.event(appeal_id, "WorkOrderResolved")) == {}
    hotline.clock.pass_(days=8)
    hotline.sweep()
    facts = hotline.case(appeal_id).events[-1].facts
    assert (facts["agency"], facts["handled_in_time"], facts["reopened"]) == (RIVERSIDE, 1, 0)
    assert "answers" not in facts


def test_an_answer_may_be_contested_as_often_as_the_hotline_repeats_it() -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    for _ in range(2):
        concluded(hotline, appeal_id)
        answered(hotline, appeal_id, "no")
    concluded(hotline, appeal_id, outcome="answered_at_once", text="已查明，请见附件说明")
    answered(hotline, appeal_id, "yes")
    facts = hotline.case(appeal_id).events[-1].facts
    assert (facts["conclusion"], facts["contested"]) == ("answered_at_once", ["legal_route", "legal_route"])


# --- counted ---------------------------------------------------------------------------------------


def test_conclusions_are_counted_apart_from_agencies_and_told_is_the_sum_of_what_became_of_them() -> None:
    hotline = Hotline()
    for verdict in ("yes", "no", None):
        appeal_id = referred(hotline)
        concluded(hotline, appeal_id)
        answered(hotline, appeal_id, verdict)
        if verdict == "no":
            concluded(hotline, appeal_id, outcome="secret", text="涉及隐私")
            answered(hotline, appeal_id, "yes")
    month = scores(hotline)
    assert (month.agencies, month.total.tally.closed) == ((), 0)
    legal, secret = month.conclusions
    assert (legal.conclusion, legal.told, legal.accepted, legal.contested, legal.unanswered) == (
        "legal_route",
        3,
        1,
        1,
        1,
    )
    assert (secret.conclusion, secret.told, secret.accepted) == ("secret", 1, 1)
    assert (legal.name_zh, legal.name_en) == CONCLUDED["legal_route"]


def test_the_figures_of_a_district_know_nothing_of_conclusions() -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    concluded(hotline, appeal_id)
    answered(hotline, appeal_id, "yes")
    assert scores(hotline, EAST).conclusions == ()


def test_every_conclusion_of_the_law_has_words_for_people() -> None:
    assert set(CONCLUDED) == set(TOLD) | {"no_new_facts"}
