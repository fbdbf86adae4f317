"""比对: two appeals side by side, so that "no new facts" is said by somebody who has seen both (条例 Art 11(3))."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from hotline.domain.answers import TimelineEntry, joint_timeline, timeline_of
from hotline.domain.appeal import Note, Place, Words
from hotline.domain.case import Case
from hotline.domain.directory import Directories, Directory
from hotline.domain.errors import HotlineError, InvalidInput, NotFound
from hotline.domain.identifiers import parse_tracking_number, same
from hotline.domain.model import Frozen
from hotline.domain.orders import ServiceName
from hotline.domain.phrases import STATUS
from hotline.domain.similarity import new_phrases, similarity
from hotline.domain.tokens import Tokens
from hotline.ports import Cases, WordsStore
from hotline.use_cases.find_repeats import ReasonView, likeness_of, reasons_in_words
from hotline.use_cases.whole_story import whole_story


class ComparisonOutdated(HotlineError):
    """No comparison of these two, as they are now, was shown."""

    code = "comparison-outdated"
    title = "Compare again"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            "比对后诉求已有变化或未作比对，请重新比对后再答复",
            "The two appeals were not compared, or one has changed since; compare them again",
        )


class ComparedAppeal(Frozen):
    """One side: what the citizen said, and added later. Never who it was."""

    appeal_id: str
    status: str
    status_zh: str
    status_en: str
    registered_at: datetime
    agency_zh: str | None = None
    agency_en: str | None = None
    service: ServiceName | None = None
    place: Place | None = None
    text: str
    supplements: tuple[str, ...] = ()


class Comparison(Frozen):
    """A later appeal beside an earlier one.

    Attributes:
        comparison_id: what the conclusion ``no_new_facts`` must carry; void once either appeal changes.
        new_phrases: what the later one says and the earlier one does not: possible new facts.
        progress: how far the earlier one is, or how it ended.
    """

    comparison_id: str
    later: ComparedAppeal
    earlier: ComparedAppeal
    score: float
    reasons: tuple[ReasonView, ...]
    new_phrases: tuple[str, ...]
    progress: tuple[TimelineEntry, ...]


def compare_appeals(
    appeal_id: str,
    earlier_number: str,
    *,
    cases: Cases,
    words: WordsStore,
    directories: Directories,
    tokens: Tokens,
) -> Comparison:
    """Show an appeal beside one that was registered before it.

    Raises:
        NotFound: either is unknown, or is a confidential report: those are compared with nothing.
        InvalidInput: the other one is not the earlier one.
    """
    later, earlier = cases.get(appeal_id), earlier_of(earlier_number, cases)
    if later.confidential or earlier.confidential:
        raise NotFound("appeal")
    if later.appeal_id == earlier.appeal_id or earlier.registered_at > later.registered_at:
        raise InvalidInput.field("with", "须为更早登记的诉求", "must have been registered before this one")
    directory = directories.current()
    said = {case.appeal_id: words.words(case.appeal_id) for case in (later, earlier)}
    notes = {case.appeal_id: words.notes(case.appeal_id) for case in (later, earlier)}
    texts = {
        appeal_id: "\n".join([said[appeal_id].text, *supplements(notes[appeal_id])]) for appeal_id in said
    }
    alike = similarity(
        likeness_of(later, said[later.appeal_id].text),
        likeness_of(earlier, said[earlier.appeal_id].text),
        timedelta(days=directory.policies.repeat_window_days),
    )
    return Comparison(
        comparison_id=_comparison_id(later, earlier, tokens),
        later=side_of(later, said[later.appeal_id], notes[later.appeal_id], directory),
        earlier=side_of(earlier, said[earlier.appeal_id], notes[earlier.appeal_id], directory),
        score=alike.score,
        reasons=reasons_in_words(alike.reasons),
        new_phrases=new_phrases(texts[earlier.appeal_id], texts[later.appeal_id]),
        progress=progress_of(earlier, notes[earlier.appeal_id], cases),
    )


def check_comparison(
    comparison_id: str, case: Case, earlier_number: str, *, cases: Cases, tokens: Tokens
) -> None:
    """Hold "no new facts" against the comparison that was shown.

    Args:
        case: the later appeal, as it is before the conclusion.

    Raises:
        InvalidInput: there is no appeal of that number.
        ComparisonOutdated: these two were not compared, or either has changed since.
    """
    try:
        earlier = earlier_of(earlier_number, cases)
    except NotFound:
        raise InvalidInput.field("same_as", "没有这个编号的诉求", "is not the number of an appeal") from None
    if not same(_comparison_id(case, earlier, tokens), comparison_id):
        raise ComparisonOutdated


def _comparison_id(later: Case, earlier: Case, tokens: Tokens) -> str:
    return tokens.comparison_id((later.appeal_id, later.version), (earlier.appeal_id, earlier.version))


def earlier_of(number: str, cases: Cases) -> Case:
    """The appeal of a number that somebody has named.

    Raises:
        NotFound: there is none.
    """
    appeal_id = parse_tracking_number(number)
    if appeal_id is None:
        raise NotFound("appeal")
    return cases.get(appeal_id)


def supplements(notes: Sequence[Note]) -> tuple[str, ...]:
    """What the citizen has added."""
    return tuple(note.text for note in notes if note.by == "citizen")


def side_of(case: Case, said: Words, notes: Sequence[Note], directory: Directory) -> ComparedAppeal:
    """One side of a comparison."""
    agency = directory.agencies.get(case.agency_id) if case.agency_id else None
    phrase = STATUS[case.status]
    return ComparedAppeal(
        appeal_id=case.appeal_id,
        status=case.status.value,
        status_zh=phrase.zh,
        status_en=phrase.en,
        registered_at=case.registered_at,
        agency_zh=agency.name_zh if agency else None,
        agency_en=agency.name_en if agency else None,
        service=ServiceName.of(case, directory),
        place=said.place,
        text=said.text,
        supplements=supplements(notes),
    )


def progress_of(earlier: Case, notes: Sequence[Note], cases: Cases) -> tuple[TimelineEntry, ...]:
    """How far an appeal is, with what happens to the order that it is handled by."""
    entries = timeline_of(whole_story(earlier, cases), {note.note_id: note.text for note in notes})
    if earlier.merged_into is None:
        return entries
    return joint_timeline(entries, cases.get(earlier.merged_into), until=None)
