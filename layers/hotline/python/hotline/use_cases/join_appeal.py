"""并单 by the citizen: "others have reported this already" – join them, and keep a number of the own.

A stranger's appeal is shown by its topic, its sub-district, its day and its status: never its words, its
address, its number or its contact. Only what says nearly the same is shown, so nobody learns from it what
neighbours have reported without knowing it already; and the contact that was typed is not looked for,
because the answer would tell whether a number has appeals (FAULTS S44).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from hotline.domain.actor import CITIZEN
from hotline.domain.appeal import Place, RegisterAppeal
from hotline.domain.case import Case
from hotline.domain.directory import Directories
from hotline.domain.errors import HotlineError
from hotline.domain.identifiers import same
from hotline.domain.lifecycle import TRANSITIONS, Command, Status
from hotline.domain.model import Frozen
from hotline.domain.orders import ServiceName
from hotline.domain.tokens import Tokens, command_fingerprint
from hotline.ports import CaseLists, Cases, WordsStore
from hotline.ports import Clock as Now
from hotline.use_cases.change_case import Save, carry_out, save_member
from hotline.use_cases.find_repeats import DraftAppeal, SimilarAppeal, similar_to_draft

OFFERED = 3
"""More would be a list to study; the likeliest are enough."""


class JointOffer(Frozen):
    """An open appeal of somebody else that may be on the same matter.

    Attributes:
        ref: stands for it in this one form; never its number.
        others: how many have joined it already.
    """

    ref: str
    service: ServiceName
    place_zh: str
    place_en: str
    registered_at: datetime
    status_zh: str
    status_en: str
    others: int


def joint_offers(
    draft: RegisterAppeal,
    form_id: str,
    *,
    cases: Cases,
    lists: CaseLists,
    words: WordsStore,
    directories: Directories,
    tokens: Tokens,
    now: Now,
) -> tuple[JointOffer, ...]:
    """What others have reported, for a citizen who is about to report; nothing for a confidential report."""
    directory = directories.current()
    place = directory.jurisdictions.get(draft.place.subdistrict or "") if draft.place else None
    if place is None:
        return ()
    found = _open_and_alike(draft, cases, lists, words, directories, tokens, now)
    return tuple(
        JointOffer(
            ref=tokens.join_ref(each.appeal_id, form_id),
            service=each.service,
            place_zh=place.name_zh,
            place_en=place.name_en,
            registered_at=each.registered_at,
            status_zh=each.status_zh,
            status_en=each.status_en,
            others=each.members,
        )
        for each in found
        if each.service
    )


def join_appeal(
    appeal_id: str,
    draft: RegisterAppeal,
    ref: str,
    form_id: str,
    *,
    cases: Cases,
    lists: CaseLists,
    words: WordsStore,
    directories: Directories,
    tokens: Tokens,
    now: Now,
) -> bool:
    """Let an appeal that was just registered join the one that was shown.

    Whatever stands against it (the other one has ended meanwhile, is done, is somebody else's guess), the
    appeal stays what it is: registered, and handled on its own.

    Returns:
        Whether it is handled together with the other one.
    """
    found = _open_and_alike(draft, cases, lists, words, directories, tokens, now)
    leader_id = next(
        (each.appeal_id for each in found if same(tokens.join_ref(each.appeal_id, form_id), ref)), None
    )
    if leader_id is None:
        return cases.get(appeal_id).merged_into is not None
    command_id = command_fingerprint("join", form_id)

    def act(member: Case, at: datetime) -> Save:
        leader = cases.get(leader_id)
        member.merge_into(leader, by=CITIZEN, at=at, command_id=command_id)
        return partial(save_member, member, leader, cases)

    try:
        carry_out(lambda: cases.get(appeal_id), command_id, act, now=now)
    except HotlineError:
        return False
    return True


def _open_and_alike(
    draft: RegisterAppeal,
    cases: Cases,
    lists: CaseLists,
    words: WordsStore,
    directories: Directories,
    tokens: Tokens,
    now: Now,
) -> Sequence[SimilarAppeal]:
    """The likeliest that lead an open order; a search without the contact."""
    if draft.confidential:
        return ()
    place = draft.place or Place()
    asked = DraftAppeal(text=draft.text, service_code=draft.service_code, place=place)
    similar = similar_to_draft(
        asked, cases=cases, lists=lists, words=words, directories=directories, tokens=tokens, now=now
    )
    open_ones = [each for each in similar.appeals if (Status(each.status), Command.JOIN) in TRANSITIONS]
    return [each for each in open_ones if each.merged_into is None][:OFFERED]
