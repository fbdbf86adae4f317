"""What citizens decide about messages, and what staff see of them."""

from __future__ import annotations

from datetime import datetime

from hotline.domain.actor import Actor
from hotline.domain.model import Frozen
from hotline.domain.notices import NoticeState
from hotline.domain.tokens import Tokens
from hotline.ports import Cases, Notices, OptOuts, SealedWords, WordsStore
from hotline.ports import Clock as Now
from hotline.use_cases.open_case import open_case
from hotline.use_cases.rights import may_see


class ChooseNotices(Frozen):
    """Whether the citizen wants messages, about this and every other appeal under the same contact."""

    wanted: bool


class NoticesChosen(Frozen):
    """Whether messages are sent; an appeal without a contact gets none. Number and key always work."""

    wanted: bool


class NoticeView(Frozen):
    """How far one notice is."""

    notice: str
    event: str
    state: NoticeState
    attempts: int
    supplier: str | None
    reason: str | None
    created_at: datetime
    at: datetime
    next_at: datetime | None


class NoticeList(Frozen):
    """The notices of an appeal, oldest first; neither to whom nor in which words."""

    notices: tuple[NoticeView, ...]


def choose_notices(
    number: str,
    secret_key: str,
    command: ChooseNotices,
    *,
    cases: Cases,
    words: WordsStore,
    sealed: SealedWords,
    opt_outs: OptOuts,
    tokens: Tokens,
    now: Now,
) -> NoticesChosen:
    """Remember for the appeal's contact whether it wants messages; only its keyed index is kept."""
    case = open_case(number, secret_key, cases)
    kept = sealed.statement(case.appeal_id).words if case.confidential else words.words(case.appeal_id)
    identity = kept.contact.identity if kept.contact else None
    if identity is None:
        return NoticesChosen(wanted=False)
    index = tokens.opt_out_index(identity)
    if command.wanted:
        opt_outs.opt_in(index)
    else:
        opt_outs.opt_out(index, now())
    return NoticesChosen(wanted=command.wanted)


def list_notices(appeal_id: str, *, by: Actor, cases: Cases, notices: Notices) -> NoticeList:
    """The notices of an appeal, for staff who see its order.

    Raises:
        NotFound: no such appeal, or none of the caller's.
    """
    may_see(by, cases.get(appeal_id))
    return NoticeList(
        notices=tuple(
            NoticeView(
                notice=each.code,
                event=each.event,
                state=each.state,
                attempts=each.attempts,
                supplier=each.supplier,
                reason=each.reason,
                created_at=each.created_at,
                at=each.at,
                next_at=each.next_at,
            )
            for each in notices.notices_of(appeal_id)
        )
    )
