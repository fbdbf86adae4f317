"""督: a reviewer judges an exclusion, a dissatisfaction or a suspicion (剔除、复核; 条例 Art 32, 35)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from hotline.domain.answers import ReviewPage, ReviewRow
from hotline.domain.appeal import Note, Text
from hotline.domain.errors import Forbidden, NotFound, VersionConflict
from hotline.domain.model import Frozen
from hotline.domain.side_orders import VERDICTS, SideCommand, SideKind, Verdict, reviewers_of
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.use_cases.change_case import change_case
from hotline.use_cases.notes import keep_note

if TYPE_CHECKING:
    from hotline.domain.actor import Actor
    from hotline.domain.case import Case
    from hotline.domain.directory import Directories
    from hotline.domain.side_orders import SideOrder
    from hotline.ports import CaseLists, Cases, InboxRow, WordsStore
    from hotline.ports import Clock as Now


class Judge(Frozen):
    """The finding and its reasons. The agency reads them."""

    verdict: Verdict
    text: Text


def list_reviews(
    about: str, *, limit: int, after: str | None, cases: Cases, lists: CaseLists, now: datetime
) -> ReviewPage:
    """Open reviews of a subject, the most urgent first."""
    page = lists.inbox(reviewers_of(about), limit, after)
    sides = cases.sides([row.order_id for row in page.rows]) if page.rows else []
    found = {side.work_order_id: side for side in sides}
    return ReviewPage(
        reviews=tuple(_row(row, found[row.order_id], now) for row in page.rows if row.order_id in found),
        next=page.next,
    )


def judge_review(
    appeal_id: str,
    order_id: str,
    command: Judge,
    *,
    by: Actor,
    command_id: str,
    expected_version: int | None,
    cases: Cases,
    words: WordsStore,
    directories: Directories,
    now: Now,
) -> SideOrder:
    """Record the finding and what follows from it, in one transaction.

    Args:
        expected_version: of the review, as it was seen.

    Raises:
        NotFound: there is no such review.
        Forbidden: a district is scored on what it would judge.
        TransitionNotAllowed: it was judged before, the verdict does not fit, or the caller asked for it.
        VersionConflict: the review is not at ``expected_version``.
    """
    if by.district is not None:
        raise Forbidden(by.role.value, SideCommand.JUDGE.value)

    def act(case: Case, at: datetime) -> None:
        side = cases.side(order_id)
        if side.kind is not SideKind.REVIEW:
            raise NotFound("review")
        if expected_version is not None and side.version != expected_version:
            raise VersionConflict(side.version)
        case.judge(
            side,
            command.verdict,
            command_id,
            by=by,
            at=at,
            command_id=command_id,
            timekeeper=PolicyTimekeeper.of(directories.current()),
        )
        note = Note(note_id=command_id, by=by.signature, at=at, text=command.text)
        keep_note(case, note, words, side)

    change_case(appeal_id, command_id, act, cases=cases, now=now)
    return cases.side(order_id)


def _row(row: InboxRow, side: SideOrder, now: datetime) -> ReviewRow:
    terms = side.terms
    return ReviewRow(
        work_order_id=side.work_order_id,
        appeal_id=side.appeal_id,
        about=terms["about"],
        asked_by=side.asked_by,
        reason=terms.get("reason"),
        score=terms.get("score"),
        signals=tuple(terms.get("signals", ())),
        verdicts=VERDICTS[terms["about"]],
        due_at=row.due_at,
        overdue=row.due_at < now,
        headline=row.headline,
        service_code=row.service_code,
    )
