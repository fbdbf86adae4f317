"""督: what supervisors have to decide, and what is overdue."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hotline.domain.actor import Role
from hotline.domain.answers import OrderPage, RequestPage, RequestRow
from hotline.domain.errors import Forbidden
from hotline.domain.lifecycle import Status
from hotline.use_cases.read_orders import list_orders

if TYPE_CHECKING:
    from hotline.domain.actor import Actor
    from hotline.domain.directory import Directories
    from hotline.domain.side_orders import SideOrder
    from hotline.ports import CaseLists, Cases, InboxRow


def inbox_of(by: Actor, district: str | None, directories: Directories) -> str:
    """Whose requests are meant: those of the caller's district, or the city's; the city may name a district.

    Raises:
        Forbidden: a district's supervisor names another district.
    """
    if by.role is Role.SUPERVISOR and by.district is not None and district not in (None, by.district):
        raise Forbidden(by.role.value, "read the requests of another district")
    return directories.current().supervisors_of(district or by.district)


def list_requests(
    inbox: str, *, limit: int, after: str | None, cases: Cases, lists: CaseLists, now: datetime
) -> RequestPage:
    """Open requests for more time, the most urgent first, with what exactly is asked."""
    page = lists.inbox(inbox, limit, after)
    sides = cases.sides([row.order_id for row in page.rows]) if page.rows else []
    found = {side.work_order_id: side for side in sides}
    return RequestPage(
        requests=tuple(_row(row, found[row.order_id], now) for row in page.rows if row.order_id in found),
        next=page.next,
    )


def list_overdue(
    agency_id: str,
    *,
    by: Actor,
    limit: int,
    after: str | None,
    lists: CaseLists,
    directories: Directories,
    now: datetime,
) -> OrderPage:
    """An agency's orders whose limit has passed, the longest overdue first; a hold is not overdue.

    Raises:
        Forbidden: the agency is of another district than the supervisor's.
    """
    page = list_orders(
        agency_id, by=by, limit=limit, after=after, lists=lists, directories=directories, now=now
    )
    all_overdue = bool(page.orders) and page.orders[-1].overdue
    return OrderPage(
        orders=tuple(row for row in page.orders if row.overdue and row.status != Status.ON_HOLD),
        next=page.next if all_overdue else None,
    )


def _row(row: InboxRow, side: SideOrder, now: datetime) -> RequestRow:
    terms = side.terms
    return RequestRow(
        work_order_id=side.work_order_id,
        appeal_id=side.appeal_id,
        kind=side.kind.value,
        asked_by=side.asked_by,
        amount=terms.get("amount"),
        unit=terms.get("unit"),
        until=datetime.fromtimestamp(terms["until"], UTC) if "until" in terms else None,
        citizen_told=terms.get("told"),
        due_at=row.due_at,
        overdue=row.due_at < now,
        headline=row.headline,
        service_code=row.service_code,
    )
