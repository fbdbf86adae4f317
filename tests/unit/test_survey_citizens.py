"""访: asking the citizen, and what the answer does."""

from __future__ import annotations

from typing import Any

import pytest

from hotline.domain.answers import SurveyView
from hotline.domain.errors import NotFound, SurveyClosed, Unavailable, VersionConflict
from hotline.domain.lifecycle import Status
from hotline.domain.tokens import SurveyRef
from hotline.use_cases.survey_citizens import AnswerSurvey, SurveyOvertaken, show_survey
from tests.unit.builders import ACKNOWLEDGE, AGENCY, RESOLVE, Hotline
from tests.unit.fakes import refuse


def answer(resolved: bool = True, comment: str | None = None) -> AnswerSurvey:
    return AnswerSurvey(contacted=True, resolved=resolved, satisfied=resolved, comment=comment)


def token(hotline: Hotline, appeal_id: str, number: int = 1) -> str:
    return hotline.tokens.survey_token(SurveyRef(appeal_id, number))


def show(hotline: Hotline, text: str) -> SurveyView:
    return show_survey(
        text,
        cases=hotline.cases,
        directories=hotline.directories,
        tokens=hotline.tokens,
        now=hotline.clock,
    )


def late(hotline: Hotline) -> str:
    """An order that nobody resolved in time."""
    appeal_id = hotline.dispatched()
    hotline.act(appeal_id, ACKNOWLEDGE)
    hotline.clock.pass_(days=8)
    hotline.sweep()
    return appeal_id


# --- opening ---------------------------------------------------------------------------------------


def test_a_resolved_order_opens_a_survey_once() -> None:
    hotline = Hotline()
    appeal_id = hotline.resolved()
    event = hotline.event(appeal_id, "WorkOrderResolved")
    for _ in range(3):
        assert hotline.open_surveys(event, event) == {}
    assert hotline.names(appeal_id).count("SurveyOpened") == 1
    assert hotline.event(appeal_id, "SurveyOpened").data["trigger"] == "resolved"


def test_a_limit_that_passed_opens_a_survey_whichever_breach_comes_first() -> None:
    hotline = Hotline()
    appeal_id = late(hotline)
    breaches = [each for each in hotline.events() if each.name == "ClockBreached"]
    assert len(breaches) == 2
    assert hotline.open_surveys(*breaches) == {}
    assert hotline.names(appeal_id).count("SurveyOpened") == 1
    assert hotline.event(appeal_id, "SurveyOpened").data["trigger"] == "limit"


def test_a_breach_of_another_limit_opens_nothing() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    hotline.clock.pass_(hours=25)
    hotline.sweep()
    breach = hotline.event(appeal_id, "ClockBreached")
    assert breach.data["clock"] == "response"
    assert hotline.open_surveys(breach) == {}
    assert hotline.case(appeal_id).status is Status.DISPATCHED


def test_an_event_that_was_overtaken_opens_nothing() -> None:
    hotline = Hotline()
    appeal_id = hotline.surveying()
    old = hotline.event(appeal_id, "WorkOrderResolved").model_copy(update={"event_id": f"{appeal_id}:99"})
    hotline.answer(token(hotline, appeal_id), answer(resolved=False))
    assert hotline.open_surveys(old) == {}
    assert hotline.case(appeal_id).status is Status.IN_PROGRESS


def test_a_case_that_changes_just_then_comes_back_and_the_others_are_done() -> None:
    hotline = Hotline()
    first, second = hotline.resolved(), hotline.resolved()
    events = [hotline.event(each, "WorkOrderResolved") for each in (first, second)]
    hotline.cases.before_save.append(refuse(VersionConflict(7)))
    failed = hotline.open_surveys(*events)
    assert {event_id: type(error) for event_id, error in failed.items()} == {
        events[0].event_id: SurveyOvertaken
    }
    assert hotline.case(second).status is Status.SURVEYING
    assert hotline.open_surveys(*events) == {}
    assert hotline.case(first).status is Status.SURVEYING


def test_a_failed_write_is_not_mistaken_for_an_open_survey_by_the_next_event() -> None:
    hotline = Hotline()
    late(hotline)
    breaches = [each for each in hotline.events() if each.name == "ClockBreached"][::-1]
    hotline.cases.before_save.append(refuse(Unavailable("dynamodb")))
    failed = hotline.open_surveys(*breaches)
    assert len(failed) == 2
    assert all(error.retryable for error in failed.values())


def test_an_event_without_a_case_is_refused_for_good() -> None:
    hotline = Hotline()
    event = hotline.event(hotline.resolved(), "WorkOrderResolved")
    hotline.cases.items.clear()
    assert isinstance(hotline.open_surveys(event)[event.event_id], NotFound)


# --- the link --------------------------------------------------------------------------------------


