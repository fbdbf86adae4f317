"""访: ask the citizen, and let the answer decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from hotline.domain.actor import CITIZEN
from hotline.domain.answers import SurveyResult, SurveyView, survey_questions
from hotline.domain.appeal import Note, clean_text
from hotline.domain.case import Answers, Case, Survey, SurveyTrigger
from hotline.domain.directory import Directories, Directory
from hotline.domain.errors import HotlineError, NotFound, SurveyClosed, TransitionNotAllowed, VersionConflict
from hotline.domain.events import Envelope
from hotline.domain.lifecycle import Status
from hotline.domain.phrases import STATUS
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.domain.tokens import Tokens, command_fingerprint
from hotline.ports import Cases, SealedWords, WordsStore
from hotline.ports import Clock as Now
from hotline.use_cases.change_case import change_case, save_case
from hotline.use_cases.notes import keep_note


class AnswerSurvey(Answers):
    """The three answers and, if the citizen wishes, words."""

    comment: Annotated[str, StringConstraints(max_length=500), AfterValidator(clean_text)] | None = None


def open_surveys(
    envelopes: Sequence[Envelope], *, cases: Cases, directories: Directories, now: Now
) -> dict[str, HotlineError]:
    """Open a survey for each order that was resolved, or whose handling limit passed (条例 Art 23).

    An event that has been overtaken (withdrawn, already asked) opens nothing, nor one at which the city's
    policy does not ask.

    Returns:
        What failed, by event id.
    """
    loaded = cases.get_many([envelope.appeal_id for envelope in envelopes])
    failed: dict[str, HotlineError] = {}
    unsaved: set[str] = set()
    for envelope in envelopes:
        try:
            # What a failed write has left of a case in memory says nothing about the stored one.
            if envelope.appeal_id in unsaved:
                raise SurveyOvertaken
            _open(envelope, loaded, cases, directories, now)
        except TransitionNotAllowed:
            continue
        except HotlineError as error:
            unsaved.add(envelope.appeal_id)
            failed[envelope.event_id] = error
    return failed


class SurveyOvertaken(HotlineError):
    """The case changed while its survey was being opened; the message comes back."""

    code = "survey-overtaken"
    status = 409
    retryable = True

    def __init__(self) -> None:
        super().__init__("该件刚被更新，稍后重试", "The case has just changed; tried again later")


def show_survey(text: str, *, cases: Cases, directories: Directories, tokens: Tokens, now: Now) -> SurveyView:
    """The questions behind a survey link.

    Raises:
        NotFound: the token is not one of ours.
        SurveyClosed: the survey has expired, or its answer can no longer be changed.
    """
    ref = tokens.read_survey_token(text)
    if ref is None:
        raise NotFound("survey")
    case = cases.get(ref.appeal_id)
    survey = case.survey
    if survey is None or survey.number != ref.number:
        raise SurveyClosed
    directory = directories.current()
    expires_at = _open_until(case, survey, PolicyTimekeeper.of(directory))
    if expires_at is None or now() >= expires_at:
        raise SurveyClosed
    concluded = case.conclusion is not None
    return SurveyView(
        tracking_number=case.appeal_id,
        language=case.language,
        expires_at=expires_at,
        concluded=concluded,
        answered=survey.answered,
        questions=survey_questions(directory.survey.wording(case.appeal_type, concluded=concluded)),
    )


def _open_until(case: Case, survey: Survey, timekeeper: PolicyTimekeeper) -> datetime | None:
    if survey.answered:
        return case.answer_changes_until(timekeeper)
    return survey.expires_at if case.status is Status.SURVEYING else None


def answer_survey(
    text: str,
    answer: AnswerSurvey,
    *,
    cases: Cases,
    words: WordsStore,
    sealed: SealedWords,
    directories: Directories,
    tokens: Tokens,
    now: Now,
) -> SurveyResult:
    """Take the citizen's word; the same answer sent twice is taken once and answered alike.

    Another answer to the same survey replaces the first, as long as the policy's window is open.

    Raises:
        NotFound: the token is not one of ours.
        SurveyClosed: the survey has expired, or its answer can no longer be changed.
    """
    ref = tokens.read_survey_token(text)
    if ref is None:
        raise NotFound("survey")
    # The token makes the fingerprint unguessable: it stands in the timeline, which agencies read.
    command_id = command_fingerprint("answer", tokens.survey_token(ref), answer.model_dump_json())

    def act(case: Case, at: datetime) -> None:
        directory = directories.current()
        note_id = command_id if answer.comment else None
        case.answer_survey(
            ref.number,
            Answers(contacted=answer.contacted, resolved=answer.resolved, satisfied=answer.satisfied),
            note_id,
            at=at,
            command_id=command_id,
            by=CITIZEN,
            timekeeper=PolicyTimekeeper.of(directory),
        )
        if answer.comment:
            note = Note(note_id=command_id, by="citizen", at=at, text=answer.comment)
            keep_note(case, note, sealed if case.confidential else words)

    case = change_case(ref.appeal_id, command_id, act, cases=cases, now=now)
    phrase = STATUS[case.status]
    return SurveyResult(
        tracking_number=case.appeal_id,
        concluded=case.conclusion is not None,
        status=case.status.value,
        status_zh=phrase.zh,
        status_en=phrase.en,
    )


def _open(
    envelope: Envelope, loaded: Mapping[str, Case], cases: Cases, directories: Directories, now: Now
) -> None:
    case = loaded.get(envelope.appeal_id)
    if case is None:
        raise NotFound("appeal")
    command_id = command_fingerprint("survey", envelope.event_id)
    if case.knows(command_id):
        return
    directory = directories.current()
    trigger: SurveyTrigger = "resolved" if case.status is Status.RESOLVED else "limit"
    if not _asks_now(case, trigger, directory):
        return
    timekeeper = PolicyTimekeeper.of(directory)
    case.open_survey(trigger, at=now(), command_id=command_id, timekeeper=timekeeper)
    try:
        save_case(case, cases)
    except VersionConflict as error:
        raise SurveyOvertaken from error


def _asks_now(case: Case, trigger: SurveyTrigger, directory: Directory) -> bool:
    """Whether the policy asks at this moment; about the hotline's own answers always at once."""
    plan = directory.survey.plan(case.appeal_type)
    if trigger == "limit":
        return plan.asks("limit")
    return plan.asks("resolution") or case.conclusion is not None or case.ask_at is None
