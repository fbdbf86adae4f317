"""Codes by text message: what ``functions/notify/send_codes.py`` runs with."""

from __future__ import annotations

from hotline.adapters.aws import NOBODY_WAITS, dynamodb
from hotline.adapters.dead_letters import SqsDeadLetters
from hotline.adapters.dynamodb.phone_codes import DynamoDBAllowances, DynamoDBPhoneCodes
from hotline.domain.phone_codes import CodeRequest
from hotline.settings import setting
from hotline.use_cases import prove_phone
from hotline.wiring.common import cases, directories, now, tokens
from hotline.wiring.notify import suppliers


def send(request: CodeRequest) -> prove_phone.Sent:
    """Send a code, if there is anything that it could open."""
    client, table = dynamodb(NOBODY_WAITS), setting("EFFECTS_TABLE")
    return prove_phone.send_code(
        request,
        lists=cases(NOBODY_WAITS),
        codes=DynamoDBPhoneCodes(client, table),
        allowances=DynamoDBAllowances(client, table),
        suppliers=suppliers(),
        directories=directories(),
        tokens=tokens(),
        now=now,
    )


def dead_letters() -> SqsDeadLetters:
    """Where requests go that cannot be read."""
    return SqsDeadLetters(setting("DEAD_LETTER_QUEUE_URL"), "send-codes")
