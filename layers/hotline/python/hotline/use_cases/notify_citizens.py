"""Tell the citizen that the survey is open, by the contact that was left."""

from __future__ import annotations

from contextlib import suppress

from hotline.domain.appeal import Contact, Language
from hotline.domain.case import Case
from hotline.domain.errors import HotlineError, Unavailable
from hotline.domain.events import Envelope
from hotline.domain.identifiers import spoken
from hotline.domain.lifecycle import Status
from hotline.domain.messages import MessageRefused
from hotline.domain.phrases import SURVEY_MESSAGE
from hotline.domain.tokens import SurveyRef, Tokens
from hotline.ports import Cases, Message, Messenger, OnceOnly, SealedWords, WordsStore
from hotline.ports import Clock as Now


class BeingSent(HotlineError):
    """Another worker is sending this message, or died at it; tried again when its lease is over."""

    code = "being-sent"
    status = 409
    retryable = True

    def __init__(self) -> None:
        super().__init__("消息正在发送", "This message is being sent by another worker")


def send_survey_link(
    envelope: Envelope,
    *,
    cases: Cases,
    words: WordsStore,
    sealed: SealedWords,
    messenger: Messenger,
    once: OnceOnly,
    tokens: Tokens,
    survey_url: str,
    now: Now,
) -> bool:
    """Send the link of a survey that is still open; once per survey.

    The link is made here from the stack's key: no token ever lies in an event or a table.

    Returns:
        Whether a message was sent; False for a citizen who cannot be reached or a survey that is over.
    """
    case = cases.get(envelope.appeal_id)
    survey = case.survey
    if case.status is not Status.SURVEYING or survey is None or survey.expires_at <= now():
        return False
    contact, language = _whom(case, words, sealed)
    if contact is None:
        return False
    key = f"survey/{case.appeal_id}/{survey.number}"
    started = once.begin(key, now())
    if started == "done":
        return False
    if started == "busy":
        raise BeingSent
    token = tokens.survey_token(SurveyRef(case.appeal_id, survey.number))
    phrase = SURVEY_MESSAGE.en if language == "en" else SURVEY_MESSAGE.zh
    page = f"{token}?lang={language}" if language != case.language else token
    text = phrase.format(number=spoken(case.appeal_id), link=f"{survey_url}/{page}")
    try:
        messenger.send(Message(to=contact, text=text, key=key, language=language))
        sent = True
    except MessageRefused:
        # No way to reach this person by this supplier: the survey stays open for number and key.
        sent = False
    # It is settled. If that cannot be noted, coming back would send it a second time.
    with suppress(Unavailable):
        once.finish(key, now())
    return sent


def _whom(case: Case, words: WordsStore, sealed: SealedWords) -> tuple[Contact | None, Language]:
    """Whom to write to, and in which language: an informant's stands only in the sealed statement."""
    if case.confidential:
        statement = sealed.statement(case.appeal_id)
        return statement.words.contact, statement.language
    return words.words(case.appeal_id).contact, case.language
