"""What agencies and staff see of orders."""

from __future__ import annotations

from datetime import datetime

from hotline.domain.actor import Actor, Role
from hotline.domain.answers import (
    DeliveryState,
    EventView,
    NoteView,
    OrderPage,
    OrderRow,
    OrderView,
    SideSummary,
)
from hotline.domain.case import Case
from hotline.domain.directory import Directories
from hotline.domain.errors import Forbidden
from hotline.domain.events import Event
from hotline.domain.orders import Due, ServiceName, limits_of
from hotline.domain.side_orders import SideKind
from hotline.ports import CaseLists, Cases, Deliveries, Page, WordsStore
from hotline.use_cases.rights import (
    commands_of,
    commands_of_side,
    may_see,
    may_see_contact,
    may_see_side,
    needs_contact,
)
from hotline.use_cases.whole_story import whole_story

_HOTLINE_ONLY = frozenset({"InformantRevealed", "EmergencyHandedOff"})
"""Events of a confidential report that agencies do not see: who looked, and what the words made us advise."""

_SIDES = frozenset({"SideOrderOpened", "SideOrderClosed"})


def read_order(
    appeal_id: str,
    *,
    by: Actor,
    cases: Cases,
    words: WordsStore,
    deliveries: Deliveries,
    directories: Directories,
) -> OrderView:
    """One order with everything in time order and what the caller may do now.

    Raises:
        NotFound: there is none, or it is not the caller's to see.
    """
    case = cases.get(appeal_id)
    may_see(by, case)
    said = words.words(appeal_id)
    directory = directories.current()
    service = directory.services.get(case.service_code) if case.service_code else None
    return OrderView(
        work_order_id=case.work_order_id,
        appeal_id=case.appeal_id,
        version=case.version,
        status=case.status.value,
        appeal_type=case.appeal_type.value,
        confidential=case.confidential,
        agency_id=case.agency_id,
        copy_to=case.copy_to,
        service=ServiceName.of(case, directory),
        place=said.place,
        text=said.text,
        fields=said.fields,
        media_url=said.media_url,
        contact=said.contact if may_see_contact(by, case, service) else None,
        due=limits_of(case),
        return_until=case.return_until,
        resumes_at=case.resumes_at,
        allowed=commands_of(by, case, directory),
        events=tuple(
            EventView(number=event.number, name=event.name, at=event.at, actor=event.actor, facts=event.facts)
            for event in whole_story(case, cases)
            if by.role is not Role.AGENCY or not _is_the_hotlines(event, case)
        ),
        notes=tuple(NoteView(**note.model_dump()) for note in words.notes(appeal_id)),
        sides=_sides_of(case, by, cases),
        deliveries=_deliveries_of(appeal_id, deliveries),
    )


def read_side(
    order_id: str,
    *,
    by: Actor,
    cases: Cases,
    words: WordsStore,
    deliveries: Deliveries,
    directories: Directories,
) -> OrderView:
    """One order beside the lead order: what was asked, by when, and what came of it.

    The matter is shown in the words that agencies may read; of what was written later only what belongs
    to this order.

    Raises:
        NotFound: there is none, or it is not the caller's to see.
    """
    side = cases.side(order_id)
    case = cases.get(side.appeal_id)
    directory = directories.current()
    may_see_side(by, side, case, directory)
    said = words.words(side.appeal_id)
    service = directory.services.get(case.service_code) if case.service_code else None
    asked = by.role is Role.AGENCY and by.agency_id == side.agency_id
    shows_contact = by.role is Role.OPERATOR or (asked and needs_contact(side, service))
    cited = {event.facts.get("note") for event in side.events}
    return OrderView(
        work_order_id=side.work_order_id,
        kind=side.kind.value,
        appeal_id=side.appeal_id,
        version=side.version,
        status=side.status.value,
        appeal_type=case.appeal_type.value,
        confidential=case.confidential,
        agency_id=side.agency_id,
        lead_agency_id=case.agency_id,
        asked_by=side.asked_by,
        terms=side.terms,
        staged=side.staged > 0,
        service=ServiceName.of(case, directory),
        place=said.place,
        text=said.text,
        fields=said.fields,
        media_url=said.media_url,
        contact=said.contact if shows_contact else None,
        due=(Due.of(side.clock),),
        allowed=commands_of_side(by, side, directory),
        events=tuple(EventView(**event.model_dump(exclude={"command_id"})) for event in side.events),
        notes=tuple(
            NoteView(**note.model_dump()) for note in words.notes(side.appeal_id) if note.note_id in cited
        ),
        deliveries=_deliveries_of(order_id, deliveries),
    )


def _is_the_hotlines(event: Event, case: Case) -> bool:
    """Whether an event is none of the agencies' business; that citizens are called is not."""
    if event.name in _SIDES and SideKind(event.facts["kind"]).called:
        return True
    return case.confidential and event.name in _HOTLINE_ONLY


def _sides_of(case: Case, by: Actor, cases: Cases) -> tuple[SideSummary, ...]:
    """Every order that there ever was beside the lead order, the latest first; calls for the hotline alone."""
    if not case.sides:
        return ()
    numbers = range(case.sides + 1, 1, -1)
    sides = cases.sides([f"{case.appeal_id}.{number}" for number in numbers])
    latest_first = sorted(sides, key=lambda side: -side.number)
    return tuple(
        SideSummary.of(side) for side in latest_first if by.role is not Role.AGENCY or not side.kind.called
    )


def _deliveries_of(order_id: str, deliveries: Deliveries) -> tuple[DeliveryState, ...]:
    return tuple(
        DeliveryState(event=each.event_id, agency_id=each.agency_id, state=each.state, at=each.at)
        for each in deliveries.of_case(order_id)
    )


def list_orders(
    agency_id: str,
    *,
    by: Actor,
    limit: int,
    after: str | None,
    lists: CaseLists,
    directories: Directories,
    now: datetime,
) -> OrderPage:
    """An agency's open orders, the most urgent first, those asked of it beside a lead order among them.

    Raises:
        Forbidden: an agency asks for another agency's inbox, a supervisor for one of another district.
    """
    if by.role is Role.AGENCY and by.agency_id != agency_id:
        raise Forbidden(by.role.value, "read another agency's inbox")
    if by.role is Role.SUPERVISOR and by.district is not None:
        directory = directories.current()
        agency = directory.agencies.get(agency_id)
        governed = agency is not None and directory.district_of(agency.jurisdiction) == by.district
        if not governed and agency_id != directory.supervisors_of(by.district):
            raise Forbidden(by.role.value, "read an inbox of another district")
    return page_of(lists.inbox(agency_id, limit, after), now)


def page_of(page: Page, now: datetime) -> OrderPage:
    """Rows as the API shows them; ``next`` is still the plain sort key."""
    return OrderPage(
        orders=tuple(
            OrderRow(
                kind=row.kind,
                work_order_id=row.order_id if "." in row.order_id else f"{row.order_id}.1",
                appeal_id=row.order_id.partition(".")[0],
                due_at=row.due_at,
                overdue=row.due_at < now,
                headline=row.headline,
                service_code=row.service_code,
                status=row.status,
            )
            for row in page.rows
        ),
        next=page.next,
    )
