"""比对: what a caller is saying beside an earlier appeal, before anything is registered (条例 Art 11(3))."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated

from pydantic import StringConstraints

from hotline.domain.answers import TimelineEntry
from hotline.domain.appeal import Text
from hotline.domain.errors import InvalidInput, NotFound
from hotline.domain.identifiers import same, token
from hotline.domain.model import Frozen
from hotline.domain.similarity import new_phrases
from hotline.use_cases.compare_appeals import (
    ComparedAppeal,
    ComparisonOutdated,
    earlier_of,
    progress_of,
    side_of,
    supplements,
)

if TYPE_CHECKING:
    from hotline.domain.appeal import RegisterAppeal
    from hotline.domain.case import Case
    from hotline.domain.directory import Directories
    from hotline.domain.tokens import Tokens
    from hotline.ports import Cases, WordsStore


class CompareDraft(Frozen):
    """A caller's words, and the number of the earlier appeal."""

    text: Text
    same_as: Annotated[str, StringConstraints(max_length=40)]


class DraftComparison(Frozen):
    """An earlier appeal as a caller on the telephone is told of it.

    Attributes:
        comparison_id: what the answer ``no_new_facts`` must carry; void once the words or the earlier appeal
            change.
        new_phrases: what the caller says and the earlier appeal does not: possible new facts.
        progress: how far the earlier one is, or how it ended.
    """

    comparison_id: str
    earlier: ComparedAppeal
    new_phrases: tuple[str, ...]
    progress: tuple[TimelineEntry, ...]


def compare_draft(
    draft: CompareDraft, *, cases: Cases, words: WordsStore, directories: Directories, tokens: Tokens
) -> DraftComparison:
    """Show what is new in a caller's words, and what there is to tell.

    Raises:
        NotFound: the earlier one is unknown, or is a confidential report: those are compared with nothing.
    """
    earlier = earlier_of(draft.same_as, cases)
    if earlier.confidential:
        raise NotFound("appeal")
    said, notes = words.words(earlier.appeal_id), words.notes(earlier.appeal_id)
    return DraftComparison(
        comparison_id=_comparison_id(draft.text, earlier, tokens),
        earlier=side_of(earlier, said, notes, directories.current()),
        new_phrases=new_phrases("\n".join([said.text, *supplements(notes)]), draft.text),
        progress=progress_of(earlier, notes, cases),
    )


def check_draft(
    comparison_id: str, command: RegisterAppeal, earlier_number: str, *, cases: Cases, tokens: Tokens
) -> None:
    """Hold "no new facts" against the comparison that was shown to the operator.

    Raises:
        InvalidInput: there is no appeal of that number; or what is said is confidential.
        ComparisonOutdated: these words were not compared with it, or either has changed since.
    """
    if command.confidential:
        raise InvalidInput.field("answer", "保密举报不与其他诉求比对", "is not for a confidential report")
    try:
        earlier = earlier_of(earlier_number, cases)
    except NotFound:
        raise InvalidInput.field("same_as", "没有这个编号的诉求", "is not the number of an appeal") from None
    if earlier.confidential or not same(_comparison_id(command.text, earlier, tokens), comparison_id):
        raise ComparisonOutdated


def _comparison_id(text: str, earlier: Case, tokens: Tokens) -> str:
    draft = token(hashlib.sha256(text.encode()).digest())
    return tokens.comparison_id((f"draft/{draft}", 0), (earlier.appeal_id, earlier.version))
