"""接 intake by telephone: what ``functions/intake/calls_api.py`` and the console run with."""

from __future__ import annotations

from hotline.adapters.aws import SOMEONE_WAITS, dynamodb
from hotline.adapters.dynamodb.cases import DynamoDBCases
from hotline.adapters.dynamodb.looks import DynamoDBLooks
from hotline.domain.actor import Actor
from hotline.domain.identifiers import random_entropy
from hotline.settings import setting
from hotline.use_cases import assist_call, compare_draft, look_up_caller, take_call
from hotline.wiring.common import cases, directories, now, tokens, words
from hotline.wiring.sealed import sealed_words


def look_up(caller: look_up_caller.Caller, by: Actor) -> look_up_caller.EarlierAppeals:
    """What a caller said before, after the look is on record."""
    store = cases()
    return look_up_caller.look_up_caller(
        caller,
        by=by,
        entropy=random_entropy(),
        cases=store,
        lists=store,
        looks=_looks(),
        directories=directories(),
        tokens=tokens(),
        now=now,
    )


def looks_at(caller: look_up_caller.Caller) -> look_up_caller.LooksAtCaller:
    """Who looked a caller up."""
    return look_up_caller.list_looks(caller, looks=_looks(), tokens=tokens())


def hints(words_so_far: assist_call.WordsSoFar) -> assist_call.CallHints:
    """What the rules make of the words so far."""
    return assist_call.assist_call(words_so_far, directories=directories(), now=now)


def compare(draft: compare_draft.CompareDraft) -> compare_draft.DraftComparison:
    """A caller's words beside an earlier appeal."""
    return compare_draft.compare_draft(
        draft, cases=cases(), words=words(), directories=directories(), tokens=tokens()
    )


def take(command: take_call.TakeCall, command_key: str, by: Actor) -> take_call.CallTaken:
    """Take a call down."""
    tables = (setting("CASES_TABLE"), setting("TEXTS_TABLE"), setting("SEALED_TABLE"))
    return take_call.take_call(
        command,
        by=by,
        command_key=command_key,
        cases=DynamoDBCases(dynamodb(SOMEONE_WAITS), *tables),
        words=words(),
        sealed=sealed_words(),
        directories=directories(),
        tokens=tokens(),
        now=now,
    )


def _looks() -> DynamoDBLooks:
    return DynamoDBLooks(dynamodb(SOMEONE_WAITS), setting("TEXTS_TABLE"))
