"""接: an operator takes a call down, and settles it at once where the law says so (条例 Art 11).

A call that is answered on the telephone is registered and concluded in *one* write: there is no moment in
which the rules could give it to an agency, and a retry after a lost answer finds both.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from hotline.domain.answers import Receipt
from hotline.domain.appeal import Note, RegisterAppeal
from hotline.domain.calls import LanguageTag
from hotline.domain.conclusions import Conclude, NoNewFacts
from hotline.domain.errors import IdempotencyKeyReused, NotFound
from hotline.domain.identifiers import same, tracking_number
from hotline.domain.phrases import CONCLUDED
from hotline.domain.tokens import command_fingerprint
from hotline.use_cases.compare_draft import check_draft
from hotline.use_cases.conclude_appeal import check_facts
from hotline.use_cases.notes import keep_note
from hotline.use_cases.register_appeal import register_appeal

if TYPE_CHECKING:
    from hotline.domain.actor import Actor
    from hotline.domain.case import Case
    from hotline.domain.directory import Directories
    from hotline.domain.tokens import Tokens
    from hotline.ports import Cases, Notes
    from hotline.ports import Clock as Now


class TakeCall(RegisterAppeal):
    """Take a call down.

    Attributes:
        spoken: the language or dialect in which the citizen wants to be called back.
        answer: what the caller was told on the telephone instead of a dispatch; ``no_new_facts`` carries the
            ``comparison_id`` of ``/intake/calls/comparison``.

    Example:
        >>> TakeCall(type="咨询", text="医保卡丢了怎么办", answer={"outcome": "answered_at_once", "text": "…"}).channel
        'phone'
    """

    channel: Literal["phone"] = "phone"
    spoken: LanguageTag | None = None
    answer: Conclude | None = None


class CallTaken(Receipt):
    """What is read out to the caller or sent by text message; ``conclusion`` when it was answered at once."""

    conclusion: str | None = None
    conclusion_zh: str | None = None
    conclusion_en: str | None = None


def take_call(
    command: TakeCall,
    *,
    by: Actor,
    command_key: str,
    cases: Cases,
    words: Notes,
    sealed: Notes,
    directories: Directories,
    tokens: Tokens,
    now: Now,
) -> CallTaken:
    """Register what a caller says and, where it was answered on the telephone, conclude it in the same write.

    Args:
        command_key: the operator's Idempotency-Key: one call, however often it is sent.

    Raises:
        InvalidInput: as ``register_appeal``, or a fact of the answer is not one.
        IdempotencyKeyReused: the same key came with another call.
        ComparisonOutdated: "no new facts" without having compared these words with the earlier appeal.
    """
    caller = by.signature
    appeal_id = tracking_number(tokens.appeal_entropy(caller, command_key))
    directory = directories.current()

    def settle(case: Case, at: datetime) -> None:
        answer = command.answer
        if answer is None or _is_stored(case, cases):
            return
        check_facts(case, answer, directory, at)
        if isinstance(answer.root, NoNewFacts):
            shown, earlier = answer.root.comparison_id, answer.root.same_as
            check_draft(shown, command, earlier, cases=cases, tokens=tokens)
        command_id = command_fingerprint("conclude", appeal_id)
        case.conclude(answer.root.outcome, command_id, answer.facts, by=by, at=at, command_id=command_id)
        note = Note(note_id=command_id, by=by.signature, at=at, text=answer.words)
        keep_note(case, note, sealed if case.confidential else words)

    receipt = register_appeal(
        command,
        by=by,
        caller=caller,
        idempotency_key=command_key,
        cases=cases,
        directories=directories,
        tokens=tokens,
        now=now,
        language_spoken=command.spoken,
        settle=settle,
    )
    told = CONCLUDED[command.answer.root.outcome] if command.answer else None
    return CallTaken(
        **receipt.model_dump(),
        conclusion=command.answer.root.outcome if command.answer else None,
        conclusion_zh=told.zh if told else None,
        conclusion_en=told.en if told else None,
    )


def _is_stored(case: Case, cases: Cases) -> bool:
    """Whether an earlier try has left this very call: then everything was done with it.

    Raises:
        IdempotencyKeyReused: another call was taken under the key; no note may be written to it.
    """
    try:
        stored = cases.get(case.appeal_id)
    except NotFound:
        return False
    if not same(stored.fingerprint, case.fingerprint):
        raise IdempotencyKeyReused
    return True
