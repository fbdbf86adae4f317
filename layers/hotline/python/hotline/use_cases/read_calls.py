"""访: the operators' list of citizens to be called, and what an operator needs while calling."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

from hotline.domain.answers import SurveyQuestion, survey_questions
from hotline.domain.calls import CallTimes, attempts_of, speaks
from hotline.domain.errors import NotFound
from hotline.domain.model import Frozen
from hotline.domain.orders import ServiceName
from hotline.domain.side_orders import CALLBACKS, SideKind, SideOrder
from hotline.use_cases.call_citizens import call_of, language_of
from hotline.use_cases.whole_story import whole_story

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hotline.domain.actor import Actor
    from hotline.domain.appeal import Note, Words
    from hotline.domain.case import Case
    from hotline.domain.directory import Directories, Directory
    from hotline.domain.events import Event
    from hotline.ports import CaseLists, Cases, InboxRow, WordsStore

CallKind = Literal["callback", "verification"]

_ANSWERS = frozenset({"WorkOrderResolved", "AppealConcluded"})


class CallsOf(NamedTuple):
    """Which calls are wanted.

    Attributes:
        language: only those that need it; None: those that the operator's token lists, or all.
        all: also what others have taken, and what is not due yet.
    """

    kind: CallKind | None = None
    language: str | None = None
    all: bool = False


class CallRow(Frozen):
    """A citizen to be called; ``mine`` when the caller has taken the call.

    Attributes:
        call_from: not before then.
        due_at: until when somebody should have called.
    """

    work_order_id: str
    appeal_id: str
    kind: str
    language: str
    call_from: datetime
    due_at: datetime
    attempts: int
    mine: bool
    claimed_until: datetime | None = None
    headline: str
    service_code: str | None = None


class CallPage(Frozen):
    """Some calls, by when they may be made; send ``next`` as ``cursor`` for more."""

    calls: tuple[CallRow, ...]
    next: str | None = None


class AttemptView(Frozen):
    """An earlier call."""

    at: datetime
    outcome: str
    by: str


class Answered(Frozen):
    """What the citizen was told: by an agency, or by the hotline itself when no agency is named."""

    at: datetime
    agency_id: str | None = None
    agency_zh: str | None = None
    agency_en: str | None = None
    text: str | None = None


class CallView(Frozen):
    """What an operator needs while calling; of a second call not what was answered the first time.

    Attributes:
        name, phone: shown only to the operator who has taken the call, for as long as it is theirs.
        expires_at: until when a survey can be answered.
        handled_with: the appeal that it was handled together with; the answer stands there.
    """

    work_order_id: str
    appeal_id: str
    kind: str
    status: str
    version: int
    language: str
    call_from: datetime
    claimed_until: datetime | None = None
    name: str | None = None
    phone: str | None = None
    appeal_type: str
    service: ServiceName | None = None
    registered_at: datetime
    text: str
    handled_with: str | None = None
    answered: Answered | None = None
    expires_at: datetime | None = None
    questions: tuple[SurveyQuestion, ...]
    attempts: tuple[AttemptView, ...]


def list_calls(
    wanted: CallsOf,
    *,
    by: Actor,
    limit: int,
    after: str | None,
    cases: Cases,
    lists: CaseLists,
    directories: Directories,
    now: datetime,
) -> CallPage:
    """The calls to be made, the one that may be made first at the top.

    What somebody else has taken, what is not due yet and what needs a language that the operator does not
    speak is left out, so a page may be shorter than its limit.
    """
    page = lists.inbox(CALLBACKS, limit, after)
    sides = cases.sides([row.order_id for row in page.rows]) if page.rows else []
    found = {side.work_order_id: side for side in sides}
    times = CallTimes.of(directories.current())
    rows = [
        _row(row, side, times, by, now)
        for row in page.rows
        if (side := found.get(row.order_id)) is not None and not side.status.ended
    ]
    nothing_due_follows = not wanted.all and bool(page.rows) and page.rows[-1].due_at > now
    return CallPage(
        calls=tuple(row for row in rows if _is_wanted(row, wanted, by, now)),
        next=None if nothing_due_follows else page.next,
    )


def show_call(
    order_id: str,
    *,
    by: Actor,
    cases: Cases,
    words: WordsStore,
    directories: Directories,
    now: datetime,
) -> CallView:
    """One call with the appeal, what was answered, and the questions to ask.

    Raises:
        NotFound: there is no such call.
    """
    side = call_of(order_id, cases)
    case = cases.get(side.appeal_id)
    if case.confidential:
        raise NotFound("call")
    directory = directories.current()
    said = words.words(case.appeal_id)
    person = _contact(side, said, by, now)
    concluded = case.conclusion is not None
    return CallView(
        work_order_id=side.work_order_id,
        appeal_id=case.appeal_id,
        kind=side.kind.value,
        status=side.status.value,
        version=side.version,
        language=language_of(side),
        call_from=CallTimes.of(directory).first_call(side),
        claimed_until=side.claimed_until,
        name=person[0],
        phone=person[1],
        appeal_type=case.appeal_type.value,
        service=ServiceName.of(case, directory),
        registered_at=case.registered_at,
        text=said.text,
        handled_with=case.merged_into,
        answered=_answered(case, whole_story(case, cases), words.notes(case.appeal_id), directory),
        expires_at=case.survey.expires_at if case.survey and side.kind is SideKind.CALLBACK else None,
        questions=survey_questions(directory.survey.wording(case.appeal_type, concluded=concluded)),
        attempts=tuple(AttemptView(**attempt._asdict()) for attempt in attempts_of(side)),
    )


def _row(row: InboxRow, side: SideOrder, times: CallTimes, by: Actor, now: datetime) -> CallRow:
    taken = side.claimed_until is not None and now < side.claimed_until
    return CallRow(
        work_order_id=side.work_order_id,
        appeal_id=side.appeal_id,
        kind=side.kind.value,
        language=language_of(side),
        call_from=max(times.first_call(side), times.open_from(now)),
        due_at=side.clock.due_at,
        attempts=side.attempts,
        mine=taken and side.claimed_by == by.signature,
        claimed_until=side.claimed_until if taken else None,
        headline=row.headline,
        service_code=row.service_code,
    )


def _is_wanted(row: CallRow, wanted: CallsOf, by: Actor, now: datetime) -> bool:
    if wanted.kind not in (None, row.kind):
        return False
    languages = (wanted.language,) if wanted.language else by.languages
    if languages and not speaks(languages, row.language):
        return False
    may_be_made = row.claimed_until is None and row.call_from <= now
    return wanted.all or row.mine or may_be_made


def _contact(side: SideOrder, said: Words, by: Actor, now: datetime) -> tuple[str | None, str | None]:
    """Name and phone for dialling; nothing for whoever has not taken the call."""
    mine = side.claimed_by == by.signature and side.claimed_until is not None and now < side.claimed_until
    if side.status.ended or not mine or said.contact is None:
        return None, None
    return said.contact.name, said.contact.phone


def _answered(
    case: Case, story: Sequence[Event], notes: Sequence[Note], directory: Directory
) -> Answered | None:
    texts = {note.note_id: note.text for note in notes}
    for event in reversed(story):
        if event.name in _ANSWERS:
            concluded = event.name == "AppealConcluded"
            agency = directory.agencies.get(case.agency_id) if case.agency_id and not concluded else None
            return Answered(
                at=event.at,
                agency_id=agency.agency_id if agency else None,
                agency_zh=agency.name_zh if agency else None,
                agency_en=agency.name_en if agency else None,
                text=texts.get(event.facts.get("note", "")),
            )
    return None
