"""Open311: keep what everybody may read, off the path of whoever reports or handles.

What is kept of a request never changes with its state, so it is written when somebody has decided what it is
about, and never again unless that decision changes. How far it is stays in the case, and is read from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from hotline.domain.case import Case
from hotline.domain.directory import Directories, Directory
from hotline.domain.errors import HotlineError, NotFound
from hotline.domain.events import Envelope, Event
from hotline.domain.open311.requests import (
    SHOWN_FROM,
    UPDATES,
    PublicUpdate,
    is_public,
    owner_of,
    public_events,
    public_request,
    public_update,
)
from hotline.ports import Cases, PublicRequests, RepliedWords

TOLD = SHOWN_FROM | UPDATES.keys()
"""The events that change what everybody may read."""


def keep_public_requests(
    envelopes: Sequence[Envelope],
    *,
    cases: Cases,
    words: RepliedWords,
    requests: PublicRequests,
    directories: Directories,
) -> dict[str, HotlineError]:
    """Keep requests that are shown from now on, and updates of those that are.

    A second delivery writes the same again.

    Returns:
        What failed, by event id.
    """
    told = [each for each in envelopes if each.name in TOLD]
    directory = directories.current()
    found = cases.get_many([each.appeal_id for each in told])
    concerned = {case_id: case for case_id, case in found.items() if is_kept(case, directory)}
    begun = {each.appeal_id for each in told if each.name in SHOWN_FROM} & concerned.keys()
    said = words.words_of(sorted(begun))
    for case_id, given in said.items():
        case = concerned[case_id]
        requests.keep_request(public_request(case, given, directory), case.version)
    requests.keep_updates(list(_updates(told, concerned, words)))
    return {each.event_id: NotFound("appeal") for each in told if each.appeal_id not in found}


def is_kept(case: Case, directory: Directory) -> bool:
    """Whether anything is kept: it is for everybody, or for the app that has sent it."""
    return not case.confidential and (is_public(case, directory) or owner_of(case) is not None)


def updates_of(case: Case, words: RepliedWords) -> list[PublicUpdate]:
    """Every update of a case that it still holds."""
    return list(_told(case, public_events(case), words))


def _updates(
    told: Iterable[Envelope], cases: Mapping[str, Case], words: RepliedWords
) -> Iterator[PublicUpdate]:
    numbers: dict[str, set[int]] = {}
    for envelope in told:
        if envelope.name in UPDATES and envelope.appeal_id in cases:
            numbers.setdefault(envelope.appeal_id, set()).add(int(envelope.event_id.partition(":")[2]))
    for case_id, wanted in numbers.items():
        case = cases[case_id]
        yield from _told(case, (event for event in public_events(case) if event.number in wanted), words)


def _told(case: Case, events: Iterable[Event], words: RepliedWords) -> Iterator[PublicUpdate]:
    chosen = list(events)
    cited = [(case.appeal_id, event.facts["note"]) for event in chosen if event.name == "AppealSupplemented"]
    notes = words.notes_of(cited) if cited else {}
    for event in chosen:
        note = notes.get((case.appeal_id, event.facts.get("note", "")))
        yield public_update(event, case.appeal_id, note.text if note else None)
