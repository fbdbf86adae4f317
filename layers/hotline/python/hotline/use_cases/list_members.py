"""并单: whose appeals one order handles, for the agency that holds it and for the hotline."""

from __future__ import annotations

from datetime import datetime

from hotline.domain.actor import Actor
from hotline.domain.appeal import Contact, Place
from hotline.domain.directory import Directories
from hotline.domain.model import Frozen
from hotline.ports import CaseLists, Cases, WordsStore
from hotline.use_cases.rights import may_see, may_see_contact


class Member(Frozen):
    """An appeal that is handled together with another; the contact only where the service needs it."""

    appeal_id: str
    registered_at: datetime
    headline: str
    text: str
    place: Place | None = None
    contact: Contact | None = None


class Members(Frozen):
    """Those that wait for the order's result, a page from the first registered on; ``members`` counts all."""

    members: int
    appeals: tuple[Member, ...]


def list_members(
    appeal_id: str,
    *,
    by: Actor,
    cases: Cases,
    lists: CaseLists,
    words: WordsStore,
    directories: Directories,
) -> Members:
    """The appeals that joined an order.

    Raises:
        NotFound: there is no such order, or it is not the caller's to see.
    """
    leader = cases.get(appeal_id)
    may_see(by, leader)
    page = next(lists.members(appeal_id), [])
    joined, said = cases.get_many(page), words.words_of(page)
    services = directories.current().services
    service = services.get(leader.service_code) if leader.service_code else None
    shows_contact = may_see_contact(by, leader, service)
    return Members(
        members=leader.members,
        appeals=tuple(
            Member(
                appeal_id=each,
                registered_at=joined[each].registered_at,
                headline=joined[each].headline,
                text=said[each].text,
                place=said[each].place,
                contact=said[each].contact if shows_contact else None,
            )
            for each in page
            if each in joined and each in said
        ),
    )
