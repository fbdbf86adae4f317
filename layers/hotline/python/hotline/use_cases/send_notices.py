"""Send one notice: find whom and what again, hand it to a supplier, note what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from hotline.domain.appeal import Contact, Language, Words
from hotline.domain.case import Case
from hotline.domain.directory import Directories, Directory
from hotline.domain.errors import NotFound, Unavailable
from hotline.domain.messages import AnswerLost, MessageInDoubt, MessageRefused
from hotline.domain.notices import (
    Notice,
    NoticeHours,
    NoticeState,
    Surroundings,
    channel_of,
    values,
)
from hotline.domain.tokens import SurveyRef, Tokens
from hotline.ports import Cases, Message, Notices, OptOuts, SealedWords, Supplier, WordsStore
from hotline.ports import Clock as Now


class Reader(NamedTuple):
    """Whom a notice is for; nobody without a contact."""

    contact: Contact | None
    language: Language


class NoticeDesk:
    """Everything that sending needs.

    Args:
        suppliers: in the order in which they are asked; the second when the first is out of reach.
        pages: where the citizens' pages are, without a slash at the end.
        at_night: send at any hour; for trying things out.
    """

    def __init__(
        self,
        *,
        cases: Cases,
        words: WordsStore,
        sealed: SealedWords,
        notices: Notices,
        opt_outs: OptOuts,
        suppliers: Sequence[Supplier],
        directories: Directories,
        tokens: Tokens,
        pages: str,
        at_night: bool,
        now: Now,
    ) -> None:
        self.cases = cases
        self.notices = notices
        self.now = now
        self._words = words
        self._sealed = sealed
        self._opt_outs = opt_outs
        self._suppliers = suppliers
        self._directories = directories
        self._tokens = tokens
        self._pages = pages
        self._at_night = at_night

    @property
    def directory(self) -> Directory:
        """The directory in force."""
        return self._directories.current()

    @property
    def hours(self) -> NoticeHours:
        """When notices go out."""
        return NoticeHours(None) if self._at_night else self.directory.notice_hours

    def readers(self, cases: Iterable[Case]) -> dict[str, Reader]:
        """Whom to write to, by appeal: those who left a contact; an informant's lies sealed."""
        found: dict[str, Reader] = {}
        open_cases = {}
        for case in cases:
            if case.confidential:
                found[case.appeal_id] = self._informant(case)
            else:
                open_cases[case.appeal_id] = case
        said: Mapping[str, Words] = self._words.words_of(list(open_cases)) if open_cases else {}
        for appeal_id, words in said.items():
            found[appeal_id] = Reader(words.contact, open_cases[appeal_id].language)
        return {appeal_id: reader for appeal_id, reader in found.items() if reader.contact is not None}

    def send(self, taken: Notice, case: Case | None, reader: Reader | None) -> Notice:
        """Send a notice that this worker has taken; what became of it is stored and returned.

        A message that is out does not come back because that could not be noted: nobody else may take it
        before its lease is over, and then with the same key.
        """
        became = self._become(taken, case, reader)
        with suppress(Unavailable):
            self.notices.change_notice(became)
        return became

    def _become(self, taken: Notice, case: Case | None, reader: Reader | None) -> Notice:
        at = self.now()
        if case is None or not taken.still_true(case, at):
            return taken.dropped("outdated", at)
        if reader is None or reader.contact is None:
            return taken.dropped("no-contact", at)
        if self._wants_none(reader.contact):
            return taken.dropped("opted-out", at)
        return self._hand_over(taken, self._message(taken, case, reader, reader.contact), at)

    def _hand_over(self, taken: Notice, message: Message, at: datetime) -> Notice:
        name = taken.supplier
        try:
            for supplier in self._in_turn(taken):
                name = supplier.name
                try:
                    supplier.messenger.send(message)
                except AnswerLost:
                    return self._put_off(taken, at, only=name)
                except Unavailable:
                    continue
                return taken.sent(name, at)
        except MessageInDoubt:
            return taken.parked("in-doubt", at).model_copy(update={"supplier": name})
        except MessageRefused:
            return taken.refused(name, at)
        return self._put_off(taken, at, only=None)

    def _put_off(self, taken: Notice, at: datetime, *, only: str | None) -> Notice:
        return taken.put_off(self.hours, self.directory.gives_up_at(taken), at, only=only)

    def _in_turn(self, notice: Notice) -> Sequence[Supplier]:
        """Who may be asked: all, or the one that may have it already."""
        only = [each for each in self._suppliers if each.name == notice.supplier]
        return only or self._suppliers

    def _message(self, notice: Notice, case: Case, reader: Reader, contact: Contact) -> Message:
        around = self._surroundings(case, reader.language)
        text = self.directory.notices.text(notice.code, reader.language, channel_of(contact))
        filled = text.format_map(values(case, around))
        return Message(to=contact, text=filled, key=notice.key, language=reader.language)

    def _surroundings(self, case: Case, language: Language) -> Surroundings:
        directory = self.directory
        agency = directory.agencies.get(case.agency_id) if case.agency_id else None
        service = directory.services.get(case.service_code) if case.service_code else None
        english = language == "en"
        return Surroundings(
            language=language,
            timezone=directory.city.timezone,
            agency=(agency.name_en if english else agency.name_zh) if agency else None,
            service=(service.name_en if english else service.name_zh) if service else None,
            link=self._survey_link(case, language),
            track=f"{self._pages}/track",
        )

    def _survey_link(self, case: Case, language: Language) -> str:
        """Made here from the stack's key: no token ever lies in an event or a table."""
        if case.survey is None:
            return ""
        token = self._tokens.survey_token(SurveyRef(case.appeal_id, case.survey.number))
        page = f"{token}?lang={language}" if language != case.language else token
        return f"{self._pages}/survey/{page}"

    def _informant(self, case: Case) -> Reader:
        try:
            statement = self._sealed.statement(case.appeal_id)
        except NotFound:
            return Reader(None, case.language)
        return Reader(statement.words.contact, statement.language)

    def _wants_none(self, contact: Contact) -> bool:
        identity = contact.identity
        return identity is not None and self._opt_outs.has_opted_out(self._tokens.opt_out_index(identity))


def tally(notices: Iterable[Notice]) -> dict[NoticeState, int]:
    """How many are in each state."""
    counts: dict[NoticeState, int] = {}
    for notice in notices:
        counts[notice.state] = counts.get(notice.state, 0) + 1
    return counts
