"""重复诉求: what ``functions/dispatch/repeats_api.py`` runs with."""

from __future__ import annotations

from hotline.domain.actor import Actor
from hotline.domain.case import Case
from hotline.use_cases import compare_appeals, find_repeats, list_members, merge_appeals
from hotline.wiring.common import cases, directories, now, tokens, words


def similar_to_draft(draft: find_repeats.DraftAppeal) -> find_repeats.SimilarAppeals:
    """Appeals like what a caller is saying."""
    store = cases()
    return find_repeats.similar_to_draft(
        draft,
        cases=store,
        lists=store,
        words=words(),
        directories=directories(),
        tokens=tokens(),
        now=now,
    )


def similar_to_appeal(appeal_id: str) -> find_repeats.SimilarAppeals:
    """Appeals like a registered one."""
    store = cases()
    return find_repeats.similar_to_appeal(
        appeal_id, cases=store, lists=store, words=words(), directories=directories(), now=now
    )


def compare(appeal_id: str, earlier_number: str) -> compare_appeals.Comparison:
    """An appeal beside an earlier one."""
    return compare_appeals.compare_appeals(
        appeal_id,
        earlier_number,
        cases=cases(),
        words=words(),
        directories=directories(),
        tokens=tokens(),
    )


def members(appeal_id: str, by: Actor) -> list_members.Members:
    """The appeals that joined an order."""
    store = cases()
    return list_members.list_members(
        appeal_id, by=by, cases=store, lists=store, words=words(), directories=directories()
    )


def merge(
    appeal_id: str,
    command: merge_appeals.MergeAppeal,
    by: Actor,
    command_id: str,
    expected_version: int | None,
) -> Case:
    """Let an appeal join another."""
    return merge_appeals.merge_appeal(
        appeal_id,
        command,
        by=by,
        command_id=command_id,
        expected_version=expected_version,
        cases=cases(),
        words=words(),
        now=now,
    )


def unmerge(
    appeal_id: str,
    command: merge_appeals.UnmergeAppeal,
    by: Actor,
    command_id: str,
    expected_version: int | None,
) -> Case:
    """Take an appeal out of the order that it joined."""
    return merge_appeals.unmerge_appeal(
        appeal_id,
        command,
        by=by,
        command_id=command_id,
        expected_version=expected_version,
        cases=cases(),
        words=words(),
        directories=directories(),
        now=now,
    )