def test_the_link_shows_three_questions_in_both_languages() -> None:
    hotline = Hotline()
    appeal_id = hotline.surveying()
    view = show(hotline, token(hotline, appeal_id))
    assert [question.field for question in view.questions] == ["contacted", "resolved", "satisfied"]
    assert all(question.text_zh and question.text_en for question in view.questions)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-1] + ("A" if text[-1] != "A" else "B"),
        lambda text: text.replace(".1.", ".2."),
        lambda text: text.replace(".1.", ".01x."),
        lambda text: text.rpartition(".")[0] + ".",
        lambda text: "0000000000000000C" + text[17:],
        lambda text: text + "\ud83d",
        lambda text: "",
        lambda text: ".." * 1000,
        lambda text: text.replace(".1.", "." + "9" * 4000 + "."),
    ],
)
def test_a_token_that_is_not_ours_opens_nothing_and_reads_nothing(change: Any) -> None:
    hotline = Hotline()
    forged = change(token(hotline, hotline.surveying()))
    reads = hotline.cases.reads
    with pytest.raises(NotFound):
        show(hotline, forged)
    with pytest.raises(NotFound):
        hotline.answer(forged, answer())
    assert hotline.cases.reads == reads


# --- answering -------------------------------------------------------------------------------------


def test_yes_closes() -> None:
    hotline = Hotline()
    appeal_id = hotline.surveying()
    result = hotline.answer(token(hotline, appeal_id), answer(comment="很快，谢谢"))
    assert (result.status, result.status_zh) == ("closed", "已办结")
    assert hotline.words.notes(appeal_id)[-1].text == "很快，谢谢"


def test_the_same_answer_twice_is_taken_once_and_answered_alike() -> None:
    hotline = Hotline()
    for resolved in (True, False):
        appeal_id = hotline.surveying()
        first, second = (
            hotline.answer(token(hotline, appeal_id), answer(resolved, "一句话")) for _ in range(2)
        )
        assert first == second
        assert len([note for note in hotline.words.notes(appeal_id) if note.by == "citizen"]) == 1


def test_an_answer_can_be_changed_for_a_day() -> None:
    hotline = Hotline()
    appeal_id = hotline.surveying()
    hotline.answer(token(hotline, appeal_id), answer())
    assert show(hotline, token(hotline, appeal_id)).answered
    hotline.clock.pass_(hours=23)
    hotline.answer(token(hotline, appeal_id), answer().model_copy(update={"satisfied": False}))
    changed = hotline.cases.get(appeal_id).events[-1]
    assert changed.name == "SurveyAnswerChanged"
    assert changed.facts["was"]["answers"] == "yyy"
    assert changed.facts["now"] == changed.facts["was"] | {"answers": "yyn"}


def test_a_used_link_takes_no_other_answer_after_the_window() -> None:
    hotline = Hotline()
    appeal_id = hotline.surveying()
    hotline.answer(token(hotline, appeal_id), answer())
    hotline.clock.pass_(hours=24)
    with pytest.raises(SurveyClosed):
        hotline.answer(token(hotline, appeal_id), answer(resolved=False))
    with pytest.raises(SurveyClosed):
        show(hotline, token(hotline, appeal_id))


def test_an_expired_link_is_closed_even_before_the_sweep_comes_by() -> None:
    hotline = Hotline()
    appeal_id = hotline.surveying()
    hotline.clock.pass_(days=7)
    with pytest.raises(SurveyClosed):
        show(hotline, token(hotline, appeal_id))
    with pytest.raises(SurveyClosed):
        hotline.answer(token(hotline, appeal_id), answer())
    hotline.sweep()
    with pytest.raises(SurveyClosed):
        hotline.answer(token(hotline, appeal_id), answer())


def test_no_sends_the_order_back_and_the_next_survey_replaces_the_link() -> None:
    hotline = Hotline()
    appeal_id = hotline.surveying()
    old = token(hotline, appeal_id)
    hotline.answer(old, answer(resolved=False, comment="灯还是不亮"))
    case = hotline.case(appeal_id)
    assert (case.status, case.agency_id) == (Status.IN_PROGRESS, AGENCY)
    note = hotline.words.notes(appeal_id)[-1]
    assert (case.events[-1].facts["note"], note.text) == (note.note_id, "灯还是不亮")

    hotline.act(appeal_id, RESOLVE)
    hotline.open_surveys(hotline.event(appeal_id, "WorkOrderResolved"))
    with pytest.raises(SurveyClosed):
        hotline.answer(old, answer())
    assert hotline.answer(token(hotline, appeal_id, 2), answer()).status == "closed"


def test_a_comment_that_could_not_be_kept_leaves_the_survey_open() -> None:
    hotline = Hotline()
    appeal_id = hotline.surveying()
    hotline.words.failures = 1
    with pytest.raises(Unavailable):
        hotline.answer(token(hotline, appeal_id), answer(comment="谢谢"))
    assert hotline.answer(token(hotline, appeal_id), answer(comment="谢谢")).status == "closed"


def test_an_answer_after_a_lost_acknowledgement_is_one_answer() -> None:
    hotline = Hotline()
    appeal_id = hotline.surveying()
    hotline.cases.lose_acknowledgements = 1
    with pytest.raises(Unavailable):
        hotline.answer(token(hotline, appeal_id), answer())
    assert hotline.answer(token(hotline, appeal_id), answer()).status == "closed"
    assert hotline.names(appeal_id).count("WorkOrderClosed") == 1
