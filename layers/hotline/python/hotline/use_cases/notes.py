"""Keep the words that an event cites: a reply, a supplement, a comment, reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hotline.domain.appeal import Note
    from hotline.domain.case import Case
    from hotline.domain.side_orders import SideOrder
    from hotline.ports import Notes


def keep_note(order: Case | SideOrder, note: Note, words: Notes, *others: SideOrder) -> None:
    """Keep a note and bind it into the order's history, before the event that cites it is saved.

    A note has the id of its command, so a command that is tried again finds its note there: the one
    that was kept first is what the event cites, whatever the later try says.

    Args:
        others: further orders of the same appeal whose events cite the same words.
    """
    kept = words.add_note(order.appeal_id, note)
    for each in (order, *others):
        each.cite(kept)
