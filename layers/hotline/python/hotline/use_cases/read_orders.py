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
    due_of,
)
from hotline.domain.case import Case
from hotline.domain.directory import Directories, Service
from hotline.domain.errors import Forbidden, NotFound
from hotline.domain.lifecycle import Command, commands_for
from hotline.ports import CaseLists, Cases, Deliveries, Page, WordsStore
from hotline.use_cases.follow_appeal import service_name, whole_story


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
        agency_id=case.agency_id,
        copy_to=case.copy_to,
        service=service_name(directory, case.service_code),
        place=said.place,
        text=said.text,
        fields=said.fields,
        contact=said.contact if may_see_contact(by, case, service) else None,
        due=due_of(case),
        return_until=case.return_until,
        allowed=tuple(command.value for command in _commands_of(by, case)),
        events=tuple(
            EventView(number=event.number, name=event.name, at=event.at, actor=event.actor, facts=event.facts)
            for event in whole_story(case, cases)
        ),
        notes=tuple(NoteView(**note.model_dump()) for note in words.notes(appeal_id)),
        deliveries=tuple(
            DeliveryState(event=each.event_id, agency_id=each.agency_id, state=each.state, at=each.at)
            for each in deliveries.of_case(appeal_id)
        ),
    )


def _commands_of(by: Actor, case: Case) -> tuple[Command, ...]:
    """What the caller may do now; a district that only supervises the order does nothing with it."""
    if by.role is Role.AGENCY and by.agency_id != case.agency_id:
        return ()
    return commands_for(case.status, by.role)


def may_see(by: Actor, case: Case) -> None:
    """Row-level rights: an agency its own orders and copies, a district supervisor the district's.

    Raises:
        NotFound: as if the order did not exist.
    """
    if by.role is Role.AGENCY and by.agency_id not in (case.agency_id, case.copy_to):
        raise NotFound("work order")
    if by.role is Role.SUPERVISOR and by.district is not None and by.district != case.district:
        raise NotFound("work order")


def may_see_contact(by: Actor, case: Case, service: Service | None) -> bool:
    """Contacts are for operators, and for the lead agency where the service cannot do without."""
    if by.role is Role.OPERATOR:
        return True
    leads = by.role is Role.AGENCY and by.agency_id == case.agency_id
    return leads and service is not None and service.needs_contact


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
    """An agency's open orders, the most urgent first.

    Raises:
        Forbidden: an agency asks for another agency's inbox, a supervisor for one of another district.
    """
    if by.role is Role.AGENCY and by.agency_id != agency_id:
        raise Forbidden(by.role.value, "read another agency's inbox")
    if by.role is Role.SUPERVISOR and by.district is not None:
        agency = directories.current().agencies.get(agency_id)
        if agency is None or directories.current().district_of(agency.jurisdiction) != by.district:
            raise Forbidden(by.role.value, "read an inbox of another district")
    return page_of(lists.inbox(agency_id, limit, after), now)


def page_of(page: Page, now: datetime) -> OrderPage:
    """Rows as the API shows them; ``next`` is still the plain sort key."""
    return OrderPage(
        orders=tuple(
            OrderRow(
                work_order_id=f"{row.appeal_id}.1",
                appeal_id=row.appeal_id,
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
