"""并单 by itself: what says word for word what an open appeal says is handled together with it (FAULTS S27).

Nothing is dropped: each keeps its number, its notices and its survey, and the first counts them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hotline.domain.actor import SYSTEM
from hotline.domain.case import Case
from hotline.domain.directory import Directory
from hotline.domain.errors import HotlineError, TransitionNotAllowed, VersionConflict
from hotline.domain.lifecycle import TRANSITIONS, Command, Status
from hotline.ports import LISTED_AT_ONCE, CaseLists, Cases, Neighbour
from hotline.ports import Clock as Now

FOLD_WINDOW = timedelta(hours=24)
"""How far back an appeal with the same body is looked for; the same matter next week is told anew."""

PATIENCE = timedelta(minutes=5)
"""How long the first of several equal appeals is waited for until it is dispatched or referred."""

_TRIES = 10
"""Of one leader many workers may want to add members at the same moment; each round one of them can."""


class EarlierBusy(HotlineError):
    """The first of several equal appeals is being decided or changed just now; the message comes back."""

    code = "earlier-busy"
    status = 409
    retryable = True

    def __init__(self) -> None:
        super().__init__(
            "相同的诉求正在处理，稍后重试",
            "An earlier appeal with the same words is being worked on; tried again later",
        )


class Repeats:
    """What a batch of fresh appeals repeats: a query each, two in a flood; the first ones are changed once.

    Args:
        batch: the batch's cases by id, as they become; a failed one must be taken out.
    """

    def __init__(
        self, batch: Mapping[str, Case], *, cases: Cases, lists: CaseLists, directory: Directory, now: Now
    ) -> None:
        self._batch = batch
        self._cases = cases
        self._lists = lists
        self._policies = directory.policies
        self._timezone = ZoneInfo(directory.city.timezone)
        self._now = now
        self._seen: dict[str, Case] = {}
        self._joining: dict[str, list[tuple[Case, str]]] = {}
        self._led_by: dict[str, str] = {}

    def neighbours(self, case: Case, place: tuple[str, str] | None) -> list[Neighbour]:
        """The appeals before this one of the same citizen, else of the same place, within the window.

        In a flood a list is full of what came in the same second. Who is not on it then comes after all
        who are, and what came before that second is asked for as well.

        Args:
            place: sub-district and service; None when they are not known.
        """
        at = case.registered_at
        found = self._listed(case, place, until=at)
        if len(found) == LISTED_AT_ONCE and found[-1].registered_at == at:
            found += self._listed(case, place, until=at - timedelta(seconds=1))
        listed = any(each.appeal_id == case.appeal_id for each in found)
        return [
            each
            for each in found
            if each.appeal_id != case.appeal_id
            and (each.registered_at < at or not listed or each.appeal_id < case.appeal_id)
        ]

    def over_quota(self, case: Case, neighbours: Sequence[Neighbour]) -> bool:
        """Whether this contact has had its share of the day: people look at what comes after it."""
        if case.citizen_index is None:
            return False
        today = self._date(case.registered_at)
        earlier = sum(self._date(each.registered_at) == today for each in neighbours)
        return earlier >= self._policies.daily_quota_per_contact

    def leader_of(self, case: Case, neighbours: Sequence[Neighbour]) -> str | None:
        """The open appeal that an earlier one with the same body is, or is handled with; None without any.

        One that others have joined already stays the first of them.

        Raises:
            EarlierBusy: there is one, and nobody has decided about it yet.
        """
        if case.members:
            return None
        batch = (each.appeal_id for each in self._batch.values() if _age(each) < _age(case))
        ids = dict.fromkeys([*batch, *(each.appeal_id for each in neighbours)])
        twins = [each for each in self._read(ids) if each.fingerprint == case.fingerprint]
        first = dict.fromkeys(
            self._led_by.get(each.appeal_id) or each.merged_into or each.appeal_id
            for each in sorted(twins, key=_age)
        )
        leaders = [each for each in self._read(first) if (each.status, Command.JOIN) in TRANSITIONS]
        decided = [each for each in leaders if not self._is_fresh(each)]
        if leaders and not decided:
            raise EarlierBusy
        return decided[0].appeal_id if decided else None

    def join(self, case: Case, leader: str, command_id: str) -> None:
        """Remember that a fresh appeal is to be handled with another; ``save`` does it."""
        self._led_by[case.appeal_id] = leader
        self._joining.setdefault(leader, []).append((case, command_id))

    def save(self) -> dict[str, HotlineError]:
        """Let the members of each leader join it in one transaction.

        Returns:
            What failed, by the id of the appeal that did not join.
        """
        failed: dict[str, HotlineError] = {}
        for leader, joining in self._joining.items():
            try:
                self._save_group(leader, joining)
            except HotlineError as error:
                failed |= {case.appeal_id: error for case, _ in joining}
        return failed

    def _save_group(self, leader_id: str, joining: Sequence[tuple[Case, str]]) -> None:
        commands = {case.appeal_id: command_id for case, command_id in joining}
        for _ in range(_TRIES):
            loaded = self._cases.get_many([leader_id, *commands])
            leader = loaded.pop(leader_id)
            members = [case for case in loaded.values() if case.status is Status.REGISTERED]
            if not members:
                return
            try:
                for case in members:
                    command_id = commands[case.appeal_id]
                    case.merge_into(leader, by=SYSTEM, at=self._now(), command_id=command_id)
                self._cases.save_together(leader, *members)
                return
            except TransitionNotAllowed as error:
                raise EarlierBusy from error
            except VersionConflict:
                continue
        raise EarlierBusy

    def _listed(self, case: Case, place: tuple[str, str] | None, until: datetime) -> list[Neighbour]:
        since = case.registered_at - FOLD_WINDOW
        if case.citizen_index:
            return self._lists.by_citizen(case.citizen_index, since, until)
        return self._lists.by_place(*place, since, until) if place else []

    def _is_fresh(self, case: Case) -> bool:
        undecided = case.status is Status.REGISTERED and not case.awaits_operator
        return undecided and self._now() - case.registered_at < PATIENCE

    def _date(self, at: datetime) -> str:
        return at.astimezone(self._timezone).date().isoformat()

    def _read(self, ids: Iterable[str]) -> list[Case]:
        """The cases of some ids in their order; each is read once for the batch."""
        ids = list(ids)
        if missing := [each for each in ids if each not in self._batch and each not in self._seen]:
            self._seen |= self._cases.get_many(missing)
        found = (self._batch.get(each) or self._seen.get(each) for each in ids)
        return [case for case in found if case is not None]


def _age(case: Case) -> tuple[datetime, str]:
    return case.registered_at, case.appeal_id
